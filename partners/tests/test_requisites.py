"""Requisites: good numbers are stored bare, bad ones are refused with a sentence that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import requisites
from partners.requisites import BadRequisite, BadRequisites

COMPANY = {
    "inn": "7707083893",
    "kpp": "773601001",
    "ogrn": "1027700132195",
    "bik": "044525225",
    "account": "40702810000000000007",
    "corr_account": "30101810400000000225",
}
ENTREPRENEUR = COMPANY | {
    "inn": "500100732259",
    "kpp": "",
    "ogrn": "304500116000157",
    "account": "40802810900000000007",
}
TYPO = "Сверьте его с документом: похоже на опечатку."
EMPTY = "Заполните это поле: без этого номера деньги не перечислить."
SUCH = "Укажите такой счёт: на другие не выплачиваем."
ONE_OF_TWO = "Сверьте оба номера: в одном из них опечатка."
TYPED = ["{}", " {} ", "\u00a0{}\u202f", "\u200b{}\ufeff", "{}\r\n"]


def refused(function: str, *args: object, **kwargs: object) -> str:
    with pytest.raises(BadRequisite) as refusal:
        getattr(requisites, function)(*args, **kwargs)
    return refusal.value.sentence


# --- One by one -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("number", ["7707083893", "500100732259"])
def test_a_good_inn_is_stored_bare(number: str, typed: str) -> None:
    assert requisites.inn(typed.format(number)) == number


@pytest.mark.parametrize(
    "typed", ["77 0708 3893", "77-0708-3893", "77\u201107\u20130838\u221293", "77\u00a00708\u202f3893"]
)
def test_an_inn_may_be_typed_with_spaces_and_hyphens(typed: str) -> None:
    assert requisites.inn(typed) == "7707083893"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", EMPTY),
        (" - ", EMPTY),
        ("7707083894", f"Контрольные цифры ИНН не сходятся. {TYPO}"),
        ("500100732258", f"Контрольные цифры ИНН не сходятся. {TYPO}"),
        ("0000000000", f"Контрольные цифры ИНН не сходятся. {TYPO}"),
        ("000000000000", f"Контрольные цифры ИНН не сходятся. {TYPO}"),
        ("77070838931", "В ИНН 10 цифр у компании или 12 цифр у ИП, а здесь 11. Сверьте его с документом."),
        ("77O7083893", "В ИНН бывают только цифры. Уберите лишние знаки."),
        ("７７０７０８３８９３", "В ИНН бывают только цифры. Уберите лишние знаки."),
        ("٧٧٠٧٠٨٣٨٩٣", "В ИНН бывают только цифры. Уберите лишние знаки."),
        ("77070838²³", "В ИНН бывают только цифры. Уберите лишние знаки."),
    ],
)
def test_a_bad_inn_is_refused_with_what_to_do(typed: str, sentence: str) -> None:
    assert refused("inn", typed) == sentence


@pytest.mark.parametrize(
    ("typed", "stored"), [("773601001", "773601001"), ("7736 01 001", "773601001"), ("7736aZ001", "7736AZ001")]
)
def test_a_kpp_is_stored_in_capitals(typed: str, stored: str) -> None:
    assert requisites.kpp(typed) == stored


@pytest.mark.parametrize(
    "typed", ["77360100", "7736010011", "77360А001", "A73601001", "773601A01", "7736ß001", "٧٧٣٦٠١٠٠١"]
)
def test_a_bad_kpp_is_refused(typed: str) -> None:
    assert refused("kpp", typed) == (
        "В КПП девять знаков: цифры, на пятом и шестом месте бывают латинские буквы. Сверьте его с документом."
    )


def test_a_company_has_a_kpp_and_an_entrepreneur_has_none() -> None:
    assert refused("kpp", "") == "Укажите КПП: он есть у каждой компании."
    assert refused("kpp", "773601001", is_company=False) == "У ИП нет КПП. Оставьте поле пустым."
    assert requisites.kpp(" ", is_company=False) == ""


def test_a_good_ogrn_is_stored_bare() -> None:
    assert requisites.ogrn("1 02 77 00 13219 5", is_company=True) == "1027700132195"
    assert requisites.ogrn("1027700132195", is_company=None) == "1027700132195"


@pytest.mark.parametrize("number", ["304500116000157", "304500116000050"])
def test_a_good_ogrnip_is_stored_bare_also_where_the_remainder_has_two_digits(number: str) -> None:
    assert requisites.ogrn(number, is_company=False) == number
    assert requisites.ogrn(number, is_company=None) == number


@pytest.mark.parametrize(
    ("typed", "is_company", "sentence"),
    [
        ("1027700132194", True, f"Контрольная цифра ОГРН не сходится. {TYPO}"),
        (
            "304500116000158",
            False,
            f"Контрольная цифра ОГРНИП не сходится. {TYPO}",
        ),
        ("0000000000000", True, f"Контрольная цифра ОГРН не сходится. {TYPO}"),
        (
            "000000000000000",
            None,
            f"Контрольная цифра ОГРНИП не сходится. {TYPO}",
        ),
        ("304500116000157", True, "В ОГРН 13 цифр у компании, а здесь 15. Сверьте его с документом."),
        ("1027700132195", False, "В ОГРНИП 15 цифр у ИП, а здесь 13. Сверьте его с документом."),
        ("10277001321950", None, "В ОГРН 13 цифр у компании или 15 цифр у ИП, а здесь 14. Сверьте его с документом."),
    ],
)
def test_a_bad_ogrn_is_refused(typed: str, is_company: bool | None, sentence: str) -> None:
    assert refused("ogrn", typed, is_company=is_company) == sentence


def test_a_bik_is_nine_digits_from_04_on() -> None:
    assert requisites.bik("04 4525 225") == "044525225"
    assert refused("bik", "145252250") == "БИК российского банка начинается с 04. Сверьте его с реквизитами банка."
    assert refused("bik", "04452522") == "В БИК 9 цифр, а здесь 8. Сверьте его с документом."


@pytest.mark.parametrize(
    ("bik", "account", "is_company"),
    [
        ("044525225", "40502810200000000007", True),
        ("044525225", "40702810000000000007", True),
        ("044525225", "40802810900000000007", False),
    ],
)
def test_a_good_account_of_each_kind_is_taken(bik: str, account: str, is_company: bool) -> None:
    assert requisites.settlement_account(account, bik=bik, is_company=is_company) == account
    assert requisites.settlement_account(account, bik=None, is_company=is_company) == account


def test_a_settlement_account_with_the_right_check_digit_is_stored_bare() -> None:
    stored = requisites.settlement_account("40602 810 7 00000000025", bik="049805746", is_company=True)
    assert stored == "40602810700000000025"


@pytest.mark.parametrize(
    ("account", "is_company", "sentence"),
    [
        ("40817810156003706312", False, f"Расчётный счёт ИП начинается с 40802. {SUCH}"),
        ("40817810156003706312", True, f"Расчётный счёт компании начинается с 405, 406 или 407. {SUCH}"),
        (
            *("40817810156003706312", None),
            f"Расчётный счёт компании начинается с 405, 406 или 407, ИП начинается с 40802. {SUCH}",
        ),
        ("40702810000000000007", False, f"Расчётный счёт ИП начинается с 40802. {SUCH}"),
        ("40802810900000000007", True, f"Расчётный счёт компании начинается с 405, 406 или 407. {SUCH}"),
        ("40702840100000000007", True, "Это не рублёвый счёт: шестая, седьмая и восьмая цифры должны быть 810."),
        ("40702810600000000007", True, f"Расчётный счёт не подходит к БИК. {ONE_OF_TWO}"),
        ("4070281050000000000", True, "В расчётном счёте 20 цифр, а здесь 19. Сверьте его с документом."),
    ],
)
def test_a_bad_settlement_account_is_refused(account: str, is_company: bool | None, sentence: str) -> None:
    assert refused("settlement_account", account, bik="044525225", is_company=is_company) == sentence


@pytest.mark.parametrize(
    ("bik", "account"), [("044525225", "30101810400000000225"), ("044525974", "30101810145250000974")]
)
def test_a_correspondent_account_fits_its_bank(bik: str, account: str) -> None:
    assert requisites.corr_account(account, bik=bik) == account


def test_a_correspondent_account_of_another_bank_is_refused() -> None:
    assert refused("corr_account", "30101810400000000225", bik="044525974") == (
        "Корреспондентский счёт заканчивается как БИК, на 974. Сверьте оба номера с реквизитами банка."
    )
    assert refused("corr_account", "30101810500000000225", bik="044525225") == (
        f"Корреспондентский счёт не подходит к БИК. {ONE_OF_TWO}"
    )


# --- Together -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [COMPANY, ENTREPRENEUR])
def test_good_requisites_come_back_as_they_are_stored(fields: dict[str, str]) -> None:
    assert requisites.check(**{field: f" {value} " for field, value in fields.items()}) == fields


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadRequisites) as refusal:
        requisites.check(inn="7707083894", kpp="1", ogrn="2", bik="3", account="4", corr_account="5")
    assert list(refusal.value.errors) == ["inn", "kpp", "ogrn", "bik", "account", "corr_account"]


def test_a_field_left_out_counts_as_empty() -> None:
    with pytest.raises(BadRequisites) as refusal:
        requisites.check()
    assert set(refusal.value.errors) == {"inn", "ogrn", "bik", "account", "corr_account"}


def test_a_wrong_bik_is_one_error_and_not_three() -> None:
    with pytest.raises(BadRequisites) as refusal:
        requisites.check(**COMPANY | {"bik": "144525225"})
    assert list(refusal.value.errors) == ["bik"]


def test_a_mistyped_inn_still_tells_a_company_from_an_entrepreneur() -> None:
    with pytest.raises(BadRequisites) as refusal:
        requisites.check(**ENTREPRENEUR | {"inn": "500100732258"})
    assert list(refusal.value.errors) == ["inn"]


def test_an_inn_of_neither_length_blames_no_other_field() -> None:
    for fields in (COMPANY, ENTREPRENEUR):
        with pytest.raises(BadRequisites) as refusal:
            requisites.check(**fields | {"inn": "77070838"})
        assert list(refusal.value.errors) == ["inn"]


def test_a_company_with_an_entrepreneurs_numbers_is_told_which() -> None:
    with pytest.raises(BadRequisites) as refusal:
        requisites.check(**ENTREPRENEUR | {"inn": "7707083893"})
    assert list(refusal.value.errors) == ["kpp", "ogrn", "account"]


@given(typed=st.text())
def test_no_text_breaks_the_checks(typed: str) -> None:
    with pytest.raises(BadRequisites):
        requisites.check(inn=typed, kpp=typed, ogrn=typed, bik=typed, account=typed, corr_account=typed)
