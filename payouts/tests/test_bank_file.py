"""The file for the bank's client program: byte for byte, and read back by a reader that isn't ours."""

import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from client_bank_exchange_1c import Document, Header
from hypothesis import given
from hypothesis import strategies as st

from payouts import bank_file
from payouts.bank_file import CannotBeWritten, NothingToWrite, Party, PaymentOrder

SKOROZVON = Party(
    name="ООО «Скорозвон»",
    inn="7707083893",
    kpp="773601001",
    account="40702810400000000008",
    bank_name="ПАО Сбербанк",
    bank_city="г. Москва",
    bik="044525225",
    corr_account="30101810400000000225",
)
ROMASHKA = Party(
    name="ООО «Ромашка»",
    inn="7736050003",
    kpp="773601001",
    account="40602810700000000025",
    bank_name="Отделение № 9 Банка",
    bik="049805746",
    corr_account="30101810000000000746",
)
PETROV = Party(
    name="ИП Петров Пётр",
    inn="500100732259",
    account="40802810900000000007",
    bank_name="АО «ТБанк»",
    bank_city="г. Москва",
    bik="044525974",
    corr_account="30101810145250000974",
)
ORDER = PaymentOrder(
    number=7,
    on=dt.date(2026, 12, 1),
    amount_kopecks=1_234_05,
    receiver=ROMASHKA,
    purpose="Вознаграждение по договору № 12. НДС не облагается",
)
# Half past two at night in Moscow is still the day before in London.
MADE_AT = dt.datetime(2026, 11, 30, 23, 30, 5, tzinfo=dt.UTC)


def write(*orders: PaymentOrder, **changed: Any) -> bytes:
    given = {"payer": SKOROZVON, "sender": "Скорозвон Партнёры", "version": "1.03", "made_at": MADE_AT} | changed
    return bank_file.write(orders, **given)


def with_receiver(**changed: str) -> PaymentOrder:
    return replace(ORDER, receiver=replace(ROMASHKA, **changed))


def universal(content: bytes) -> str:
    return io.TextIOWrapper(io.BytesIO(content), encoding="cp1251").read()


def documents(content: bytes) -> list[Document]:
    found: list[Document] = Document.from_text(universal(content))
    return found


def written_name(name: str) -> str:
    (document,) = documents(write(with_receiver(name=name)))
    assert document.receiver.name == document.receiver.l1_name
    text: str = document.receiver.name
    return text


def refusal(*orders: PaymentOrder, **changed: Any) -> CannotBeWritten:
    with pytest.raises(CannotBeWritten) as refused:
        write(*orders, **changed)
    return refused.value


# --- What is written ------------------------------------------------------------------------------------------------


def test_a_file_is_this_byte_for_byte() -> None:
    expected = """\
1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
Отправитель=Скорозвон Партнёры
ДатаСоздания=01.12.2026
ВремяСоздания=02:30:05
ДатаНачала=01.12.2026
ДатаКонца=01.12.2026
РасчСчет=40702810400000000008
Документ=Платежное поручение
СекцияДокумент=Платежное поручение
Номер=7
Дата=01.12.2026
Сумма=1234.05
ПлательщикСчет=40702810400000000008
Плательщик=ООО «Скорозвон»
ПлательщикИНН=7707083893
Плательщик1=ООО «Скорозвон»
ПлательщикРасчСчет=40702810400000000008
ПлательщикБанк1=ПАО Сбербанк
ПлательщикБанк2=г. Москва
ПлательщикБИК=044525225
ПлательщикКорсчет=30101810400000000225
ПлательщикКПП=773601001
ПолучательСчет=40602810700000000025
Получатель=ООО «Ромашка»
ПолучательИНН=7736050003
Получатель1=ООО «Ромашка»
ПолучательРасчСчет=40602810700000000025
ПолучательБанк1=Отделение № 9 Банка
ПолучательБанк2=
ПолучательБИК=049805746
ПолучательКорсчет=30101810000000000746
ПолучательКПП=773601001
ВидОплаты=01
Очередность=5
НазначениеПлатежа=Вознаграждение по договору № 12. НДС не облагается
КонецДокумента
КонецФайла
"""
    assert write(ORDER) == expected.replace("\n", "\r\n").encode("cp1251")


def test_a_file_is_windows_1251_with_crlf_and_nothing_after_its_end() -> None:
    content = write(ORDER)
    assert content.startswith(b"1CClientBankExchange\r\n\xc2\xe5\xf0\xf1\xe8\xff\xd4\xee\xf0\xec\xe0\xf2\xe0=1.03\r\n")
    assert content.endswith(b"\r\n\xca\xee\xed\xe5\xf6\xd4\xe0\xe9\xeb\xe0\r\n")
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n") == 39


