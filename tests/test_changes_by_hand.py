"""Whoever changes the books by hand, past every line of our code: the database refuses it, or the audit names the row.

Unlike in test_tampering.py the triggers are on: this is a person with the database's password and no other plan.
"""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from partners.models import Partner
from payouts import bank_files, decisions, withdrawals
from payouts.models import Withdrawal
from payouts.tests.people import individual, legal
from payouts.tests.test_bank_files import OURS
from referrals.models import Client
from skorozvon_partners import audit
from tests.factories import NOW, StaffFactory, charged, deliver, registered

pytestmark = pytest.mark.django_db

REFUSED = "refused"


@pytest.fixture(autouse=True)
def books(settings: Settings) -> dict[str, int]:
    """Anna, legal, has a withdrawal in a file for the bank and one waiting; Boris one to his card, declined."""
    settings.PROGRAMME_COMPANY = OURS
    anna, boris, staff = legal(90_000_00), individual(50_000_00), StaffFactory()
    sent, waiting = (
        withdrawals.request(anna, amount_kopecks=kopecks, destination="bank", by=anna.user, now=NOW)
        for kopecks in (20_000_00, 30_000_00)
    )
    decisions.approve(sent, by=staff, now=NOW)
    bank_files.collect(by=staff, now=NOW)
    returned = withdrawals.request(boris, amount_kopecks=10_000_00, destination="card", by=boris.user, now=NOW)
    decisions.decline(returned, by=staff, reason="просьба", now=NOW)
    deliver(registered("alone"), charged("nobodys", "alone", "100.00", "2026-10-10 09:30"))
    assert list(audit.run()) == []
    return {
        "anna": anna.pk,
        "boris": boris.pk,
        "sent": sent.pk,
        "waiting": waiting.pk,
        "returned": returned.pk,
        "alone": Client.objects.get(account_id="alone").pk,
        "staff": staff.pk,
    }


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount > 0
        connection.check_constraints()


LINE = (
    "INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, booked_at, booked_by_id, memo)"
    " SELECT {key}, id, '{kind}', {kopecks}, registered_at, user_id, 'Ещё' FROM partners_partner WHERE id = {anna}"
)
ACCRUAL = (
    "INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, month, booked_at, memo)"
    " SELECT 'accrual:{month}:' || id, id, 'accrual', 500, '{month}-01', registered_at, 'Ещё'"
    " FROM partners_partner WHERE id = {anna}"
)
CHARGE = (
    "INSERT INTO referrals_charge (external_id, client_id, kind, amount_kopecks, charged_at, confirmed_at, outcome,"
    " partner_id, assignment_id, month) SELECT 'forged', client_id, kind, 99999, charged_at, confirmed_at, outcome,"
    " partner_id, assignment_id, {month} FROM referrals_charge WHERE external_id = 'anna-0-charge'"
)
ASSIGNMENT = (
    "INSERT INTO partners_termsassignment (partner_id, terms_id, starts_at, reason, note)"
    " SELECT {anna}, id, '2030-01-01 00:00:00+00:00', '{reason}', '' FROM partners_terms WHERE tariff = '{tariff}'"
)


