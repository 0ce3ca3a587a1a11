"""What staff's lists of withdrawals and contracts are narrowed by."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("payouts", "0011_reviewed_differences")]
    operations = [
        migrations.AddIndex("withdrawal", models.Index(fields=["state", "id"], name="withdrawal_by_state")),
        migrations.AddIndex("withdrawal", models.Index(fields=["destination", "id"], name="withdrawal_by_destination")),
        migrations.AddIndex(
            "contract", models.Index(Upper("number"), condition=~Q(number=""), name="contract_by_number")
        ),
    ]
