"""What the database itself refuses, whoever asks: the same on PostgreSQL and SQLite, past every line of our code."""

import pytest
from django.db import IntegrityError, connection, transaction

from partners import ledger
from partners.models import Partner
from payouts import tariff_change
from referrals import close
from referrals.models import Charge
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    confirmed,
    deliver,
    month,
    moscow,
    outcome,
    refunded,
    registered,
)

pytestmark = pytest.mark.django_db

APPEND_ONLY = [
    "partners_consent",
    "partners_deed",
    "partners_correction",
    "partners_ledgerline",
    "partners_publication",
    "partners_requisites",
    "partners_statuschange",
    "partners_termsassignment",
    "payouts_bankfile",
    "payouts_bankorder",
    "payouts_bankstatement",
    "payouts_card",
    "payouts_comparison",
    "payouts_contract",
    "payouts_contractstep",
    "payouts_revieweddifference",
    "payouts_sendingswitch",
    "payouts_signedcopy",
    "payouts_withdrawal",
    "payouts_withdrawalstep",
    "payouts_worker",
    "referrals_attribution",
    "referrals_charge",
    "referrals_month",
    "referrals_partnermonth",
    "referrals_review",
    "referrals_reward",
]
TRIGGERS = {
    ("partners_code", "partners_code_refuse_delete"),
    ("partners_code", "partners_code_refuse_update"),
    ("partners_apitoken", "partners_apitoken_refuse_delete"),
    ("partners_apitoken", "partners_apitoken_refuse_update"),
    ("partners_consent", "partners_consent_refuse_delete"),
    ("partners_consent", "partners_consent_refuse_update"),
    ("partners_deed", "partners_deed_refuse_delete"),
    ("partners_deed", "partners_deed_refuse_update"),
    ("partners_correction", "partners_correction_refuse_delete"),
    ("partners_correction", "partners_correction_refuse_update"),
    ("partners_ledgerline", "partners_ledgerline_refuse_delete"),
    ("partners_ledgerline", "partners_ledgerline_refuse_update"),
    ("partners_publication", "partners_publication_refuse_delete"),
    ("partners_publication", "partners_publication_refuse_update"),
    ("partners_requisites", "partners_requisites_refuse_delete"),
    ("partners_requisites", "partners_requisites_refuse_update"),
    ("partners_statuschange", "partners_statuschange_refuse_delete"),
    ("partners_statuschange", "partners_statuschange_refuse_update"),
    ("partners_terms", "partners_terms_refuse_delete"),
    ("partners_terms", "partners_terms_refuse_update"),
    ("partners_termsassignment", "partners_termsassignment_refuse_delete"),
    ("partners_termsassignment", "partners_termsassignment_refuse_update"),
    ("payouts_bankfile", "payouts_bankfile_refuse_delete"),
    ("payouts_bankfile", "payouts_bankfile_refuse_update"),
    ("payouts_bankorder", "payouts_bankorder_refuse_delete"),
    ("payouts_bankorder", "payouts_bankorder_refuse_update"),
    ("payouts_bankstatement", "payouts_bankstatement_refuse_delete"),
    ("payouts_bankstatement", "payouts_bankstatement_refuse_update"),
    ("payouts_card", "payouts_card_refuse_delete"),
    ("payouts_card", "payouts_card_refuse_update"),
    ("payouts_comparison", "payouts_comparison_refuse_delete"),
    ("payouts_comparison", "payouts_comparison_refuse_update"),
    ("payouts_contract", "payouts_contract_refuse_delete"),
    ("payouts_contract", "payouts_contract_refuse_update"),
    ("payouts_contractstep", "payouts_contractstep_refuse_delete"),
    ("payouts_contractstep", "payouts_contractstep_refuse_update"),
    ("payouts_revieweddifference", "payouts_revieweddifference_refuse_delete"),
    ("payouts_revieweddifference", "payouts_revieweddifference_refuse_update"),
    ("payouts_sendingswitch", "payouts_sendingswitch_refuse_delete"),
    ("payouts_sendingswitch", "payouts_sendingswitch_refuse_update"),
    ("payouts_signedcopy", "payouts_signedcopy_refuse_delete"),
    ("payouts_signedcopy", "payouts_signedcopy_refuse_update"),
    ("payouts_withdrawal", "payouts_withdrawal_refuse_delete"),
    ("payouts_withdrawal", "payouts_withdrawal_refuse_update"),
    ("payouts_withdrawalstep", "payouts_withdrawalstep_refuse_delete"),
    ("payouts_withdrawalstep", "payouts_withdrawalstep_refuse_update"),
    ("payouts_worker", "payouts_worker_refuse_delete"),
    ("payouts_worker", "payouts_worker_refuse_update"),
    ("referrals_attribution", "referrals_attribution_refuse_delete"),
    ("referrals_attribution", "referrals_attribution_refuse_update"),
    ("referrals_charge", "referrals_charge_closed_insert"),
    ("referrals_charge", "referrals_charge_closed_taken"),
    ("referrals_charge", "referrals_charge_closed_update"),
    ("referrals_charge", "referrals_charge_refuse_delete"),
    ("referrals_charge", "referrals_charge_refuse_update"),
    ("referrals_client", "referrals_client_refuse_delete"),
    ("referrals_client", "referrals_client_refuse_update"),
    ("referrals_month", "referrals_month_refuse_delete"),
    ("referrals_month", "referrals_month_refuse_update"),
    ("referrals_partnermonth", "referrals_partnermonth_refuse_delete"),
    ("referrals_partnermonth", "referrals_partnermonth_refuse_update"),
    ("referrals_review", "referrals_review_refuse_delete"),
    ("referrals_review", "referrals_review_refuse_update"),
    ("referrals_reward", "referrals_reward_closed_insert"),
    ("referrals_reward", "referrals_reward_refuse_delete"),
    ("referrals_reward", "referrals_reward_refuse_update"),
}