CHANGES = [
    # The ledger
    ("UPDATE partners_ledgerline SET amount_kopecks = amount_kopecks + 1 WHERE kind = 'correction'", REFUSED),
    ("UPDATE partners_ledgerline SET partner_id = {boris} WHERE partner_id = {anna}", REFUSED),
    ("DELETE FROM partners_ledgerline WHERE kind = 'withdrawal'", REFUSED),
    (LINE.replace("{key}", "'withdrawal:999'").replace("{kind}", "withdrawal").replace("{kopecks}", "-1"),
     "M2: движение withdrawal:999 не следует ни из одной заявки на вывод"),
    (LINE.replace("{key}", "'withdrawal:{sent}:returned'").replace("{kind}", "withdrawal_returned")
     .replace("{kopecks}", "2000000"), "M2: вывод {sent}: состояние «sent» не совпадает с возвратом на баланс"),
    (LINE.replace("{key}", "'tariff_change:999'").replace("{kind}", "tariff_change").replace("{kopecks}", "700"),
     "M2: движение tariff_change:999: партнёр {anna} не менял тариф"),
    (LINE.replace("{key}", "'gift'").replace("{kind}", "opening_balance").replace("{kopecks}", "700"),
     "M2: движение gift: начальный остаток не назван по своему партнёру"),
    (LINE.replace("{key}", "'opening_balance:{anna}'").replace("{kind}", "opening_balance").replace("{kopecks}", "700"),
     "M2: движение opening_balance:{anna}: начальный остаток записан не при переезде партнёра"),
    (LINE.replace("{key}", "'gift'").replace("{kind}", "correction").replace("{kopecks}", "700"),
     "M11: движение gift: корректировку записал не сотрудник"),
    (ACCRUAL.replace("{month}", "2024-05"), "M3: партнёр {anna}, месяц 2024-05-01: начислено 500 коп."),
    (ACCRUAL.replace("{month}", "2026-11"), "M3: партнёр {anna}, месяц 2026-11-01: начислено 500 коп."),
    # Rewards and months
    ("UPDATE referrals_reward SET reward_kopecks = reward_kopecks * 2", REFUSED),
    ("DELETE FROM referrals_reward", REFUSED),
    ("INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)"
     " SELECT '2026-09-01', partner_id, client_id, assignment_id, 1, 1 FROM referrals_reward", REFUSED),
    ("UPDATE referrals_partnermonth SET reward_kopecks = reward_kopecks + 1", REFUSED),
    ("INSERT INTO referrals_partnermonth (month, partner_id, clients, base_kopecks, reward_kopecks)"
     " VALUES ('2025-09-01', {anna}, 1, 1, 1)", "M3: партнёр {anna}, месяц 2025-09-01: в сводке клиентов 1"),
    ("UPDATE referrals_month SET closed_at = NULL", REFUSED),
    ("DELETE FROM referrals_month", REFUSED),
    ("INSERT INTO referrals_month (starts_on, frozen_at, closed_at) SELECT '2026-12-01', frozen_at, closed_at"
     " FROM referrals_month WHERE starts_on = '2025-10-01'", "M7: месяц 2026-12 закрыт раньше, чем кончился"),
    ("INSERT INTO referrals_month (starts_on, frozen_at, closed_at) VALUES"
     " ('2026-10-01', '2026-11-01 06:00:00+00:00', '2026-11-01 06:00:00+00:00')",
     "M7: месяц 2026-10-01 закрыт с пропуском перед ним"),
    # Charges and attributions
    ("UPDATE referrals_charge SET amount_kopecks = 1 WHERE external_id = 'nobodys'", REFUSED),
    ("DELETE FROM referrals_charge WHERE external_id = 'nobodys'", REFUSED),
    ("UPDATE referrals_charge SET outcome = 'counted', partner_id = {anna}, month = '2026-10-01', assignment_id ="
     " (SELECT MIN(id) FROM partners_termsassignment WHERE partner_id = {anna}) WHERE external_id = 'nobodys'",
     "M3: списание nobodys: учтено партнёру {anna}, хотя клиента тогда держал партнёр None"),
    (CHARGE.replace("{month}", "'2025-10-01'"), REFUSED),
    (CHARGE.replace("{month}", "'2026-10-01'"), "M5: списание forged: события о нём не было"),
    ("UPDATE referrals_attribution SET partner_id = {boris} WHERE partner_id = {anna}", REFUSED),
    ("INSERT INTO referrals_attribution (client_id, partner_id, starts_at, via, reason)"
     " VALUES ({alone}, {anna}, '2026-01-01 00:00:00+00:00', 'link', '')",
     "M3: клиент {alone} у партнёра {anna}: список клиентов не следует из закреплений"),
    ("UPDATE referrals_client SET registered_at = '2026-06-01 00:00:00+00:00' WHERE account_id = 'alone'", REFUSED),
    ("UPDATE partners_code SET partner_id = {boris} WHERE partner_id = {anna}", REFUSED),
    # Terms
    ("UPDATE partners_terms SET percent_bp = 9999 WHERE name = 'legal-2026'", REFUSED),
    ("UPDATE partners_termsassignment SET starts_at = '2020-01-01 00:00:00+00:00'", REFUSED),
    (ASSIGNMENT.replace("{reason}", "registration").replace("{tariff}", "legal"),
     "M11: партнёр {anna}: условия «legal-2026» назначены без основания"),
    (ASSIGNMENT.replace("{reason}", "tariff_change").replace("{tariff}", "individual"),
     "M11: партнёр {anna}: условия «individual-2026» назначены без основания"),
    ("UPDATE partners_partner SET tariff = 'individual' WHERE id = {anna}",
     "M11: партнёр {anna}: тариф «individual», а условия у него — «legal-2026»"),
    ("UPDATE partners_partner SET status = 'blocked' WHERE id = {anna}",
     "M11: партнёр {anna}: состояние «blocked» не совпадает с последней записью о нём"),
    # Withdrawals, and where they go
    ("UPDATE payouts_withdrawal SET amount_kopecks = 100 WHERE id = {waiting}", REFUSED),
    ("UPDATE payouts_withdrawal SET payment_key = '00000000000000000000000000000001' WHERE id = {sent}", REFUSED),
    ("UPDATE payouts_withdrawal SET state = 'requested', ended_at = NULL WHERE id = {returned}", REFUSED),
    ("DELETE FROM payouts_withdrawal WHERE id = {returned}", REFUSED),
    ("UPDATE payouts_withdrawal SET state = 'approved' WHERE id = {waiting}",
     "M11: вывод {waiting}: состояние «approved» не совпадает с последним шагом истории"),
    ("UPDATE payouts_withdrawal SET state = 'paid', ended_at = requested_at WHERE id = {waiting}",
     "M11: вывод {waiting}: состояние «paid» не совпадает с последним шагом истории"),
    ("UPDATE payouts_withdrawal SET state = 'returned', ended_at = requested_at WHERE id = {sent}",
     "M2: вывод {sent}: состояние «returned» не совпадает с возвратом на баланс"),
    ("UPDATE payouts_bankorder SET is_live = {no} WHERE withdrawal_id = {sent}",
     "M9: вывод {sent} в банке стоит в состоянии «sent», а живых поручений у него 0"),
    ("UPDATE payouts_withdrawalstep SET note = 'иначе'", REFUSED),
    ("UPDATE payouts_card SET card_id = 'card-of-somebody'", REFUSED),
    ("UPDATE payouts_worker SET worker_id = 'somebody'", REFUSED),
    ("UPDATE partners_requisites SET account = '40702810500000001234'", REFUSED),
    ("UPDATE payouts_bankfile SET content = '1'", REFUSED),
]  # fmt: skip


