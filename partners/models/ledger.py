"""The ledger."""

from django.db import models
from django.db.models import Q

from partners.models.people import Partner, User


class LedgerLine(models.Model):
    """One movement of a partner's balance (R20). The balance is the sum of these; nothing edits or deletes one."""

    class Kind(models.TextChoices):
        ACCRUAL = "accrual", "начисление"
        WITHDRAWAL = "withdrawal", "вывод"
        WITHDRAWAL_RETURNED = "withdrawal_returned", "возврат вывода"
        TARIFF_CHANGE = "tariff_change", "смена тарифа"
        OPENING_BALANCE = "opening_balance", "начальный остаток"
        CORRECTION = "correction", "корректировка"

    # Names the fact, so that it can't be booked twice: `accrual:2026-10:17`.
    key = models.CharField(max_length=100, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="ledger_lines")
    kind = models.CharField(max_length=20, choices=Kind)
    amount_kopecks = models.BigIntegerField()
    month = models.DateField(null=True, blank=True)  # of an accrual
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    memo = models.CharField(max_length=300)

    class Meta:
        ordering = ["booked_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_kopecks=0), name="ledger_line_moves_something"),
            models.CheckConstraint(
                condition=Q(kind="accrual", month__isnull=False) | (~Q(kind="accrual") & Q(month=None)),
                name="ledger_line_month_of_accrual",
            ),
            models.CheckConstraint(
                condition=~Q(kind="correction") | Q(booked_by__isnull=False), name="ledger_line_correction_by_someone"
            ),
        ]

    def __str__(self) -> str:
        return self.key
