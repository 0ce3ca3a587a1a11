from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0011_suspicion"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(
                fields=["partner", "charged_at", "id"], condition=Q(partner__isnull=False), name="charge_of_partner"
            ),
        ),
    ]