@pytest.fixture(autouse=True)
def anna() -> Partner:
    """A partner, with October 2025 closed: `old` counted in it, `new` in open November, `unpaid` not confirmed."""
    anna = PartnerFactory(code="62b0")
    PartnerFactory(tariff="individual")
    deliver(
        registered("c-1", ref="62b0"),
        charged("old", "c-1", "100.00", "2025-10-10 09:30"),
        charged("new", "c-1", "200.00", "2025-11-10 09:30"),
        charged("unpaid", "c-1", "300.00", "2025-11-11 09:30", is_confirmed=False),
    )
    close.run(month("2025-10"), now=NOW)
    return anna


def execute(*statements: str) -> None:
    """Runs them in one transaction and looks at the foreign keys, as a commit would."""
    with transaction.atomic(), connection.cursor() as cursor:
        connection.check_constraints()  # PostgreSQL empties no table while it has any of them still to check
        for sql in statements:
            cursor.execute(sql)
        connection.check_constraints()


A_CHARGE = (
    "INSERT INTO referrals_charge"
    " (external_id, client_id, kind, amount_kopecks, charged_at, confirmed_at, outcome, partner_id, assignment_id,"
    " month)"
    " SELECT 'another', client_id, kind, amount_kopecks, charged_at, confirmed_at, outcome, partner_id, assignment_id,"
    " {month} FROM referrals_charge WHERE external_id = 'old'"
)
A_REWARD = (
    "INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)"
    " SELECT '{month}', partner_id, client_id, assignment_id, 1, 1 FROM referrals_reward"
)
A_LINE = (
    "INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, month, booked_at, memo)"
    " SELECT '{key}', partner_id, 'accrual', {amount}, month, booked_at, 'ещё одна' FROM partners_ledgerline"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partners_ledgerline SET amount_kopecks = amount_kopecks + 1",
        "UPDATE partners_ledgerline SET memo = 'другое'",
        "DELETE FROM partners_ledgerline",
        "UPDATE partners_termsassignment SET starts_at = '2024-01-01 00:00:00+00:00'",
        "UPDATE partners_termsassignment SET terms_id = terms_id + 1",
        "DELETE FROM partners_termsassignment",
        "UPDATE referrals_attribution SET starts_at = '2024-01-01 00:00:00+00:00'",
        "UPDATE referrals_attribution SET partner_id = partner_id + 1",
        "DELETE FROM referrals_attribution",
        "UPDATE referrals_reward SET reward_kopecks = reward_kopecks + 1",
        "DELETE FROM referrals_reward",
        "UPDATE referrals_month SET frozen_at = '2024-01-01 00:00:00+00:00'",
        "UPDATE referrals_month SET closed_at = NULL",
        "UPDATE referrals_month SET starts_on = '2025-09-01'",
        "DELETE FROM referrals_month",
        "DELETE FROM referrals_charge WHERE external_id = 'unpaid'",
        "DELETE FROM referrals_charge WHERE external_id = 'new'",
        "DELETE FROM referrals_charge WHERE external_id = 'old'",
    ],
)
def test_what_is_only_added_to_is_not_changed_or_deleted(statement: str) -> None:
    with pytest.raises(IntegrityError):
        execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        "percent_bp = 2000",
        "threshold_kopecks = 1",
        "counts_telephony = NOT counts_telephony",
        "window_months = 12",
        "minimum_withdrawal_kopecks = 1",
        "clients_needed = 9",
        "contract_needed = NOT contract_needed",
        "name = name || '!'",
        "starts_on = '2027-01-01'",
    ],
)
def test_terms_are_not_changed(change: str) -> None:
    with pytest.raises(IntegrityError):
        execute(f"UPDATE partners_terms SET {change} WHERE name = 'legal-2026'")


