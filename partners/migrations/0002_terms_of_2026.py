"""The programme's terms as of 2026 (R4). The numbers live here and nowhere in code or settings."""

from django.db import migrations

TERMS = [
    {
        "name": "legal-2026",
        "tariff": "legal",
        "percent_bp": 1500,
        "window_months": 24,
        "counts_subscription": True,
        "counts_telephony": False,
        "minimum_withdrawal_kopecks": 2_000_00,
        "clients_needed": 2,
        "contract_needed": True,
    },
    {
        "name": "individual-2026",
        "tariff": "individual",
        "one_time_kopecks": 3_000_00,
        "threshold_kopecks": 5_000_00,
        "counts_subscription": True,
        "counts_telephony": True,
        "clients_needed": 1,
        "contract_needed": False,
    },
]


def create(apps, editor):
    terms = apps.get_model("partners", "Terms")
    for row in TERMS:
        terms.objects.create(**row)


def remove(apps, editor):
    apps.get_model("partners", "Terms").objects.filter(name__in=[row["name"] for row in TERMS]).delete()


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [migrations.RunPython(create, remove)]
