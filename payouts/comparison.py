"""The nightly comparison of Solar Staff's payments with ours, both ways (M9): its word decides what was paid."""

import datetime as dt
import logging
import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Min

from partners import own_money, reasons
from partners.models import User
from partners.money import in_text
from partners.months import MOSCOW
from payouts import providers, rules, solar_staff, withdrawals
from payouts.models import Comparison, Destination, ReviewedDifference, Withdrawal
from payouts.solar_staff import Transaction

# A payment whose key isn't like ours: others may pay from the same account, and nobody has to settle that.
_BY_HAND = re.compile(r"Платёж (?![0-9a-f-]{36} )")

_OF_WITHDRAWAL = re.compile(r"Вывод № ([0-9]+)")

logger = logging.getLogger(__name__)
State = Withdrawal.State

_FROM_HOUR = 3  # Moscow time: the day before has settled
# How far a comparison looks back beyond the one before: clocks differ, and what was missed once is found then.
_OVERLAP = dt.timedelta(days=2)
# The first one looks so far back, and so long a difference is told again until it is settled or reviewed.
_FIRST = dt.timedelta(days=35)
# The provider names no time zone: what is asked for reaches so far beyond on both sides.
_ROOM = dt.timedelta(days=1)


def run_due(*, now: dt.datetime) -> None:
    """Compare once a night. What the provider doesn't answer is due again at the next sweep. Repeatable."""
    begins = now.astimezone(MOSCOW).replace(hour=_FROM_HOUR, minute=0, second=0, microsecond=0)
    if Destination.CARD not in providers.configured() or now < begins:
        return
    # One that somebody has run since midnight and before came too early to be that of the night.
    if Comparison.objects.filter(night=rules.day_of(now), finished_at__gte=begins).exists():
        return
    try:
        run(now=now)
    except solar_staff.NoAnswer as error:
        logger.warning("the comparison with Solar Staff has to wait: %s", error)


def run(*, now: dt.datetime) -> Comparison:
    """Compare all payments since shortly before the last comparison, settle what it proves, keep what doesn't fit.

    Called outside any transaction. Raises `solar_staff.NoAnswer`; nothing is settled then.
    """
    since, until = _since(now), now
    moved: dict[str, list[Transaction]] = defaultdict(list)
    payments = 0
    for each in solar_staff.transactions(since - _ROOM, until + _ROOM):
        payments += 1
        if each.merchant_transaction:
            moved[each.merchant_transaction].append(each)
    ours = {str(each.payment_key): each for each in _known(moved)}
    differences = [
        f"Платёж {key} на {in_text(_sum(found))} сделан не порталом" for key, found in moved.items() if key not in ours
    ]
    for key, withdrawal in ours.items():
        if difference := _settle(withdrawal, moved[key], now=now):
            differences.append(f"Вывод № {withdrawal.pk}: {difference}")
    paid = Withdrawal.objects.filter(
        destination=Destination.CARD, state=State.PAID, sent_at__gte=since, ended_at__range=(since, until)
    )
    differences += [
        f"Вывод № {withdrawal.pk} у нас выплачен, а среди платежей Solar Staff его нет"
        for withdrawal in paid.iterator()
        if str(withdrawal.payment_key) not in moved
    ]
    compared = Comparison.objects.create(
        night=rules.day_of(now),
        since=since,
        until=until,
        finished_at=now,
        payments=payments,
        differences=differences,
    )
    for difference in left(compared):
        logger.error("the comparison with Solar Staff: %s", difference)
    return compared


def left(compared: Comparison) -> list[str]:
    """The differences that nobody has reviewed yet, in this comparison or in another."""
    known = reviews(compared)
    return [each for each in compared.differences if each not in known]


def reviews(*compared: Comparison) -> dict[str, ReviewedDifference]:
    """Their differences that were reviewed, by what they say. One query."""
    told = {difference for each in compared for difference in each.differences}
    found = ReviewedDifference.objects.filter(says__in=told).select_related("reviewed_by")
    return {each.says: each for each in found}


