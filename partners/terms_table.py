"""Versions of terms side by side, in words. Every number comes from their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from partners.models import Tariff, Terms
from partners.money import in_text
from partners.templatetags.words import percent, plural


@dataclass(frozen=True)
class Line:
    """What each of the versions says about one thing."""

    label: str
    by_version: list[tuple[Terms, str]]

    @property
    def differs(self) -> bool:
        return len({value for _, value in self.by_version}) > 1


def lines(versions: Sequence[Terms]) -> list[Line]:
    """The whole of the versions, thing by thing."""
    told = {
        "Вознаграждение": [_reward(terms) for terms in versions],
        "Какие списания учитываются": [_kinds(terms) for terms in versions],
        "Когда начисляется": [_threshold(terms) for terms in versions],
        "Как долго": [_window(terms) for terms in versions],
        "Куда выводится": [_paid_to(terms) for terms in versions],
        "Наименьшая сумма вывода": [_minimum(terms) for terms in versions],
        "Клиентов до первого вывода": [str(terms.clients_needed) for terms in versions],
        "Договор": ["нужен" if terms.contract_needed else "не нужен" for terms in versions],
    }
    return [Line(label, list(zip(versions, values, strict=True))) for label, values in told.items()]


def changes(was: Terms, becomes: Terms) -> list[str]:
    """What differs, a sentence for each thing: 'Наименьшая сумма вывода: сейчас 2 000 ₽, станет 5 000 ₽.'"""
    told = [(line.label, *(value for _, value in line.by_version)) for line in lines([was, becomes]) if line.differs]
    return [f"{label}: сейчас {now}, станет {then}." for label, now, then in told]


def _reward(terms: Terms) -> str:
    if terms.percent_bp is not None:
        return f"{percent(terms.percent_bp)} от учтённых списаний"
    return f"{in_text(terms.one_time_kopecks or 0)} за клиента"


def _kinds(terms: Terms) -> str:
    kinds = ["абонентская плата"] * terms.counts_subscription + ["телефония"] * terms.counts_telephony
    return " и ".join(kinds) or "никакие"


def _threshold(terms: Terms) -> str:
    if not terms.threshold_kopecks:
        return "с первого списания"
    return f"когда у клиента списалось от {in_text(terms.threshold_kopecks)}"


def _window(terms: Terms) -> str:
    if terms.percent_bp is None:
        return "один раз за клиента"
    if not terms.window_months:
        return "без срока"
    months = plural(terms.window_months, "месяц,месяца,месяцев")
    return f"{terms.window_months}\u00a0{months} с регистрации клиента"


def _paid_to(terms: Terms) -> str:
    if terms.tariff == Tariff.LEGAL:
        return "на расчётный счёт или на аккаунт в Скорозвоне"
    return "на банковскую карту через Solar Staff"


def _minimum(terms: Terms) -> str:
    return in_text(terms.minimum_withdrawal_kopecks) if terms.minimum_withdrawal_kopecks else "любая"
