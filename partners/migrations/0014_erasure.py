"""Personal data can be erased on request (152-ФЗ): from rows that are only added to, too, and nothing else of them."""

from django.db import migrations, models

from partners.triggers import instead, refuse

_CONSENT = (
    "NEW.id = OLD.id AND NEW.user_id = OLD.user_id AND NEW.kind = OLD.kind AND NEW.version = OLD.version"
    " AND NEW.given_at = OLD.given_at AND NEW.ip IS NULL"
)
_PERSONAL = ("name", "inn", "kpp", "ogrn", "address", "bank_name", "bik", "account", "corr_account")
_REQUISITES = (
    "NEW.id = OLD.id AND NEW.partner_id = OLD.partner_id AND NEW.vat = OLD.vat AND NEW.entered_at = OLD.entered_at"
    " AND NEW.entered_by_id = OLD.entered_by_id AND " + " AND ".join(f"NEW.{field} = ''" for field in _PERSONAL)
)


def _only_erased(table: str, erased: str) -> list[migrations.RunPython]:
    because = f"{table}: rows are only added"
    return instead(
        refuse(table, "UPDATE", because=because), refuse(table, "UPDATE", because=because, when=f"NOT ({erased})")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0013_deeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        *_only_erased("partners_consent", _CONSENT),
        *_only_erased("partners_requisites", _REQUISITES),
    ]
