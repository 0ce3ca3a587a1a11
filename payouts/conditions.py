"""Whether a partner may withdraw now and how much; if not, why not and when that can change (R22–R25).

`of` reads what stands, `judge` decides. Every number is the terms'.
"""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, Sum
from django.urls import reverse

from partners import months
from partners.counting import CountOf
from partners.models import LedgerLine, Partner, Requisites, Tariff, Terms, TermsAssignment
from partners.money import in_text
from partners.rules import in_force
from partners.templatetags.words import day, day_month
from referrals import forecast, reports
from referrals.models import Forecast, ForecastReward, Progress, Reward

MAILBOX = "welcome@skorozvon.ru"
_LEAST_TO_A_CARD_KOPECKS = 1_00  # R23: Solar Staff takes no smaller sum
_OF_SO_MANY = {1: "одного клиента", 2: "двух клиентов", 3: "трёх клиентов"}
_NTH = {1: "первый", 2: "второй", 3: "третий"}


@dataclass(frozen=True)
class Account:
    """A partner's ledger in sums."""

    balance_kopecks: int
    accrued_kopecks: int
    withdrawn_kopecks: int  # and not returned
    zeroed_kopecks: int  # at changes of tariff (R3)
    corrected_kopecks: int
    opening_kopecks: int  # brought along from before this portal


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
    has_requisites: bool = False
    has_card: bool = False
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


@dataclass(frozen=True)
class Conditions:
    """The conditions of a partner's terms in force, and what follows from them."""

    terms: Terms
    timeline: Sequence[TermsAssignment]  # the partner's terms by time
    account: Account
    all: Sequence[Condition]
    why_nothing: str  # comes with the next credit although clients were charged; empty where nothing is to be explained

    @property
    def unmet(self) -> list[str]:
        """The words of what stands in the way of a withdrawal."""
        return [condition.word for condition in self.all if not condition.met and not condition.is_choice]

    @property
    def is_allowed(self) -> bool:
        return not self.unmet

    @property
    def can_ask(self) -> bool:
        """Whether a letter that asks for the money makes sense: nothing but the card is missing, which it leads to."""
        return self.account.balance_kopecks > 0 and set(self.unmet) <= {"card"}

    @property
    def available_kopecks(self) -> int:
        """What may be asked for now: the balance, or 0 while anything is unmet (R24)."""
        return self.account.balance_kopecks if self.is_allowed else 0


def of(partner: Partner, *, now: dt.datetime, foretold: Forecast | None = None) -> Conditions:
    """The conditions of a partner under terms. Three queries, one or two more while clients are missing.

    With `foretold`, its forecast, the words tell what the next credit will do; the decision is the same without.
    """
    account = account_of(partner)
    timeline = TermsAssignment.objects.filter(partner=partner).timelines()[partner.pk]
    terms = (in_force(timeline, now) or timeline[0]).terms
    paid = Progress.objects.filter(partner=OuterRef("pk"), paid_at__isnull=False)
    of_nothing = reports.of_nothing() if foretold and reports.brings_nothing(foretold) else {}
    found = (
        Partner.objects.filter(pk=partner.pk)
        .annotate(
            paid=CountOf(paid.values("pk")[: terms.clients_needed]),
            credited=CountOf(paid.filter(_credited("referral__client")).values("pk")[: terms.clients_needed]),
            has_requisites=Exists(Requisites.objects.filter(partner=OuterRef("pk"))),
            **of_nothing,
        )
        .values("paid", "credited", "has_requisites", "contract__number", "contract__signed_on", *of_nothing)
        .get()
    )
    missing = terms.clients_needed - found["credited"]
    coming = ForecastReward.objects.filter(~_credited("client"), partner=partner, reward_kopecks__gt=0)
    facts = Facts(
        terms=terms,
        balance_kopecks=account.balance_kopecks,
        credit_on=forecast.credited_on(foretold.month if foretold else months.month_of(now)),
        clients_paid=found["paid"],
        clients_credited=found["credited"],
        clients_coming=coming.values("client").distinct()[:missing].count()
        if missing > 0 and foretold and foretold.clients
        else 0,
        is_met_for_good=missing > 0 and _is_met_for_good(partner, timeline, found["contract__signed_on"], now),
        contract=found["contract__number"] or "",
        signed_on=found["contract__signed_on"],
        has_requisites=found["has_requisites"],
        is_blocked=partner.status == Partner.Status.BLOCKED,
        coming_kopecks=foretold.reward_kopecks if foretold else 0,
    )
    why_nothing = reports.why_nothing(foretold.clients, found) if foretold and of_nothing else ""
    return Conditions(terms, timeline, account, judge(facts), why_nothing)


