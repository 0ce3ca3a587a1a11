"""Who takes part, on what terms, and the balance."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from partners import lookups, rules  # noqa: F401 - the lookups register themselves


class Tariff(models.TextChoices):
    LEGAL = "legal", "На счет юрлица"
    INDIVIDUAL = "individual", "На карту физлица"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)  # None: no password of ours, the service checks it
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Whoever signs in: an account holder of the service, or staff."""

    email = models.EmailField("E-mail", unique=True)
    # The account in the service (R2); staff have none.
    account_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    full_name = models.CharField("ФИО", max_length=200, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case")]

    def __str__(self) -> str:
        return self.email


class TermsQuerySet(models.QuerySet["Terms"]):
    def started(self, tariff: str, at: dt.date) -> "TermsQuerySet":
        """The tariff's versions that apply to newcomers by that day, the newest first."""
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


class Partner(models.Model):
    """A legal entity or an individual who invites users (R1)."""

    class Status(models.TextChoices):
        PENDING = "pending", "на рассмотрении"
        ACTIVE = "active", "работает"
        DECLINED = "declined", "отклонён"
        BLOCKED = "blocked", "заблокирован"

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="partner")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    tariff = models.CharField(max_length=10, choices=Tariff)
    full_name = models.CharField("ФИО", max_length=200)
    phone = models.CharField("Номер телефона", max_length=40)
    inn = models.CharField("ИНН", max_length=12, blank=True)
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"партнёр {self.pk}"  # no personal data: this ends up in logs

    @property
    def gets_clients(self) -> bool:
        """Whether a code of this partner attaches clients now (R25)."""
        return self.status == self.Status.ACTIVE


class Code(models.Model):
    """A link and promo code. All of them share one table, so that no two partners or campaigns can own the same."""

    value = models.CharField(max_length=32, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="codes")
    is_main = models.BooleanField(default=False)  # the partner's own one; the others belong to campaigns

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value=Lower("value")), name="code_is_lower_case"),
            models.UniqueConstraint(fields=["partner"], condition=Q(is_main=True), name="code_one_main_per_partner"),
        ]

    def __str__(self) -> str:
        return self.value


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
