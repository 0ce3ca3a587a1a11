"""When a person's data is erased (152-ФЗ), a signed copy can lose its content and a card its number; nothing else changes."""

from django.db import migrations

from partners.triggers import instead, refuse

_ERASED = (
    "NEW.id = OLD.id AND NEW.contract_id = OLD.contract_id AND NEW.content_type = OLD.content_type"
    " AND NEW.uploaded_at = OLD.uploaded_at AND NEW.uploaded_by_id = OLD.uploaded_by_id AND length(NEW.content) = 0"
)
_BECAUSE = "payouts_signedcopy: rows are only added"
# As 0009 has it, and what is let through.
_CARD = (
    "OLD.removed_at IS NOT NULL OR NEW.worker_id <> OLD.worker_id OR NEW.card_id <> OLD.card_id"
    " OR NEW.number <> OLD.number OR NEW.linked_at <> OLD.linked_at"
)
_CARD_ERASED = (
    "NEW.number = '************' AND NEW.worker_id = OLD.worker_id AND NEW.card_id = OLD.card_id"
    " AND NEW.linked_at = OLD.linked_at"
    " AND (NEW.removed_at = OLD.removed_at OR NEW.removed_at IS NULL AND OLD.removed_at IS NULL)"
)
_CARD_BECAUSE = "payouts_card: a card never changes, another is another row"


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0009_promises_of_where_money_goes"),
        ("partners", "0014_erasure"),
    ]

    operations = [
        *instead(
            refuse("payouts_signedcopy", "UPDATE", because=_BECAUSE),
            refuse("payouts_signedcopy", "UPDATE", because=_BECAUSE, when=f"NOT ({_ERASED})"),
        ),
        *instead(
            refuse("payouts_card", "UPDATE", because=_CARD_BECAUSE, when=_CARD),
            refuse("payouts_card", "UPDATE", because=_CARD_BECAUSE, when=f"NOT ({_CARD_ERASED}) AND ({_CARD})"),
        ),
    ]
