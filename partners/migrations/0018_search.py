"""What staff's list of all partners is narrowed by. Parts of names are searched by `referrals/0012_desk_search`, which
comes after the extension for it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("partners", "0017_staff_permissions")]
    operations = [
        migrations.AddIndex("partner", models.Index(fields=["status", "id"], name="partner_by_status")),
        migrations.AddIndex("partner", models.Index(fields=["tariff", "id"], name="partner_by_tariff")),
        migrations.AddIndex("partner", models.Index(fields=["inn"], condition=~Q(inn=""), name="partner_by_inn")),
        migrations.AddIndex("requisites", models.Index(fields=["inn"], name="requisites_by_inn")),
    ]
