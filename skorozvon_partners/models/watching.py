"""What watching leaves behind: audits, what was found to be wrong, and the letters that tell staff of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class AuditRunQuerySet(models.QuerySet["AuditRun"]):
    def finished(self) -> "AuditRunQuerySet":
        return self.filter(finished_at__isnull=False)


class AuditRun(models.Model):
    """An audit of the books: one a night."""

    night = models.DateField(unique=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    number = models.PositiveIntegerField(default=0)  # of breaches
    breaches = models.JSONField(default=list)  # the first of them, as sentences

    objects = AuditRunQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False) | Q(number=0), name="audit_run_finds_when_it_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"проверка книг {self.night}"


class StaffLetter(models.Model):
    """A letter to staff: something is wrong, is over, or somebody is invited. Written in the transaction of what it
    tells of, sent after it.
    """

    # Whose invitation it is; its text is made when it is sent, so that no link lies in the database.
    invited = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    written_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)  # None: nothing left to do
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="staff_letter_due"),
        ]

    def __str__(self) -> str:
        return self.subject or f"приглашение {self.invited_id}"


class FindingQuerySet(models.QuerySet["Finding"]):
    def standing(self) -> "FindingQuerySet":
        return self.filter(over_at=None)


class Finding(models.Model):
    """Something that staff has to know of: since when it stands, and when it was over."""

    class Kind(models.TextChoices):
        AUDIT = "audit", "книги не сходятся"
        MONTH_LATE = "month_late", "месяц не закрыт"
        WITHDRAWAL_LATE = "withdrawal_late", "вывод задерживается"
        FEED_SILENT = "feed_silent", "событий нет"
        SENDING_OFF = "sending_off", "отправка выключена"

    kind = models.CharField(max_length=20, choices=Kind)
    # What it is about, so that nobody is told twice while it stands: `month_late:2026-10`.
    key = models.CharField(max_length=100)
    says = models.TextField()  # a sentence for staff, without personal data
    page = models.CharField(max_length=200)  # of the desk, where something can be done about it
    found_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(over_at=None), name="finding_stands_once"),
        ]

    def __str__(self) -> str:
        return self.key
