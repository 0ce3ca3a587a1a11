"""Several people and workers at the same money at one moment: nothing is paid twice, no balance goes below zero."""

import json
from collections import Counter

import pytest

from tests.databases import OwnDatabase
from tests.emulators.solar_staff import SolarStaff
from tests.processes.forking import Forks
from tests.processes.running import count

pytestmark = pytest.mark.processes

BALANCES = "SELECT COALESCE(SUM(amount_kopecks), 0) FROM partners_ledgerline GROUP BY partner_id"


def at_once(server: Forks, on: OwnDatabase, *deeds: list[str]) -> list[str]:
    """What came of each; all of them begin at the same moment."""
    ended = server.at_once(on, *([["do", *deed]] for deed in deeds))
    problems = [problem for process in ended for status, _, problem in process.commands if status]
    assert not problems, problems[0]
    return [printed for process in ended for _, printed, _ in process.commands]


def audited(server: Forks, on: OwnDatabase) -> None:
    [(status, printed, _)] = server.run(on, ["audit"]).commands
    assert status == 0, printed
    assert all(balance >= 0 for (balance,) in on.query(BALANCES))


def person(provider: SolarStaff, code: str, kopecks: int) -> dict[str, object]:
    worker = provider.register(f"{code}@example.ru")
    return {"code": code, "kopecks": kopecks, "worker": worker, "card": provider.link_card(worker)}


@pytest.mark.parametrize(
    ("processes", "money_for"), [pytest.param(64, 10, marks=pytest.mark.postgres), pytest.param(16, 4)]
)
def test_requests_at_the_same_moment_take_what_there_is_and_no_more(
    own_database: OwnDatabase, server: Forks, processes: int, money_for: int
) -> None:
    server.do(own_database, "legal", "anna", str(money_for * 2_000_00))
    ended = at_once(server, own_database, *(["ask", "anna", "200000", "bank"] for _ in range(processes)))
    refused = Counter(printed for printed in ended if not printed.isdigit())
    assert refused == {"ConditionsUnmet": processes - money_for}
    assert count(own_database, "payouts_withdrawal") == money_for
    assert own_database.query(BALANCES) == [(0,)]
    audited(server, own_database)


def test_request_repeated_at_the_same_moment_is_one(own_database: OwnDatabase, server: Forks) -> None:
    server.do(own_database, "legal", "anna", "1000000")
    ended = at_once(server, own_database, *(["ask", "anna", "200000", "bank", "form-1"] for _ in range(6)))
    assert len(set(ended)) == 1
    assert own_database.query(BALANCES) == [(800_000,)]


