"""What the service debited from clients."""

import datetime as dt

from django.db import models
from django.db.models import Min, Q

from partners.models import Partner, TermsAssignment
from referrals.models.clients import Client


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
            # All charges of a partner by time: a page of them costs the same wherever it is.
            models.Index(
                fields=["partner", "charged_at", "id"], condition=Q(partner__isnull=False), name="charge_of_partner"
            ),
            models.Index(fields=["refund_of"], condition=Q(refund_of__isnull=False), name="charge_refunds"),
        ]

    def __str__(self) -> str:
        return self.external_id


def first_posted_month() -> dt.date | None:
    """The earliest month that any charge was posted to."""
    return Charge.objects.filter(outcome=Outcome.COUNTED).aggregate(first=Min("month"))["first"]
