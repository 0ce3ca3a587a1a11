"""Whoever gets past the database's promises is found by the audit, which names the row."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from partners.models import Partner
from referrals import close
from skorozvon_partners import audit
from tests.factories import (
    NOW,
    PartnerFactory,
    charged,
    confirmed,
    deliver,
    month,
    outcome,
    refunded,
    registered,
)

pytestmark = pytest.mark.django_db

TABLES = [
    "partners_ledgerline",
    "partners_terms",
    "partners_termsassignment",
    "referrals_attribution",
    "referrals_charge",
    "referrals_client",
    "referrals_month",
    "referrals_reward",
]


@pytest.fixture(autouse=True)
def people() -> dict[str, Partner]:
    """Three closed months of Anna, who is legal, and Boris, who is not; nothing wrong with any of it."""
    anna = PartnerFactory(code="anna")
    boris = PartnerFactory(code="boris", tariff="individual")
    deliver(
        registered("c-1", ref="anna"),
        registered("c-2", ref="boris"),
        charged("ch-1", "c-1", "100.00", "2025-09-10 09:30"),
        charged("ch-2", "c-1", "200.00", "2025-10-10 09:30"),
        charged("ch-3", "c-2", "6000.00", "2025-10-10 09:30"),
        charged("robot", "c-1", "70.00", "2025-10-10 09:30", kind="robot"),
        charged("open", "c-1", "300.00", "2025-12-10 09:30"),
        charged("waits", "c-9", "1.00", "2025-12-10 09:30"),
    )
    close.run(month("2025-10"), now=NOW)
    deliver(refunded("rf-2", "ch-2", "150.00", "2025-11-20 09:30"), confirmed("ch-9", "2025-11-20 09:30"))
    close.run(month("2025-11"), now=NOW)
    assert outcome("rf-2") == ("counted", "2025-11")
    assert list(audit.run()) == []
    return {"anna": anna, "boris": boris}


def tamper(*statements: str) -> None:
    """Changes rows as someone would who has the database's password and switches its triggers off."""
    with connection.cursor() as cursor:
        connection.check_constraints()
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        for sql in statements:
            cursor.execute(sql)
            assert cursor.rowcount > 0
        connection.check_constraints()


def found() -> str:
    return "\n".join(f"{breach.invariant}: {breach.what}" for breach in audit.run())


