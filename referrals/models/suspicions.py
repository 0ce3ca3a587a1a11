"""What makes a client suspicious (R8). Marks for staff; they refuse nothing and decide about no money."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from partners.templatetags.words import quoted
from referrals.models.clients import Client


class Likeness(models.Model):
    """Something that several clients may have in common, and the earliest client that has it.

    Its key is computed from what it is (`suspicions.key_of`), so nobody's contacts are kept a second time.
    """

    id = models.BigIntegerField(primary_key=True)
    # By `registered_at`, then by account id: whoever arrived first is not always the earliest.
    first = models.ForeignKey(
        # No client is ever deleted (a trigger), and looking that up for each of them would cost an import.
        Client,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    def __str__(self) -> str:
        return f"клиент {self.first_id}"


class SuspicionQuerySet(models.QuerySet["Suspicion"]):
    def open(self) -> "SuspicionQuerySet":
        """Not looked at yet."""
        return self.filter(settled_at=None)

    def told(self) -> "SuspicionQuerySet":
        """With all that telling them takes, the oldest first."""
        return self.select_related("likeness__first", "settled_by").order_by("pk")


class Suspicion(models.Model):
    """One reason to look at a client, and what staff decided. The facts that it is made of never take it back."""

    class Reason(models.TextChoices):
        NAME = "name", "то же название"
        INN = "inn", "тот же ИНН"
        EMAIL = "email", "тот же e-mail"
        PHONE = "phone", "тот же телефон"
        DISPOSABLE = "disposable", "одноразовый e-mail"
        SELF_REFERRAL = "self_referral", "партнёр пригласил сам себя"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="suspicions", db_index=False)
    reason = models.CharField(max_length=13, choices=Reason)
    likeness = models.ForeignKey(Likeness, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    code = models.CharField(max_length=100, blank=True)  # that was refused
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decision = models.TextField(blank=True)  # why it is all right, or what was done

    objects = SuspicionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "reason", "code"], name="suspicion_once"),
            models.CheckConstraint(
                condition=Q(reason__in=["name", "inn", "email", "phone"], likeness__isnull=False, code="")
                | Q(reason="disposable", likeness=None, code="")
                | (Q(reason="self_referral", likeness=None) & ~Q(code="")),
                name="suspicion_says_of_what",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, decision="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(decision="")),
                name="suspicion_settled_with_decision",
            ),
        ]
        indexes = [models.Index(fields=["client"], condition=Q(settled_at=None), name="suspicion_open")]

    def __str__(self) -> str:
        """The reason as staff reads it. Example: 'тот же ИНН, что у клиента «ООО Ромашка» (c-1)'."""
        if self.likeness is not None:
            first = self.likeness.first
            return f"{self.get_reason_display()}, что у клиента {quoted(first.name)} ({first.account_id})"
        return f"{self.get_reason_display()}{f', код {self.code}' if self.code else ''}"
