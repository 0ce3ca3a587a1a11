"""What is known of sending as a whole: whether it is on, and what the comparisons with the provider found."""

from django.db import models
from django.db.models import Q

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
        permissions = [
            ("run_comparison", "Сверять платежи с Solar Staff сейчас"),
            ("review_comparison", "Отмечать расхождения с Solar Staff разобранными"),
        ]

    def __str__(self) -> str:
        return f"сверка {self.night}"


class ReviewedDifference(models.Model):
    """A difference that somebody of staff has looked into: no comparison tells of it any more. Only added to."""

    says = models.CharField(max_length=500, unique=True)  # as comparisons tell it: the same words are the same one
    reason = models.TextField()  # what came of it
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="difference_reviewed_with_a_reason")]

    def __str__(self) -> str:
        return f"разобранное расхождение {self.pk}"
