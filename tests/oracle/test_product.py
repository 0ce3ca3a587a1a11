"""The product against the naive computation, on random histories: equal to the kopeck."""

import os
import random
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from skorozvon_partners import audit
from tests.delivering import SECRET
from tests.oracle import naive
from tests.oracle.histories import histories, reordered
from tests.oracle.player import Product, check_constraints

# Minutes of honest work, more on a machine that has other things to do.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(0 if "ORACLE_EXAMPLES" in os.environ else 1200)]

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "60"))
thorough = settings(
    max_examples=EXAMPLES,
    derandomize="ORACLE_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


def no_breach(product: Product) -> None:
    assert list(audit.run()) == []


def assert_same_books(history: dict[str, Any], **by: random.Random) -> Any:
    """The books after a history, that both sides agree on; nothing of it stays in the database. `by`: see `Product`."""
    expected = naive.play(history)
    with transaction.atomic():
        product = Product(history, after_step=no_breach, **by)
        check_constraints()
        statement, outcomes = product.statement(), product.outcomes()
        ledger, results, suspicious = product.ledger(), product.results, product.suspicious()
        transaction.set_rollback(True)
    assert results == ([sorted(each) for each in expected.results] if "from_files" in by else expected.results)
    assert outcomes == expected.outcomes()
    assert statement == expected.statement()
    assert ledger == expected.ledger()
    assert suspicious == expected.suspicious()
    return statement, suspicious


@thorough
@given(history=histories(contradictions=False, staff=False))
def test_plain_histories_end_in_the_books_of_the_naive_computation(history: dict[str, Any]) -> None:
    assert_same_books(history)


@thorough
@given(history=histories(contradictions=True, staff=True))
def test_histories_with_staff_and_contradictions_end_in_the_books_of_the_naive_computation(
    history: dict[str, Any],
) -> None:
    assert_same_books(history)


@thorough
@given(history=histories(contradictions=False, staff=True), seed=st.integers(0, 2**32))
def test_any_order_and_batching_of_the_same_events_ends_in_the_same_books(history: dict[str, Any], seed: int) -> None:
    other = reordered(history, random.Random(seed))
    note(f"reordered: {other}")
    assert assert_same_books(history) == assert_same_books(other)


@settings(thorough, max_examples=EXAMPLES // 3)
@given(history=histories(contradictions=True, staff=True), seed=st.integers(0, 2**32))
def test_histories_delivered_over_http_in_random_batches_end_in_the_same_books(
    history: dict[str, Any], seed: int
) -> None:
    with override_settings(SKOROZVON_SECRET=SECRET):
        assert_same_books(history, over_http=random.Random(seed))


@settings(thorough, max_examples=EXAMPLES // 3)
@given(history=histories(contradictions=True, staff=True), seed=st.integers(0, 2**32))
def test_histories_imported_from_files_in_random_batches_end_in_the_same_books(
    history: dict[str, Any], seed: int
) -> None:
    assert_same_books(history, from_files=random.Random(seed))
