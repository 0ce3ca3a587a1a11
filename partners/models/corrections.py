"""Corrections of a balance by hand."""

from django.db import models
from django.db.models import F, Q

from partners.models.people import Partner, User


class Correction(models.Model):
    """What staff puts right on a balance, with a reason (R20). A large one waits for a second person's yes."""

    class State(models.TextChoices):
        REQUESTED = "requested", "ждёт второго сотрудника"
        BOOKED = "booked", "проведена"
        DECLINED = "declined", "отклонена"

    # By which a second click on the button is known from a second correction.
    key = models.CharField(max_length=100, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="corrections")
    amount_kopecks = models.BigIntegerField()
    memo = models.CharField(max_length=250)  # of the ledger line; the partner reads it
    reason = models.TextField()  # for staff
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    needs_second = models.BooleanField()
    state = models.CharField(max_length=10, choices=State)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)  # why it was declined

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_kopecks=0), name="correction_moves_something"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(memo=""), name="correction_says_why"),
            models.CheckConstraint(
                condition=Q(state="requested", needs_second=True, decided_by=None, decided_at=None)
                | Q(state="booked", decided_by__isnull=False, decided_at__isnull=False)
                | (Q(state="declined", decided_by__isnull=False, decided_at__isnull=False) & ~Q(refusal="")),
                name="correction_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(needs_second=False) | ~Q(decided_by=F("asked_by")),
                name="correction_booked_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="requested"), name="correction_waiting"),
        ]
        permissions = [
            ("request_correction", "Вносить корректировки баланса"),
            ("confirm_correction", "Подтверждать корректировки, внесённые другим"),
        ]

    def __str__(self) -> str:
        return f"корректировка {self.pk}: {self.state}"
