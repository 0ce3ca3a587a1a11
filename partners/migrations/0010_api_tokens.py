import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from partners.triggers import refuse

_KEPT = ("partner_id", "name", "scope", "digest", "ending", "created_at", "created_by_id")
_CHANGED = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in _KEPT)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0009_suspended"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="Название")),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "только чтение"), ("withdraw", "чтение и вывод денег")],
                        max_length=10,
                        verbose_name="Что можно",
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("ending", models.CharField(max_length=4)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="api_tokens", to="partners.partner"
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["partner", "name"], condition=Q(revoked_at=None), name="api_token_name_of_one_live"
                    ),
                    models.CheckConstraint(
                        condition=Q(revoked_at=None, revoked_by=None)
                        | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                        name="api_token_revoked_by_someone",
                    ),
                ],
            },
        ),
        refuse(
            "partners_apitoken",
            "UPDATE",
            when=f"OLD.revoked_at IS NOT NULL OR {_CHANGED}",
            because="partners_apitoken: is only used and revoked",
        ),
        refuse("partners_apitoken", "DELETE", because="partners_apitoken: is only used and revoked"),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("registration_received", "запрос на участие получен"),
                    ("registration_approved", "запрос на участие одобрен"),
                    ("registration_declined", "запрос на участие отклонён"),
                    ("client_attached", "клиент прикреплён"),
                    ("client_declined", "клиент не прикреплён"),
                    ("month_credited", "начислено вознаграждение"),
                    ("terms_offer", "предложены новые условия"),
                    ("requisites_changed", "изменены реквизиты"),
                    ("card_changed", "изменена карта"),
                    ("contract_offered", "пора подписать договор"),
                    ("contract_signed", "договор подписан"),
                    ("contract_declined", "подпись договора не принята"),
                    ("withdrawal_received", "заявка на вывод получена"),
                    ("withdrawal_sent", "вывод отправлен"),
                    ("withdrawal_paid", "вывод выплачен"),
                    ("withdrawal_returned", "вывод возвращён на баланс"),
                    ("api_token_made", "выпущен токен API"),
                ],
                max_length=30,
            ),
        ),
    ]