@pytest.mark.parametrize(
    ("statement", "breach"),
    [
        (
            "UPDATE referrals_reward SET reward_kopecks = 3001 WHERE base_kopecks = 20000 AND month = '2025-10-01'",
            "M7: месяц 2025-10, партнёр {anna}, клиент {c-1}: записано, но не следует из списаний:"
            " база 20000 коп., вознаграждение 3001 коп.",
        ),
        (
            "UPDATE referrals_reward SET reward_kopecks = 3001 WHERE base_kopecks = 20000 AND month = '2025-10-01'",
            "M3: партнёр {anna}, месяц 2025-10-01: начислено 3000 коп., а вознаграждения месяца дают 3001 коп.",
        ),
        (
            "UPDATE referrals_reward SET base_kopecks = 20001 WHERE base_kopecks = 20000",
            "M7: месяц 2025-10, партнёр {anna}, клиент {c-1}: записано, но не следует из списаний: база 20001 коп.",
        ),
        (
            "DELETE FROM referrals_reward WHERE base_kopecks = 20000",
            "M7: месяц 2025-10, партнёр {anna}, клиент {c-1}: следует из списаний, но не записано",
        ),
        (
            "INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)"
            " SELECT '2025-11-01', partner_id, client_id, assignment_id, 1, 0 FROM referrals_reward"
            " WHERE base_kopecks = 600000",
            "M7: месяц 2025-11, партнёр {boris}, клиент {c-2}: записано, но не следует из списаний: база 1 коп.",
        ),
        (
            "UPDATE partners_ledgerline SET amount_kopecks = amount_kopecks + 1 WHERE amount_kopecks = 300000",
            "M3: партнёр {boris}, месяц 2025-10-01: начислено 300001 коп., а вознаграждения месяца дают 300000 коп.",
        ),
        (
            "DELETE FROM partners_ledgerline WHERE amount_kopecks = 300000",
            "M3: партнёр {boris}, месяц 2025-10-01: начислено 0 коп., а вознаграждения месяца дают 300000 коп.",
        ),
        (
            "UPDATE partners_ledgerline SET key = 'accrual:2025-09:twice' WHERE amount_kopecks = 300000",
            "M2: движение accrual:2025-09:twice не названо по своему месяцу и партнёру",
        ),
        (
            "UPDATE partners_ledgerline SET partner_id ="
            " (SELECT partner_id FROM partners_ledgerline WHERE amount_kopecks = 1500) WHERE amount_kopecks = 300000",
            "M2: движение accrual:2025-10:{boris} не названо по своему месяцу и партнёру",
        ),
        (
            "UPDATE referrals_charge SET amount_kopecks = 20001 WHERE external_id = 'ch-2'",
            "M7: месяц 2025-10, партнёр {anna}, клиент {c-1}: следует из списаний, но не записано: база 20001 коп.",
        ),
        (
            "UPDATE referrals_charge SET outcome = 'kind', month = NULL WHERE external_id = 'ch-1'",
            "M7: месяц 2025-09, партнёр {anna}, клиент {c-1}: записано, но не следует из списаний: база 10000 коп.",
        ),
        (
            "UPDATE referrals_charge SET month = '2025-09-01' WHERE external_id = 'ch-3'",
            "M7: месяц 2025-09, партнёр {boris}, клиент {c-2}: следует из списаний, но не записано: база 600000 коп.",
        ),
        (
            "DELETE FROM referrals_charge WHERE external_id = 'ch-1'",
            "M7: месяц 2025-09, партнёр {anna}, клиент {c-1}: записано, но не следует из списаний: база 10000 коп.",
        ),
        (
            "UPDATE referrals_charge SET partner_id ="
            " (SELECT partner_id FROM referrals_charge WHERE external_id = 'ch-3') WHERE external_id = 'open'",
            "M3: списание open: учтено партнёру {boris}, хотя клиента тогда держал партнёр {anna}",
        ),
        (
            "UPDATE referrals_charge SET assignment_id ="
            " (SELECT assignment_id FROM referrals_charge WHERE external_id = 'ch-3') WHERE external_id = 'open'",
            "M3: списание open: условия не те или не учитывают такие списания",
        ),
        (
            "UPDATE referrals_charge SET kind = 'telephony' WHERE external_id = 'open'",
            "M3: списание open: условия не те или не учитывают такие списания",
        ),
        (
            "UPDATE referrals_charge SET outcome = 'counted',"
            " month = (SELECT month FROM referrals_charge WHERE external_id = 'open') WHERE external_id = 'robot'",
            "M3: списание robot: условия не те или не учитывают такие списания",
        ),
        (
            "UPDATE referrals_charge SET amount_kopecks = -20001 WHERE external_id = 'rf-2'",
            "M3: возвраты списания ch-2 больше его самого",
        ),
        (
            "UPDATE referrals_charge SET outcome = 'kind', month = NULL WHERE external_id = 'rf-2'",
            "M3: возврат rf-2 не следует за своим списанием",
        ),
        (
            "UPDATE referrals_charge SET month = '2025-09-01' WHERE external_id = 'rf-2'",
            "M3: возврат rf-2 не следует за своим списанием",
        ),
        (
            "UPDATE partners_terms SET percent_bp = 1600 WHERE name = 'legal-2026'",
            "M7: месяц 2025-09, партнёр {anna}, клиент {c-1}: следует из списаний, но не записано:"
            " база 10000 коп., вознаграждение 1600 коп.",
        ),
        (
            "UPDATE partners_terms SET threshold_kopecks = 600001 WHERE name = 'individual-2026'",
            "M7: месяц 2025-10, партнёр {boris}, клиент {c-2}: следует из списаний, но не записано:"
            " база 600000 коп., вознаграждение 0 коп.",
        ),
        (
            "UPDATE partners_termsassignment SET starts_at = (SELECT MAX(charged_at) FROM referrals_charge)",
            "M3: списание ch-1: условия не те или не учитывают такие списания",
        ),
        (
            "UPDATE referrals_attribution SET starts_at ="
            " (SELECT charged_at FROM referrals_charge WHERE external_id = 'ch-2')",
            "M3: списание ch-1: учтено партнёру {anna}, хотя клиента тогда держал партнёр None",
        ),
        (
            "UPDATE referrals_event SET state = 'waiting', waits_for = 'client:c-1', content = '{}'"
            " WHERE fact = 'charge:ch-1'",
            "M5: событие charged ch-1 ждёт «client:c-1», хотя оно уже есть",
        ),
        (
            "DELETE FROM referrals_event WHERE fact = 'charge:ch-1'",
            "M5: поставка {batch}: записано событий 7, а принято, ждёт и противоречит — 8",
        ),
        (
            "UPDATE referrals_feedbatch SET accepted = accepted + 1, received = received + 1 WHERE received = 8",
            "M5: поставка {batch}: записано событий 8, а принято, ждёт и противоречит — 9",
        ),
        (
            "INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, booked_at, memo)"
            " SELECT 'withdrawal:1', partner_id, 'withdrawal', -300001, booked_at, 'Вывод' FROM partners_ledgerline"
            " WHERE amount_kopecks = 300000",
            "M4: партнёр {boris}: вывод withdrawal:1 увёл баланс до -1 коп.",
        ),
    ],
)
def test_a_change_of_the_books_is_found(statement: str, breach: str, people: dict[str, Partner]) -> None:
    tamper(statement)
    assert named(breach, people) in found()


