"""What the database itself refuses: changes of the ledger, of used terms, of the past of terms assignments."""

from django.db import migrations

from partners.triggers import append_only, refuse

_BUSINESS = (
    "name",
    "tariff",
    "starts_on",
    "percent_bp",
    "window_months",
    "one_time_kopecks",
    "threshold_kopecks",
    "counts_subscription",
    "counts_telephony",
    "minimum_withdrawal_kopecks",
    "clients_needed",
    "contract_needed",
)


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_terms_of_2026")]
    operations = [
        *append_only("partners_ledgerline"),
        *append_only("partners_termsassignment"),
        refuse("partners_terms", "UPDATE", of=_BUSINESS, because="partners_terms: publish a new version instead"),
        refuse("partners_terms", "DELETE", because="partners_terms: publish a new version instead"),
    ]
