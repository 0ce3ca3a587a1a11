"""Clients: accounts of the service, who holds them, and how a partner sees its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from partners.models import Code, Partner


class Client(models.Model):
    """An account of the service (R1): registered; paying once one of its charges has counted."""

    account_id = models.CharField(max_length=200, unique=True)  # the feed's `client_id`
    name = models.CharField(max_length=500)
    registered_at = models.DateTimeField()
    # Compared for self-referral and suspicion (R8), shown to staff only (R26).
    email = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=100, blank=True)
    inn = models.CharField(max_length=100, blank=True)
    # As given at registration; which of the two decided is the attribution's (R6).
    link_code = models.CharField(max_length=100, blank=True)
    promo_code = models.CharField(max_length=100, blank=True)
    self_referral_code = models.CharField(max_length=100, blank=True)  # the last code refused by R8

    class Meta:
        permissions = [
            ("attach_client", "Прикреплять клиентов к партнёрам"),
            ("transfer_client", "Передавать клиентов другим партнёрам"),
            ("train_client", "Отмечать обученных клиентов"),
            ("settle_suspicion", "Разбирать подозрения о клиентах"),
        ]
        indexes = [
            # What staff's list of all clients is in the order of, and finds one by.
            models.Index(fields=["registered_at", "id"], name="client_by_registration"),
            models.Index(fields=["inn"], condition=~Q(inn=""), name="client_by_inn"),
            models.Index(Upper("email"), name="client_by_email"),
        ]

    def __str__(self) -> str:
        return self.account_id


class Attribution(models.Model):
    """From when a partner holds a client. Only added to; the holder at a moment is the last that has started (R9)."""

    class Via(models.TextChoices):
        LINK = "link", "по ссылке"
        PROMO_CODE = "promo_code", "по промокоду"
        REQUEST = "request", "по заявке партнёра"
        TRANSFER = "transfer", "передан сотрудником"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="attributions", db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="attributions", db_index=False)
    starts_at = models.DateTimeField()
    via = models.CharField(max_length=10, choices=Via)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, null=True, related_name="attributions", db_index=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["client", "starts_at"], name="attribution_client"),
            models.Index(fields=["partner", "client"], name="attribution_partner"),
            # The few clients that more than one partner has held: the close looks at all of their holders (R13).
            models.Index(fields=["client"], condition=Q(via="transfer"), name="attribution_transfer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(via__in=["link", "promo_code"]) | Q(decided_by__isnull=False),
                name="attribution_by_code_or_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"клиент {self.client_id} у партнёра {self.partner_id}"


class Referral(models.Model):
    """A client as one partner sees it: what its list is searched, filtered and sorted by.

    Follows from the attributions and never decides about money; `referrals.digest` keeps it, `audit` compares it.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="referrals", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="referrals", db_index=False)
    # The client's own, repeated here because an index can't span tables.
    search_name = models.CharField(max_length=500)  # `rules.search_name`
    registered_at = models.DateTimeField()
    # How it came to this partner, the first time.
    via = models.CharField(max_length=10, choices=Attribution.Via)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, null=True, related_name="referrals", db_index=False)
    held_since = models.DateTimeField()
    held_until = models.DateTimeField(null=True)  # passed on to another partner (R9)
    trained_on = models.DateField(null=True)  # R17: recorded and shown, gates nothing; each partner marks its own work

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "client"], name="referral_once")]
        indexes = [
            models.Index(fields=["partner", "registered_at", "id"], name="referral_by_registration"),
            models.Index(fields=["partner", "search_name", "id"], name="referral_by_name"),
            models.Index(fields=["partner", "code", "registered_at"], name="referral_by_code"),
            models.Index(fields=["client"], name="referral_client"),
        ]

    def __str__(self) -> str:
        return f"клиент {self.client_id} у партнёра {self.partner_id}"


class Progress(models.Model):
    """How far a referral has come. A table of its own: a close writes it for everybody, and must not have to write the
    search index anew."""

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    paid_at = models.DateTimeField(null=True)  # its first charge that counted (R1)
    reward_kopecks = models.BigIntegerField(default=0)  # credited so far, all closed months together

    class Meta:
        indexes = [
            models.Index(fields=["partner", "reward_kopecks", "referral"], name="progress_by_reward"),
            models.Index(fields=["partner"], condition=Q(paid_at__isnull=False), name="progress_paid"),
        ]

    def __str__(self) -> str:
        return f"{self.referral_id}: {self.reward_kopecks}"


class AttachRequestQuerySet(models.QuerySet["AttachRequest"]):
    def open(self) -> "AttachRequestQuerySet":
        return self.filter(state=AttachRequest.State.OPEN)


class AttachRequest(models.Model):
    """«Прикрепите ООО Красные цветы, промо-код 3456»: a partner asks for a client that came without its code (R7)."""

    class State(models.TextChoices):
        OPEN = "open", "на рассмотрении"
        ACCEPTED = "accepted", "прикреплён"
        DECLINED = "declined", "отклонено"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="attach_requests")
    company = models.CharField("Компания", max_length=200)
    comment = models.TextField("Комментарий", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)  # of a refusal; the partner reads it
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AttachRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None)
                | Q(state="accepted", decided_at__isnull=False, client__isnull=False)
                | (Q(state="declined", decided_at__isnull=False) & ~Q(reason="")),
                name="attach_request_decided_with_reason",
            )
        ]
        permissions = [("decide_attachrequest", "Решать о заявках на прикрепление клиентов")]
        indexes = [
            models.Index(fields=["requested_at", "id"], condition=Q(state="open"), name="attach_request_open"),
            models.Index(fields=["state", "id"], name="attach_request_by_state"),
        ]

    def __str__(self) -> str:
        return f"заявка {self.pk}: {self.state}"
