"""What the database itself refuses about money on its way out."""

from django.db import migrations

from partners.triggers import append_only, refuse

_ITS_FACTS = (
    "NEW.partner_id <> OLD.partner_id OR NEW.amount_kopecks <> OLD.amount_kopecks"
    " OR NEW.destination <> OLD.destination OR NEW.payment_key <> OLD.payment_key"
    " OR COALESCE(NEW.card_id, 0) <> COALESCE(OLD.card_id, 0)"
    " OR COALESCE(NEW.requisites_id, 0) <> COALESCE(OLD.requisites_id, 0)"
    " OR NEW.account_id <> OLD.account_id OR NEW.requested_at <> OLD.requested_at"
    " OR NEW.requested_by_id <> OLD.requested_by_id"
)
_ITS_END = "OLD.state = 'returned' OR (OLD.state = 'paid' AND NEW.state NOT IN ('paid', 'returned'))"


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_sending")]
    operations = [
        *append_only("payouts_contractstep"),
        *append_only("payouts_signedcopy"),
        *append_only("payouts_withdrawalstep"),
        *append_only("payouts_sendingswitch"),
        *append_only("payouts_bankstatement"),
        *append_only("payouts_comparison"),
        refuse(
            "payouts_withdrawal",
            "UPDATE",
            when=f"{_ITS_FACTS} OR {_ITS_END}",
            because="payouts_withdrawal: what was asked for and how it ended never changes",
        ),
        refuse("payouts_withdrawal", "DELETE", because="payouts_withdrawal: rows are only added"),
        refuse("payouts_withdrawal", "TRUNCATE", because="payouts_withdrawal: rows are only added"),
        refuse(
            "payouts_bankorder",
            "UPDATE",
            when="NEW.id <> OLD.id OR NEW.file_id <> OLD.file_id OR NEW.withdrawal_id <> OLD.withdrawal_id",
            because="payouts_bankorder: a payment order never changes",
        ),
        refuse("payouts_bankorder", "DELETE", because="payouts_bankorder: rows are only added"),
        refuse("payouts_bankorder", "TRUNCATE", because="payouts_bankorder: rows are only added"),
    ]
