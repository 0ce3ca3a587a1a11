"""Balances put right by hand (R20): by one person up to a sum, by two above it, each once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from partners import corrections, ledger
from partners.models import Correction, Partner, User
from partners.reasons import ReasonMissing
from tests.factories import PartnerFactory, StaffFactory, UserFactory, moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2026-11-10 12:00")


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> None:
    settings.CORRECTION_NEEDS_SECOND_ABOVE = 10_000_00


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory()


@pytest.fixture
def olga() -> User:
    return StaffFactory()


def ask(partner: Partner, kopecks: int, by: User, **changes: Any) -> Correction:
    given = {"memo": "август учтён дважды", "reason": "Письмо от 9 ноября", "key": f"{by.pk} {kopecks}", "now": NOW}
    return corrections.request(partner, amount_kopecks=kopecks, by=by, **given | changes)


def test_a_small_one_is_booked_at_once(anna: Partner, olga: User) -> None:
    asked = ask(anna, -1_000_00, olga)
    line = anna.ledger_lines.get()
    assert (asked.state, asked.decided_by, asked.decided_at) == ("booked", olga, NOW)
    assert (line.key, line.kind, line.amount_kopecks) == (f"correction:{asked.pk}", "correction", -1_000_00)
    assert (line.memo, line.booked_by, line.booked_at) == ("Корректировка: август учтён дважды", olga, NOW)


@pytest.mark.parametrize(
    ("kopecks", "state"), [(10_000_00, "booked"), (10_000_01, "requested"), (-10_000_01, "requested")]
)
def test_above_the_limit_it_waits(kopecks: int, state: str, anna: Partner, olga: User) -> None:
    assert ask(anna, kopecks, olga).state == state
    assert ledger.balance(anna) == (kopecks if state == "booked" else 0)


def test_a_sum_cut_into_parts_waits_like_the_whole(anna: Partner, olga: User) -> None:
    ask(anna, 6_000_00, olga)
    assert ask(anna, -4_000_01, olga).state == "requested"
    assert ask(anna, 4_000_00, olga).state == "booked"
    assert ask(anna, 9_000_00, StaffFactory()).state == "booked"
    assert ask(anna, 10_000_00, olga, now=moscow("2026-12-11 12:00")).state == "booked"


def test_a_second_person_books_it(anna: Partner, olga: User) -> None:
    asked, second = ask(anna, 15_000_00, olga), StaffFactory()
    corrections.confirm(asked, by=second, now=NOW)
    line = anna.ledger_lines.get()
    assert (line.amount_kopecks, line.booked_by) == (15_000_00, second)
    with pytest.raises(corrections.AlreadyDecided):
        corrections.confirm(asked, by=StaffFactory(), now=NOW)
    with pytest.raises(corrections.AlreadyDecided):
        corrections.decline(asked, reason="Передумали", by=second, now=NOW)
    assert ledger.balance(anna) == 15_000_00


def test_who_asked_is_no_second_person(anna: Partner, olga: User) -> None:
    asked = ask(anna, 15_000_00, olga)
    with pytest.raises(corrections.NeedsAnotherPerson):
        corrections.confirm(asked, by=olga, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=asked.pk).update(state="booked", decided_by=olga, decided_at=NOW)


def test_who_asked_takes_it_back_with_a_reason(anna: Partner, olga: User) -> None:
    asked = ask(anna, 15_000_00, olga)
    with pytest.raises(ReasonMissing):
        corrections.decline(asked, reason=" ", by=olga, now=NOW)
    corrections.decline(asked, reason="Не та сумма", by=olga, now=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.refusal, ledger.balance(anna)) == ("declined", "Не та сумма", 0)


def test_a_second_click_asks_once(anna: Partner, olga: User) -> None:
    assert ask(anna, 500_00, olga) == ask(anna, 500_00, olga)
    assert ledger.balance(anna) == 500_00


def test_what_can_not_be_is_refused(anna: Partner, olga: User) -> None:
    waiting = Partner.objects.create(
        user=UserFactory(), tariff="legal", full_name="Павел", phone="+79990000000", registered_at=NOW
    )
    with pytest.raises(corrections.HasNoBalance):
        ask(waiting, 500_00, olga)
    with pytest.raises(corrections.MovesNothing):
        ask(anna, 0, olga)
    for missing in ("memo", "reason"):
        with pytest.raises(ReasonMissing):
            ask(anna, 500_00, olga, **{missing: " "})


def test_what_was_asked_and_how_it_ended_never_changes(anna: Partner, olga: User) -> None:
    asked, booked = ask(anna, 15_000_00, olga), ask(anna, 500_00, olga)
    for row, change in ((asked, {"amount_kopecks": 1}), (booked, {"refusal": "иначе"})):
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=row.pk).update(**change)


@pytest.mark.postgres  # SQLite has one writer
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides(anna: Partner, olga: User) -> None:
    asked = ask(anna, 15_000_00, olga)
    people = [StaffFactory() for _ in range(4)]

    def decide(number: int) -> str:
        try:
            if number % 2:
                corrections.decline(asked, reason="Нет", by=people[number], now=NOW)
                return "declined"
            corrections.confirm(asked, by=people[number], now=NOW)
            return "booked"
        except corrections.AlreadyDecided:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        (ended,) = filter(None, pool.map(decide, range(4)))
    asked.refresh_from_db()
    assert (asked.state, ledger.balance(anna)) == (ended, 15_000_00 if ended == "booked" else 0)