def account_of(partner: Partner) -> Account:
    """The sums of a partner's ledger. One query."""
    kinds = LedgerLine.Kind

    def of_kinds(*wanted: str) -> Sum:
        return Sum("amount_kopecks", filter=Q(kind__in=wanted), default=0)

    sums = partner.ledger_lines.aggregate(
        balance=Sum("amount_kopecks", default=0),
        accrued=of_kinds(kinds.ACCRUAL),
        withdrawn=of_kinds(kinds.WITHDRAWAL, kinds.WITHDRAWAL_RETURNED),
        zeroed=of_kinds(kinds.TARIFF_CHANGE),
        corrected=of_kinds(kinds.CORRECTION),
        opening=of_kinds(kinds.OPENING_BALANCE),
    )
    return Account(
        balance_kopecks=sums["balance"],
        accrued_kopecks=sums["accrued"],
        withdrawn_kopecks=-sums["withdrawn"],
        zeroed_kopecks=-sums["zeroed"],
        corrected_kopecks=sums["corrected"],
        opening_kopecks=sums["opening"],
    )


def _credited(client: str, **more: object) -> Exists:
    """Whether the client of a row has ever been credited to the row's partner with a reward above zero."""
    rewards = Reward.objects.filter(client=OuterRef(client), partner=OuterRef("partner"), reward_kopecks__gt=0)
    return Exists(rewards.filter(**more))


def _is_met_for_good(
    partner: Partner, timeline: Sequence[TermsAssignment], signed_on: dt.date | None, now: dt.datetime
) -> bool:
    """Whether under earlier terms enough clients had been credited while the contract was signed (R22)."""
    if signed_on is None:
        return False
    for assignment, following in itertools.pairwise(timeline):
        ended_at = following.starts_at
        was_signed = signed_on < ended_at.astimezone(months.MOSCOW).date()
        if ended_at > now or not assignment.terms.contract_needed or not was_signed:
            continue
        # What is credited on the day on which the new terms begin comes too late.
        last = months.month_of(ended_at - dt.timedelta(microseconds=1))
        credited = Progress.objects.filter(_credited("referral__client", month__lt=last), partner=partner)
        needed = assignment.terms.clients_needed
        if credited.values("pk")[:needed].count() >= needed:
            return True
    return False


def judge(facts: Facts) -> list[Condition]:
    """The conditions of these terms in the order in which they come to be met, each met or not.

    Example (R22): two clients pay in October and November. On 1 November one is credited: no. On 1 December both are:
    yes, once the contract is signed.
    """
    conditions = [_clients(facts)]
    if facts.terms.contract_needed:
        conditions.append(_contract(facts))
    conditions.append(_minimum(facts))
    conditions.append(_requisites(facts) if facts.terms.tariff == Tariff.LEGAL else _card(facts))
    if facts.is_blocked:
        text = "Участие приостановлено, вывод закрыт"
        hint = f"Причина — вверху главной страницы кабинета. Чтобы вернуться к работе, напишите на {MAILBOX}"
        conditions.append(Condition("blocked", False, text, hint, url=f"{reverse('home')}#state"))
    return conditions


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
    hint = f"Пора подписать: напишите на {MAILBOX}, и мы пришлём договор"
    return Condition("contract", False, "Договор подписан", hint, url=f"mailto:{MAILBOX}?subject=Договор партнёра")


def _minimum(facts: Facts) -> Condition:
    least = facts.terms.minimum_withdrawal_kopecks
    text = f"На балансе от {in_text(least)}" if least else "На балансе есть деньги"
    least = max(least, _LEAST_TO_A_CARD_KOPECKS)
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
    url = reverse("profile_requisites")
    return Condition("requisites", False, "Укажите расчётный счёт", hint, url=url, is_choice=True)


def _card(facts: Facts) -> Condition:
    if facts.has_card:
        return Condition("card", True, "Карта привязана в Solar Staff")
    if facts.is_blocked:
        return Condition("card", False, "Карта привязана в Solar Staff", "Вернёмся к ней, когда участие возобновится")
    hint = f"Привязываем по заявке: напишите на {MAILBOX}"
    if facts.balance_kopecks <= 0:
        hint += ", когда на балансе появятся деньги"
    return Condition("card", False, "Карта привязана в Solar Staff", hint, url=f"{reverse('payouts')}#how")
