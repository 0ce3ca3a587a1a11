"""Keyset pages: every row once, in both directions, wherever the pages are cut."""

import base64
import json

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from partners import keyset
from partners.models import User

ORDER = ("-full_name", "pk")


def people(*names: str) -> None:
    User.objects.bulk_create(
        User(email=f"{number}@example.ru", full_name=name, password="!") for number, name in enumerate(names)
    )


def walk(direction: str, start: str | None, size: int) -> list[list[str]]:
    pages, token, seen = [], start, True
    while seen:
        page = keyset.page(User.objects.all(), order=ORDER, token=token, size=size)
        pages.append([user.email for user in page.rows])
        token = getattr(page, direction)
        seen = token is not None
    return pages


class EveryRowOnce(TestCase):
    @given(names=st.lists(st.sampled_from(["", "а", "б", "в г"]), max_size=12), size=st.integers(1, 5))
    def test_forwards_and_backwards_whatever_repeats(self, names: list[str], size: int) -> None:
        User.objects.all().delete()
        people(*names)
        everybody = [user.email for user in User.objects.order_by(*ORDER)]
        forwards = walk("next", None, size)
        assert [email for page in forwards for email in page] == everybody
        assert all(len(page) == size for page in forwards[:-1])
        backwards = walk("previous", "last", size)
        seen = [email for page in reversed(backwards) for email in page]
        # The last step back shows a whole first page, part of which was seen before.
        assert list(dict.fromkeys(seen)) == everybody


@pytest.mark.django_db
def test_first_page_leads_forwards_only_and_the_last_backwards_only() -> None:
    people("а", "б", "в")
    first = keyset.page(User.objects.all(), order=ORDER, token=None, size=2)
    assert (first.first, first.previous, first.last) == (None, None, "last")
    last = keyset.page(User.objects.all(), order=ORDER, token=first.last, size=2)
    assert (last.first, last.next, last.last) == ("", None, None)
    assert [user.full_name for user in last.rows] == ["б", "а"]


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["nonsense", "%%%", "W10", base64.b64encode(b'[">", null, 1]').decode(), "IiI="])
def test_token_that_means_nothing_shows_the_first_page(token: str) -> None:
    people("а", "б", "в")
    page = keyset.page(User.objects.all(), order=ORDER, token=token, size=2)
    assert [user.full_name for user in page.rows] == ["в", "б"]


@pytest.mark.django_db
def test_token_of_a_wrong_type_shows_the_first_page() -> None:
    people("а")
    token = base64.urlsafe_b64encode(json.dumps([">", "а", "x"]).encode()).decode()
    assert len(keyset.page(User.objects.all(), order=ORDER, token=token).rows) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("order", "edge"),
    [
        (ORDER, ["а\0", 1]),
        (ORDER, ["\ud800", 1]),
        (ORDER, ["а", 2**70]),
        (("-last_login", "pk"), ["0001-01-01T00:00:00+14:00", 1]),
        (("-last_login", "pk"), ["9999-12-31T23:59:59-12:00", 1]),
    ],
)
def test_token_that_no_database_could_look_for_shows_the_first_page(order: tuple[str, str], edge: list[object]) -> None:
    people("а")
    token = base64.urlsafe_b64encode(json.dumps([">", *edge]).encode()).decode()
    assert len(keyset.page(User.objects.all(), order=order, token=token).rows) == 1


@pytest.mark.django_db
def test_page_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people(*"абвгд")
    with django_assert_num_queries(1):
        keyset.page(User.objects.all(), order=ORDER, token="last", size=2)


@pytest.mark.django_db
def test_addresses_lead_to_pages_of_the_list_that_was_asked_for() -> None:
    people("а", "б", "в")
    page = keyset.page(User.objects.all(), order=ORDER, token=None, size=2)
    asked = QueryDict("archived=1&q=а+б&page=old")
    assert keyset.addresses(page, asked) == {
        "first": "",
        "previous": "",
        "next": f"?archived=1&q=%D0%B0+%D0%B1&page={page.next}",
        "last": "?archived=1&q=%D0%B0+%D0%B1&page=last",
    }
    last = keyset.page(User.objects.all(), order=ORDER, token="last", size=2)
    assert keyset.addresses(last, QueryDict("page=last"))["first"] == "?"


@pytest.mark.django_db
def test_count_stops_at_its_limit() -> None:
    people("а", "б", "в")
    assert keyset.count(User.objects.all(), limit=3) == (3, False)
    assert keyset.count(User.objects.all(), limit=2) == (2, True)
    assert keyset.count(User.objects.none()) == (0, False)
