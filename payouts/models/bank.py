"""Files for the bank's client program, and its statements."""

from django.db import models
from django.db.models import Q

from partners.models import User
from payouts.models.withdrawals import Withdrawal


class BankFile(models.Model):
    """Payment orders collected into one file. It holds, or was discarded before the bank got it."""

    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField()  # byte for byte what was handed out
    discarded_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    discard_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("collect_bankfile", "Собирать и отзывать файлы для банка")]

    def __str__(self) -> str:
        return f"файл для банка {self.pk}"


class BankOrder(models.Model):
    """A withdrawal as a payment order. Its number, the primary key, comes back in the bank's statement."""

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="orders")
    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="orders")
    is_live = models.BooleanField(default=True)  # False: its file was discarded
    executed_on = models.DateField(null=True, blank=True)  # as the bank's statement says, whatever became of its file

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal"], condition=Q(is_live=True), name="bank_order_one_live_per_withdrawal"
            ),
        ]

    def __str__(self) -> str:
        return f"платёжное поручение № {self.pk}"


class BankStatement(models.Model):
    """A statement of the bank that was taken in, and what came of it. Only added to."""

    digest = models.CharField(max_length=64, unique=True)  # of the file: the same one twice is known
    taken_in_at = models.DateTimeField()
    taken_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    orders = models.PositiveIntegerField()  # outgoing ones in it
    paid = models.PositiveIntegerField()  # withdrawals that it marked as paid
    differences = models.JSONField(default=list)  # sentences for staff

    class Meta:
        ordering = ["-pk"]
        permissions = [("take_in_bankstatement", "Загружать выписки банка")]

    def __str__(self) -> str:
        return f"выписка банка {self.pk}"
