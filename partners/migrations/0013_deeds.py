"""The journal of what staff does (M11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0012_codes_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=100)),
                ("title", models.CharField(max_length=100)),
                ("subject", models.CharField(max_length=100)),
                ("subject_id", models.CharField(max_length=40, null=True)),
                ("reason", models.TextField(blank=True)),
                ("asked", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deeds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["at", "id"], name="deed_by_time"),
                    models.Index(fields=["by", "at", "id"], name="deed_by_person"),
                    models.Index(fields=["action", "at", "id"], name="deed_by_action"),
                    models.Index(fields=["subject", "subject_id", "at", "id"], name="deed_by_subject"),
                ],
            },
        ),
        *append_only("partners_deed"),
    ]
