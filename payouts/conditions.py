"""Whether a partner may withdraw now and how much; if not, why not and when that can change (R22–R25).

This reads what stands; `checklist` decides.
"""

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery, Sum

from partners import months
from partners.counting import CountOf
from partners.models import LedgerLine, Partner, Requisites, Terms, TermsAssignment
from partners.rules import in_force
from payouts import checklist, providers
from payouts.checklist import Condition, Facts
from payouts.models import Card, Contract, Destination, Withdrawal
from referrals import forecast, reports
from referrals.models import Forecast, ForecastReward, Progress, Reward

_FOUND = (
    "paid",
    "credited",
    "has_requisites",
    "has_card",
    "contract__number",
    "contract__signed_on",
    "contract__state",
)


@dataclass(frozen=True)
class Account:
    """A partner's ledger in sums."""

    balance_kopecks: int
    accrued_kopecks: int
    withdrawn_kopecks: int  # paid and not come back
    zeroed_kopecks: int  # at changes of tariff (R3)
    corrected_kopecks: int
    opening_kopecks: int  # brought along from before this portal
    on_the_way_kopecks: int = 0  # asked for, neither paid nor returned


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
        return checklist.unmet(self.all)

    @property
    def is_allowed(self) -> bool:
        return not self.unmet

    @property
    def last_step(self) -> Condition | None:
        """What alone stands in the way and the partner can get done at once."""
        return checklist.last_step(self.all)

    @property
    def nearest_on(self) -> dt.date | None:
        """The first day on which a withdrawal can come to be possible (R24). None: any day, or it is possible now."""
        return max((each.nearest_on for each in self.all if not each.met and each.nearest_on), default=None)

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
            has_card=Exists(Card.objects.filter(worker__partner=OuterRef("pk"), removed_at=None)),
            **of_nothing,
        )
        .values(*_FOUND, *of_nothing)
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
        contract_state=found["contract__state"] or "",
        has_requisites=found["has_requisites"],
        has_card=found["has_card"],
        has_service=Destination.SERVICE in providers.configured(),
        is_blocked=partner.status == Partner.Status.BLOCKED,
        coming_kopecks=foretold.reward_kopecks if foretold else 0,
    )
    why_nothing = reports.why_nothing(foretold.clients, found) if foretold and of_nothing else ""
    return Conditions(terms, timeline, account, checklist.judge(facts), why_nothing)


def account_of(partner: Partner) -> Account:
    """The sums of a partner's ledger, and what became of its withdrawals. One query."""
    kinds = LedgerLine.Kind

    def of_kinds(*wanted: str) -> Sum:
        return Sum("amount_kopecks", filter=Q(kind__in=wanted), default=0)

    def of_withdrawals(*states: str) -> Max:
        # The same for every line. Without a line there is no withdrawal either.
        rows = partner.withdrawals.filter(state__in=states).order_by().values("partner")
        return Max(Subquery(rows.annotate(sum=Sum("amount_kopecks")).values("sum")), default=0)

    sums = partner.ledger_lines.aggregate(
        balance=Sum("amount_kopecks", default=0),
        accrued=of_kinds(kinds.ACCRUAL),
        zeroed=of_kinds(kinds.TARIFF_CHANGE),
        corrected=of_kinds(kinds.CORRECTION),
        opening=of_kinds(kinds.OPENING_BALANCE),
        paid=of_withdrawals(Withdrawal.State.PAID),
        on_the_way=of_withdrawals(*Withdrawal.OPEN),
    )
    return Account(
        balance_kopecks=sums["balance"],
        accrued_kopecks=sums["accrued"],
        withdrawn_kopecks=sums["paid"],
        on_the_way_kopecks=sums["on_the_way"],
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


def in_bulk(
    partners: Sequence[Partner],
    *,
    timelines: Mapping[int, Sequence[TermsAssignment]],
    balances: Mapping[int, int],
    now: dt.datetime,
) -> dict[int, Sequence[Condition]]:
    """The conditions of many partners, by partner; the same decisions as `of`, without what is foretold.

    Three queries, and some more for each whose terms were stricter once and who lacks clients now.
    """
    ids = [partner.pk for partner in partners]
    rewarded = Reward.objects.filter(partner__in=ids, reward_kopecks__gt=0)
    credited = dict(rewarded.values_list("partner").annotate(clients=Count("client", distinct=True)))
    contracts = {contract.partner_id: contract for contract in Contract.objects.filter(partner__in=ids)}
    cards = set(Card.objects.filter(worker__partner__in=ids, removed_at=None).values_list("worker__partner", flat=True))
    found: dict[int, Sequence[Condition]] = {}
    for partner in partners:
        timeline = timelines.get(partner.pk, [])
        standing = in_force(timeline, now) or next(iter(timeline), None)
        if standing is None:
            continue  # it waits for admission
        contract = contracts.get(partner.pk)
        signed_on = contract.signed_on if contract else None
        clients = credited.get(partner.pk, 0)
        facts = Facts(
            terms=standing.terms,
            balance_kopecks=balances.get(partner.pk, 0),
            credit_on=forecast.credited_on(months.month_of(now)),
            clients_credited=clients,
            is_met_for_good=clients < standing.terms.clients_needed
            and _is_met_for_good(partner, timeline, signed_on, now),
            contract=contract.number if contract else "",
            signed_on=signed_on,
            has_card=partner.pk in cards,
            is_blocked=partner.status == Partner.Status.BLOCKED,
        )
        found[partner.pk] = checklist.judge(facts)
    return found
