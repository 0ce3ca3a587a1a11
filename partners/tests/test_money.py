"""Roubles of other systems, and of people, as whole kopecks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import money


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("12500.00", 1_250_000),
        ("12500", 1_250_000),
        ("0.5", 50),
        ("0.05", 5),
        ("-0.5", -50),
        ("-1500.00", -150_000),
        ("0", 0),
        ("-0", 0),
        ("007", 700),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_a_decimal_string_is_read_to_the_kopeck(text: str, kopecks: int) -> None:
    assert money.from_roubles(text) == kopecks


@pytest.mark.parametrize(
    "text",
    [
        "12500,5",
        " 12 500.50 ",
        "12\u00a0500,50 ₽",
        "12\u202f500,50\u202f₽",
        "12500,5 руб.",
        "12500,50р",
        "12500,5 рублей",
    ],
)
def test_a_sum_is_read_as_people_type_it(text: str) -> None:
    assert money.from_typed(text) == 1_250_050


@pytest.mark.parametrize("text", ["", "₽", "1,2,3", "12 тыс", "1e3", "12500.505"])
def test_what_is_no_sum_is_refused_however_it_is_typed(text: str) -> None:
    with pytest.raises(money.NotRoubles):
        money.from_typed(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "1.005", "1.", ".5", "1,5", "1 000", "+1", "--1", "1e3", "0x1", "NaN", "Infinity", "1.0.0"),
        *("٣", "１", "1\n", " 1", "1 ", "1_000", "1000000000000", "9" * 5_000),
    ],
    ids=lambda text: repr(text)[:20],
)
def test_anything_else_is_not_a_sum(text: str) -> None:
    with pytest.raises(money.NotRoubles):
        money.from_roubles(text)


@given(kopecks=st.integers(-(10**14) + 1, 10**14 - 1))
def test_every_sum_survives_being_written_and_read(kopecks: int) -> None:
    sign, (roubles, rest) = "-" if kopecks < 0 else "", divmod(abs(kopecks), 100)
    assert money.from_roubles(f"{sign}{roubles}.{rest:02}") == kopecks


@pytest.mark.parametrize(
    ("kopecks", "shown"),
    [
        (0, "0,00\u202f₽"),
        (5, "0,05\u202f₽"),
        (-5, "\u22120,05\u202f₽"),
        (123_450, "1\u202f234,50\u202f₽"),
        (-123_450, "\u22121\u202f234,50\u202f₽"),
        (100_000_000_000, "1\u202f000\u202f000\u202f000,00\u202f₽"),
    ],
)
def test_a_sum_is_shown_with_narrow_spaces_and_a_real_minus(kopecks: int, shown: str) -> None:
    assert money.roubles(kopecks) == shown


def test_a_sum_is_split_into_its_two_sizes() -> None:
    assert money.split_for_display(-123_450) == ("\u22121\u202f234", ",50\u202f₽")


def test_whole_roubles_in_a_sentence_have_no_kopecks() -> None:
    assert money.in_text(300000) == "3\u202f000\u202f₽"
    assert money.in_text(300050) == "3\u202f000,50\u202f₽"
