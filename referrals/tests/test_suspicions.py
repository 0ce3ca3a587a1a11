"""Suspicion (R8): who is marked for staff and why, in whichever order clients arrive; and that it refuses nothing."""

import importlib
import itertools
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from partners.models import Partner, User
from partners.reasons import ReasonMissing
from referrals import rules, suspicions
from referrals.models import Client, Likeness, Suspicion
from tests.factories import NOW, charged, code_applied, deliver, moscow, outcome, registered

pytestmark = pytest.mark.django_db

Reasons = dict[str, list[str]]


def told() -> Reasons:
    """What staff reads, by client."""
    return {
        client.account_id: sorted(str(each) for each in client.suspicions.all())
        for client in suspicions.clients().order_by("account_id")
    }


ROSE = {"name": "ООО «Роза»", "inn": "7707083893", "email": "info@roza.example", "phone": "+7 900 000-00-01"}


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        ({"name": "ооо  “РОЗА”"}, "то же название"),
        ({"inn": " 7707083893 "}, "тот же ИНН"),
        ({"email": "INFO@roza.example "}, "тот же e-mail"),
        ({"phone": "8 (900) 000 00 01"}, "тот же телефон"),
    ],
)
def test_client_like_an_earlier_one_is_marked_with_the_reason(signs: dict[str, str], reason: str) -> None:
    deliver(registered("c-1", "2025-02-01 10:00", **ROSE))
    deliver(registered("c-2", "2025-02-02 10:00", **signs))
    assert told() == {"c-2": [f"{reason}, что у клиента «ООО „Роза“» (c-1)"]}


def test_what_is_empty_is_nothing_in_common() -> None:
    deliver(registered("c-1", email="", phone="-", inn=" "), registered("c-2", email=None, phone="нет", inn=None))
    assert told() == {}


def test_all_but_the_earliest_are_marked_in_any_order_and_batching() -> None:
    four = [
        registered("c-1", "2025-02-01 10:00", inn="7707083893"),
        registered("c-2", "2025-02-02 10:00", inn="7707083893", email="x@mailinator.com"),
        registered("c-3", "2025-02-02 10:00", inn="7707083893", email="X@Mailinator.com"),
        registered("c-4", "2025-02-03 10:00", phone="89000000001"),
    ]
    same = "тот же ИНН, что у клиента «ООО c-1» (c-1)"
    expected = {
        "c-2": ["одноразовый e-mail", same],
        "c-3": ["одноразовый e-mail", "тот же e-mail, что у клиента «ООО c-2» (c-2)", same],
    }
    for order in itertools.permutations(four):
        for size in (1, 2, 4):
            with transaction.atomic():
                for at in range(0, 4, size):
                    deliver(*order[at : at + size])
                assert told() == expected
                transaction.set_rollback(True)


def test_repeated_registration_marks_nobody() -> None:
    deliver(registered("c-1", **ROSE), registered("c-1", **ROSE), registered("c-1", id="again", **ROSE))
    deliver(registered("c-1", **ROSE))
    assert told() == {}


def test_suspicion_refuses_nothing(anna: Partner) -> None:
    deliver(registered("c-1", **ROSE))
    deliver(registered("c-2", "2025-02-02 10:00", **ROSE | {"email": "a@mailinator.com"}, ref="anna"))
    deliver(charged("ch-1", "c-2", "100.00", "2025-02-10 10:00"))
    assert len(told()["c-2"]) == 4
    assert outcome("ch-1") == ("counted", "2025-02")


@pytest.mark.parametrize(
    ("email", "is_disposable"),
    [
        ("a@mailinator.com", True),
        (" A@Mailinator.COM ", True),
        ("a@mx.mailinator.com", True),
        ("a@mailinator.com.", True),
        ("a@notmailinator.com", False),
        ("a@mailinator.com.example", False),
        ("mailinator.com@example.ru", False),
        ("mailinator.com", False),
        ("", False),
        ("@", False),
    ],
)
def test_disposable_is_who_is_of_such_a_domain_or_a_part_of_one(email: str, is_disposable: bool) -> None:
    assert rules.is_disposable(email, suspicions.DISPOSABLE_DOMAINS) is is_disposable


def test_the_list_of_disposable_domains_is_sorted_and_in_small_letters() -> None:
    domains = suspicions._LIST.read_text().splitlines()
    assert domains == sorted({domain.strip().lower() for domain in domains})


# --- Self-referral ----------------------------------------------------------------------------------------------------


