"""What check digits promise: a right number passes, one wrong digit is noticed, and where it can not be."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partners import requisites
from partners.requisites import BadRequisite


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def with_another_digit(number: str, place: int, by: int) -> str:
    return number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]


def weighed(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True)) % 11


def company_inn(nine: str) -> str:
    return nine + str(weighed(nine, (2, 4, 10, 3, 5, 9, 4, 6, 8)) % 10)


def entrepreneur_inn(ten: str) -> str:
    eleven = ten + str(weighed(ten, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 10)
    return eleven + str(weighed(eleven, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 10)


def account_with_check_digit(account: str, bank: str) -> str:
    """The account with its ninth digit, which is the check digit, put right for these three digits of the bank."""
    for check in "0123456789":
        number = account[:8] + check + account[9:]
        if sum(int(d) * w for d, w in zip(bank + number, (7, 1, 3) * 8, strict=False)) % 10 == 0:
            return number
    raise AssertionError("one of ten always fits")


def refuse(function: str, *args: object, **kwargs: object) -> None:
    with pytest.raises(BadRequisite):
        getattr(requisites, function)(*args, **kwargs)


@given(nine=digits(9), place=st.integers(0, 9), by=st.integers(1, 9))
def test_one_wrong_digit_in_a_companys_inn_is_noticed_unless_remainders_0_and_10_meet(
    nine: str, place: int, by: int
) -> None:
    assume(int(nine))
    good = company_inn(nine)
    assert requisites.inn(good) == good
    bad = with_another_digit(good, place, by)
    # The remainder modulo 11 is kept as one digit, so 10 and 0 look alike: the one slip that no check can see.
    both = {weighed(number[:9], (2, 4, 10, 3, 5, 9, 4, 6, 8)) for number in (good, bad)}
    if both == {0, 10} and int(bad):
        assert requisites.inn(bad) == bad
    else:
        refuse("inn", bad)


@given(ten=digits(10), place=st.integers(0, 11), by=st.integers(1, 9))
def test_one_wrong_digit_in_an_entrepreneurs_inn_is_always_noticed(ten: str, place: int, by: int) -> None:
    assume(int(ten))
    good = entrepreneur_inn(ten)
    assert requisites.inn(good) == good
    refuse("inn", with_another_digit(good, place, by))


@given(
    length=st.sampled_from([13, 15]),
    rest=digits(13),
    first=st.sampled_from("1534"),
    place=st.integers(1, 14),
    by=st.integers(1, 9),
)
def test_one_wrong_digit_in_an_ogrn_is_noticed_unless_remainders_of_one_last_digit_meet(
    length: int, rest: str, first: str, place: int, by: int
) -> None:
    modulus = length - 2
    assume(length == 13 or first in "34")
    body = first + rest[: length - 2]
    good = body + str(int(body) % modulus % 10)
    is_company = length == 13
    assert requisites.ogrn(good, is_company=is_company) == good
    place %= length
    assume(place)
    bad = with_another_digit(good, place, by)
    if place < length - 1 and int(bad[:-1]) % modulus % 10 == int(body) % modulus % 10:
        assert requisites.ogrn(bad, is_company=is_company) == bad
    else:
        refuse("ogrn", bad, is_company=is_company)


@given(
    bik=digits(7),
    account=digits(12),
    kind=st.sampled_from(["40501", "40602", "40702", "40703", "40802"]),
    place=st.integers(0, 19),
    by=st.integers(1, 9),
)
def test_one_wrong_digit_in_a_settlement_account_is_always_noticed(
    bik: str, account: str, kind: str, place: int, by: int
) -> None:
    bik = "04" + bik
    good = account_with_check_digit(kind + "810" + account, bik[-3:])
    is_company = kind != "40802"
    assert requisites.settlement_account(good, bik=bik, is_company=is_company) == good
    refuse("settlement_account", with_another_digit(good, place, by), bik=bik, is_company=is_company)


@given(bik=digits(7), account=digits(8), place=st.integers(0, 19), by=st.integers(1, 9))
def test_one_wrong_digit_in_a_correspondent_account_is_always_noticed(
    bik: str, account: str, place: int, by: int
) -> None:
    bik = "04" + bik
    good = account_with_check_digit("301018100" + account + bik[-3:], "0" + bik[4:6])
    assert requisites.corr_account(good, bik=bik) == good
    refuse("corr_account", with_another_digit(good, place, by), bik=bik)


@given(first=st.sampled_from("34"), rest=digits(12))
def test_an_ogrnip_whose_remainder_has_two_digits_is_as_good_as_any(first: str, rest: str) -> None:
    bodies = [f"{first}{rest}{digit}" for digit in range(10)]
    for body in bodies:
        if int(body) % 13 >= 10:
            assert requisites.ogrn(f"{body}{int(body) % 13 - 10}", is_company=False)
            refuse("ogrn", f"{body}{int(body) % 13 - 9}", is_company=False)


@given(first=digits(4), middle=st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), last=digits(3))
def test_a_kpp_has_no_check_digit(first: str, middle: str, last: str) -> None:
    assert requisites.kpp(first + middle + last) == first + middle + last


@given(rest=digits(7))
def test_a_bik_has_no_check_digit(rest: str) -> None:
    assert requisites.bik("04" + rest) == "04" + rest


@given(bik=digits(7), account=digits(12), kind=st.sampled_from(["405", "406", "407"]), last=digits(2))
def test_every_account_of_a_company_is_refused_to_an_entrepreneur(bik: str, account: str, kind: str, last: str) -> None:
    good = account_with_check_digit(f"{kind}{last}810{account}", bik[-3:])
    assert requisites.settlement_account(good, bik="04" + bik, is_company=True) == good
    assert requisites.settlement_account(good, bik="04" + bik, is_company=None) == good
    refuse("settlement_account", good, bik="04" + bik, is_company=False)


@given(bik=digits(7), account=digits(12), currency=digits(3), kind=st.sampled_from(["40702", "40802"]))
def test_an_account_in_another_currency_is_refused(bik: str, account: str, currency: str, kind: str) -> None:
    assume(currency != "810")
    number = account_with_check_digit(f"{kind}{currency}{account}", bik[-3:])
    refuse("settlement_account", number, bik="04" + bik, is_company=kind == "40702")
