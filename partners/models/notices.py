"""The outbox of e-mails: what is to be sent stands in the database, whatever happens to broker and mail server."""

from django.db import models

from partners.models.people import Partner


class Notice(models.Model):
    """One letter to a partner about one fact. Written in the transaction of the fact, sent after it."""

    class Kind(models.TextChoices):
        REGISTRATION_RECEIVED = "registration_received", "запрос на участие получен"
        REGISTRATION_APPROVED = "registration_approved", "запрос на участие одобрен"
        REGISTRATION_DECLINED = "registration_declined", "запрос на участие отклонён"
        CLIENT_ATTACHED = "client_attached", "клиент прикреплён"
        CLIENT_DECLINED = "client_declined", "клиент не прикреплён"
        MONTH_CREDITED = "month_credited", "начислено вознаграждение"
        TERMS_OFFER = "terms_offer", "предложены новые условия"
        REQUISITES_CHANGED = "requisites_changed", "изменены реквизиты"
        CARD_CHANGED = "card_changed", "изменена карта"
        CONTRACT_OFFERED = "contract_offered", "пора подписать договор"
        CONTRACT_SIGNED = "contract_signed", "договор подписан"
        CONTRACT_DECLINED = "contract_declined", "подпись договора не принята"
        WITHDRAWAL_RECEIVED = "withdrawal_received", "заявка на вывод получена"
        WITHDRAWAL_SENT = "withdrawal_sent", "вывод отправлен"
        WITHDRAWAL_PAID = "withdrawal_paid", "вывод выплачен"
        WITHDRAWAL_RETURNED = "withdrawal_returned", "вывод возвращён на баланс"
        API_TOKEN_MADE = "api_token_made", "выпущен токен API"
        API_TOKEN_REVOKED = "api_token_revoked", "отозван токен API"

    # Names the fact, so that nobody is told of it twice: `month_credited:2026-10:17`.
    key = models.CharField(max_length=100, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=30, choices=Kind)
    context = models.JSONField(default=dict)  # what the letter says: sums, months, names
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # None: there is nothing left to do, because it was sent, is not wanted, or was given up.
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="notice_due"),
        ]

    def __str__(self) -> str:
        return self.key
