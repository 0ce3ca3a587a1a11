"""How money is earned: clients, the service's events, charges, rewards, months."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Min, Q

from partners.models import Code, Partner, TermsAssignment


class Client(models.Model):
    """An account of the service (R1): registered; paying once one of its charges has counted."""

    account_id = models.CharField(max_length=200, unique=True)  # the feed's `client_id`
    name = models.CharField(max_length=500)
    registered_at = models.DateTimeField()
    # Compared for self-referral and suspicion (R8), shown to staff only (R26).
    email = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=100, blank=True)
    inn = models.CharField(max_length=100, blank=True)
    # As given at registration; which of the two decided is the attribution's (R6).
    link_code = models.CharField(max_length=100, blank=True)
    promo_code = models.CharField(max_length=100, blank=True)
    self_referral_code = models.CharField(max_length=100, blank=True)  # the last code refused by R8
    trained_on = models.DateField(null=True, blank=True)  # R17: recorded and shown, gates nothing

    def __str__(self) -> str:
        return self.account_id


class Attribution(models.Model):
    """From when a partner holds a client. Only added to; the holder at a moment is the last that has started (R9)."""

    class Via(models.TextChoices):
        LINK = "link", "по ссылке"
        PROMO_CODE = "promo_code", "по промокоду"
        REQUEST = "request", "по заявке партнёра"
        TRANSFER = "transfer", "передан сотрудником"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="attributions", db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="attributions", db_index=False)
    starts_at = models.DateTimeField()
    via = models.CharField(max_length=10, choices=Via)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, null=True, related_name="attributions", db_index=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["client", "starts_at"], name="attribution_client"),
            models.Index(fields=["partner", "client"], name="attribution_partner"),
            # The few clients that more than one partner has held: the close looks at all of their holders (R13).
            models.Index(fields=["client"], condition=Q(via="transfer"), name="attribution_transfer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(via__in=["link", "promo_code"]) | Q(decided_by__isnull=False),
                name="attribution_by_code_or_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"клиент {self.client_id} у партнёра {self.partner_id}"


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

    def __str__(self) -> str:
        return f"{self.received} событий {self.received_at:%d.%m.%Y %H:%M:%S}"


class EventQuerySet(models.QuerySet["Event"]):
    def waiting(self) -> "EventQuerySet":
        return self.filter(state=Event.State.WAITING)

    def conflicts(self) -> "EventQuerySet":
        return self.filter(state=Event.State.CONFLICT)


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

    def __str__(self) -> str:
        return self.event_id or f"соперник {self.rival_of_id}"


class Outcome(models.TextChoices):
    """What became of a charge (R16): counted, or the first reason why it earns nothing."""

    COUNTED = "counted", "учтено"
    KIND = "kind", "такие списания не учитываются"
    NOT_ATTRIBUTED = "not_attributed", "клиент ни за кем не закреплён"
    BEFORE_ATTRIBUTION = "before_attribution", "списано до закрепления клиента"
    WINDOW_OVER = "window_over", "срок вознаграждения закончился"
    NOT_CONFIRMED = "not_confirmed", "оплата не подтверждена"
    SETTLED = "settled", "закрыто сменой тарифа"


class Charge(models.Model):
    """Money that the service debited from a client (R10), or, below zero, a refund of such a charge (R14)."""

    class Kind(models.TextChoices):
        SUBSCRIPTION = "subscription", "абонентская плата"
        TELEPHONY = "telephony", "телефония"
        ROBOT = "robot", "обзвон роботом"
        OTHER = "other", "прочее"

    external_id = models.CharField(max_length=200)  # the feed's `charge_id`; of a refund, its `refund_id`
    refund_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="refunds", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="charges", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    amount_kopecks = models.BigIntegerField()
    charged_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)  # a refund has none: it follows its charge
    outcome = models.CharField(max_length=20, choices=Outcome)
    # Whoever held the client when it was charged, by which of its terms (R15), and the month it is posted to (R11).
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="charges", db_index=False)
    assignment = models.ForeignKey(
        TermsAssignment, on_delete=models.PROTECT, null=True, related_name="charges", db_index=False
    )
    month = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external_id"], condition=Q(refund_of=None), name="charge_once"),
            models.UniqueConstraint(fields=["external_id"], condition=Q(refund_of__isnull=False), name="refund_once"),
            models.CheckConstraint(
                condition=Q(refund_of=None, amount_kopecks__gt=0)
                | Q(refund_of__isnull=False, amount_kopecks__lt=0, confirmed_at=None),
                name="charge_sign",
            ),
            models.CheckConstraint(
                condition=Q(outcome="counted", month__isnull=False, partner__isnull=False, assignment__isnull=False)
                & (Q(confirmed_at__isnull=False) | Q(refund_of__isnull=False))
                | (~Q(outcome="counted") & Q(month=None)),
                name="charge_posted_when_counted",
            ),
        ]
        indexes = [
            # What a close sums, in the order in which it sums it, without touching the table.
            models.Index(
                fields=["month", "partner", "client", "assignment", "amount_kopecks"],
                condition=Q(outcome="counted"),
                name="charge_posted",
            ),
            models.Index(fields=["client", "charged_at"], name="charge_client"),
            models.Index(fields=["refund_of"], condition=Q(refund_of__isnull=False), name="charge_refunds"),
        ]

    def __str__(self) -> str:
        return self.external_id


class MonthQuerySet(models.QuerySet["Month"]):
    def closed_through(self) -> dt.date | None:
        """The last month that takes no more charges; all before it are closed too (R11). None: nothing closed yet."""
        return self.aggregate(last=Max("starts_on"))["last"]

    def unfinished(self) -> "MonthQuerySet":
        return self.filter(closed_at=None)


class Month(models.Model):
    """A month whose close has begun. From then on nothing is posted to it; before, it has no row."""

    starts_on = models.DateField(primary_key=True)
    frozen_at = models.DateTimeField()  # its close began; the moment its rewards are booked at
    closed_at = models.DateTimeField(null=True)  # all of its shards are done

    objects = MonthQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__day=1), name="month_starts_on_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"


class MonthShard(models.Model):
    """A share of a month's close: the partners from `first_partner` to `last_partner`, credited in one transaction."""

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="shards")
    first_partner = models.BigIntegerField()
    last_partner = models.BigIntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "first_partner"], name="month_shard_once"),
            models.CheckConstraint(condition=Q(first_partner__lte=F("last_partner")), name="month_shard_has_partners"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id:%Y-%m}: {self.first_partner}–{self.last_partner}"


class RewardQuerySet(models.QuerySet["Reward"]):
    def for_partner(self, partner: Partner) -> "RewardQuerySet":
        return self.filter(partner=partner)


class Reward(models.Model):
    """What a client brought its partner in a month (R12, R13): the rule applied to the charges posted to it."""

    month = models.DateField()
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    assignment = models.ForeignKey(TermsAssignment, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    base_kopecks = models.BigIntegerField()  # the sum of the charges
    reward_kopecks = models.BigIntegerField()

    objects = RewardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "month", "assignment"], name="reward_once"),
        ]
        indexes = [models.Index(fields=["partner", "month"], name="reward_partner")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} клиент {self.client_id}"


def first_posted_month() -> dt.date | None:
    """The earliest month that any charge was posted to."""
    return Charge.objects.filter(outcome=Outcome.COUNTED).aggregate(first=Min("month"))["first"]
