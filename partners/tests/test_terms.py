"""The terms that a newcomer comes under (R4, R5), and what they are called on screen."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from partners import months
from partners.models import Terms
from partners.templatetags.terms import called
from tests.factories import PartnerFactory, moscow

pytestmark = pytest.mark.django_db

NUMBERS = {
    "legal": {"percent_bp": 1000},
    "individual": {"one_time_kopecks": 1_000_00},
}


def version(tariff: str, starts_on: dt.date | None) -> Terms:
    name = f"{tariff} from {starts_on}"
    return Terms.objects.create(name=name, tariff=tariff, starts_on=starts_on, **NUMBERS[tariff])


@pytest.mark.parametrize("tariff", ["legal", "individual"])
def test_newcomer_comes_under_the_newest_version_that_has_started(tariff: str) -> None:
    # In an order in which neither the latest row nor the latest date is the right one.
    march, december, june = (version(tariff, dt.date(2025, number, 1)) for number in (3, 12, 6))
    since_ever = Terms.objects.get(tariff=tariff, starts_on=None)
    expected = {
        "2025-02-28 23:59:59": since_ever,
        "2025-03-01 00:00:00": march,
        "2025-05-31 23:59:59": march,
        "2025-06-01 00:00:00": june,
        "2025-11-30 23:59:59": june,
        "2025-12-01 00:00:00": december,
        "2030-01-01 12:00:00": december,
    }
    for at, terms in expected.items():
        partner = PartnerFactory(tariff=tariff, registered_at=moscow(at))
        assert partner.terms_assignments.get().terms == terms, at


def test_tariff_has_one_version_without_a_start_which_is_its_oldest() -> None:
    dated = version("legal", dt.date(1999, 1, 1))
    assert [terms.name for terms in Terms.objects.started("legal", dt.date(1999, 1, 1))] == [dated.name, "legal-2026"]
    with pytest.raises(IntegrityError), transaction.atomic():
        version("legal", None)


@pytest.mark.parametrize(
    ("tariff", "starts_on", "words"),
    [
        ("legal", None, "для юрлиц"),
        ("legal", "2027-01", "для юрлиц от 1 января 2027"),
        ("individual", None, "для физлиц"),
        ("individual", "2026-12", "для физлиц от 1 декабря 2026"),
    ],
)
def test_version_is_called_by_whom_it_is_for_and_its_start(tariff: str, starts_on: str | None, words: str) -> None:
    terms = Terms(tariff=tariff, starts_on=months.parse(starts_on) if starts_on else None)
    assert " ".join(called(terms).split()) == words