def test_a_change_by_hand_is_refused_or_found(books: dict[str, int]) -> None:
    """Each of them alone: it is rolled back before the next."""
    names = books | {"no": "false" if connection.vendor == "postgresql" else 0}
    wrong = []
    for change, answer in CHANGES:
        found = after(change.format(**names))
        if not (answer in found if answer == REFUSED else answer.format(**names) in found):
            wrong.append((change, found))
    assert wrong == []
    assert len(CHANGES) > 40


def after(change: str) -> str:
    """What the database or the audit says about a change, which then never was."""
    found = ""
    try:
        with transaction.atomic():
            execute(change)
            found = "\n".join(f"{breach.invariant}: {breach.what}" for breach in audit.run())
            transaction.set_rollback(True)
    except IntegrityError as error:
        ours = re.search("only added|never|another|stays|instead|no close|closed", str(error))  # and not by chance
        return REFUSED if ours else str(error)
    return found


def test_the_withdrawals_of_these_books_are_as_told(books: dict[str, int]) -> None:
    assert dict(Withdrawal.objects.values_list("pk", "state")) == {
        books["sent"]: "sent",
        books["waiting"]: "requested",
        books["returned"]: "returned",
    }


# --- verify_month -----------------------------------------------------------------------------------------------------


def verify(month: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What is printed, and why it fails; "" when it doesn't."""
    try:
        call_command("verify_month", month)
    except CommandError as error:
        return capsys.readouterr().out, str(error)
    return capsys.readouterr().out, ""


def past_the_triggers(sql: str) -> None:
    with connection.cursor() as cursor:
        connection.check_constraints()
        table = re.split(r"UPDATE |FROM ", sql)[1].split()[0]
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql)
        assert cursor.rowcount > 0


def test_a_closed_month_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("2025-10", capsys) == ("", "")


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        (
            "UPDATE referrals_reward SET reward_kopecks = 1499 WHERE client_id = (SELECT id FROM referrals_client"
            " WHERE account_id = 'anna-0')",
            [
                "месяц 2025-10, партнёр {anna}, клиент {client}: записано, но не следует из списаний:"
                " база 10000 коп., вознаграждение 1499 коп.",
                "месяц 2025-10, партнёр {anna}, клиент {client}: следует из списаний, но не записано:"
                " база 10000 коп., вознаграждение 1500 коп.",
            ],
        ),
        (
            "UPDATE partners_ledgerline SET amount_kopecks = 3001 WHERE kind = 'accrual' AND partner_id = {anna}",
            [
                "месяц 2025-10, движение «accrual:2025-10:{anna}» партнёра {anna}:"
                " записано, но не следует из списаний: 3001 коп.",
                "месяц 2025-10, движение «accrual:2025-10:{anna}» партнёра {anna}:"
                " следует из списаний, но не записано: 3000 коп.",
            ],
        ),
        (
            "DELETE FROM referrals_partnermonth WHERE partner_id = {anna}",
            [
                "месяц 2025-10, итог партнёра {anna}: следует из списаний, но не записано: клиентов 2,"
                " база 20000 коп., вознаграждение 3000 коп."
            ],
        ),
    ],
)
def test_each_difference_of_a_closed_month_is_printed(
    sql: str, lines: list[str], books: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    names = books | {"client": Client.objects.get(account_id="anna-0").pk}
    past_the_triggers(sql.format(**names))
    assert verify("2025-10", capsys) == (
        "".join(f"{line}\n".format(**names) for line in lines),
        f"Различий: {len(lines)}.",
    )


def test_a_month_that_is_not_closed_has_no_proof(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("2026-11", capsys) == ("", "Месяц 2026-11 не закрыт: доказывать нечего.")
    assert verify("ноябрь", capsys) == ("", "«ноябрь» — не месяц. Напишите год и месяц: 2026-10.")


def test_partners_of_these_books_are_two() -> None:
    assert Partner.objects.count() == 2
