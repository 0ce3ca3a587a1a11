"""What the database itself refuses about where money goes: a withdrawal points to its card, an order to its file."""

from django.db import migrations

from partners.triggers import refuse

_NEVER = "rows are only added"
_FIRST = {
    "payouts_worker": "NEW.partner_id <> OLD.partner_id OR NEW.worker_id <> OLD.worker_id",
    "payouts_card": "OLD.removed_at IS NOT NULL OR NEW.worker_id <> OLD.worker_id OR NEW.card_id <> OLD.card_id"
    " OR NEW.number <> OLD.number OR NEW.linked_at <> OLD.linked_at",
    # Its content is written once, in the transaction that makes it.
    "payouts_bankfile": "OLD.discarded_at IS NOT NULL OR NEW.made_at <> OLD.made_at"
    " OR NEW.made_by_id <> OLD.made_by_id OR LENGTH(OLD.content) > 0 AND NEW.content <> OLD.content",
    "payouts_contract": "NEW.partner_id <> OLD.partner_id OR OLD.state = 'signed' AND NEW.state <> 'signed'",
}
_WHY = {
    "payouts_worker": "whose worker it is never changes",
    "payouts_card": "a card never changes, another is another row",
    "payouts_bankfile": "what was handed out never changes",
    "payouts_contract": "a signed contract stays signed",
}


class Migration(migrations.Migration):
    dependencies = [("payouts", "0008_executed_orders")]
    operations = [
        each
        for table, when in _FIRST.items()
        for each in (
            refuse(table, "UPDATE", when=when, because=f"{table}: {_WHY[table]}"),
            refuse(table, "DELETE", because=f"{table}: {_NEVER}"),
            refuse(table, "TRUNCATE", because=f"{table}: {_NEVER}"),
        )
    ]