def test_used_terms_are_not_deleted() -> None:
    with pytest.raises(IntegrityError):
        execute("DELETE FROM partners_terms WHERE name = 'legal-2026'")


@pytest.mark.parametrize("charge", ["old", "new"])
@pytest.mark.parametrize(
    "change",
    [
        "amount_kopecks = amount_kopecks + 1",
        "outcome = 'kind', month = NULL",
        "outcome = 'settled', month = NULL",
        "month = '2025-12-01'",
        "partner_id = partner_id + 1",
        "assignment_id = assignment_id + 1",
        "charged_at = '2025-11-12 00:00:00+00:00'",
        "confirmed_at = '2025-11-12 00:00:00+00:00'",
        "external_id = 'renamed'",
        "kind = 'telephony'",
    ],
)
def test_a_counted_charge_never_changes(charge: str, change: str) -> None:
    with pytest.raises(IntegrityError):
        execute(f"UPDATE referrals_charge SET {change} WHERE external_id = '{charge}'")


@pytest.mark.parametrize(
    "change",
    [
        "amount_kopecks = amount_kopecks + 1",
        "charged_at = '2025-11-12 00:00:00+00:00'",
        "external_id = 'renamed'",
        "kind = 'telephony'",
        "refund_of_id = (SELECT id FROM referrals_charge WHERE external_id = 'new')",
    ],
)
def test_the_facts_of_a_charge_that_is_not_counted_do_not_change_either(change: str) -> None:
    with pytest.raises(IntegrityError):
        execute(f"UPDATE referrals_charge SET {change} WHERE external_id = 'unpaid'")


def test_a_charge_that_was_not_counted_may_come_to_count() -> None:
    assert deliver(confirmed("unpaid", "2025-11-12 09:00")) == ["accepted"]
    assert outcome("unpaid") == ("counted", "2025-11")


@pytest.mark.parametrize("taken", ["'2025-10-01'", "'2025-09-01'"])
def test_nothing_is_posted_to_a_closed_month_or_before_it(taken: str) -> None:
    with pytest.raises(IntegrityError):
        execute(A_CHARGE.format(month=taken))


def test_a_charge_is_not_moved_into_a_closed_month() -> None:
    with pytest.raises(IntegrityError):
        execute(
            "UPDATE referrals_charge SET outcome = 'counted', month = '2025-10-01', confirmed_at = charged_at"
            " WHERE external_id = 'unpaid'"
        )


