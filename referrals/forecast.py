"""What the next close would credit to a partner (R19): the dry run for that one partner, kept for a while."""

import datetime as dt
from time import perf_counter

from django.db import OperationalError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from partners import months
from partners.models import Partner
from referrals import rewards
from referrals.models import Forecast, ForecastReward, Month, MonthShard, first_posted_month

# Kept so many times as long as it took to make: whoever has few clients sees a new charge at once, and whoever has a
# hundred thousand of them doesn't wait.
_TIMES_ITS_COST = 100
_SHORTEST_SECONDS = 3  # going through the cabinet's pages makes it once
_LONGEST_SECONDS = 600  # R19


def of(partner: Partner, *, now: dt.datetime) -> Forecast:
    """What the partner's next credit comes to as of `made_at`; what each client brings is in ForecastReward.

    It is what the close then credits if nothing comes in between. One query while it is fresh. Made anew when it no
    longer is, or when its month has been credited meanwhile, by one reader at a time: on PostgreSQL others are given
    what stands, and wait only where nothing does.
    """
    standing = _standing(partner)
    if standing is not None and _is_fresh(standing, now):
        return standing
    try:
        return _made_anew(partner, standing, now)
    except OperationalError:
        # SQLite has one writer at a time. What stands says as of when it is.
        if standing is None:
            raise
        return standing


def _made_anew(partner: Partner, standing: Forecast | None, now: dt.datetime) -> Forecast:
    with transaction.atomic():
        # NO KEY: a close that credits this partner meanwhile doesn't have to wait.
        lock = Partner.objects.select_for_update(no_key=True, skip_locked=standing is not None)
        if not lock.filter(pk=partner.pk).values("pk").first() and standing is not None:
            return standing
        newer = _standing(partner)
        if newer is not None and _is_fresh(newer, now):
            return newer
        return _make(partner, now)


def next_month(partner: Partner, *, now: dt.datetime) -> dt.date:
    """The month that is credited to the partner next: the earliest open one (R11), the current one at the latest.

    Or the one whose close has begun, while it has not come to this partner yet.
    """
    current = months.month_of(now)
    latest = Month.objects.order_by("-starts_on").first()
    if latest is None:
        month = min(first_posted_month() or current, current)
    elif latest.closed_at is None and _shards(partner).filter(month=latest, done_at=None).exists():
        month = latest.starts_on
    else:
        month = months.following(latest.starts_on)
    # Nothing is credited for a month that was over before the partner came.
    return max(month, months.month_of(partner.registered_at))


def credited_on(month: dt.date) -> dt.date:
    """The day on which a month is credited (R18): October on 1 November."""
    return months.following(month)


def _shards(partner: Partner) -> QuerySet[MonthShard]:
    return MonthShard.objects.filter(first_partner__lte=partner.pk, last_partner__gte=partner.pk)


def _standing(partner: Partner) -> Forecast | None:
    credited = _shards(partner).filter(month=OuterRef("month"), done_at__isnull=False)
    return Forecast.objects.filter(partner=partner).annotate(is_credited=Exists(credited)).first()


def _is_fresh(forecast: Forecast, now: dt.datetime) -> bool:
    return forecast.fresh_until > now and not forecast.is_credited  # type: ignore[attr-defined]


def _make(partner: Partner, now: dt.datetime) -> Forecast:
    begun_at = perf_counter()
    month = next_month(partner, now=now)
    rows = ForecastReward.objects.filter(partner=partner)
    rows.delete()
    rewards.write_forecast(month, partner=partner)
    sums = rows.aggregate(
        clients=Count("client", distinct=True), base=Sum("base_kopecks"), reward=Sum("reward_kopecks")
    )
    cost = perf_counter() - begun_at
    seconds = min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, _TIMES_ITS_COST * cost))
    forecast = Forecast(
        partner=partner,
        month=month,
        made_at=now,
        fresh_until=now + dt.timedelta(seconds=seconds),
        clients=sums["clients"],
        base_kopecks=sums["base"] or 0,
        reward_kopecks=sums["reward"] or 0,
    )
    values = ["month", "made_at", "fresh_until", "clients", "base_kopecks", "reward_kopecks"]
    Forecast.objects.bulk_create([forecast], update_conflicts=True, unique_fields=["partner"], update_fields=values)
    return forecast
