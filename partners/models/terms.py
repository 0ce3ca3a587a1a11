"""The conditions of the programme, and which partner is under which of them."""

import datetime as dt

from django.db import models
from django.db.models import F, Q

from partners import rules
from partners.models.people import Partner, Tariff, User


class TermsQuerySet(models.QuerySet["Terms"]):
    def started(self, tariff: str, at: dt.date) -> "TermsQuerySet":
        """The tariff's versions that apply to newcomers by that day, the newest first (R4, R5).

        The one without a start, of which a tariff has no second, is older than all that have one.
        """
        begun = self.filter(Q(starts_on=None) | Q(starts_on__lte=at), tariff=tariff)
        return begun.order_by(F("starts_on").desc(nulls_last=True))


class Terms(models.Model):
    """One version of a tariff's conditions (R4), immutable once used. The only place of the programme's numbers."""

    name = models.CharField(max_length=50, unique=True)
    tariff = models.CharField(max_length=10, choices=Tariff)
    starts_on = models.DateField(null=True, blank=True)  # a 1st; none: since ever
    judged_at = models.DateTimeField(null=True, blank=True, editable=False)  # when R5 decided who moves

    percent_bp = models.PositiveIntegerField(null=True, blank=True)  # of the base; 1500 = 15 %
    window_months = models.PositiveSmallIntegerField(null=True, blank=True)  # from the client's registration
    one_time_kopecks = models.PositiveBigIntegerField(null=True, blank=True)
    threshold_kopecks = models.PositiveBigIntegerField(default=0)
    counts_subscription = models.BooleanField(default=True)
    counts_telephony = models.BooleanField(default=False)

    minimum_withdrawal_kopecks = models.PositiveBigIntegerField(default=0)
    clients_needed = models.PositiveSmallIntegerField(default=1)
    contract_needed = models.BooleanField(default=False)

    objects = TermsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "terms"
        permissions = [("publish_terms", "Публиковать новые версии условий")]
        constraints = [
            models.CheckConstraint(
                condition=Q(tariff="legal", percent_bp__lte=10_000, percent_bp__gt=0, one_time_kopecks=None)
                | Q(tariff="individual", percent_bp=None, window_months=None, one_time_kopecks__gt=0),
                name="terms_reward_fits_tariff",
            ),
            models.CheckConstraint(condition=Q(starts_on=None) | Q(starts_on__day=1), name="terms_start_on_a_first"),
            models.UniqueConstraint(fields=["tariff", "starts_on"], name="terms_one_per_start"),
            models.UniqueConstraint(
                fields=["tariff"], condition=Q(starts_on=None), name="terms_one_without_start_per_tariff"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def counts(self, kind: str) -> bool:
        """Whether charges of this kind count. Robot calls and other charges never do (R10)."""
        return (kind == "subscription" and self.counts_subscription) or (kind == "telephony" and self.counts_telephony)


class Publication(models.Model):
    """Who announced a version of terms, when and why (M11). Only added to; those of a migration have none."""

    terms = models.OneToOneField(Terms, on_delete=models.PROTECT, primary_key=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.terms_id} {self.published_at:%d.%m.%Y %H:%M}"


class TermsAssignmentQuerySet(models.QuerySet["TermsAssignment"]):
    def timelines(self) -> dict[int, list["TermsAssignment"]]:
        """By partner, the assignments that hold, oldest first (`rules.timeline`). One query."""
        decided: dict[int, list[TermsAssignment]] = {}
        for assignment in self.select_related("terms").order_by("pk"):
            decided.setdefault(assignment.partner_id, []).append(assignment)
        return {partner: rules.timeline(assignments) for partner, assignments in decided.items()}


class TermsAssignment(models.Model):
    """From when a partner is under which terms. Only added to: the past keeps the terms it had (R5, R15)."""

    class Reason(models.TextChoices):
        REGISTRATION = "registration", "регистрация"
        NEW_VERSION = "new_version", "новая версия условий"
        OFFER_ACCEPTED = "offer_accepted", "партнёр принял предложение"
        TARIFF_CHANGE = "tariff_change", "смена тарифа"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="terms_assignments")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="assignments")
    starts_at = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=Reason)
    # A change of tariff settles what was credited in months up to this one (R3).
    settled_through = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)  # why, in the words of whoever decided

    objects = TermsAssignmentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.terms_id} с {self.starts_at:%d.%m.%Y %H:%M}"


class TermsOffer(models.Model):
    """A partner with clients may stay under its terms or move to the new version (R5)."""

    class State(models.TextChoices):
        OPEN = "open", "ждёт ответа"
        ACCEPTED = "accepted", "принято"
        DECLINED = "declined", "остаётся на прежних"
        LAPSED = "lapsed", "больше не действует"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="terms_offers")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "terms"], name="offer_once_per_terms"),
            models.UniqueConstraint(fields=["partner"], condition=Q(state="open"), name="offer_one_open_per_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.terms_id}: {self.state}"
