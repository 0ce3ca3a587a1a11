"""Corrections of balances: asked for, decided by a second person above a sum; decided ones never change."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from partners.triggers import refuse

_FACTS = (
    "NEW.key <> OLD.key OR NEW.partner_id <> OLD.partner_id OR NEW.amount_kopecks <> OLD.amount_kopecks"
    " OR NEW.memo <> OLD.memo OR NEW.reason <> OLD.reason OR NEW.asked_by_id <> OLD.asked_by_id"
    " OR NEW.asked_at <> OLD.asked_at OR NEW.needs_second <> OLD.needs_second"
)


class Migration(migrations.Migration):
    dependencies = [("partners", "0014_erasure")]
    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                ("amount_kopecks", models.BigIntegerField()),
                ("memo", models.CharField(max_length=250)),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("needs_second", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "ждёт второго сотрудника"),
                            ("booked", "проведена"),
                            ("declined", "отклонена"),
                        ],
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("refusal", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("request_correction", "Вносить корректировки баланса"),
                    ("confirm_correction", "Подтверждать корректировки, внесённые другим"),
                ],
                "indexes": [
                    models.Index(fields=["id"], condition=Q(state="requested"), name="correction_waiting"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=~Q(amount_kopecks=0), name="correction_moves_something"),
                    models.CheckConstraint(condition=~Q(reason="") & ~Q(memo=""), name="correction_says_why"),
                    models.CheckConstraint(
                        condition=Q(state="requested", needs_second=True, decided_by=None, decided_at=None)
                        | Q(state="booked", decided_by__isnull=False, decided_at__isnull=False)
                        | (Q(state="declined", decided_by__isnull=False, decided_at__isnull=False) & ~Q(refusal="")),
                        name="correction_decided_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="booked") | Q(needs_second=False) | ~Q(decided_by=F("asked_by")),
                        name="correction_booked_by_a_second_person",
                    ),
                ],
            },
        ),
        refuse(
            "partners_correction",
            "UPDATE",
            when=f"{_FACTS} OR OLD.state <> 'requested'",
            because="partners_correction: what was asked for and how it ended never changes",
        ),
        refuse("partners_correction", "DELETE", because="partners_correction: rows are only added"),
        refuse("partners_correction", "TRUNCATE", because="partners_correction: rows are only added"),
    ]
