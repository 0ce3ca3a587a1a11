"""The journal of what staff does."""

from django.db import models

from partners.models.people import User


class Deed(models.Model):
    """Something that somebody of staff did, signing in included: who, when, what, about what, why (M11). Only added to.

    Without personal data: of what was asked for it keeps numbers, dates and choices, and of rows their numbers.
    """

    at = models.DateTimeField()
    # None: nobody got in.
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="deeds", db_index=False)
    action = models.CharField(max_length=100)  # "payouts.withdrawal.approve"
    title = models.CharField(max_length=100)  # what it was called then: «Одобрить»
    subject = models.CharField(max_length=100)  # "payouts.withdrawal"
    subject_id = models.CharField(max_length=40, null=True)  # its key, of a month its date; None: about no row
    reason = models.TextField(blank=True)
    asked = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at", "id"], name="deed_by_time"),
            models.Index(fields=["by", "at", "id"], name="deed_by_person"),
            models.Index(fields=["action", "at", "id"], name="deed_by_action"),
            models.Index(fields=["subject", "at", "id"], name="deed_by_subject"),
            models.Index(fields=["subject_id", "at", "id"], name="deed_by_row"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id or ''}".rstrip()
