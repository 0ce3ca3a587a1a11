"""Differences with the provider that staff has looked into: they are told no more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0010_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewedDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("says", models.CharField(max_length=500, unique=True)),
                ("reason", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="difference_reviewed_with_a_reason"
                    )
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="comparison",
            options={
                "ordering": ["pk"],
                "permissions": [
                    ("run_comparison", "Сверять платежи с Solar Staff сейчас"),
                    ("review_comparison", "Отмечать расхождения с Solar Staff разобранными"),
                ],
            },
        ),
        *append_only("payouts_revieweddifference"),
    ]