def test_the_same_orders_give_the_same_bytes() -> None:
    assert write(ORDER) == write(ORDER)


def test_the_header_spans_the_days_of_all_orders() -> None:
    orders = [
        replace(ORDER, number=number, on=dt.date(2026, 12, day)) for number, day in ((1, 9), (2, 21), (3, 3), (4, 9))
    ]
    header = Header.from_text(universal(write(*orders)))
    assert (header.filter_date_since, header.filter_date_till) == (dt.date(2026, 12, 3), dt.date(2026, 12, 21))


def test_an_independent_reader_finds_the_header() -> None:
    header = Header.from_text(universal(write(ORDER)))
    assert (header.format_version, header.encoding, header.sender) == ("1.03", "Windows", "Скорозвон Партнёры")
    assert (header.creation_date, header.creation_time) == (dt.date(2026, 12, 1), dt.time(2, 30, 5))
    assert (header.filter_account_numbers, header.filter_document_types) == (SKOROZVON.account, "Платежное поручение")


def test_an_independent_reader_finds_the_orders_in_their_order() -> None:
    other = replace(ORDER, number=8, amount_kopecks=5, receiver=PETROV, purpose="Вознаграждение за ноябрь")
    first, second = documents(write(ORDER, other))
    assert (first.number, first.date, first.amount) == ("7", dt.date(2026, 12, 1), Decimal("1234.05"))
    assert (second.number, second.amount) == ("8", Decimal("0.05"))
    assert (second.payer.account, second.payer.name, second.payer.bank_bic) == (
        SKOROZVON.account, SKOROZVON.name, SKOROZVON.bik,
    )  # fmt: skip
    assert (second.receiver.account, second.receiver.account_number) == (PETROV.account, PETROV.account)
    assert (second.receiver.name, second.receiver.inn) == ("ИП Петров Пётр", "500100732259")
    assert (second.receiver.bank_1_name, second.receiver.bank_2_city) == ("АО «ТБанк»", "г. Москва")
    assert (second.receiver.bank_bic, second.receiver.bank_corr_account) == (PETROV.bik, PETROV.corr_account)
    assert (second.payment.operation_type, second.special.priority) == ("01", "5")
    assert second.payment.purpose == "Вознаграждение за ноябрь"


def test_an_entrepreneur_has_an_empty_kpp() -> None:
    (document,) = documents(write(replace(ORDER, receiver=PETROV)))
    assert (document.tax.payer_kpp, document.tax.receiver_kpp) == ("773601001", None)


@pytest.mark.parametrize(
    ("kopecks", "written"),
    [(1, "0.01"), (10, "0.10"), (100, "1.00"), (200_000, "2000.00"), (123_456_789_012, "1234567890.12")],
)
def test_a_sum_has_a_dot_and_two_decimals(kopecks: int, written: str) -> None:
    assert f"\r\nСумма={written}\r\n".encode("cp1251") in write(replace(ORDER, amount_kopecks=kopecks))


def test_orders_may_come_from_a_generator() -> None:
    content = bank_file.write(
        (replace(ORDER, number=number) for number in (1, 2)),
        payer=SKOROZVON, sender="Скорозвон", version="1.03", made_at=MADE_AT,
    )  # fmt: skip
    assert [document.number for document in documents(content)] == ["1", "2"]


# --- Limits ---------------------------------------------------------------------------------------------------------


def test_a_name_of_160_characters_is_written_whole_and_a_longer_one_is_refused() -> None:
    assert written_name("Я" * 160) == "Я" * 160
    assert str(refusal(with_receiver(name="Я" * 161))) == (
        "Поручение № 7, наименование получателя: длиннее 160 знаков: 161. Укажите краткое наименование, как в реестре."
    )
    assert refusal(with_receiver(bank_name="Я" * 161)).field == "название банка получателя"
    assert refusal(with_receiver(bank_city="Я" * 161)).field == "город банка получателя"


@pytest.mark.parametrize(
    ("form", "short"),
    [
        ("Общество с ограниченной ответственностью", "ООО"),
        ("ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО", "ПАО"),
        ("Непубличное акционерное общество", "Непубличное АО"),
        ("Индивидуальный предприниматель", "ИП"),
    ],
)
def test_a_long_name_is_written_with_its_legal_form_abbreviated(form: str, short: str) -> None:
    fits = "Я" * (160 - len(form) - 1)
    assert written_name(f"{form} {fits}") == f"{form} {fits}"
    assert written_name(f"{form} {fits}Ю") == f"{short} {fits}Ю"