def test_refused_self_referral_is_shown_to_staff_with_its_code_once_for_each_code(
    anna: Partner, boris: Partner
) -> None:
    deliver(registered("c-1", email=anna.user.email, phone=boris.phone, ref="anna"))
    deliver(code_applied("c-1", "ANNA", "2025-02-02 10:00"), code_applied("c-1", "anna", "2025-02-03 10:00"))
    assert told() == {"c-1": ["партнёр пригласил сам себя, код anna"]}
    deliver(code_applied("c-1", "boris", "2025-02-04 10:00"), code_applied("c-1", "anna", "2025-02-05 10:00"))
    assert told() == {"c-1": ["партнёр пригласил сам себя, код anna", "партнёр пригласил сам себя, код boris"]}


# --- What staff does about it -----------------------------------------------------------------------------------------


def test_what_staff_has_looked_at_is_done_with_until_something_new_comes(anna: Partner, staff: User) -> None:
    deliver(registered("c-1", **ROSE), registered("c-2", "2025-02-02 10:00", inn=ROSE["inn"], email=anna.user.email))
    client = Client.objects.get(account_id="c-2")
    suspicions.settle(client, by=staff, reason="  Филиал  ", now=NOW)
    assert told() == {}
    found = Suspicion.objects.get()
    assert (found.settled_by, found.settled_at, found.decision) == (staff, NOW, "Филиал")
    deliver(code_applied("c-2", "anna", "2025-02-03 10:00"))
    assert len(told()["c-2"]) == 2  # what was decided before is read along with it
    assert [str(each) for each in Suspicion.objects.open()] == ["партнёр пригласил сам себя, код anna"]


def test_decision_has_a_reason_and_is_made_once(staff: User) -> None:
    deliver(registered("c-1", email="a@yopmail.com"))
    client = Client.objects.get()
    with pytest.raises(ReasonMissing):
        suspicions.settle(client, by=staff, reason=" ", now=NOW)
    suspicions.settle(client, by=staff, reason="Знаю его", now=NOW)
    with pytest.raises(suspicions.NothingToSettle):
        suspicions.settle(client, by=staff, reason="И я", now=moscow("2026-12-16 10:00"))
    assert Suspicion.objects.get().decision == "Знаю его"


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "inn"},
        {"reason": "disposable", "code": "anna"},
        {"reason": "self_referral"},
        {"reason": "disposable", "settled_at": NOW},
        {"reason": "disposable", "decision": "Филиал"},
    ],
    ids=str,
)
def test_suspicion_says_of_what_it_is_and_a_decision_who_made_it(fields: dict[str, Any]) -> None:
    deliver(registered("c-1"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspicion.objects.create(client=Client.objects.get(), **fields)


# --- Cost -------------------------------------------------------------------------------------------------------------


def test_reading_what_is_suspicious_takes_two_queries_for_one_client_and_for_many() -> None:
    deliver(*[registered(f"c-{n}", f"2025-02-02 10:{n:02}", **ROSE) for n in range(30)])
    for count in (1, 29):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            read = [str(each) for client in suspicions.clients()[:count] for each in client.suspicions.all()]
        assert len(read) == 4 * count
        assert len(queries) == 2


def test_marking_costs_as_many_statements_for_500_clients_as_for_10() -> None:
    def statements(mark: str, count: int) -> int:
        alike = [registered(f"{mark}-{n}", "2025-03-01 10:00", name=mark, inn=f"{n // 2}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            deliver(*alike[: count // 2])
            # An earlier one arrives last, so that all that can happen does.
            deliver(*alike[count // 2 :], registered(f"{mark}-first", "2024-01-01 10:00", name=mark, email="a@grr.la"))
        return len(queries)

    assert statements("few", 10) == statements("many", 500)


# --- Those who stand --------------------------------------------------------------------------------------------------


def test_the_migration_marks_those_who_stand_as_their_arrival_would_have(anna: Partner, monkeypatch: Any) -> None:
    deliver(
        registered("c-3", "2025-02-03 10:00", **ROSE),
        registered("c-2", "2025-02-02 10:00", **ROSE),
        registered("c-1", "2025-02-01 10:00", inn=ROSE["inn"], email="a@mailinator.com"),
        registered("c-4", "2025-02-01 10:00", email=anna.user.email, ref="anna"),
    )
    expected = told()
    assert list(expected) == ["c-1", "c-2", "c-3", "c-4"]
    Suspicion.objects.all().delete()
    Likeness.objects.all().delete()
    migration = importlib.import_module("referrals.migrations.0011_suspicion")
    monkeypatch.setattr(migration, "_SHARE", 2)
    migration.mark(apps, None)
    assert told() == expected