def test_cancelled_while_it_is_being_sent_it_is_either_paid_or_returned(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    server.do(own_database, "individuals", json.dumps([person(provider, "boris", 900_000_00)]))
    asked = json.loads(server.do(own_database, "ask_and_approve", "boris", "200000", "card", "6"))
    for withdrawal in asked:
        cancelling = [["cancel", str(withdrawal)] for _ in range(2)]
        ended = at_once(server, own_database, *cancelling, ["send_due"], ["send_due"])
        [(state,)] = own_database.query("SELECT state FROM payouts_withdrawal WHERE id = %s", (withdrawal,))
        assert (state == "returned") == ("cancelled" in ended)
        assert ended.count("cancelled") <= 1
    server.do(own_database, "send_due", "5")
    states = Counter(state for (state,) in own_database.query("SELECT state FROM payouts_withdrawal"))
    assert set(states) <= {"paid", "returned"}
    assert len(provider.journal()) == states["paid"]
    audited(server, own_database)


def test_workers_that_send_at_the_same_moment_pay_each_once(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    codes = ["boris", "vera", "gleb"]
    server.do(own_database, "individuals", json.dumps([person(provider, code, 900_000_00) for code in codes]))
    for code in codes:
        server.do(own_database, "ask_and_approve", code, "150000", "card", "8")
    at_once(server, own_database, *(["send_due"] for _ in range(4)))
    server.do(own_database, "send_due", "5")
    paid = Counter(row["merchant_transaction"] for row in provider.journal())
    assert (len(paid), set(paid.values())) == (24, {1})
    assert own_database.query("SELECT DISTINCT state FROM payouts_withdrawal") == [("paid",)]
    assert json.loads(server.do(own_database, "compare", "5")) == []
    audited(server, own_database)


def test_limit_of_a_month_holds_when_two_workers_send_at_the_same_moment(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    server.do(own_database, "individuals", json.dumps([person(provider, "boris", 900_000_00)]))
    server.do(own_database, "ask_and_approve", "boris", "25000000", "card", "3")
    at_once(server, own_database, *(["send_due"] for _ in range(3)))
    assert [row["amount"] for row in provider.journal()] == ["250000.00"]
    held = "payouts_withdrawal WHERE held_until IS NOT NULL AND state = 'approved'"
    assert count(own_database, held) == 2


@pytest.mark.parametrize("deeds", [("approve", "decline"), ("decline", "decline")], ids=" and ".join)
def test_two_of_staff_who_decide_at_the_same_moment_move_the_money_once(
    own_database: OwnDatabase, server: Forks, deeds: tuple[str, str]
) -> None:
    server.do(own_database, "legal", "anna", "1000000")
    first, second = server.do(own_database, "staff"), server.do(own_database, "staff")
    for _ in range(4):
        asked = server.do(own_database, "ask", "anna", "200000", "bank")
        ended = at_once(server, own_database, [deeds[0], asked, first], [deeds[1], asked, second])
        # An approved one may be declined yet; a declined one is over.
        assert sorted(ended) in (["TooLate", "declined"], ["approved", "declined"], ["TooLate", "approved"])
        assert "declined" in ended
    assert own_database.query(BALANCES) == [(1_000_000,)]
    audited(server, own_database)


def test_change_of_tariff_and_a_request_at_the_same_moment_exclude_each_other(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    codes = ["boris", "vera", "gleb", "egor"]
    server.do(own_database, "individuals", json.dumps([person(provider, code, 5_000_00) for code in codes]))
    by = server.do(own_database, "staff")
    for code in codes:
        asking, changing = ["ask", code, "500000", "card"], ["change_tariff", code, "legal", by]
        asked, changed = at_once(server, own_database, asking, changing)
        assert (asked.isdigit(), changed) in [(True, "WithdrawalOpen"), (False, "changed")]
    assert all(balance == 0 for (balance,) in own_database.query(BALANCES))
    audited(server, own_database)


def test_two_collections_at_the_same_moment_put_each_withdrawal_into_one_file(
    own_database: OwnDatabase, server: Forks
) -> None:
    server.do(own_database, "legal", "anna", "2000000")
    server.do(own_database, "ask_and_approve", "anna", "200000", "bank", "10")
    by = server.do(own_database, "staff")
    ended = at_once(server, own_database, *(["collect", by] for _ in range(4)))
    assert sorted(ended) == ["10", "NothingToCollect", "NothingToCollect", "NothingToCollect"]
    assert count(own_database, "payouts_bankorder WHERE is_live") == 10
    audited(server, own_database)


def test_nothing_goes_out_once_a_partner_is_blocked_while_it_is_being_sent(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    server.do(own_database, "individuals", json.dumps([person(provider, "boris", 900_000_00)]))
    server.do(own_database, "ask_and_approve", "boris", "200000", "card", "12")
    by = server.do(own_database, "staff")
    before, *_ = at_once(server, own_database, ["block", "boris", by], ["send_due"], ["send_due"])
    server.do(own_database, "send_due", "5")
    states = Counter(state for (state,) in own_database.query("SELECT state FROM payouts_withdrawal"))
    assert (len(provider.journal()), states["paid"], states["approved"]) == (int(before), int(before), 12 - int(before))
    audited(server, own_database)


def test_who_is_blocked_while_files_are_collected_is_in_a_file_as_a_whole_or_not_at_all(
    own_database: OwnDatabase, server: Forks
) -> None:
    server.do(own_database, "legal", "anna", "2000000")
    server.do(own_database, "ask_and_approve", "anna", "200000", "bank", "10")
    by = server.do(own_database, "staff")
    before, *_ = at_once(server, own_database, ["block", "anna", by], ["collect", by], ["collect", by])
    assert before in ("0", "10")
    assert count(own_database, "payouts_bankorder WHERE is_live") == int(before)
    audited(server, own_database)


def test_what_came_back_is_taken_back_once_by_two_of_staff(
    own_database: OwnDatabase, server: Forks, provider: SolarStaff
) -> None:
    server.do(own_database, "individuals", json.dumps([person(provider, "boris", 5_000_00)]))
    [asked] = json.loads(server.do(own_database, "ask_and_approve", "boris", "500000", "card"))
    server.do(own_database, "send_due")
    first, second = server.do(own_database, "staff"), server.do(own_database, "staff")
    ended = at_once(server, own_database, ["take_back", str(asked), first], ["take_back", str(asked), second])
    assert sorted(ended) == ["TooLate", "taken back"]
    assert own_database.query(BALANCES) == [(5_000_00,)]
    audited(server, own_database)
