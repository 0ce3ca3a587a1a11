"""Withdrawals: a partner asks for money of its balance, and where it has got to."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q

from partners.models import Partner, Requisites, User
from payouts.models.cards import Card


class Destination(models.TextChoices):
    CARD = "card", "на банковскую карту через Solar Staff"
    BANK = "bank", "на расчётный счёт"
    SERVICE = "service", "на аккаунт в Скорозвоне"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def open(self) -> "WithdrawalQuerySet":
        """Neither paid nor returned: their sums are on their way."""
        return self.filter(state__in=Withdrawal.OPEN)

    def due(self, now: dt.datetime) -> "WithdrawalQuerySet":
        """Those that the machine has something to do about, the longest waiting first."""
        return self.filter(next_try_at__lte=now).order_by("next_try_at", "pk")

    def overdue(self, now: dt.datetime) -> "WithdrawalQuerySet":
        """Due half an hour ago (M12), or so late that only a clock that was ahead can have said so."""
        late = Q(next_try_at__lte=now - dt.timedelta(minutes=30))
        return self.filter(late | Q(next_try_at__gt=now + dt.timedelta(days=1), held_until=None))

    def suspended(self) -> "WithdrawalQuerySet":
        """Those that wait because their partner is blocked (R25)."""
        return self.filter(_is_suspended())

    def not_suspended(self) -> "WithdrawalQuerySet":
        """All others."""
        return self.exclude(_is_suspended())

    def for_staff(self) -> "WithdrawalQuerySet":
        """Those that wait for a person."""
        return self.filter(~Q(question="") | Q(state=Withdrawal.State.REQUESTED), state__in=Withdrawal.OPEN)


def _is_suspended() -> Q:
    """`Withdrawal.is_suspended`, for the database."""
    return Q(state__in=Withdrawal.NOT_SENT, missing_since=None, partner__status=Partner.Status.BLOCKED)


class Withdrawal(models.Model):
    """A request to be paid. Its sum leaves the balance with it, and returns at most once (R21)."""

    class State(models.TextChoices):
        REQUESTED = "requested", "на проверке"
        APPROVED = "approved", "одобрен"
        SENT = "sent", "отправлен"
        UNKNOWN = "unknown", "уточняем"  # it may have been paid, or not: nobody has said
        PAID = "paid", "выплачен"
        RETURNED = "returned", "возвращён на баланс"

    NOT_SENT = (State.REQUESTED, State.APPROVED)
    OPEN = (*NOT_SENT, State.SENT, State.UNKNOWN)

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="withdrawals")
    amount_kopecks = models.BigIntegerField()
    destination = models.CharField(max_length=10, choices=Destination)
    # Where it goes, as it stood when it was asked for: later changes are for later requests. One of the three.
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawals")
    requisites = models.ForeignKey(Requisites, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    account_id = models.CharField(max_length=200, blank=True)  # in the service
    # By which a provider knows a payment from another. Made with the request, so a restored backup can't reuse one.
    payment_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # By which a request that comes twice (a second click, a repeated call) is known.
    request_key = models.CharField(max_length=100, blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # the partner, or staff for it
    due_on = models.DateField()  # promised (R21)
    approved_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # the last time
    ended_at = models.DateTimeField(null=True, blank=True)

    # When the sweep is to send it or to ask about it; None: nothing for a machine to do.
    next_try_at = models.DateTimeField(null=True, blank=True)
    sendings = models.PositiveSmallIntegerField(default=0)  # an answer belongs to one of them
    held_until = models.DateField(null=True, blank=True)  # by the provider's limit for a month
    # Since when the provider says that it knows of no such payment, although it was sent.
    missing_since = models.DateTimeField(null=True, blank=True)
    # Why a person decides about it; empty: nobody has to.
    question = models.TextField(blank=True)

    # What the provider tells.
    provider_id = models.CharField(max_length=100, blank=True)
    commission_kopecks = models.BigIntegerField(null=True, blank=True)  # borne by the programme, on top of the sum

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        permissions = [
            ("approve_withdrawal", "Одобрять заявки на вывод"),
            ("decline_withdrawal", "Отклонять заявки на вывод"),
            ("settle_withdrawal", "Решать, что с платежом: выплачен, вернуть, отправить ещё раз"),
            ("enter_withdrawal", "Вносить заявки за партнёров"),
            ("change_tariff", "Менять тариф партнёра"),  # money too: it zeroes the balance (R3)
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_kopecks__gt=0), name="withdrawal_of_something"),
            models.UniqueConstraint(
                fields=["partner", "request_key"], condition=~Q(request_key=""), name="withdrawal_asked_for_once"
            ),
            models.CheckConstraint(
                condition=Q(destination="card", card__isnull=False, requisites=None, account_id="")
                | Q(destination="bank", card=None, requisites__isnull=False, account_id="")
                | (Q(destination="service", card=None, requisites=None) & ~Q(account_id="")),
                name="withdrawal_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "returned"], ended_at__isnull=False)
                | (~Q(state__in=["paid", "returned"]) & Q(ended_at=None)),
                name="withdrawal_ends_when_it_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="withdrawal_due"),
            models.Index(fields=["partner", "-requested_at", "-id"], name="withdrawal_of_partner"),
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=["requested", "approved", "sent", "unknown"]),
                name="withdrawal_open",
            ),
            # What staff's list is narrowed by, in its order.
            models.Index(fields=["state", "id"], name="withdrawal_by_state"),
            models.Index(fields=["destination", "id"], name="withdrawal_by_destination"),
        ]

    def __str__(self) -> str:
        return f"вывод {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def can_be_cancelled(self) -> bool:
        """Before it was sent (R21); what waits to be sent again may yet be found where it was sent to."""
        return self.state in self.NOT_SENT and self.missing_since is None

    @property
    def is_suspended(self) -> bool:
        """Not sent, and not to be sent while its partner is blocked (R25)."""
        return self.can_be_cancelled and self.partner.is_blocked

    @property
    def may_have_arrived(self) -> bool:
        """Sent, or payable by hand: the bank takes orders past our files as well."""
        return self.state in (self.State.SENT, self.State.UNKNOWN) or (
            self.state == self.State.APPROVED and self.destination == Destination.BANK
        )


class WithdrawalStep(models.Model):
    """How a withdrawal came to its state: who did it, when and why (M11). Only added to."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=Withdrawal.State)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # None: the portal
    note = models.TextField(blank=True)  # read by the partner
    said = models.CharField(max_length=300, blank=True)  # the provider's words, for staff

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.withdrawal_id}: {self.state}"
