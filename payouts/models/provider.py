"""What is known of sending as a whole: whether it is on, and what the comparisons with the provider found."""

from django.db import models

from partners.models import User


class SendingSwitch(models.Model):
    """Sending was switched on or off. The last row holds; without any it is on. Only added to."""

    is_on = models.BooleanField()
    switched_at = models.DateTimeField()
    switched_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # None: an operator
    reason = models.TextField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "sending switches"
        permissions = [("switch_sending", "Включать и выключать отправку выплат")]

    def __str__(self) -> str:
        return "включена" if self.is_on else "выключена"


class Comparison(models.Model):
    """A comparison of the provider's payments with ours, both ways (M9): one a night, and when staff asks for it."""

    night = models.DateField(db_index=True)
    since = models.DateTimeField()  # of the payments that were compared
    until = models.DateTimeField()
    finished_at = models.DateTimeField()
    payments = models.PositiveIntegerField()  # as the provider lists them
    differences = models.JSONField(default=list)  # sentences for staff

    class Meta:
        ordering = ["pk"]
        permissions = [("run_comparison", "Сверять платежи с Solar Staff сейчас")]

    def __str__(self) -> str:
        return f"сверка {self.night}"
