"""A signed copy can lose its content when the person's data is erased (152-ФЗ), and nothing else of it changes."""

from django.db import migrations

from partners.triggers import instead, refuse

_ERASED = (
    "NEW.id = OLD.id AND NEW.contract_id = OLD.contract_id AND NEW.content_type = OLD.content_type"
    " AND NEW.uploaded_at = OLD.uploaded_at AND NEW.uploaded_by_id = OLD.uploaded_by_id AND length(NEW.content) = 0"
)
_BECAUSE = "payouts_signedcopy: rows are only added"


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0009_promises_of_where_money_goes"),
        ("partners", "0014_erasure"),
    ]

    operations = instead(
        refuse("payouts_signedcopy", "UPDATE", because=_BECAUSE),
        refuse("payouts_signedcopy", "UPDATE", because=_BECAUSE, when=f"NOT ({_ERASED})"),
    )
