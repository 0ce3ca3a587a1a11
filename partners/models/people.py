"""Who takes part: account holders of the service, partners, their codes, requisites and consents."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


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
    # As the service tells them when the person signs in; the registration form starts from them.
    phone = models.CharField("Номер телефона", max_length=40, blank=True)
    inn = models.CharField("ИНН", max_length=12, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    # When its personal data was replaced on request (152-ФЗ); such a person doesn't come back.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case")]
        indexes = [
            # The few among the many: who works at the desk, and whose data was erased.
            models.Index(fields=["email"], condition=Q(is_staff=True), name="user_of_staff"),
            models.Index(fields=["email"], condition=Q(erased_at__isnull=False), name="user_erased"),
        ]

    def __str__(self) -> str:
        return self.email


class Partner(models.Model):
    """A legal entity or an individual who invites users (R1)."""

    class Status(models.TextChoices):
        PENDING = "pending", "на рассмотрении"
        ACTIVE = "active", "работает"
        DECLINED = "declined", "отклонён"
        BLOCKED = "blocked", "участие приостановлено"

    class Channel(models.TextChoices):
        MAILING = "mailing", "Рассылка"
        BLOG = "blog", "Блог"
        SITE = "site", "Сайт"
        SEMINARS = "seminars", "Семинары и тренинги"
        DISPLAY_ADS = "display_ads", "Медийная реклама"
        CONTEXT_ADS = "context_ads", "Контекстная реклама"

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="partner")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    tariff = models.CharField(max_length=10, choices=Tariff)
    full_name = models.CharField("ФИО", max_length=200)
    phone = models.CharField("Номер телефона", max_length=40)
    inn = models.CharField("ИНН", max_length=12, blank=True)
    registered_at = models.DateTimeField()  # its terms run from here; while pending, when it asked
    # The rest of the registration form.
    website = models.CharField("Профиль в социальных сетях / сайт", max_length=300, blank=True)
    channels = models.JSONField(default=list, blank=True)  # values of Channel
    comment = models.TextField("Комментарий", blank=True)
    muted_notices = models.JSONField(default=list, blank=True)  # kinds of Notice

    class Meta:
        permissions = [
            ("admit_partner", "Одобрять и отклонять запросы на участие"),
            ("block_partner", "Приостанавливать и возобновлять участие партнёров"),
            ("revoke_token", "Отзывать токены API партнёров"),
        ]
        indexes = [
            # What staff's list of all partners is narrowed by, in its order.
            models.Index(fields=["status", "id"], name="partner_by_status"),
            models.Index(fields=["tariff", "id"], name="partner_by_tariff"),
            models.Index(fields=["inn"], condition=~Q(inn=""), name="partner_by_inn"),
        ]

    def __str__(self) -> str:
        return f"партнёр {self.pk}"  # no personal data: this ends up in logs

    @property
    def gets_clients(self) -> bool:
        """Whether a code of this partner attaches clients now (R25)."""
        return self.status == self.Status.ACTIVE

    @property
    def is_blocked(self) -> bool:
        """Whether it can't withdraw, nor get clients (R25)."""
        return self.status == self.Status.BLOCKED


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


class StatusChange(models.Model):
    """Who admitted, declined or blocked a partner, when and why (M11). Only added to."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="status_changes")
    status = models.CharField(max_length=10, choices=Partner.Status)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # None: by itself
    reason = models.TextField(blank=True)  # read by the partner

    class Meta:
        ordering = ["changed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.status}"


class Consent(models.Model):
    """What a person agreed to, to which version of the text, when and from where. Only added to."""

    class Kind(models.TextChoices):
        OFFER = "offer", "условия партнёрской программы"
        PERSONAL_DATA = "personal_data", "обработка персональных данных"
        SOLAR_STAFF = "solar_staff", "передача данных в Solar Staff"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Requisites(models.Model):
    """Where a legal partner is paid. A change is a new row, the last one holds; what was paid keeps its own (R26)."""

    class Vat(models.TextChoices):
        NONE = "none", "НДС не облагается"
        VAT_5 = "vat_5", "НДС 5 %"
        VAT_7 = "vat_7", "НДС 7 %"
        VAT_20 = "vat_20", "НДС 20 %"
        VAT_22 = "vat_22", "НДС 22 %"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="requisites")
    name = models.CharField("Название", max_length=160)
    inn = models.CharField("ИНН", max_length=12)
    kpp = models.CharField("КПП", max_length=9, blank=True)
    ogrn = models.CharField("ОГРН или ОГРНИП", max_length=15)
    address = models.CharField("Юридический адрес", max_length=300)
    bank_name = models.CharField("Банк", max_length=160)
    bik = models.CharField("БИК", max_length=9)
    account = models.CharField("Расчётный счёт", max_length=20)
    corr_account = models.CharField("Корреспондентский счёт", max_length=20)
    vat = models.CharField("НДС", max_length=10, choices=Vat)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        get_latest_by = "pk"
        verbose_name_plural = "requisites"
        indexes = [models.Index(fields=["inn"], name="requisites_by_inn")]

    def __str__(self) -> str:
        return f"реквизиты партнёра {self.partner_id}"  # no personal data: this ends up in logs

    @property
    def vat_percent(self) -> int | None:
        """'vat_20' → 20; None: it owes none."""
        return None if self.vat == self.Vat.NONE else int(self.vat.removeprefix("vat_"))


class SignOn(models.Model):
    """A one-time token of the profile menu that has been used (feed.md, section 2)."""

    jti = models.CharField(max_length=200, unique=True)
    used_at = models.DateTimeField(db_index=True)  # rows older than any token's life are swept away

    def __str__(self) -> str:
        return self.jti
