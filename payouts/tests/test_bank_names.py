"""Names in the bank's file: spelt in windows-1251 or refused, and never more than a name."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payouts import bank_statement
from payouts.bank_file import CannotBeWritten, Party, PaymentOrder
from payouts.tests.test_bank_file import (
    ORDER,
    PETROV,
    ROMASHKA,
    SKOROZVON,
    documents,
    refusal,
    with_receiver,
    write,
    written_name,
)

HEADER_KEYS = [
    "1CClientBankExchange", "ВерсияФормата", "Кодировка", "Отправитель", "ДатаСоздания", "ВремяСоздания", "ДатаНачала",
    "ДатаКонца", "РасчСчет", "Документ",
]  # fmt: skip
PARTY_KEYS = ["Счет", "", "ИНН", "1", "РасчСчет", "Банк1", "Банк2", "БИК", "Корсчет", "КПП"]
DOCUMENT_KEYS = [
    "СекцияДокумент", "Номер", "Дата", "Сумма",
    *(f"Плательщик{key}" for key in PARTY_KEYS), *(f"Получатель{key}" for key in PARTY_KEYS),
    "ВидОплаты", "Очередность", "НазначениеПлатежа", "КонецДокумента",
]  # fmt: skip


# --- What windows-1251 lacks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Скидка 5 ₽", "Скидка 5 руб."),
        ("Ямало\u2011Ненецкий", "Ямало-Ненецкий"),
        ("А\u2010Б\u2012В\u2015Г\u2212Д\ufe63Е\uff0dЖ", "А-Б-В-Г-Д-Е-Ж"),
        ("А – Б — В", "А – Б — В"),
        ("ООО\u202f«Ромашка»", "ООО «Ромашка»"),
        ("ООО\u00a0\u2009\u3000«Ромашка»", "ООО «Ромашка»"),
        ("«Ель» „Ёж“ “Ива” ‘Юг’ №1 € § …", "«Ель» „Ёж“ “Ива” ‘Юг’ №1 € § …"),
        ("3\u20325\u2033 О\u02bcКоннор ‟Ива”", "3'5\" О'Коннор \"Ива”"),
        ("2×2", "2x2"),
        ("И\u0306огурт Е\u0308лка", "Йогурт Ёлка"),
        ("И\u200b\u0306огурт", "Йогурт"),
        ("Ро\u00adма\u200bш\ufeffка\u2060", "Ромашка"),
        ("\u202eООО Ромашка\u202c", "ООО Ромашка"),
        ("  ООО   Ромашка  ", "ООО Ромашка"),
        ("ООО\tРомашка", "ООО Ромашка"),
        ("ООО Ромашка\r\n", "ООО Ромашка"),
        ("ООО\r\nРомашка\rи\nсыновья", "ООО Ромашка и сыновья"),
        ("ООО\x85Ромашка\u2028и\u2029К\x0b\x0c\x1c\x1d\x1e\x1fº".rstrip("º"), "ООО Ромашка и К"),
        ("ООО\0 Ро\x07ма\x7fшка\x9f", "ООО Ромашка"),
        ("ООО =Ромашка=", "ООО =Ромашка="),
        ("Сумма=1.00", "Сумма=1.00"),
    ],
)
def test_a_name_is_written_as_a_person_would_type_it(name: str, written: str) -> None:
    assert written_name(name) == written


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ООО Ромашка 🌼", "«🌼» (U+1F33C)"),
        ("ООО Café", "«é» (U+00E9)"),
        ("Қазақстан", "«Қ» (U+049A)"),
        ("株式会社", "«株» (U+682A)"),
        ("Рома\u0301шка", "«\u0301» (U+0301)"),
        ("Ромашка \ud800", "U+D800"),
        ("Ромашка \ue000", "U+E000"),
        ("１２", "«１» (U+FF11)"),
    ],
)
def test_any_other_sign_is_refused_with_the_field_that_holds_it(name: str, shown: str) -> None:
    refused = refusal(with_receiver(name=name))
    assert (refused.field, refused.value, refused.number) == ("наименование получателя", name, 7)
    assert str(refused) == (
        f"Поручение № 7, наименование получателя: знака {shown} нет в кодировке банковского файла. Уберите его."
    )


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (with_receiver(bank_name="Банк 🌼"), "название банка получателя"),
        (with_receiver(bank_city="🌼"), "город банка получателя"),
        (replace(ORDER, purpose="🌼"), "назначение платежа"),
    ],
)
def test_a_refusal_names_its_field(order: PaymentOrder, field: str) -> None:
    assert refusal(order).field == field


def test_a_refusal_of_the_payer_or_the_header_names_no_order() -> None:
    refused = refusal(ORDER, payer=replace(SKOROZVON, name="Скорозвон 🌼"))
    assert str(refused).startswith("Наименование плательщика: знака «🌼»")
    assert str(refusal(ORDER, sender="🌼")).startswith("Программа-отправитель: знака «🌼»")


# --- Hostile names --------------------------------------------------------------------------------------------------

KEYWORDS = [
    "1CClientBankExchange", "СекцияРасчСчет", "КонецРасчСчет", "СекцияДокумент", "КонецДокумента", "КонецФайла",
]  # fmt: skip
REFUSED = "здесь служебное слово банковского файла. Исправьте текст."
INJECTION = (
    "ООО Ромашка\r\nКонецДокумента\r\nСекцияДокумент=Платежное поручение\r\nНомер=1\r\nСумма=1000000.00\r\n"
    "ПолучательСчет=40702810900000000666"
)


@pytest.mark.parametrize(
    "name",
    [
        INJECTION,
        INJECTION.replace("\r\n", "\u2028"),
        INJECTION.replace("\r\n", "\x85"),
        *KEYWORDS,
        "ООО «КОНЕЦФАЙЛА»",
        "конецфайла",
        "1cclientbankexchange",
        "Коне\u200bцДокумента",
        "Коне\0цДокумента",
        "Конец\tФайла",
        "Конец\r\nФайла",
        "Конец\u2028Файла",
        "Конец\u00adФайла",
        "Конец\ufeffФайла",
        "Конец\u2066Фа\u202eйла",
        "КонецФаи\u0306ла",
        "КонецФаи\u200b\u0306ла",
        "１CClientBankExchange",
        "1CClientBan\u212aExchange",
        "𝟏CClient𝐁ankExchange",
        "1CClientBankE×change",
        "1ⅭClientBankExchange",
        "Конец\ud800Файла",
    ],
)
def test_a_keyword_of_the_format_is_refused_however_it_is_hidden(name: str) -> None:
    for order in (with_receiver(name=name), with_receiver(bank_name=name), replace(ORDER, purpose=name)):
        assert refusal(order).reason == REFUSED
    assert refusal(ORDER, sender=name).reason == REFUSED


@pytest.mark.parametrize("name", ["АНО «Секция документального кино»", "ООО «Конец Файла»", "Секция", "РасчСчет"])
def test_words_that_only_resemble_a_keyword_are_nobodys_fault(name: str) -> None:
    assert written_name(name) == name


@pytest.mark.parametrize("number", ["40602810700000000025\r\nСумма=1", "4060281070000000002", "٤" * 20, "", " " * 20])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    for field, named in (
        ("account", "счёт получателя"), ("corr_account", "корсчёт получателя"),
        ("bik", "БИК получателя"), ("inn", "ИНН получателя"),
    ):  # fmt: skip
        refused = refusal(with_receiver(**{field: number}))
        assert (refused.field, refused.reason[:17]) == (named, "здесь должно быть")
    assert refusal(with_receiver(kpp=number or "1")).field == "КПП получателя"


# --- Whatever the names ---------------------------------------------------------------------------------------------

CONTROLS = st.text(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp"]), max_size=3)
# Of windows-1251, controls and the missing 0x98 aside.
PRINTABLE = st.text(
    st.sampled_from(bytes(byte for byte in range(32, 256) if byte not in (0x7F, 0x98)).decode("cp1251")), max_size=20
)
HOSTILE = st.sampled_from([*KEYWORDS, *DOCUMENT_KEYS, "\r\n", "🌼", "₽"])
KEYS = st.sampled_from([f"{key}=1" for key in (*HEADER_KEYS[1:], *DOCUMENT_KEYS[1:-1])])


def joined(*pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(pieces), max_size=4).map("".join)


def orders(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[PaymentOrder]]:
    """One to four orders, whose names and purposes are such texts."""
    return st.lists(
        st.builds(
            PaymentOrder,
            number=st.integers(1, 999_999),
            on=st.dates(dt.date(2020, 1, 1), dt.date(2099, 12, 31)),
            amount_kopecks=st.integers(1, 10**12),
            receiver=st.builds(
                Party,
                name=texts,
                inn=st.sampled_from([ROMASHKA.inn, PETROV.inn]),
                kpp=st.sampled_from(["", ROMASHKA.kpp]),
                account=st.text("0123456789", min_size=20, max_size=20),
                bank_name=texts,
                bank_city=texts,
                bik=st.just(ROMASHKA.bik),
                corr_account=st.just(ROMASHKA.corr_account),
            ),
            purpose=texts,
        ),
        min_size=1,
        max_size=4,
    )


def everyone_reads(content: bytes, given_orders: list[PaymentOrder]) -> None:
    """The independent reader and ours find these orders, and nobody finds a line or a field more."""
    facts = [(str(each.number), each.on, each.amount_kopecks, each.receiver.account) for each in given_orders]
    assert [(each.number, each.date, each.amount * 100, each.receiver.account) for each in documents(content)] == facts
    ours = bank_statement.read(content)
    assert [(each.number, each.on, each.amount_kopecks, each.receiver_account) for each in ours.orders] == facts
    assert [*ours.accounts, *{each.payer_account for each in ours.orders}] == [SKOROZVON.account] * 2
    # Wherever a reader believes that lines end.
    keys = [*HEADER_KEYS, *DOCUMENT_KEYS * len(given_orders), "КонецФайла"]
    assert [line.partition("=")[0] for line in content.decode("cp1251").splitlines()] == keys
    assert [line.partition(b"=")[0].decode("cp1251") for line in content.splitlines()] == keys


@given(given_orders=orders(joined(PRINTABLE, KEYS, CONTROLS, st.just("\r\n")).map("Я{}".format)))
def test_any_text_of_windows_1251_is_written_and_adds_nothing(given_orders: list[PaymentOrder]) -> None:
    content = write(*given_orders)
    everyone_reads(content, given_orders)
    for order, document in zip(given_orders, documents(content), strict=True):
        assert document.receiver.name.startswith("Я")
        assert document.payment.purpose.startswith("Я")
        # Written again, what was read stays as it is.
        name = document.receiver.name
        assert written_name(name) == name
        assert document.receiver.inn == order.receiver.inn


@given(given_orders=orders(joined(st.text(max_size=20), PRINTABLE, CONTROLS, HOSTILE)))
@example(given_orders=[ORDER, with_receiver(name=INJECTION)])
@example(given_orders=[ORDER, replace(ORDER, number=8, receiver=PETROV)])
def test_any_text_at_all_is_refused_or_adds_nothing(given_orders: list[PaymentOrder]) -> None:
    try:
        content = write(*given_orders)
    except CannotBeWritten:
        return
    everyone_reads(content, given_orders)