def review(compared: Comparison, *, differences: Collection[str], reason: str, by: User, now: dt.datetime) -> None:
    """Staff has looked into these of its differences; nothing in the books changes, and they are told no more.

    Repeatable: of two people the first one's reason stands. Raises ReasonMissing, OwnMoney.
    """
    reason = reasons.required(reason)
    chosen = [each for each in compared.differences if each in differences]
    numbers = [int(found[1]) for each in chosen if (found := _OF_WITHDRAWAL.match(each))]
    for withdrawal in Withdrawal.objects.filter(pk__in=numbers).select_related("partner"):
        own_money.refuse(withdrawal.partner, by=by)
    ReviewedDifference.objects.bulk_create(
        (ReviewedDifference(says=each, reason=reason, reviewed_at=now, reviewed_by=by) for each in chosen),
        ignore_conflicts=True,
    )


def _since(now: dt.datetime) -> dt.datetime:
    latest = Comparison.objects.last()
    since = min(latest.until, now) - _OVERLAP if latest else now - _FIRST  # a clock may have been ahead
    if latest and not all(_BY_HAND.match(each) for each in left(latest)):
        # Told again, until it is settled, reviewed or too old: nobody has looked yet.
        since = min(since, max(latest.since, now - _FIRST))
    # What was sent long ago and paid since is listed under the day on which it was sent.
    recent = Withdrawal.objects.filter(destination=Destination.CARD, ended_at__gte=since, sent_at__isnull=False)
    under_way = Withdrawal.objects.open().filter(destination=Destination.CARD, sent_at__isnull=False)
    oldest = [found for rows in (recent, under_way) if (found := rows.aggregate(at=Min("sent_at"))["at"])]
    return min([since, *(each - dt.timedelta(hours=1) for each in oldest)])


def _known(keys: Iterable[str]) -> list[Withdrawal]:
    """Our withdrawals among these keys."""
    uuids = []
    for key in keys:
        try:
            uuids.append(uuid.UUID(key))
        except ValueError:
            continue  # made by hand there
    return list(Withdrawal.objects.filter(payment_key__in=uuids).select_related("partner"))


def _sum(found: list[Transaction]) -> int:
    """What has left, less what has come back."""
    return sum(each.amount_kopecks if each.is_outgoing else -each.amount_kopecks for each in found)


def _settle(withdrawal: Withdrawal, found: list[Transaction], *, now: dt.datetime) -> str:
    """Mark as paid what the provider has paid in full; returns what doesn't fit. A payment may leave in parts."""
    left, asked = _sum(found), withdrawal.amount_kopecks
    by_task: dict[str, int] = defaultdict(int)
    for each in found:
        by_task[each.task_id] += _sum([each])
    with transaction.atomic():
        withdrawal = withdrawals.lock(withdrawal)
        if withdrawal.state == State.RETURNED:
            return f"сумма возвращена на баланс, а в Solar Staff выплачено {in_text(left)}" if left > 0 else ""
        if left < asked:
            return _came_back(found, asked) if withdrawal.state == State.PAID else ""  # it is under way
        if withdrawal.state != State.PAID:
            withdrawal.provider_id = withdrawal.provider_id or found[0].task_id
            withdrawals.pay(withdrawal, by=None, said="сверка", now=now)
        if sum(kopecks > 0 for kopecks in by_task.values()) > 1:
            return f"выплачен дважды, всего {in_text(left)}"
        if left not in (asked, asked + (withdrawal.commission_kopecks or 0)):
            return f"списано {in_text(left)}, а в заявке {in_text(asked)}"
    return ""


def _came_back(found: list[Transaction], asked: int) -> str:
    """How a paid withdrawal has less than it should."""
    if all(not each.is_outgoing for each in found):  # long after: the payment itself isn't among those compared
        back = -_sum(found)
        advice = "верните на баланс" if back >= asked else "выясните, почему не всё"
        return f"у нас выплачен, а из Solar Staff вернулось {in_text(back)} из {in_text(asked)}: {advice}"
    left = _sum(found)
    advice = "верните на баланс" if left <= 0 else "выясните, почему не всё"
    return f"у нас выплачен, а в Solar Staff осталось {in_text(left)} из {in_text(asked)}: {advice}"
