"""How a reward came about, from its charges to the ledger line, and what became of a charge (R16).

Only reads. The charges listed for a month are the very rows that its close summed.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from partners import months
from partners.models import LedgerLine, Terms, TermsAssignment
from partners.money import in_text, roubles, split_for_display
from partners.templatetags.words import day, month_in, percent
from referrals import forecast, rules
from referrals.models import Charge, ForecastReward, Month, Outcome, Referral, Reward

# --- What became of a charge ------------------------------------------------------------------------------------------


class Why(NamedTuple):
    """What became of a charge, in a partner's words, and the number of the rule that says so."""

    words: str
    rule: int
    note: str = ""
    month: dt.date | None = None  # of the reward that it is in


def why(charge: Charge, *, given_kopecks: int = 0) -> Why:
    """What a charge earned, or why it did not (R16); `given_kopecks` is the one-time reward of the months before (R13).

    Example: robot call: 'Обзвон роботом не учитывается' (R10)
    """
    if charge.outcome == Outcome.COUNTED and charge.month is not None:
        note, rule = _why_later(charge, charge.month), 11
        if given_kopecks > 0 and charge.refund_of is None:
            note, rule = "Нового вознаграждения не приносит: за этого клиента оно уже начислено, второго не бывает", 13
        return Why(f"Учтено {month_in(charge.month)}", rule, note, charge.month)
    if charge.outcome == Outcome.SETTLED:
        return Why("Возврат не меняет баланс: за это списание вознаграждение начислено до смены тарифа", 3)
    if charge.refund_of is not None:
        return Why("Возврат не учитывается, как и само списание", 14, why(charge.refund_of).words)
    if charge.outcome == Outcome.KIND:
        return Why(_uncounted_kind(charge), 10)
    if charge.outcome == Outcome.WINDOW_OVER:
        window = charge.assignment.terms.window_months if charge.assignment else None
        ended_at = months.plus_months(charge.client.registered_at, window or 0)
        return Why(f"Срок вознаграждения закончился {day(ended_at)}", 12, "Он идёт с регистрации клиента в сервисе")
    if charge.outcome == Outcome.NOT_CONFIRMED:
        return Why("Оплата ещё не подтверждена: как только сервис подтвердит её, списание будет учтено", 10)
    return Why("Списано до того, как клиент был закреплён за вами", 7)


def _why_later(charge: Charge, month: dt.date) -> str:
    """Why it is counted in a later month than its own (R11, R14); empty where it is not."""
    own = months.month_of(charge.charged_at)
    if charge.refund_of is not None:
        first = max(own, charge.refund_of.month or own)
        reason = "Вместе со списанием, которое возвращено" if first > own else ""
    else:
        first = max(own, months.month_of(charge.confirmed_at or charge.charged_at))
        reason = f"Оплата подтверждена {day(charge.confirmed_at)}" if first > own else ""
    return f"{months.name(first).capitalize()} к тому времени уже был закрыт" if month > first else reason


def _uncounted_kind(charge: Charge) -> str:
    if charge.kind == Charge.Kind.ROBOT:
        return "Обзвон роботом не учитывается"
    if charge.kind == Charge.Kind.TELEPHONY:
        return "Телефония не учитывается: вознаграждение считается от абонентской платы"
    if charge.kind == Charge.Kind.OTHER:
        return "Прочие списания, например бонусные, не учитываются"
    return "Такие списания по вашим условиям не учитываются"


# --- A client's rewards -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunningTotal:
    """How far a client has come towards the one-time reward (R13), all months of one assignment together."""

    before_kopecks: int
    total_kopecks: int
    threshold_kopecks: int
    reached_in: dt.date | None  # the month since which the threshold is reached without interruption
    given_in: dt.date | None  # the month before this one whose one-time reward still stands
    reward_kopecks: int | None  # of this month

    @property
    def words(self) -> str:
        """Why the month brought what it did."""
        threshold = in_text(self.threshold_kopecks)
        if self.reward_kopecks is None:
            return ""
        if self.reward_kopecks < 0:
            again = "Наберётся снова — начислится ещё раз"
            return f"Из-за возврата стало меньше {threshold}, поэтому вознаграждение снято. {again}"
        if self.reward_kopecks > 0 and self.before_kopecks >= self.threshold_kopecks:
            return f"{threshold} набрались раньше, а в этом месяце вознаграждение за клиента освободилось"
        if self.reward_kopecks > 0:
            return f"Набралось {threshold}: вознаграждение за клиента начисляется один раз"
        if self.given_in is not None:
            return f"За этого клиента вознаграждение уже начислено {month_in(self.given_in)}"
        if self.total_kopecks < self.threshold_kopecks:
            return f"До {threshold} не хватает {in_text(self.threshold_kopecks - self.total_kopecks)}"
        return f"{threshold} набрались, но за этого клиента вознаграждение уже начислено раньше: второго не бывает"


@dataclass(frozen=True)
class Part:
    """What was posted to a month under one terms assignment, and what that brings."""

    assignment: TermsAssignment
    charges: int
    refunds: int
    listed_kopecks: int  # of the charges that are posted now
    base_kopecks: int  # that the reward was computed from
    reward_kopecks: int | None  # None: it is not computed yet
    running: RunningTotal | None  # of a one-time reward

    @property
    def terms(self) -> Terms:
        return self.assignment.terms

    @property
    def came_since_kopecks(self) -> int:
        """Posted after the forecast was made."""
        return self.listed_kopecks - self.base_kopecks

    @property
    def arithmetic(self) -> str:
        """'15 % от 0,10 ₽ = 1,5 коп. → 2 коп.' (R12)"""
        if self.terms.percent_bp is None or self.reward_kopecks is None:
            return ""
        exact, rounded = exactly(self.base_kopecks, self.terms.percent_bp)
        share = f"{percent(self.terms.percent_bp)} от {roubles(self.base_kopecks)} = {exact}"
        return f"{share} → {rounded}" if rounded else share


