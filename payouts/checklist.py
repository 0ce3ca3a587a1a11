"""The conditions of a withdrawal, each met or not, and what is said about it (R22–R25). Pure: facts in, conditions out.

Every number is the terms'.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from partners.models import Tariff, Terms
from partners.money import in_text
from partners.templatetags.words import day, day_month
from payouts import solar_staff
from payouts.models import Contract

MAILBOX = "welcome@skorozvon.ru"
_OF_SO_MANY = {1: "одного клиента", 2: "двух клиентов", 3: "трёх клиентов"}
_NTH = {1: "первый", 2: "второй", 3: "третий"}


@dataclass(frozen=True)
class Facts:
    """What the decision needs to know. Clients are counted as far as the terms ask for them, no further."""

    terms: Terms
    balance_kopecks: int
    credit_on: dt.date  # the next one
    clients_paid: int = 0
    clients_credited: int = 0  # a reward above zero each
    clients_coming: int = 0  # more of them, should the next credit come as foretold
    is_met_for_good: bool = False  # as to clients, by earlier terms (R22)
    contract: str = ""  # its number; empty: not signed
    signed_on: dt.date | None = None
    contract_state: str = ""  # empty: not offered yet
    has_requisites: bool = False
    has_card: bool = False
    has_service: bool = True  # money can be put on its account there, without requisites
    is_blocked: bool = False
    coming_kopecks: int = 0  # of the next credit


@dataclass(frozen=True)
class Condition:
    """One condition and how it stands. `word` is how other systems know it (feed.md, section 3)."""

    word: str
    met: bool
    text: str
    hint: str = ""  # what is missing, and when that can change
    nearest_on: dt.date | None = None  # the first day on which it can come to be met; None: any day, or it is met
    url: str = ""  # where to do something about it
    is_choice: bool = False  # one of several ways to be paid: there is another without it
    action: str = ""  # on a button that leads to `url`, where the partner can get it done at once


def judge(facts: Facts) -> list[Condition]:
    """The conditions of these terms in the order in which they come to be met, each met or not. That the partner is
    blocked stands before them all: until then nothing else helps.

    Example (R22): two clients pay in October and November. On 1 November one is credited: no. On 1 December both are:
    yes, once the contract is signed.
    """
    conditions = [_blocked()] if facts.is_blocked else []
    conditions.append(_clients(facts))
    if facts.terms.contract_needed:
        conditions.append(_contract(facts))
    conditions.append(_minimum(facts))
    conditions.append(_requisites(facts) if facts.terms.tariff == Tariff.LEGAL else _card(facts))
    return conditions


def unmet(conditions: Sequence[Condition]) -> list[str]:
    """The words of what stands in the way of a withdrawal."""
    return [condition.word for condition in conditions if not condition.met and not condition.is_choice]


def last_step(conditions: Sequence[Condition]) -> Condition | None:
    """The only condition that is left, where the partner can get it done at once."""
    left = [condition for condition in conditions if not condition.met and not condition.is_choice]
    return left[0] if len(left) == 1 and left[0].action else None


def _blocked() -> Condition:
    text = "Участие приостановлено, вывод закрыт"
    hint = f"Причина — вверху главной страницы кабинета. Чтобы вернуться к работе, напишите на {MAILBOX}"
    return Condition("blocked", False, text, hint, url=f"{reverse('home')}#state")


def _clients(facts: Facts) -> Condition:
    needed, credited = facts.terms.clients_needed, facts.clients_credited
    text = f"Вознаграждение начислено за {_OF_SO_MANY.get(needed, f'{needed} клиентов')}"
    if credited >= needed or facts.is_met_for_good:
        return Condition("clients", True, text)
    on, so_far = day_month(facts.credit_on), f"Сейчас {credited} из {needed}"
    if facts.clients_coming:
        hint = f"{so_far}, по прогнозу {on} будет {min(needed, credited + facts.clients_coming)}"
    else:
        hint = f"{so_far}. Начисляем в начале месяца за предыдущий, ближайшее начисление {on}"
    return Condition("clients", False, text, hint, facts.credit_on, f"{reverse('home')}#share")


def _contract(facts: Facts) -> Condition:
    if facts.contract:
        signed = f" {day(facts.signed_on)}" if facts.signed_on else ""
        return Condition("contract", True, f"Договор № {facts.contract} подписан{signed}")
    if facts.is_blocked:
        return Condition("contract", False, "Договор подписан", "Вернёмся к нему, когда участие возобновится")
    needed = facts.terms.clients_needed
    if facts.clients_paid < needed and not facts.is_met_for_good:
        hint = f"Предложим, когда оплатит {_NTH.get(needed, f'{needed}-й')} клиент"
        return Condition("contract", False, "Договор подписан", hint)
    action = ""
    if facts.contract_state == Contract.State.UPLOADED:
        hint = "Проверяем подписанный экземпляр, ответим письмом"
    elif facts.contract_state == Contract.State.OFFERED:
        hint, action = "Скачайте договор, подпишите и загрузите подписанный экземпляр", "Подписать договор"
    else:
        hint = "Готовим договор: он появится в кабинете с минуты на минуту"
    return Condition("contract", False, "Договор подписан", hint, url=reverse("contract"), action=action)


def _minimum(facts: Facts) -> Condition:
    least = facts.terms.minimum_withdrawal_kopecks
    text = f"На балансе от {in_text(least)}" if least else "На балансе есть деньги"
    least = max(least, solar_staff.LEAST_KOPECKS)
    if facts.balance_kopecks >= least:
        return Condition("minimum", True, text)
    on = day_month(facts.credit_on)
    if facts.balance_kopecks + facts.coming_kopecks >= least:
        when = f"по прогнозу хватит {on}"
    else:
        when = f"ближайшее начисление {on}"
    hint = f"Не хватает {in_text(least - facts.balance_kopecks)}, {when}"
    return Condition("minimum", False, text, hint, facts.credit_on)


def _requisites(facts: Facts) -> Condition:
    if facts.has_requisites:
        return Condition("requisites", True, "Расчётный счёт указан", is_choice=True)
    hint = "Или выводите на аккаунт в Скорозвоне: для этого реквизиты не нужны"
    if not facts.has_service:
        hint = "Без него деньги перевести некуда"
    url = reverse("profile_requisites")
    return Condition("requisites", False, "Укажите расчётный счёт", hint, url=url, is_choice=True)


def _card(facts: Facts) -> Condition:
    if facts.has_card:
        return Condition("card", True, "Карта привязана в Solar Staff")
    if facts.is_blocked:
        return Condition("card", False, "Карта привязана в Solar Staff", "Вернёмся к ней, когда участие возобновится")
    hint = "Укажите карту на странице Solar Staff: мы её номера не увидим"
    text, action = "Карта привязана в Solar Staff", "Привязать карту"
    return Condition("card", False, text, hint, url=reverse("card"), action=action)
