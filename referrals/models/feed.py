"""The service's events as they came."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class FeedBatch(models.Model):
    """What came in one delivery and what was answered (M5)."""

    received_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[("file", "файл"), ("http", "HTTP")])
    received = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    duplicate = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    conflict = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received=F("accepted") + F("duplicate") + F("waiting") + F("conflict") + F("rejected")),
                name="feed_batch_adds_up",
            )
        ]
        indexes = [models.Index(fields=["received_at"], name="feed_batch_by_moment")]

    def __str__(self) -> str:
        return f"{self.received} событий {self.received_at:%d.%m.%Y %H:%M:%S}"


class EventQuerySet(models.QuerySet["Event"]):
    def waiting(self) -> "EventQuerySet":
        return self.filter(state=Event.State.WAITING)

    def unreviewed(self) -> "EventQuerySet":
        """Conflicts that nobody of staff has looked at yet."""
        return self.filter(state=Event.State.CONFLICT, review=None)


class Event(models.Model):
    """One event of the service, by which a second delivery is recognised. Its id is in the order of arrival."""

    class State(models.TextChoices):
        APPLIED = "applied", "учтено"
        WAITING = "waiting", "ждёт"
        CONFLICT = "conflict", "противоречие"

    # Null where the event contradicts another one of the same id: `rival_of` is the one that came first and stays.
    event_id = models.CharField(max_length=200, unique=True, null=True)
    rival_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="rivals", db_index=False)
    # What it states, once: `client:c-1`, `charge:ch-1`, `confirmation:ch-1`, `refund:rf-1`; none for a code applied.
    fact = models.CharField(max_length=220, unique=True, null=True)
    digest = models.CharField(max_length=32)  # of the parsed content: same content or other?
    state = models.CharField(max_length=8, choices=State)
    batch = models.ForeignKey(FeedBatch, on_delete=models.PROTECT, related_name="events", db_index=False)
    # `client:c-1` or `charge:ch-1`, while that has not arrived.
    waits_for = models.CharField(max_length=220, null=True)
    # Kept only while somebody needs it: the event waits, or staff has to look at it.
    content = models.JSONField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # of a conflict

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(event_id__isnull=False, rival_of=None)
                | Q(event_id=None, rival_of__isnull=False, state="conflict"),
                name="event_has_its_id_or_a_rival",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waits_for__isnull=False, content__isnull=False)
                | (~Q(state="waiting") & Q(waits_for=None)),
                name="event_waits_for_something",
            ),
            models.UniqueConstraint(fields=["rival_of", "digest"], name="event_rival_once"),
        ]
        indexes = [
            models.Index(fields=["waits_for", "id"], condition=Q(state="waiting"), name="event_waiting"),
            models.Index(fields=["id"], condition=Q(state="conflict"), name="event_conflict"),
        ]
        permissions = [("review_event", "Отмечать противоречия разобранными")]

    def __str__(self) -> str:
        return self.event_id or f"соперник {self.rival_of_id}"


class Review(models.Model):
    """Somebody of staff has looked at a conflict: who, when, and what came of it (M11). Only added to."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"событие {self.event_id}"