def test_a_purpose_of_210_characters_is_written_whole_and_a_longer_one_is_refused() -> None:
    (document,) = documents(write(replace(ORDER, purpose="Я" * 210)))
    assert document.payment.purpose == "Я" * 210
    assert refusal(replace(ORDER, purpose="Я" * 211)).reason == "длиннее 210 знаков: 211. Сократите текст."
    assert refusal(replace(ORDER, purpose="Я" * 209 + "₽")).reason == "длиннее 210 знаков: 213. Сократите текст."


@pytest.mark.parametrize("empty", ["", " ", "\r\n", "\u200b\u00ad\0"])
def test_what_has_to_be_there_may_not_be_empty(empty: str) -> None:
    for order in (with_receiver(name=empty), with_receiver(bank_name=empty), replace(ORDER, purpose=empty)):
        assert refusal(order).reason == "здесь пусто. Заполните это поле."


@pytest.mark.parametrize("kopecks", [0, -1])
def test_nothing_is_no_sum(kopecks: int) -> None:
    assert str(refusal(replace(ORDER, amount_kopecks=kopecks))) == "Поручение № 7, сумма: должна быть больше нуля."


def test_a_number_of_an_order_has_up_to_six_digits() -> None:
    assert [document.number for document in documents(write(replace(ORDER, number=999_999)))] == ["999999"]
    for number in (0, -1, 1_000_000):
        assert refusal(replace(ORDER, number=number)).field == "номер"


def test_a_file_without_orders_is_not_written() -> None:
    with pytest.raises(NothingToWrite):
        write()


# --- The purpose ----------------------------------------------------------------------------------------------------

CONTRACT = "Вознаграждение по договору № 12 от 01.10.2026"
VAT = "В том числе НДС 20 %: 31,25 ₽"


def test_a_short_purpose_is_its_parts_in_a_row() -> None:
    assert bank_file.purpose(CONTRACT, "за октябрь 2026.", VAT) == (
        "Вознаграждение по договору № 12 от 01.10.2026 за октябрь 2026. В том числе НДС 20 %: 31,25 руб."
    )
    assert bank_file.purpose(CONTRACT, "", VAT) == f"{CONTRACT} В том числе НДС 20 %: 31,25 руб."


def test_a_long_purpose_loses_whole_words_of_its_middle_and_never_vat() -> None:
    middle = "за привлечение клиентов: " + ", ".join(f"ООО «Клиент {number}»" for number in range(20))
    written = bank_file.purpose(CONTRACT, middle, VAT)
    assert written == (
        "Вознаграждение по договору № 12 от 01.10.2026 за привлечение клиентов: ООО «Клиент 0», ООО «Клиент 1», "
        "ООО «Клиент 2», ООО «Клиент 3», ООО «Клиент 4», ООО «Клиент 5», ООО В том числе НДС 20 %: 31,25 руб."
    )


def test_a_middle_keeps_the_words_that_fit_exactly_and_no_sign_that_waited_for_the_next() -> None:
    kept = "за октябрь 2026, " + "Я" * (210 - len(f"{CONTRACT} за октябрь 2026,  НДС не облагается"))
    assert bank_file.purpose(CONTRACT, f"{kept} Ю", "НДС не облагается") == f"{CONTRACT} {kept} НДС не облагается"
    assert bank_file.purpose(CONTRACT, f"{kept}Ю", "НДС не облагается") == (
        f"{CONTRACT} за октябрь 2026 НДС не облагается"
    )


def test_a_purpose_without_room_for_its_middle_goes_without() -> None:
    ending = "Я" * (210 - len(CONTRACT) - 1)
    assert bank_file.purpose(CONTRACT, "за октябрь", ending) == f"{CONTRACT} {ending}"
    with pytest.raises(CannotBeWritten):
        bank_file.purpose(CONTRACT, "за октябрь", ending + "Я")


@given(middle=st.text("аб ,;:(«№–—-₽\u00a0", max_size=300), ending=st.text("я", min_size=1, max_size=150))
def test_a_purpose_is_at_most_210_characters_and_ends_as_it_was_given(middle: str, ending: str) -> None:
    written = bank_file.purpose(CONTRACT, middle, ending)
    assert len(written) <= 210
    assert written.startswith(CONTRACT)
    assert written.endswith(f" {ending}")
    (document,) = documents(write(replace(ORDER, purpose=written)))
    assert document.payment.purpose == written