@dataclass(frozen=True)
class Explanation:
    """How the reward of a client for a month came about, or comes about so far."""

    month: dt.date
    parts: Sequence[Part]
    closing: Month | None  # None: the month is open
    made_at: dt.datetime | None  # of the forecast for an open month
    accrual: LedgerLine | None

    @property
    def base_kopecks(self) -> int:
        return sum(part.base_kopecks for part in self.parts)

    @property
    def listed_kopecks(self) -> int:
        return sum(part.listed_kopecks for part in self.parts)

    @property
    def reward_kopecks(self) -> int | None:
        """None where months before have to be closed first."""
        known = [part.reward_kopecks for part in self.parts if part.reward_kopecks is not None]
        return sum(known) if len(known) == len(self.parts) else None

    @property
    def credited_on(self) -> dt.date:
        return forecast.credited_on(self.month)


def of(referral: Referral, month: dt.date, *, now: dt.datetime) -> Explanation | None:
    """How this client's reward of a month came about; of the month that is credited next, as its forecast says (R19).

    None where nothing was posted and nothing credited.
    """
    by_assignment = charges(referral, month).order_by().values("assignment")
    sums = by_assignment.annotate(sum=Sum("amount_kopecks"), number=Count("pk"), returned=Count("refund_of"))
    posted: dict[int, dict[str, Any]] = {row["assignment"]: dict(row) for row in sums}
    written: list[Reward | ForecastReward] = [*_rewards(referral).filter(month=month)]
    closing = made_at = accrual = None
    if written:
        closing = Month.objects.get(starts_on=month)
        key = f"accrual:{months.label(month)}:{referral.partner_id}"
        accrual = LedgerLine.objects.filter(key=key).first()
    else:
        expected = forecast.of(referral.partner, now=now)
        if expected.month == month:
            made_at = expected.made_at
            written = [*ForecastReward.objects.filter(partner=referral.partner_id, client=referral.client_id)]
    rewarded = {row.assignment_id: row for row in written}
    assignments = TermsAssignment.objects.select_related("terms").in_bulk([*rewarded, *posted])
    earlier = list(_rewards(referral).filter(month__lt=month).order_by("month"))
    parts = []
    for pk, assignment in sorted(assignments.items()):
        row, listed = rewarded.get(pk), posted.get(pk, {"sum": 0, "number": 0, "returned": 0})
        is_computed = closing is not None or made_at is not None
        base = row.base_kopecks if row else 0 if is_computed else listed["sum"]
        reward = row.reward_kopecks if row else 0 if is_computed else None
        so_far = [(each.month, each.base_kopecks, each.reward_kopecks) for each in earlier if each.assignment_id == pk]
        running = running_total(so_far, month, base, reward, assignment.terms)
        charged = listed["number"] - listed["returned"]
        parts.append(Part(assignment, charged, listed["returned"], listed["sum"], base, reward, running))
    return Explanation(month, parts, closing, made_at, accrual) if parts else None


def running_total(
    so_far: Sequence[tuple[dt.date, int, int]], month: dt.date, base: int, reward: int | None, terms: Terms
) -> RunningTotal | None:
    """The running total after a month; `so_far` are (month, base, reward) of those before, oldest first (R13, R14).

    None where terms have no one-time reward.
    """
    if terms.one_time_kopecks is None:
        return None
    total, reached_in, given_in = 0, None, None
    for each, added, given in [*so_far, (month, base, 0)]:
        total += added
        reached_in = None if total < terms.threshold_kopecks else reached_in or each
        if given:
            given_in = each if given > 0 else None
    return RunningTotal(total - base, total, terms.threshold_kopecks, reached_in, given_in, reward)


def charges(referral: Referral, month: dt.date) -> QuerySet[Charge]:
    """What was posted to a month of this client, while this partner held it: the rows that its reward is the sum of."""
    posted = Charge.objects.filter(outcome=Outcome.COUNTED, month=month)
    return posted.filter(partner=referral.partner_id, client=referral.client_id)


def _rewards(referral: Referral) -> QuerySet[Reward]:
    return Reward.objects.filter(partner=referral.partner_id, client=referral.client_id)


def exactly(base_kopecks: int, percent_bp: int) -> tuple[str, str]:
    """A percentage as it comes out, and what it is rounded to, if it has to be (R12).

    >>> exactly(10, 1500), exactly(20, 1500)
    (('1,5 коп.', '2 коп.'), ('0,03 ₽', ''))
    """
    # In millionths of a rouble, which are ten-thousandths of a kopeck.
    share, rounded = abs(base_kopecks) * percent_bp, rules.percent_reward(base_kopecks, percent_bp)
    if share % 10_000 == 0:
        return roubles(rounded), ""
    minus = "\u2212" if base_kopecks < 0 else ""
    if share < 1_000_000:
        exact = f"{share // 10_000},{share % 10_000:04}".rstrip("0")
        return f"{minus}{exact}\u00a0коп.", f"{minus}{abs(rounded)}\u00a0коп."
    whole = split_for_display(share // 1_000_000 * 100)[0]
    decimals = f"{share % 1_000_000:06}".rstrip("0")
    return f"{minus}{whole},{decimals}\u202f₽", roubles(rounded)
