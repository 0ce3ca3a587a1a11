import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0008_payout_notices"),
        ("payouts", "0002_contract_states"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("card_id", models.CharField(max_length=50)),
                ("number", models.CharField(max_length=30)),
                ("linked_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_kopecks", models.BigIntegerField()),
                (
                    "destination",
                    models.CharField(
                        choices=[
                            ("card", "на банковскую карту через Solar Staff"),
                            ("bank", "на расчётный счёт"),
                            ("service", "на аккаунт в Скорозвоне"),
                        ],
                        max_length=10,
                    ),
                ),
                ("account_id", models.CharField(blank=True, max_length=200)),
                ("payment_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("request_key", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "на проверке"),
                            ("approved", "одобрен"),
                            ("sent", "отправлен"),
                            ("unknown", "уточняем"),
                            ("paid", "выплачен"),
                            ("returned", "возвращён на баланс"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("sendings", models.PositiveSmallIntegerField(default=0)),
                ("held_until", models.DateField(blank=True, null=True)),
                ("missing_since", models.DateTimeField(blank=True, null=True)),
                ("question", models.TextField(blank=True)),
                ("provider_id", models.CharField(blank=True, max_length=100)),
                ("commission_kopecks", models.BigIntegerField(blank=True, null=True)),
                (
                    "card",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="payouts.card",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawals", to="partners.partner"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "requisites",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.requisites",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WithdrawalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "на проверке"),
                            ("approved", "одобрен"),
                            ("sent", "отправлен"),
                            ("unknown", "уточняем"),
                            ("paid", "выплачен"),
                            ("returned", "возвращён на баланс"),
                        ],
                        max_length=10,
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
                ("said", models.CharField(blank=True, max_length=300)),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="payouts.withdrawal"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worker_id", models.CharField(max_length=50, unique=True)),
                ("email", models.EmailField(max_length=254)),
                ("invited_at", models.DateTimeField()),
                ("registered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="worker", to="partners.partner"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="card",
            name="worker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cards", to="payouts.worker"
            ),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)), fields=["next_try_at"], name="withdrawal_due"
            ),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(fields=["partner", "-requested_at", "-id"], name="withdrawal_of_partner"),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(
                condition=models.Q(("state__in", ["requested", "approved", "sent", "unknown"])),
                fields=["due_on"],
                name="withdrawal_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_kopecks__gt", 0)), name="withdrawal_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("request_key", ""), _negated=True),
                fields=("partner", "request_key"),
                name="withdrawal_asked_for_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("account_id", ""), ("card__isnull", False), ("destination", "card"), ("requisites", None)
                    ),
                    models.Q(
                        ("account_id", ""), ("card", None), ("destination", "bank"), ("requisites__isnull", False)
                    ),
                    models.Q(
                        ("card", None),
                        ("destination", "service"),
                        ("requisites", None),
                        models.Q(("account_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="withdrawal_goes_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ["paid", "returned"])),
                    models.Q(models.Q(("state__in", ["paid", "returned"]), _negated=True), ("ended_at", None)),
                    _connector="OR",
                ),
                name="withdrawal_ends_when_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)), fields=("worker",), name="card_one_at_a_time"
            ),
        ),
    ]
