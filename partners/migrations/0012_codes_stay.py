"""What the database itself refuses: that a code, and with it the clients to come, passes to another partner."""

from django.db import migrations

from partners.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("partners", "0011_heartbeats")]
    operations = [
        refuse(
            "partners_code",
            "UPDATE",
            when="NEW.value <> OLD.value OR NEW.partner_id <> OLD.partner_id",
            because="partners_code: a code stays with its partner",
        ),
        refuse("partners_code", "DELETE", because="partners_code: a code stays with its partner"),
    ]
