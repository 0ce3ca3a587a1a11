"""Who has looked at a conflict of the feed, and what came of it (M11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0013_watched"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="referrals.event",
                    ),
                ),
                ("reviewed_at", models.DateTimeField()),
                ("reason", models.TextField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        *append_only("referrals_review"),
    ]
