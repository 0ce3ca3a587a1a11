"""A partner's account, to the kopeck and to the letter of the contract."""

import json
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import ledger
from partners.models import Partner
from payouts import tariff_change
from payouts.statement import statements
from referrals import close
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    deliver,
    month,
    moscow,
    refunded,
    registered,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Partner:
    """The source's legal example, with an opening balance and a refund."""
    anna = PartnerFactory(code="62b0", user__email="anna@example.ru")
    ledger.book(
        anna,
        key=f"opening_balance:{anna.pk}",
        kind="opening_balance",
        amount_kopecks=-500_00,
        memo="Остаток из прежнего кабинета",
        now=moscow("2025-09-01 09:00"),
    )
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="62b0"),
        registered("c-2", "2025-09-30 12:00", promo_code="62B0"),
        charged("ch-1", "c-1", "12500.00", "2025-10-10 10:00"),
        charged("ch-2", "c-2", "20000.00", "2025-11-03 10:00"),
        charged("ch-3", "c-2", "0.03", "2025-10-31 23:59:59"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    deliver(refunded("rf-1", "ch-1", "2500.00", "2025-11-05 10:00"))
    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    return anna


def account(*arguments: str) -> dict[str, Any]:
    (line,) = printed(*arguments, "--format", "json").splitlines()
    return json.loads(line)


def printed(*arguments: str) -> str:
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("statement", *arguments, stdout=out)
    return out.getvalue()


def test_the_account_of_a_legal_partner_is_this(anna: Partner) -> None:
    found = account("anna@example.ru")
    withdrawals = ("withdrawn_kopecks", "withdrawal")  # what was and may be withdrawn is not told of here
    assert {name: value for name, value in found.items() if name not in withdrawals} == {
        "partner": "anna@example.ru",
        "tariff": "legal",
        "terms": "legal-2026",
        "code": "62b0",
        "balance_kopecks": 4000_00,
        "accrued_kopecks": 4500_00,
        "entries": [
            {
                "key": f"opening_balance:{anna.pk}",
                "kind": "opening_balance",
                "amount_kopecks": -500_00,
                "booked_at": "2025-09-01T09:00:00+03:00",
                "memo": "Остаток из прежнего кабинета",
            },
            {
                "key": f"accrual:2025-10:{anna.pk}",
                "kind": "accrual",
                "amount_kopecks": 1875_00,
                "booked_at": "2025-11-01T06:00:00+03:00",
                "memo": "Вознаграждение за октябрь 2025",
            },
            {
                "key": f"accrual:2025-11:{anna.pk}",
                "kind": "accrual",
                "amount_kopecks": 2625_00,
                "booked_at": "2025-12-01T06:00:00+03:00",
                "memo": "Вознаграждение за ноябрь 2025",
            },
        ],
        "rewards": [
            reward("2025-10", "c-1", 12500_00, 1875_00),
            reward("2025-10", "c-2", 3, 0),
            reward("2025-11", "c-1", -2500_00, -375_00),
            reward("2025-11", "c-2", 20000_00, 3000_00),
        ],
    }


def reward(month: str, client: str, base: int, reward: int, terms: str = "legal-2026") -> dict[str, Any]:
    return {"month": month, "client_id": client, "terms": terms, "base_kopecks": base, "reward_kopecks": reward}


def test_the_account_of_a_new_partner_is_empty() -> None:
    PartnerFactory(user__email="new@example.ru", tariff="individual")
    found = account("new@example.ru")
    assert (found["terms"], found["balance_kopecks"], found["accrued_kopecks"]) == ("individual-2026", 0, 0)
    assert (found["entries"], found["rewards"]) == ([], [])


def test_an_email_is_found_in_any_case(anna: Partner) -> None:
    assert account(" ANNA@Example.ru ")["partner"] == "anna@example.ru"


def test_all_partners_come_by_email_one_object_a_line(anna: Partner) -> None:
    PartnerFactory(user__email="boris@example.ru")
    PartnerFactory(user__email="adam@example.ru")
    lines = printed("--all", "--format", "json").splitlines()
    assert [json.loads(line)["partner"] for line in lines] == ["adam@example.ru", "anna@example.ru", "boris@example.ru"]


def test_an_account_holds_nothing_of_another_partners(anna: Partner) -> None:
    PartnerFactory(user__email="boris@example.ru", code="boris")
    deliver(registered("his", ref="boris"), charged("his", "his", "10.00", "2025-12-10 10:00"))
    close.run(month("2025-12"), now=moscow("2026-01-01 06:00"))
    assert {row["client_id"] for row in account("anna@example.ru")["rewards"]} == {"c-1", "c-2"}
    assert [row["client_id"] for row in account("boris@example.ru")["rewards"]] == ["his"]


def test_rewards_under_two_terms_come_apart_and_those_of_one_together(anna: Partner) -> None:
    staff = StaffFactory()
    for tariff, at in (("individual", "2025-12-10 00:00"), ("legal", "2025-12-20 00:00")):
        tariff_change.change(anna, tariff, by=staff, reason="просьба", now=moscow(at))
    deliver(*[charged(f"d-{day}", "c-2", "5000.00", f"2025-12-{day} 10:00") for day in ("05", "15", "25")])
    close.run(month("2025-12"), now=moscow("2026-01-01 06:00"))
    assert account("anna@example.ru")["rewards"][4:] == [
        reward("2025-12", "c-2", 5000_00, 3000_00, "individual-2026"),
        reward("2025-12", "c-2", 10000_00, 1500_00),
    ]


def test_the_text_says_the_balance_and_every_line(anna: Partner) -> None:
    text = printed("anna@example.ru").replace("\u202f", " ")
    assert "anna@example.ru — тариф legal, условия legal-2026" in text
    assert "на балансе 4 000,00 ₽" in text
    assert "1 875,00 ₽  Вознаграждение за октябрь 2025" in text


@pytest.mark.parametrize("arguments", [["unknown@example.ru"], ["anna@example.ru", "unknown@example.ru"]])
def test_an_unknown_partner_is_an_error_and_the_known_ones_are_printed(anna: Partner, arguments: list[str]) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"unknown@example\.ru"):
        call_command("statement", *arguments, "--format", "json", stdout=out)
    assert len(out.getvalue().splitlines()) == len(arguments) - 1


@pytest.mark.parametrize("arguments", [[], ["anna@example.ru", "--all"]])
def test_either_partners_or_all_are_named(anna: Partner, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("statement", *arguments)


def test_fifty_accounts_cost_as_many_queries_as_one(anna: Partner) -> None:
    PartnerFactory.create_batch(49)
    costs = []
    for count in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            found = list(statements(Partner.objects.select_related("user").order_by("pk")[:count], now=NOW))
        assert len(found) == count
        costs.append(len(queries))
    assert costs[0] == costs[1]
