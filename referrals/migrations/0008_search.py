"""Search by a part of a name, within one partner's clients (PostgreSQL only: SQLite reads a partner's few clients)."""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations


def create_index(apps, editor):
    if editor.connection.vendor == "postgresql":
        # Both in one index: a name that every partner has must not cost a partner more than its own clients.
        editor.execute(
            "CREATE INDEX referral_search ON referrals_referral USING gin (partner_id, search_name gin_trgm_ops)"
        )


def drop_index(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX referral_search")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0007_campaigns")]
    operations = [TrigramExtension(), BtreeGinExtension(), migrations.RunPython(create_index, drop_index)]
