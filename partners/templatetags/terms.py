"""Terms in words. Every number comes from the Terms row, so new terms need no new words."""

from typing import Protocol

from django import template

from partners.models import Tariff, Terms, TermsAssignment
from partners.money import in_text
from partners.templatetags.words import day

register = template.Library()


class Earned(Protocol):
    """What the words need of a reward. `base_so_far` adds up the client's bases under the same assignment."""

    base_kopecks: int
    reward_kopecks: int
    base_so_far: int
    assignment: TermsAssignment


@register.filter
def how_earned(reward: Earned) -> str:
    """How a reward came about: '15 % от суммы', '3 000 ₽ за клиента', 'всего 4 000 ₽ — меньше 5 000 ₽' …"""
    terms = reward.assignment.terms
    if terms.percent_bp is not None:
        if reward.base_kopecks > 0:
            return f"{_percent(terms.percent_bp)} от суммы"
        compared = "больше списаний" if reward.base_kopecks < 0 else "равны списаниям"
        return f"{_percent(terms.percent_bp)} от суммы: возвраты {compared}"
    once = in_text(terms.one_time_kopecks or 0)
    threshold = in_text(terms.threshold_kopecks)
    if reward.reward_kopecks > 0:
        return f"{once} за клиента"
    if reward.reward_kopecks < 0:
        return f"из-за возврата стало меньше {threshold}"
    if reward.base_so_far < terms.threshold_kopecks:
        return f"всего {in_text(reward.base_so_far)} — меньше {threshold}"
    return f"{once} за клиента уже начислены"


@register.filter
def called(terms: Terms) -> str:
    """Which version it is, after the word «условия»: 'для юрлиц' since ever, then 'для юрлиц от 1 января 2027'."""
    whom = "для юрлиц" if terms.tariff == Tariff.LEGAL else "для физлиц"
    return f"{whom} от {day(terms.starts_on)}" if terms.starts_on else whom


@register.filter
def promise(terms: Terms) -> str:
    """What a client brings under these terms, in a sentence without its full stop."""
    kinds = ["абонентской платы"] * terms.counts_subscription + ["телефонии"] * terms.counts_telephony
    if terms.percent_bp is not None:
        window = f" — {_months(terms.window_months)} с его регистрации в сервисе" if terms.window_months else ""
        return f"Клиент приносит вам {_percent(terms.percent_bp)} от {' и '.join(kinds)}{window}"
    return (
        f"Клиент приносит вам {in_text(terms.one_time_kopecks or 0)} один раз, когда у него спишется"
        f" от {in_text(terms.threshold_kopecks)} в счёт {' и '.join(kinds)}"
    )


def _percent(basis_points: int) -> str:
    """1500 → '15 %', 1250 → '12,5 %'; the space doesn't break."""
    return f"{basis_points / 100:g}\u00a0%".replace(".", ",")


def _months(count: int) -> str:
    ones, tens = count % 10, count % 100 // 10
    few = ones in (2, 3, 4) and tens != 1
    return f"{count}\u00a0{'месяц' if ones == 1 and tens != 1 else 'месяца' if few else 'месяцев'}"
