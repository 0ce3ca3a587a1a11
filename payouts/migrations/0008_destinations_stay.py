"""What the database itself refuses: that money goes elsewhere than it was asked for, or the bank was given another file."""

from django.db import migrations

from partners.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("payouts", "0007_staff_permissions")]
    operations = [
        refuse(
            "payouts_card",
            "UPDATE",
            when="NEW.worker_id <> OLD.worker_id OR NEW.card_id <> OLD.card_id OR NEW.number <> OLD.number"
            " OR NEW.linked_at <> OLD.linked_at",
            because="payouts_card: another card is another row",
        ),
        refuse("payouts_card", "DELETE", because="payouts_card: another card is another row"),
        refuse(
            "payouts_worker",
            "UPDATE",
            when="NEW.partner_id <> OLD.partner_id OR NEW.worker_id <> OLD.worker_id",
            because="payouts_worker: whom the provider knows never changes",
        ),
        refuse("payouts_worker", "DELETE", because="payouts_worker: whom the provider knows never changes"),
        refuse(
            "payouts_bankfile",
            "UPDATE",
            when="(LENGTH(OLD.content) > 0 AND NEW.content <> OLD.content) OR NEW.made_at <> OLD.made_at"
            " OR NEW.made_by_id <> OLD.made_by_id OR OLD.discarded_at IS NOT NULL",
            because="payouts_bankfile: what the bank was given never changes",
        ),
        refuse("payouts_bankfile", "DELETE", because="payouts_bankfile: what the bank was given never changes"),
    ]
