"""The service's events: each result of the feed's contract, any order, contradictions, the cost of a delivery."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from referrals import events
from referrals.models import Attribution, Charge, Client, Event, FeedBatch
from tests.factories import (
    NOW,
    PartnerFactory,
    charged,
    checked,
    code_applied,
    confirmed,
    deliver,
    outcome,
    refunded,
    registered,
)

pytestmark = pytest.mark.django_db

CHARGE = charged("ch-1", "c-1", "100.00", "2025-02-10 09:30")
UNPAID = charged("ch-1", "c-1", "100.00", "2025-02-10 09:30", is_confirmed=False)


@pytest.fixture(autouse=True)
def _anna_and_boris() -> None:
    PartnerFactory(code="anna", user__email="anna@example.ru")
    PartnerFactory(code="boris", tariff="individual")


def events_of(state: str) -> list[str | None]:
    return list(Event.objects.filter(state=state).order_by("pk").values_list("event_id", flat=True))


# --- Once -------------------------------------------------------------------------------------------------------------


def test_events_are_accepted_and_then_duplicates_that_change_nothing() -> None:
    delivery = [registered("c-1", ref="anna"), CHARGE, refunded("rf-1", "ch-1", "30.00", "2025-02-11 10:00")]
    assert deliver(*delivery) == ["accepted", "accepted", "accepted"]
    assert deliver(*delivery) == ["duplicate", "duplicate", "duplicate"]
    assert (Client.objects.count(), Charge.objects.count(), Event.objects.count()) == (1, 2, 3)


@pytest.mark.parametrize(
    "fact",
    [
        registered("c-1"),
        charged("ch-0", "c-1", "100.00", "2025-02-10 09:30"),
        confirmed("ch-1", "2025-02-12 10:00"),
        refunded("rf-1", "ch-1", "30.00", "2025-02-11 10:00"),
    ],
)
def test_the_same_fact_under_another_id_is_a_duplicate(fact: dict[str, Any]) -> None:
    deliver(registered("c-1"), UNPAID, fact)
    assert deliver(fact | {"id": "another"}) == ["duplicate"]


@pytest.mark.parametrize("charge", [CHARGE, UNPAID])
def test_a_charge_confirmed_again_at_the_same_moment_is_no_contradiction(charge: dict[str, Any]) -> None:
    deliver(registered("c-1"), charge)
    assert deliver(confirmed("ch-1", "2025-02-10 09:30")) == ["accepted"]


def test_a_waiting_event_that_comes_again_is_a_duplicate() -> None:
    assert deliver(CHARGE) == ["waiting"]
    assert deliver(CHARGE) == ["duplicate"]


def test_a_rejected_event_leaves_its_id_free() -> None:
    assert deliver(registered("c-1"), CHARGE | {"type": "charge.made"}, CHARGE) == ["accepted", "rejected", "accepted"]


# --- Any order --------------------------------------------------------------------------------------------------------

CHAIN = [
    UNPAID,
    confirmed("ch-1", "2025-03-02 10:00"),
    refunded("rf-1", "ch-1", "30.00", "2025-02-11 10:00"),
]


def test_what_comes_before_its_client_waits_and_is_applied_when_that_comes() -> None:
    assert deliver(*CHAIN) == ["waiting", "waiting", "waiting"]
    assert Charge.objects.count() == 0
    assert deliver(registered("c-1", ref="anna")) == ["accepted"]
    assert (outcome("ch-1"), outcome("rf-1")) == (("counted", "2025-03"), ("counted", "2025-03"))
    assert events_of("waiting") == []


def test_what_waits_for_a_charge_is_applied_when_that_comes_to_a_known_client() -> None:
    deliver(registered("c-1", ref="anna"), *CHAIN[1:])
    assert deliver(CHAIN[0]) == ["accepted"]
    assert (outcome("ch-1"), outcome("rf-1")) == (("counted", "2025-03"), ("counted", "2025-03"))


def test_a_code_applied_before_its_client_is_known_waits() -> None:
    assert deliver(code_applied("c-1", "anna", "2025-02-05 10:00")) == ["waiting"]
    deliver(registered("c-1"))
    assert Attribution.objects.get().code.value == "anna"


def test_what_still_waits_says_for_what() -> None:
    deliver(CHARGE, confirmed("ch-9", "2025-03-02 10:00"))
    assert list(Event.objects.waiting().order_by("pk").values_list("waits_for", flat=True)) == [
        "client:c-1",
        "charge:ch-9",
    ]


@given(order=st.permutations([registered("c-1", ref="anna"), *CHAIN]), cut=st.integers(0, 4))
def test_any_order_and_batching_ends_in_the_same_charges(order: list[dict[str, Any]], cut: int) -> None:
    with transaction.atomic():
        deliver(*order[:cut])
        deliver(*order[cut:])
        assert (outcome("ch-1"), outcome("rf-1")) == (("counted", "2025-03"), ("counted", "2025-03"))
        assert events_of("waiting") == []
        transaction.set_rollback(True)


def test_confirmations_that_waited_are_applied_in_the_order_of_arrival() -> None:
    deliver(confirmed("ch-1", "2025-04-02 10:00", id="first"), confirmed("ch-1", "2025-03-02 10:00", id="second"))
    deliver(registered("c-1", ref="anna"), UNPAID)
    assert outcome("ch-1") == ("counted", "2025-04")
    assert events_of("conflict") == ["second"]


# --- Contradictions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CHARGE, CHARGE | {"occurred_at": "2025-02-10T09:30:01+03:00"}),
        (CHARGE, charged("ch-1", "c-1", "100.01", "2025-02-10 09:30", id="another")),
        (registered("c-1"), registered("c-1", name="ООО Другое", id="another")),
        (CHARGE, confirmed("ch-1", "2025-02-10 09:31")),
        (CHARGE, refunded("rf-1", "ch-1", "100.01", "2025-02-11 10:00")),
        (code_applied("c-1", "anna", "2025-02-02 10:00"), code_applied("c-1", "boris", "2025-02-03 10:00")),
    ],
    ids=["id", "charge_id", "client", "confirmation", "refund above its charge", "another's code"],
)
def test_of_two_contradicting_events_the_first_stays(first: dict[str, Any], second: dict[str, Any]) -> None:
    deliver(registered("c-1"), CHARGE, first)
    before = (list(Client.objects.values()), list(Charge.objects.values()), list(Attribution.objects.values()))
    assert deliver(second) == ["conflict"]
    assert before == (list(Client.objects.values()), list(Charge.objects.values()), list(Attribution.objects.values()))
    assert Event.objects.filter(state="conflict").count() == 1


def test_a_second_confirmation_at_another_moment_is_a_conflict() -> None:
    deliver(registered("c-1", ref="anna"), UNPAID, confirmed("ch-1", "2025-02-12 10:00"))
    assert deliver(confirmed("ch-1", "2025-03-12 10:00")) == ["conflict"]
    assert outcome("ch-1") == ("counted", "2025-02")


def test_refunds_that_together_exceed_their_charge_are_a_conflict() -> None:
    deliver(registered("c-1"), CHARGE, refunded("rf-1", "ch-1", "60.00", "2025-02-11 10:00"))
    assert deliver(
        refunded("rf-2", "ch-1", "40.01", "2025-02-12 10:00"), refunded("rf-3", "ch-1", "40.00", "2025-02-12 10:00")
    ) == ["conflict", "accepted"]


def test_the_fact_of_a_conflicting_event_stays_free() -> None:
    deliver(registered("c-1"), CHARGE, refunded("rf-1", "ch-1", "100.01", "2025-02-11 10:00"))
    assert deliver(refunded("rf-1", "ch-1", "100.00", "2025-02-11 10:00", id="another")) == ["accepted"]


def test_a_waiting_event_may_become_a_conflict() -> None:
    assert deliver(refunded("rf-1", "ch-1", "100.01", "2025-02-11 10:00")) == ["waiting"]
    assert deliver(registered("c-1"), CHARGE) == ["accepted", "accepted"]
    assert events_of("conflict") == ["refunded rf-1"]
    assert deliver(refunded("rf-1", "ch-1", "100.00", "2025-02-11 10:00", id="another")) == ["accepted"]


def test_other_content_under_a_known_id_is_kept_once_for_staff_however_often_it_comes() -> None:
    deliver(registered("c-1"), CHARGE)
    other = charged("ch-1", "c-1", "200.00", "2025-02-10 09:30")
    assert [deliver(other), deliver(other)] == [["conflict"], ["conflict"]]
    assert [row.rival_of.event_id for row in Event.objects.filter(state="conflict")] == ["charged ch-1"]


# --- Per item ---------------------------------------------------------------------------------------------------------


def test_one_bad_event_spoils_no_neighbour_and_the_batch_adds_up() -> None:
    assert deliver(
        registered("c-1"),
        CHARGE,
        {"nonsense": True},
        CHARGE,
        charged("ch-1", "c-1", "5.00", "2025-02-10 09:30", id="another"),
        charged("ch-2", "c-2", "5.00", "2025-02-10 09:30"),
        "no event at all",
    ) == ["accepted", "accepted", "rejected", "duplicate", "conflict", "waiting", "rejected"]
    batch = FeedBatch.objects.get()
    assert (batch.accepted, batch.duplicate, batch.waiting, batch.conflict, batch.rejected) == (2, 1, 1, 1, 2)
    assert batch.received == 7


@pytest.mark.parametrize(
    "text", ["a\tb", "a\\Nb", "\\N", "\\.", "a\nb\rc", "'; --", "%s %(x)s", "ф😀\u2028ф", '{"a": "\\t"}']
)
def test_whatever_the_text_it_is_kept_as_it_came(text: str) -> None:
    deliver(
        registered("c-1", name=text, email=text),
        registered(f"c-{text}"),
        charged(f"ch {text}", f"w {text}", "1", "2025-02-10"),
    )
    client = Client.objects.get(account_id="c-1")
    assert (client.name, client.email) == (text, text)
    assert Client.objects.filter(account_id=f"c-{text}").exists()
    assert Event.objects.waiting().get().content["data"]["charge_id"] == f"ch {text}"
    deliver(registered(f"w {text}"))
    assert Charge.objects.get().external_id == f"ch {text}"


def test_the_longest_texts_are_kept_whole() -> None:
    client, charge = "c" * 200, "h" * 200
    long = {"name": "n" * 500, "email": "e" * 500, "phone": "7" * 100, "inn": "1" * 100, "ref": "r" * 5_000}
    assert deliver(
        charged(charge, client, "1000000000.00", "2025-02-10 09:30", is_confirmed=False, id="i" * 200),
        confirmed(charge, "2025-02-11 09:30", id="j" * 200),
        refunded("f" * 200, charge, "1000000000.00", "2025-02-11 09:30", id="k" * 200),
        registered(client, id="l" * 200, **long),
    ) == ["waiting", "waiting", "waiting", "accepted"]
    assert (Client.objects.get().name, Charge.objects.count()) == ("n" * 500, 2)


# --- Cost -------------------------------------------------------------------------------------------------------------


def statements(delivery: list[dict[str, Any]]) -> list[str]:
    """The statements of one delivery. Many rows of a table go to SQLite one by one or in parts, by one call all the
    same: they count once there. (What goes to PostgreSQL by COPY is one statement, and not seen here.)
    """
    taken = [checked(each) for each in delivery]
    with CaptureQueriesContext(connection) as queries:
        events.receive(taken, source="http", now=NOW)
    noise = re.compile(r"^\d+ times: | WHERE .*| \(.*|(?<=SAVEPOINT) .*|(?<=setval|ORDSET)\(.*", re.DOTALL)
    shapes = [noise.sub("", query["sql"]) for query in queries]
    if connection.vendor == "postgresql":
        return shapes
    return [shape for n, shape in enumerate(shapes) if shape != shapes[n - 1] or not shape.startswith("INSERT")]


def shares(size: int, mark: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two deliveries of so many events: what is new, and what changes what stands."""
    some = [f"{mark}-{n}" for n in range(size // 5)]
    new = [
        event
        for each in some
        for event in (
            registered(each, ref="anna"),
            charged(f"paid {each}", each, "9.00", "2025-02-10 09:30"),
            charged(f"unpaid {each}", each, "9.00", "2025-02-10 09:30", is_confirmed=False),
            registered(f"free {each}"),
            charged(f"early {each}", f"free {each}", "9.00", "2025-02-10 09:30"),
        )
    ]
    changing = [
        event
        for each in some
        for event in (
            confirmed(f"unpaid {each}", "2025-02-11 10:00"),
            refunded(f"refund {each}", f"paid {each}", "1.00", "2025-02-11 10:00"),
            code_applied(f"free {each}", "boris", "2025-02-12 10:00"),
            charged(f"waits {each}", f"unknown {each}", "1.00", "2025-02-10 09:30"),
            charged(f"paid {each}", each, "8.00", "2025-02-10 09:30"),
        )
    ]
    return new, changing


def test_a_delivery_costs_as_many_statements_for_500_events_as_for_10() -> None:
    few, many = shares(10, "few"), shares(500, "many")
    assert statements(few[0]) == statements(many[0])
    assert statements(few[1]) == statements(many[1])


def test_refused_self_referrals_cost_as_many_statements_for_500_events_as_for_10() -> None:
    def refused(size: int, mark: str) -> list[dict[str, Any]]:
        clients = [f"{mark}-{n}" for n in range(size)]
        deliver(*[registered(client, email="anna@example.ru") for client in clients])
        return [code_applied(client, "anna", "2025-02-02 10:00") for client in clients]

    assert statements(refused(10, "few")) == statements(refused(500, "many"))
