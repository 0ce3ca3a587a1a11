"""What the API tells a partner: the same as its pages, and nothing of anybody else."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import ledger
from partners.models import Partner
from payouts.tests.people import legal
from referrals import campaigns, close, links, training
from referrals.day_visitors import Follower
from referrals.models import Client, Referral
from tests.api.asking import Program
from tests.factories import (
    NOW,
    PartnerFactory,
    charged,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]
TODAY = moscow("2025-12-20 12:00")
LISTS = ["clients/", "charges/", "rewards/", "ledger/", "withdrawals/", "campaigns/", "codes/", "months/"]


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def anna() -> Partner:
    """With «Цветы», of which October is credited, November still open and a robot call earned nothing, and «Яблоки»."""
    anna = PartnerFactory(code="anna")
    deliver(
        registered(
            "c-1", "2025-10-01 10:00", ref="anna", name="ООО «Цветы»", email="secret@c.example", inn="7707083893"
        ),
        registered("c-2", "2025-10-05 10:00", promo_code="anna", name="ООО «Яблоки»", phone="+79990001122"),
        charged("ch-1", "c-1", "12500.00", "2025-10-10 09:30"),
        refunded("rf-1", "ch-1", "2500.00", "2025-10-12 09:30"),
        charged("ch-2", "c-1", "500.00", "2025-10-11 09:30", kind="robot"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    deliver(charged("ch-3", "c-2", "1000.00", "2025-12-10 09:30"))
    return anna


def pk(client: str) -> int:
    return Client.objects.get(account_id=client).pk


def test_clients_are_told_as_the_page_does(anna: Partner) -> None:
    training.mark(Referral.objects.get(client=pk("c-1")), trained_on=dt.date(2025, 10, 20))
    apples, flowers = Program(anna).results("clients/")
    assert flowers == {
        "id": pk("c-1"),
        "name": "ООО «Цветы»",
        "registered_at": "2025-10-01T10:00:00+03:00",
        "via": "link",
        "code": "anna",
        "campaign": None,
        "held_since": "2025-10-01T10:00:00+03:00",
        "held_until": None,
        "state": "earning",
        "state_text": "приносит вознаграждение до 1\u00a0октября 2027",
        "earns_until": "2027-10-01T10:00:00+03:00",
        "counted_kopecks": 10_000_00,
        "reward_kopecks": 1_500_00,
        "expected_kopecks": 0,
        "trained_on": "2025-10-20",
    }
    assert (apples["name"], apples["via"], apples["expected_kopecks"]) == ("ООО «Яблоки»", "promo_code", 150_00)
    assert Program(anna).get(f"clients/{pk('c-1')}/").json() == flowers


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "цвет"}, ["ООО «Цветы»"]),
        ({"via": "promo_code"}, ["ООО «Яблоки»"]),
        ({"sort": "registered"}, ["ООО «Цветы»", "ООО «Яблоки»"]),
        ({"sort": "-reward"}, ["ООО «Цветы»", "ООО «Яблоки»"]),
        ({"state": "over"}, []),
        ({"campaign": "999"}, []),
    ],
)
def test_clients_can_be_narrowed_and_sorted(anna: Partner, query: dict[str, str], names: list[str]) -> None:
    assert [client["name"] for client in Program(anna).results("clients/", **query)] == names


def test_charges_say_what_became_of_them(anna: Partner) -> None:
    program = Program(anna)
    found = program.results("charges/", client=pk("c-1"))
    assert [(each["amount_kopecks"], each["outcome"], each["reason"], each["rule"]) for each in found] == [
        (-2_500_00, "counted", "Учтено в\u00a0октябре 2025", "R11"),
        (500_00, "kind", "Обзвон роботом не учитывается", "R10"),
        (12_500_00, "counted", "Учтено в\u00a0октябре 2025", "R11"),
    ]
    assert found[0]["refund_of"] == found[2]["id"]
    assert found[2]["client"] == {"id": pk("c-1"), "name": "ООО «Цветы»"}
    assert len(program.results("charges/")) == 4
    assert [each["month"] for each in program.results("charges/", month="2025-12")] == ["2025-12"]
    assert len(program.results("charges/", since="2025-10-11T09:30:00+03:00", until="2025-10-12T09:30:00+03:00")) == 1
    assert program.results("charges/", since="8999-12-31T23:59:59Z") == []
    assert len(program.results("charges/", since="0002-01-01T00:00:00Z", outcome="kind", kind="robot")) == 1


def test_months_rewards_and_ledger_tell_how_the_balance_came_about(anna: Partner) -> None:
    program = Program(anna)
    assert program.results("rewards/") == [
        {
            "month": "2025-10",
            "client": {"id": pk("c-1"), "name": "ООО «Цветы»"},
            "terms": "legal-2026",
            "base_kopecks": 10_000_00,
            "reward_kopecks": 1_500_00,
            "how": "15\u00a0% от суммы",
        }
    ]
    open_month, *_, october = program.results("months/")[:3]
    assert (open_month["month"], open_month["state"], open_month["is_final"]) == ("2025-12", "open", False)
    assert open_month["reward_kopecks"] == program.get("forecast/").json()["reward_kopecks"] == 150_00
    assert (october["month"], october["state"], october["reward_kopecks"]) == ("2025-10", "closed", 1_500_00)
    (line,) = program.results("ledger/")
    assert (line["kind"], line["amount_kopecks"], line["month"]) == ("accrual", 1_500_00, "2025-10")
    assert program.results("ledger/", kind="withdrawal") == program.results("ledger/", since=TODAY.isoformat()) == []
    assert program.get("forecast/").json()["credited_on"] == "2026-01-01"


def test_balance_is_the_ledgers_and_says_what_is_missing(anna: Partner) -> None:
    """M1, R24."""
    found = Program(anna).get("balance/").json()
    assert found["balance_kopecks"] == ledger.balance(anna) == 1_500_00
    assert (found["available_kopecks"], found["is_allowed"]) == (0, False)
    assert found["unmet"] == ["clients", "contract", "minimum"]
    assert found["nearest_on"] == "2026-01-01"
    assert [condition["word"] for condition in found["conditions"]] == ["clients", "contract", "minimum", "requisites"]
    richer = legal(1_000_000, code="rich")
    assert Program(richer).get("balance/").json()["available_kopecks"] == ledger.balance(richer) == 1_000_000


def test_codes_and_campaigns_tell_what_they_brought(anna: Partner) -> None:
    campaign = campaigns.create(anna, name="Статья", channel="blog", erid="2Vtz", now=TODAY)
    links.visit("anna", by=Follower("203.0.113.7", "Mozilla/5.0"), now=TODAY).end()
    campaigns.archive(campaigns.create(anna, name="Старая", now=TODAY), now=TODAY)
    program = Program(anna)
    main, of_campaign, _ = program.results("codes/")
    assert (main["code"], main["is_main"], main["campaign"]) == ("anna", True, None)
    clicked, came = {"clicks": 1, "unique": 1, "bots": 0}, {"registered": 2, "paid": 2, "reward_kopecks": 1_500_00}
    assert main["figures"] == clicked | came
    assert of_campaign["campaign"] == {"id": campaign.pk, "name": "Статья"}
    assert of_campaign["link"] == f"https://skorozvon.ru/p/{campaign.code.value}?erid=2Vtz"
    assert [each["name"] for each in program.results("campaigns/", archived="false")] == ["Статья"]
    assert program.get(f"campaigns/{campaign.pk}/").json()["channel"] == "blog"
    deliver(registered("c-3", "2025-12-19 10:00", ref=campaign.code.value))
    (brought,) = program.results("clients/", campaign=campaign.pk)
    assert brought["campaign"] == {"id": campaign.pk, "name": "Статья"}


# --- Nothing of anybody else ------------------------------------------------------------------------------------------


def test_client_that_was_passed_on_shows_each_partner_its_own_time(anna: Partner) -> None:
    """R9."""
    nina = PartnerFactory(code="nina")
    passed_on("c-1", to=nina, at="2025-12-11 00:00")
    deliver(charged("hers", "c-1", "777.77", "2025-12-12 09:30"), charged("mine", "c-1", "333.33", "2025-12-10 09:30"))
    of_anna, of_nina = Program(anna), Program(nina)
    assert [each["amount_kopecks"] for each in of_nina.results("charges/")] == [777_77]
    assert 777_77 not in [each["amount_kopecks"] for each in of_anna.results("charges/")]
    assert of_anna.get(f"clients/{pk('c-1')}/").json()["state"] == "passed_on"
    told = of_nina.get(f"clients/{pk('c-1')}/").json()
    assert (told["counted_kopecks"], told["reward_kopecks"], told["code"]) == (777_77, 0, None)
    assert of_nina.get(f"clients/{pk('c-2')}/").status_code == 404


@pytest.mark.parametrize("path", [*LISTS, "profile/", "balance/", "forecast/"])
def test_no_answer_holds_a_byte_of_another_partner_or_what_is_hidden_of_a_client(anna: Partner, path: str) -> None:
    """M10, R26."""
    campaigns.create(anna, name="kosmos", now=TODAY)
    nina = PartnerFactory(code="nina", full_name="Нина Чужая")
    strangers = Program(nina).get(path).content.decode()
    for secret in ("anna", "kosmos", "Цветы", "Яблоки", "15000", "1250000", anna.user.email, anna.full_name):
        assert secret not in strangers
    own = Program(anna).get(path).content.decode()
    for hidden in ("c.example", "7707083893", "79990001122", "Нина", "nina"):
        assert hidden not in own


# --- Pages of a list --------------------------------------------------------------------------------------------------


def many(partner: Partner, code: str, number: int) -> None:
    deliver(
        *(registered(f"{code}-{each}", "2025-10-07 10:00", ref=code) for each in range(number)),
        *(charged(f"{code}-ch-{each}", f"{code}-{each}", "10.00", "2025-10-20 10:00") for each in range(number)),
    )
    for each in range(number):
        campaigns.create(partner, name=f"Кампания {each}", now=NOW)


@pytest.mark.parametrize(("path", "total"), [("clients/", 7), ("charges/", 7), ("campaigns/", 7)])
def test_lists_are_walked_to_their_end_without_a_gap_or_a_repetition(path: str, total: int) -> None:
    anna = PartnerFactory(code="anna")
    many(anna, "anna", 7)
    program = Program(anna)
    answered = program.get(path, limit=3).json()
    seen = [each["id"] for each in answered["results"]]
    while answered["next"]:
        assert answered["next"].startswith(f"http://testserver/api/v1/{path}?")
        answered = program.browser.get(answered["next"]).json()
        seen += [each["id"] for each in answered["results"]]
    assert len(seen) == len(set(seen)) == total
    assert seen == [each["id"] for each in program.results(path)]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "0",
        "last",
        "nonsense",
        "bnVsbA",
        "WyI-IiwiMjAyNS0xMC0wNyJd",
        "WyI-IiwiXHUwMDAwIiwxXQ",
        "я" * 50,
        "WyI-IixbXSx7fV0",
    ],
)
@pytest.mark.parametrize("path", ["clients/", "ledger/"])
def test_cursor_that_leads_nowhere_is_refused(anna: Partner, path: str, cursor: str) -> None:
    answered = Program(anna).get(path, cursor=cursor)
    assert (answered.status_code, list(answered.json()["errors"])) == (400, ["cursor"])


def test_cursor_of_another_order_is_refused(anna: Partner) -> None:
    program = Program(anna)
    address = program.get("clients/", limit=1, sort="name").json()["next"]
    assert program.browser.get(address.replace("sort=name", "sort=registered")).status_code == 400


@pytest.mark.parametrize("path", [*LISTS, "profile/", "balance/", "forecast/"])
def test_an_answer_costs_the_same_with_one_row_and_with_many(path: str) -> None:
    costs = []
    for code, number in (("one", 1), ("many", 12)):
        partner = PartnerFactory(code=code)
        many(partner, code, number)
        program = Program(partner)
        program.get("forecast/")  # the forecast is fresh, the token's use is noted
        with CaptureQueriesContext(connection) as queries:
            assert program.get(path).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 8
