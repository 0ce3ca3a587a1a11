"""The portal in figures, for Prometheus. Each scrape reads them anew out of the database, by indexes and within bounds,
so that they are right with any number of processes. Nobody's name, e-mail or key is in a label.
"""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, F, Min, Q, Sum
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from partners import heartbeats, keyset, months
from partners.models import Notice
from payouts import rules, sending
from payouts.models import Withdrawal
from referrals import close
from referrals.models import AttachRequest, ClickDay, Event, FeedBatch, Month, MonthShard
from skorozvon_partners.models import AuditRun, Finding

_RESULTS = ("accepted", "duplicate", "waiting", "conflict", "rejected")
_LATELY = dt.timedelta(hours=1)


class Figures(Collector):
    """Reads everything when asked, as of `now`: a fixed number of queries."""

    def __init__(self, *, now: dt.datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from self._feed()
        yield from self._closes()
        yield from self._withdrawals()
        yield from self._work()
        yield from self._audit()

    def _feed(self) -> Iterator[Metric]:
        lately = FeedBatch.objects.filter(received_at__gt=self.now - _LATELY, received_at__lte=self.now)
        sums = lately.aggregate(**{f"sum_{result}": Sum(result) for result in _RESULTS})
        yield _by(
            "feed_events_last_hour",
            "Events of the service that came within the last hour, by result",
            "result",
            {result: sums[f"sum_{result}"] or 0 for result in _RESULTS},
        )
        latest = FeedBatch.objects.order_by("-received_at").values_list("received_at", flat=True).first()
        yield self._age("feed_last_event_age_seconds", "Since the last event came", latest)
        waiting = Event.objects.waiting()
        # "+ 0": from the few that wait, and not along the primary key through all events that don't.
        oldest = waiting.aggregate(first=Min(F("pk") + 0))["first"]
        since = Event.objects.filter(pk=oldest).values_list("batch__received_at", flat=True).first()
        yield _one("feed_waiting_events", "Events that wait for another", keyset.count(waiting).number)
        yield self._age("feed_oldest_waiting_age_seconds", "Since the oldest waiting event came", since)
        conflicts = keyset.count(Event.objects.unreviewed()).number
        yield _one("feed_conflicts", "Events that contradict others, and nobody has looked at yet", conflicts)
        clicks = ClickDay.objects.filter(day=rules.day_of(self.now)).aggregate(sum=Sum("clicks"))["sum"]
        yield _one("clicks_today", "Followed links of partners since 00:00 in Moscow", clicks or 0)

    def _closes(self) -> Iterator[Metric]:
        closed = Month.objects.exclude(closed_at=None).order_by("-starts_on").first()
        overdue = close.overdue(self.now)
        late = (self.now - months.due_at(overdue, settings.CLOSE_DUE_HOUR)).total_seconds() if overdue else 0
        yield _one(
            "month_last_closed_timestamp_seconds",
            "When the last closed month began; 0: none was closed",
            months.start_of(closed.starts_on).timestamp() if closed else 0,
        )
        undone = MonthShard.objects.filter(month__closed_at=None, done_at=None).count()
        yield _one("month_unfinished_shards", "Shares of closes that are under way and not done", undone)
        yield _one("month_late_seconds", "Since the earliest month that isn't closed was due; 0: none is", late)

    def _withdrawals(self) -> Iterator[Metric]:
        open_ones = Withdrawal.objects.open()
        found = {
            state: (number, kopecks, since)
            for state, number, kopecks, since in open_ones.order_by()
            .values_list("state")
            .annotate(number=Count("pk"), kopecks=Sum("amount_kopecks"), since=Min("requested_at"))
        }
        nothing = (0, 0, None)
        states = {state: found.get(state, nothing) for state in Withdrawal.OPEN}
        number = {str(state): each[0] for state, each in states.items()}
        kopecks = {str(state): each[1] for state, each in states.items()}
        ages = {str(state): self._since(each[2]) for state, each in states.items()}
        yield _by("withdrawals", "Withdrawals that are neither paid nor returned", "state", number)
        yield _by("withdrawals_kopecks", "Their sums", "state", kopecks)
        yield _by("withdrawals_oldest_age_seconds", "Since the oldest was asked for; 0: none", "state", ages)
        counted = open_ones.aggregate(
            late=Count("pk", filter=Q(due_on__lte=rules.late_through(rules.day_of(self.now)))),
            questions=Count("pk", filter=~Q(question="")),
        )
        yield _one("withdrawals_late", "Open ones from their tenth day on", counted["late"])
        yield _one("withdrawals_questions", "Open ones that a person decides about", counted["questions"])
        yield _one("sending_is_on", "1: payments go out; 0: staff has switched sending off", int(sending.is_on()))

    def _work(self) -> Iterator[Metric]:
        ages = {name: self._since(at) if at else -1 for name, at in heartbeats.latest().items()}
        yield _by("sweep_age_seconds", "Since a sweep ended; -1: it never has", "sweep", ages)
        letters = Notice.objects.filter(next_try_at__isnull=False)
        yield _one("letters_waiting", "Letters to partners that are not sent yet", keyset.count(letters).number)
        oldest = letters.aggregate(first=Min("created_at"))["first"]
        yield self._age("letters_oldest_age_seconds", "Since the oldest of them was written", oldest)
        requests = keyset.count(AttachRequest.objects.open()).number
        yield _one("attach_requests", "Requests to attach a client that wait for staff", requests)

    def _audit(self) -> Iterator[Metric]:
        latest = AuditRun.objects.finished().order_by("-night").first()
        yield _one("audit_breaches", "What the last audit found; -1: there was none", latest.number if latest else -1)
        yield self._age("audit_age_seconds", "Since the last audit ended", latest.finished_at if latest else None)
        standing: dict[str, float] = dict.fromkeys(Finding.Kind.values, 0)
        rows = Finding.objects.standing().order_by().values_list("kind").annotate(number=Count("pk"))
        yield _by("findings", "What staff was told of and still stands", "kind", standing | dict(rows))

    def _since(self, at: dt.datetime | None) -> float:
        return max(0.0, (self.now - at).total_seconds()) if at else 0

    def _age(self, name: str, says: str, at: dt.datetime | None) -> Metric:
        return _one(name, f"{says}; 0: there is none", self._since(at))


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"partners_{name}", says, value=value)


def _by(name: str, says: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"partners_{name}", says, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
