"""The nightly comparison of Solar Staff's payments with ours, both ways (M9): its word decides what was paid."""

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Min

from partners.money import in_text
from partners.months import MOSCOW
from payouts import providers, rules, solar_staff, withdrawals
from payouts.models import Comparison, Destination, Withdrawal
from payouts.solar_staff import Transaction

logger = logging.getLogger(__name__)
State = Withdrawal.State

_FROM_HOUR = 3  # Moscow time: the day before has settled
# How far a comparison looks back beyond the one before: clocks differ, and what was missed once is found then.
_OVERLAP = dt.timedelta(days=2)
_FIRST = dt.timedelta(days=35)


def run_due(*, now: dt.datetime) -> None:
    """Compare once a night. What the provider doesn't answer is due again at the next sweep. Repeatable."""
    if Destination.CARD not in providers.configured() or now.astimezone(MOSCOW).hour < _FROM_HOUR:
        return
    if Comparison.objects.filter(night=rules.day_of(now)).exists():
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
    for each in solar_staff.transactions(since, until):
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
    for difference in differences:
        logger.error("the comparison with Solar Staff: %s", difference)
    return Comparison.objects.create(
        night=rules.day_of(now),
        since=since,
        until=until,
        finished_at=now,
        payments=payments,
        differences=differences,
    )


def _since(now: dt.datetime) -> dt.datetime:
    latest = Comparison.objects.last()
    since = latest.until - _OVERLAP if latest else now - _FIRST
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
    if len({each.task_id for each in found}) > 1:
        return f"выплачен дважды, всего {in_text(left)}"
    with transaction.atomic():
        withdrawal = withdrawals.lock(withdrawal)
        if withdrawal.state == State.RETURNED:
            return f"сумма возвращена на баланс, а в Solar Staff выплачено {in_text(left)}" if left > 0 else ""
        if left < asked:
            if withdrawal.state != State.PAID:
                return ""  # it is under way
            return f"у нас выплачен, а в Solar Staff осталось {in_text(left)} из {in_text(asked)}: верните на баланс"
        if withdrawal.state != State.PAID:
            withdrawal.provider_id = withdrawal.provider_id or found[0].task_id
            withdrawals.pay(withdrawal, by=None, said="сверка", now=now)
        if left not in (asked, asked + (withdrawal.commission_kopecks or 0)):
            return f"списано {in_text(left)}, а в заявке {in_text(asked)}"
    return ""
