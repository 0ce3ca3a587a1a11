"""What staff's lists of all partners and clients are searched by. Parts of names by trigrams, on PostgreSQL only: SQLite
reads its few rows."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper

_TRIGRAMS = {
    "partner_search": "partners_partner USING gin (UPPER(full_name) gin_trgm_ops)",
    "client_search": "referrals_client USING gin (UPPER(name) gin_trgm_ops)",
    "attach_request_search": "referrals_attachrequest USING gin (UPPER(company) gin_trgm_ops)",
}


def create_indexes(apps, editor):
    if editor.connection.vendor == "postgresql":
        for name, of in _TRIGRAMS.items():
            editor.execute(f"CREATE INDEX {name} ON {of}")


def drop_indexes(apps, editor):
    if editor.connection.vendor == "postgresql":
        for name in _TRIGRAMS:
            editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0015_staff_permissions"), ("partners", "0018_search")]
    operations = [
        migrations.AddIndex("client", models.Index(fields=["registered_at", "id"], name="client_by_registration")),
        migrations.AddIndex("client", models.Index(fields=["inn"], condition=~Q(inn=""), name="client_by_inn")),
        migrations.AddIndex("client", models.Index(Upper("email"), name="client_by_email")),
        migrations.AddIndex(
            "attachrequest",
            models.Index(fields=["requested_at", "id"], condition=Q(state="open"), name="attach_request_open"),
        ),
        migrations.AddIndex(
            "partnermonth",
            models.Index(
                fields=["month", "reward_kopecks", "id", "partner", "clients", "base_kopecks"],
                name="partner_month_by_reward",
            ),
        ),
        migrations.RunPython(create_indexes, drop_indexes),
    ]
