"""Phone numbers: however they are written, one number is stored one way and shown one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import phones

ONE_NUMBER_ONLY = "Оставьте один номер без слов и добавочного, например +7 916 123-45-67."
NO_SUCH_NUMBER = (
    "Такого номера нет. Проверьте цифры: российский номер пишут с кодом города или оператора, "
    "например +7 916 123-45-67, иностранный — с плюса и кода страны."
)


@pytest.mark.parametrize(
    "typed",
    [
        *("8 (916) 123 45 67", "916 123-45-67", "+7 916 123-45-67", "89161234567", "79161234567", "9161234567"),
        *(" +7\u00a0916\u202f123\u201145\u201167 ", "+7.916.123.45.67", "8—916—123—45—67", "\u202a+79161234567\u202c"),
        *("８９１６１２３４５６７", "+7 (8) 916 123-45-67"),
    ],
)
def test_a_russian_number_is_stored_one_way_however_it_is_written(typed: str) -> None:
    assert phones.from_text(typed) == "+79161234567"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("8 800 333 97 02", "+78003339702"),
        ("+375 29 123-45-67", "+375291234567"),
        ("8 10 375 29 123-45-67", "+375291234567"),
        ("+7 701 123 4567", "+77011234567"),
        ("+49 30 901820", "+4930901820"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_other_numbers_keep_their_country(typed: str, stored: str) -> None:
    assert phones.from_text(typed) == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        *((blank, "Укажите номер телефона.") for blank in ("", "  ", "\u200b")),
        *(
            (word, ONE_NUMBER_ONLY)
            for word in ("нет", "8 916 123-45-67 доб. 5", "8 916 123-45-67 ext. 5", "1-800-FLOWERS")
        ),
        *((two, ONE_NUMBER_ONLY) for two in ("8 916 123-45-67, 8 916 123-45-68", "89161234567/68", "89161234567#5")),
        *((short, NO_SUCH_NUMBER) for short in ("112", "123-45-67", "8916123456", "+", "()", "1" * 300)),
        *(
            (wrong, NO_SUCH_NUMBER)
            for wrong in ("+7 000 123 45 67", "+8 916 123-45-67", "+999 123 45 67", "0 916 1234567")
        ),
        ("89161234567 89161234568", NO_SUCH_NUMBER),
    ],
)
def test_nonsense_is_refused_with_what_to_do(typed: str, sentence: str) -> None:
    with pytest.raises(phones.NotAPhone) as refusal:
        phones.from_text(typed)
    assert refusal.value.args == (sentence,)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+79161234567", "+7 916 123-45-67"),
        ("+78003339702", "+7 800 333-97-02"),
        ("+375291234567", "+375 29 123-45-67"),
        ("", ""),
        ("8 916, спросить Озода", "8 916, спросить Озода"),
    ],
)
def test_a_number_is_shown_in_groups(stored: str, shown: str) -> None:
    assert phones.shown(stored) == shown


@given(subscriber=st.integers(0, 999_999_999))
def test_every_mobile_number_survives_being_shown_and_read(subscriber: int) -> None:
    stored = f"+79{subscriber:09}"
    try:
        assert phones.from_text(stored) == stored
    except phones.NotAPhone:
        return  # not every range is in use
    assert phones.from_text(phones.shown(stored)) == stored


@given(text=st.text() | st.text("+78916() -", max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        stored = phones.from_text(text)
    except phones.NotAPhone:
        return
    assert phones.from_text(stored) == stored