def named(breach: str, people: dict[str, Partner]) -> str:
    """The breach with the numbers that the rows have in this run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, id FROM referrals_client UNION ALL SELECT 'batch', MIN(id) FROM referrals_feedbatch"
        )
        numbers = dict(cursor.fetchall())
    for name, number in (numbers | {name: partner.pk for name, partner in people.items()}).items():
        breach = breach.replace(f"{{{name}}}", str(number))
    return breach


def test_a_month_taken_out_of_the_middle_is_found() -> None:
    tamper(
        "DELETE FROM referrals_monthshard WHERE month_id = '2025-10-01'",
        "DELETE FROM referrals_month WHERE starts_on = '2025-10-01'",
    )
    assert "M7: месяц 2025-11-01 закрыт с пропуском перед ним" in found()
    assert "M7: вознаграждения за месяц 2025-10-01 записаны, хотя он не закрывался" in found()


def test_a_withdrawal_above_the_balance_is_found_also_where_refunds_once_took_reward_back() -> None:
    tamper(
        "INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, booked_at, memo)"
        " SELECT 'withdrawal:1', partner_id, 'withdrawal', -1000000, booked_at, 'Вывод' FROM partners_ledgerline"
        " WHERE amount_kopecks = -2250"
    )
    assert "M4" in found()


def test_a_closed_month_opened_again_is_found() -> None:
    tamper("UPDATE referrals_month SET closed_at = NULL WHERE starts_on = '2025-10-01'")
    assert "2025-10" in found()


@pytest.mark.parametrize(
    "change",
    [
        # after its 24 months
        "charged_at = '2029-12-10 09:30:00+00:00', confirmed_at = '2029-12-10 09:30:00+00:00', month = '2029-12-01'",
        # made, or confirmed, later than the month it is posted to
        "charged_at = '2026-01-10 09:30:00+00:00'",
        "confirmed_at = '2026-01-10 09:30:00+00:00'",
        # not counted, though everything speaks for it
        "outcome = 'kind', month = NULL",
        "outcome = 'window_over', month = NULL",
        "outcome = 'not_confirmed', month = NULL",
        "outcome = 'not_attributed', month = NULL, partner_id = NULL, assignment_id = NULL",
    ],
)
def test_an_outcome_that_the_rules_do_not_give_is_found(change: str) -> None:
    tamper(f"UPDATE referrals_charge SET {change} WHERE external_id = 'open'")
    assert "open" in found()


def test_the_command_prints_each_breach_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    tamper("UPDATE referrals_charge SET amount_kopecks = -20001 WHERE external_id = 'rf-2'")
    with pytest.raises(CommandError, match="Нарушений: 3"):
        call_command("audit")
    assert "M3: возвраты списания ch-2 больше его самого" in capsys.readouterr().out.splitlines()
