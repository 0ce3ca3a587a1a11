"""Invitations of staff wait in the outbox of staff's letters."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("skorozvon_partners", "0002_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="staffletter",
            name="invited",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="staffletter", name="subject", field=models.CharField(blank=True, max_length=200)
        ),
        migrations.AlterField(model_name="staffletter", name="text", field=models.TextField(blank=True)),
    ]