def test_an_open_month_takes_charges() -> None:
    execute(A_CHARGE.format(month="'2025-11-01'"))
    assert Charge.objects.filter(external_id="another", month=month("2025-11")).count() == 1


@pytest.mark.parametrize("outside", ["2025-09-01", "2025-10-01", "2025-11-01"])
def test_a_reward_is_written_only_while_its_month_is_being_closed(outside: str) -> None:
    with pytest.raises(IntegrityError):
        execute(A_REWARD.format(month=outside))


@pytest.mark.parametrize("change", ["registered_at = '2024-01-01 00:00:00+00:00'", "account_id = 'other'"])
def test_who_a_client_is_and_since_when_does_not_change(change: str) -> None:
    with pytest.raises(IntegrityError):
        execute(f"UPDATE referrals_client SET {change}")


def test_an_accrual_is_booked_once_per_key(anna: Partner) -> None:
    with pytest.raises(IntegrityError):
        execute(A_LINE.format(key=f"accrual:2025-10:{anna.pk}", amount=1))


def test_a_ledger_line_moves_something() -> None:
    with pytest.raises(IntegrityError):
        execute(A_LINE.format(key="nothing", amount=0))


def test_the_one_way_out_of_counted_is_a_refund_that_a_change_of_tariff_settles(anna: Partner) -> None:
    deliver(refunded("rf", "old", "50.00", "2025-11-12 09:00"))
    assert outcome("rf") == ("counted", "2025-11")
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="просьба", now=moscow("2025-11-20 10:00"))
    assert outcome("rf") == ("settled", None)
    with pytest.raises(IntegrityError):
        execute(
            "UPDATE referrals_charge SET outcome = 'settled', month = NULL, amount_kopecks = amount_kopecks - 1"
            " WHERE external_id = 'rf'"
        )


@pytest.mark.postgres
@pytest.mark.parametrize("table", [*APPEND_ONLY, "partners_partner", "partners_terms", "referrals_client"])
def test_no_table_is_emptied_and_the_books_along_with_it(table: str) -> None:
    with pytest.raises(IntegrityError):
        execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("partners_ledgerline", "amount_kopecks", "1"),
        ("partners_terms", "percent_bp", "CASE WHEN tariff = 'legal' THEN 10000 END"),
        ("partners_termsassignment", "note", "'другое'"),
        ("referrals_attribution", "reason", "'другое'"),
        ("referrals_charge", "amount_kopecks", "1"),
        ("referrals_client", "registered_at", "(SELECT MAX(charged_at) FROM referrals_charge)"),
        ("referrals_month", "closed_at", "NULL"),
        ("referrals_reward", "reward_kopecks", "1"),
    ],
)
def test_a_row_is_not_replaced_by_another_of_the_same_number(table: str, column: str, value: str) -> None:
    """SQLite's INSERT OR REPLACE deletes and inserts; PostgreSQL looks at foreign keys only when both are done."""
    with connection.cursor() as cursor:
        names = [each.name for each in connection.introspection.get_table_description(cursor, table)]
    rows = f"SELECT {', '.join(value if name == column else name for name in names)} FROM {table}"
    if connection.vendor == "sqlite":
        statements = [f"INSERT OR REPLACE INTO {table} {rows}"]
    else:
        statements = [
            f"CREATE TEMPORARY TABLE kept AS {rows}",
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM kept",
        ]
    with pytest.raises(IntegrityError):
        execute(*statements)


def test_the_triggers_of_the_database_are_these() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
            )
        else:
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        found = set(cursor.fetchall())
    if connection.vendor == "postgresql":
        assert found == TRIGGERS | {(table, f"{table}_refuse_truncate") for table in APPEND_ONLY}
    else:
        assert found == TRIGGERS


def test_a_refusal_says_why_and_changes_nothing(anna: Partner) -> None:
    with pytest.raises(IntegrityError, match="partners_ledgerline: rows are only added"):
        execute("UPDATE partners_ledgerline SET amount_kopecks = 1")
    assert ledger.balance(anna) == 1500
