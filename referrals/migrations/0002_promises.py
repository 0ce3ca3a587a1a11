"""What the database itself refuses: changes of counted charges, of closed months and of rewards."""

from django.db import migrations

from partners.triggers import append_only, refuse

# The one way out of "counted": a refund not yet credited, whose charge was credited before a change of tariff (R3).
_COUNTED_IS_FINAL = (
    "OLD.outcome = 'counted' AND NOT (OLD.amount_kopecks < 0 AND NEW.outcome = 'settled' AND NEW.month IS NULL"
    " AND NEW.partner_id = OLD.partner_id AND NEW.assignment_id = OLD.assignment_id"
    " AND NEW.amount_kopecks = OLD.amount_kopecks AND NEW.client_id = OLD.client_id"
    " AND NEW.charged_at = OLD.charged_at AND NEW.external_id = OLD.external_id AND NEW.kind = OLD.kind"
    " AND NEW.refund_of_id = OLD.refund_of_id)"
)
_FACTS_ARE_FINAL = (
    "NEW.amount_kopecks <> OLD.amount_kopecks OR NEW.client_id <> OLD.client_id OR NEW.charged_at <> OLD.charged_at"
    " OR NEW.external_id <> OLD.external_id OR NEW.kind <> OLD.kind"
    " OR COALESCE(NEW.refund_of_id, 0) <> COALESCE(OLD.refund_of_id, 0)"
    " OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at IS NULL OR NEW.confirmed_at <> OLD.confirmed_at))"
)


def closed_months_take_nothing(apps, editor):
    """Nothing is posted to, or taken out of, a month whose close has begun (R11, M7); no reward joins a closed one."""
    if editor.connection.vendor == "postgresql":
        # Once per statement over its new rows: a look-up per row would cost a tenth of an import.
        editor.execute(
            """
            CREATE FUNCTION refuse_posting_to_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM posted WHERE month <= (SELECT MAX(starts_on) FROM referrals_month)) THEN
                    RAISE EXCEPTION 'referrals_charge: the month is closed'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NULL;
            END $$
            """
        )
        editor.execute(
            """
            CREATE FUNCTION refuse_reward_outside_close() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM added WHERE NOT EXISTS (
                    SELECT 1 FROM referrals_month WHERE starts_on = added.month AND closed_at IS NULL)) THEN
                    RAISE EXCEPTION 'referrals_reward: no close of this month is under way'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NULL;
            END $$
            """
        )
        editor.execute(
            "CREATE TRIGGER referrals_charge_closed_insert AFTER INSERT ON referrals_charge"
            " REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_posting_to_closed_month()"
        )
        editor.execute(
            "CREATE TRIGGER referrals_charge_closed_update AFTER UPDATE ON referrals_charge"
            " REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_posting_to_closed_month()"
        )
        editor.execute(
            "CREATE TRIGGER referrals_charge_closed_taken AFTER UPDATE ON referrals_charge"
            " REFERENCING OLD TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_posting_to_closed_month()"
        )
        editor.execute(
            "CREATE TRIGGER referrals_reward_closed_insert AFTER INSERT ON referrals_reward"
            " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_reward_outside_close()"
        )
    else:
        for change in ("INSERT", "UPDATE"):
            editor.execute(
                f"CREATE TRIGGER referrals_charge_closed_{change.lower()} BEFORE {change} ON referrals_charge"
                " FOR EACH ROW WHEN NEW.month <= (SELECT MAX(starts_on) FROM referrals_month)"
                " BEGIN SELECT RAISE(ABORT, 'referrals_charge: the month is closed'); END"
            )
        editor.execute(
            "CREATE TRIGGER referrals_charge_closed_taken BEFORE UPDATE ON referrals_charge"
            " FOR EACH ROW WHEN OLD.month <= (SELECT MAX(starts_on) FROM referrals_month)"
            " BEGIN SELECT RAISE(ABORT, 'referrals_charge: the month is closed'); END"
        )
        editor.execute(
            "CREATE TRIGGER referrals_reward_closed_insert BEFORE INSERT ON referrals_reward FOR EACH ROW"
            " WHEN NOT EXISTS (SELECT 1 FROM referrals_month WHERE starts_on = NEW.month AND closed_at IS NULL)"
            " BEGIN SELECT RAISE(ABORT, 'referrals_reward: no close of this month is under way'); END"
        )


def closed_months_take_anything(apps, editor):
    on = {
        "referrals_charge_closed_insert": "referrals_charge",
        "referrals_charge_closed_update": "referrals_charge",
        "referrals_charge_closed_taken": "referrals_charge",
        "referrals_reward_closed_insert": "referrals_reward",
    }
    for name, table in on.items():
        editor.execute(
            f"DROP TRIGGER {name} ON {table}" if editor.connection.vendor == "postgresql" else f"DROP TRIGGER {name}"
        )
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION refuse_posting_to_closed_month()")
        editor.execute("DROP FUNCTION refuse_reward_outside_close()")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial"), ("partners", "0003_promises")]
    operations = [
        *append_only("referrals_reward"),
        *append_only("referrals_attribution"),
        refuse(
            "referrals_charge",
            "UPDATE",
            when=f"({_COUNTED_IS_FINAL}) OR {_FACTS_ARE_FINAL}",
            because="referrals_charge: facts and counted charges never change",
        ),
        refuse("referrals_charge", "DELETE", because="referrals_charge: rows are only added"),
        refuse("referrals_charge", "TRUNCATE", because="referrals_charge: rows are only added"),
        refuse(
            "referrals_client",
            "UPDATE",
            of=("account_id", "registered_at"),
            because="referrals_client: who it is and since when never changes",
        ),
        refuse("referrals_client", "DELETE", because="referrals_client: rows are only added"),
        migrations.RunPython(closed_months_take_nothing, closed_months_take_anything),
        refuse(
            "referrals_month",
            "UPDATE",
            when="OLD.closed_at IS NOT NULL OR NEW.starts_on <> OLD.starts_on OR NEW.frozen_at <> OLD.frozen_at",
            because="referrals_month: a closed month never changes",
        ),
        refuse("referrals_month", "DELETE", because="referrals_month: a closed month never changes"),
        refuse("referrals_month", "TRUNCATE", because="referrals_month: a closed month never changes"),
    ]
