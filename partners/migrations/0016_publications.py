"""Who announced a version of terms, when and why (M11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("partners", "0015_corrections")]
    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "terms",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="partners.terms",
                    ),
                ),
                ("published_at", models.DateTimeField()),
                ("reason", models.TextField()),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        *append_only("partners_publication"),
    ]
