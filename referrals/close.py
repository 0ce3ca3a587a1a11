"""The monthly close (R18): a month is frozen, its rewards are written shard by shard, then it is closed.

Every step is one short transaction that can be repeated, by anyone: a worker takes whatever shard nobody else has in
hand, and a crash leaves that shard to the next.
"""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from partners import months
from partners.models import Partner
from referrals import books, new_terms, rewards
from referrals.models import Month, MonthShard, first_posted_month


class MonthNotEnded(Exception):
    """A month can be closed from its end on, 00:00 of the next 1st in Moscow."""


class _RolledBack(Exception):
    """Ends a dry run."""


def last_due(now: dt.datetime) -> dt.date | None:
    """The latest month that is due (R18): from the 1st of the next one at CLOSE_DUE_HOUR, Moscow time.

    None while nothing was posted to a month that is over: a new portal has nothing to close.
    """
    month = months.preceding(months.month_of(now))
    if now < months.due_at(month, settings.CLOSE_DUE_HOUR):
        month = months.preceding(month)
    if Month.objects.closed_through() is None:
        posted = first_posted_month()
        return month if posted is not None and posted <= month else None
    return month


def overdue(now: dt.datetime) -> dt.date | None:
    """The earliest month that is due (R18) and not closed. None: all is done."""
    through = last_due(now)
    return None if through is None else _next(through)


def run(month: dt.date, *, now: dt.datetime) -> list[dt.date]:
    """Close a month, the open ones before it first, and return those that this call found open.

    Repeatable and harmless beside other runs: it helps them and waits for what they have in hand.
    Raises MonthNotEnded.
    """
    if now < months.start_of(months.following(month)):
        raise MonthNotEnded(month)
    closed: list[dt.date] = []
    while (begun := _begin(month, now)) is not None:
        closed.append(begun.starts_on)
        while _take_shard(begun, now) or _wait_for_shard(begun, now):
            pass
        _finish(begun, now)
    return closed


def run_due(*, now: dt.datetime, call_helpers: Callable[[int], None] | None = None) -> None:
    """Close every month that is due (R18) and not closed, as far as nobody else has its shards in hand.

    Repeatable. Whoever finishes a month's last shard goes on with the next month; a lost worker's shard waits for the
    next call. `call_helpers(n)` may call n more workers to this same function when a month has shards for them.
    """
    with transaction.atomic():
        books.lock()
        new_terms.judge_due(now=now)
    through = last_due(now)
    while through is not None and (begun := _begin(through, now)) is not None:
        left = begun.shards.filter(done_at=None).count()
        if call_helpers is not None and left > 1 and begun.frozen_at >= now:
            call_helpers(left - 1)
        while _take_shard(begun, now):
            pass
        if not _finish(begun, now):
            return


def preview(month: dt.date, *, now: dt.datetime) -> list[tuple[dt.date, int, int]]:
    """What `run` would credit, month by month: (month, partner id, kopecks); writes nothing (R19).

    The current month shows what it comes to so far. Earlier open months are really closed first, since an individual's
    reward depends on them, and rolled back. Raises MonthNotEnded for a month that has not begun.
    """
    if now < months.start_of(month):
        raise MonthNotEnded(month)
    credited: list[tuple[dt.date, int, int]] = []
    try:
        with transaction.atomic():
            while (upcoming := _next(month)) is not None:
                credited += ((upcoming, partner, kopecks) for partner, kopecks in rewards.totals(upcoming))
                if upcoming == month:
                    break
                begun = _begin(upcoming, now)
                assert begun is not None
                while _take_shard(begun, now):
                    pass
                _finish(begun, now)
            raise _RolledBack
    except _RolledBack:
        return credited


def _next(through: dt.date) -> dt.date | None:
    """The month to close next, None when all up to `through` are closed: no gaps, the unfinished one first (R18)."""
    unfinished = Month.objects.unfinished().first()
    if unfinished is not None:
        return unfinished.starts_on if unfinished.starts_on <= through else None
    month = books.first_open_month()
    if month is None:
        posted = first_posted_month()
        month = through if posted is None else min(posted, through)
    return month if month <= through else None


def _begin(through: dt.date, now: dt.datetime) -> Month | None:
    """The month to work on: an unfinished one, or the next, frozen from here on. None: nothing left to do."""
    with transaction.atomic():
        books.lock()
        month = _next(through)
        if month is None:
            return None
        return Month.objects.filter(starts_on=month).first() or _freeze(month, now)


def _freeze(month: dt.date, now: dt.datetime) -> Month:
    """From here on nothing is posted to the month; cut its work into shards."""
    # Never before the month before: lines of a balance are read in the order in which they were booked.
    latest = Month.objects.aggregate(at=Max("frozen_at"))["at"]
    begun = Month.objects.create(starts_on=month, frozen_at=max(now, latest or now))
    partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
    size = settings.CLOSE_SHARD_PARTNERS
    MonthShard.objects.bulk_create(
        MonthShard(month=begun, first_partner=share[0], last_partner=share[-1])
        for share in (partners[start : start + size] for start in range(0, len(partners), size))
    )
    return begun


def _take_shard(month: Month, now: dt.datetime) -> bool:
    """Credit the partners of one shard that nobody has in hand. False when there is none."""
    with transaction.atomic():
        # The row's lock is the claim: it ends with the transaction, however that ends. Ordered by the shard's own key:
        # the default order joins the month, whose row would be locked too and keep everybody else out.
        undone = month.shards.filter(done_at=None).order_by("pk")
        shard = undone.select_for_update(skip_locked=True).first()
        if shard is None:
            return False
        _credit(shard, now)
    return True


def _wait_for_shard(month: Month, now: dt.datetime) -> bool:
    """Wait for one that somebody else has in hand, and credit it should it be left undone. False when all are done."""
    shard = month.shards.filter(done_at=None).first()
    if shard is None:
        return False
    with transaction.atomic():
        # By its key, so that only this one lock is held while waiting: two waiters can't hold each other up.
        shard = MonthShard.objects.select_for_update().get(pk=shard.pk)
        if shard.done_at is None:
            _credit(shard, now)
    return True


def _credit(shard: MonthShard, now: dt.datetime) -> None:
    rewards.write(shard.month_id, partners=(shard.first_partner, shard.last_partner))
    shard.done_at = now
    shard.save(update_fields=["done_at"])


def _finish(month: Month, now: dt.datetime) -> bool:
    """Close the month if all of its shards are done."""
    with transaction.atomic():
        locked = Month.objects.select_for_update().get(pk=month.pk)
        if locked.closed_at is None:
            if locked.shards.filter(done_at=None).exists():
                return False
            locked.closed_at = now
            locked.save(update_fields=["closed_at"])
    return True
