"""A bank's statement: as a whole, in any of its dialects, or not at all."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts import bank_statement
from payouts.bank_statement import CannotBeRead, NotABankFile, PaidOrder

STATEMENT = """\
1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
Отправитель=Банк
Получатель=Скорозвон
ДатаСоздания=03.12.2026
ВремяСоздания=08:00:00
ДатаНачала=01.12.2026
ДатаКонца=02.12.2026
РасчСчет=40702810400000000008
СекцияРасчСчет
ДатаНачала=01.12.2026
ДатаКонца=02.12.2026
РасчСчет=40702810400000000008
НачальныйОстаток=100000.00
ВсегоПоступило=500.00
ВсегоСписано=1234.05
КонечныйОстаток=99265.95
КонецРасчСчет
СекцияДокумент=Платежное поручение
Номер=7
Дата=01.12.2026
Сумма=1234.05
ПлательщикСчет=40702810400000000008
ДатаСписано=02.12.2026
Плательщик=ООО «Скорозвон»
ПлательщикИНН=7707083893
ПолучательСчет=40602810700000000025
ДатаПоступило=
Получатель=ООО «Ромашка»
ПолучательИНН=7736050003
ВидОплаты=01
НазначениеПлатежа=Вознаграждение по договору № 12. НДС не облагается
КонецДокумента
СекцияДокумент=Банковский ордер
Номер=000КОМ-1
Дата=02.12.2026
Сумма=500
ПлательщикСчет=40702810900000000666
ПолучательСчет=40702810400000000008
ДатаПоступило=02.12.2026
НазначениеПлатежа=Возврат
КонецДокумента
КонецФайла
"""
OURS = PaidOrder(
    kind="Платежное поручение",
    number="7",
    on=dt.date(2026, 12, 1),
    amount_kopecks=1_234_05,
    payer_account="40702810400000000008",
    receiver_account="40602810700000000025",
    receiver_inn="7736050003",
    purpose="Вознаграждение по договору № 12. НДС не облагается",
    executed_on=dt.date(2026, 12, 2),
)
CUT_SHORT = "здесь файл обрывается, нет строки КонецФайла. Выгрузите выписку ещё раз."


def windows(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("cp1251")


def changed(line: str, *others: str) -> bytes:
    """The statement with a line replaced by others."""
    assert STATEMENT.count(f"\n{line}\n") >= 1
    return windows(STATEMENT.replace(f"\n{line}\n", "\n" + "".join(f"{other}\n" for other in others), 1))


def first_order(content: bytes) -> PaidOrder:
    return bank_statement.read(content).orders[0]


def complaint(content: bytes) -> str:
    with pytest.raises(CannotBeRead) as refused:
        bank_statement.read(content)
    return str(refused.value)


# --- What is read ---------------------------------------------------------------------------------------------------


def test_a_statement_tells_its_accounts_its_period_and_all_documents() -> None:
    statement = bank_statement.read(windows(STATEMENT))
    assert statement.accounts == ["40702810400000000008"]
    assert (statement.starts_on, statement.ends_on) == (dt.date(2026, 12, 1), dt.date(2026, 12, 2))
    assert statement.orders == [
        OURS,
        PaidOrder(
            kind="Банковский ордер",
            number="КОМ-1",
            on=dt.date(2026, 12, 2),
            amount_kopecks=500_00,
            payer_account="40702810900000000666",
            receiver_account="40702810400000000008",
            receiver_inn="",
            purpose="Возврат",
            executed_on=None,
        ),
    ]


def test_a_statement_of_two_accounts_names_both_once() -> None:
    second = "РасчСчет=40802810900000000007"
    content = changed("СекцияРасчСчет", second, "СекцияРасчСчет", second, "КонецРасчСчет", "СекцияРасчСчет")
    assert bank_statement.read(content).accounts == ["40702810400000000008", "40802810900000000007"]


def test_an_account_within_a_document_is_none_of_the_statements() -> None:
    content = changed("Номер=7", "Номер=7", "РасчСчет=40802810900000000007")
    assert bank_statement.read(content).accounts == ["40702810400000000008"]


def test_a_statement_of_a_quiet_day_has_no_orders() -> None:
    content = windows("1CClientBankExchange\nДатаНачала=01.12.2026\nДатаКонца=01.12.2026\nКонецФайла\n")
    assert bank_statement.read(content).orders == []


def test_a_period_that_is_not_told_is_not_made_up() -> None:
    statement = bank_statement.read(windows("1CClientBankExchange\nКонецФайла"))
    assert (statement.starts_on, statement.ends_on, statement.accounts) == (None, None, [])


# --- Dialects -------------------------------------------------------------------------------------------------------

DOS = STATEMENT.replace("Кодировка=Windows", "Кодировка=DOS").replace("«", '"').replace("»", '"')
SAME_IN_EVERY = {
    "windows-1251": windows(STATEMENT),
    "line feeds alone": STATEMENT.encode("cp1251"),
    "UTF-8": STATEMENT.encode(),
    "UTF-8 with a byte order mark": STATEMENT.encode("utf-8-sig"),
    "UTF-8 that calls itself DOS": STATEMENT.replace("Кодировка=Windows", "Кодировка=DOS").encode("utf-8-sig"),
    "DOS": DOS.encode("cp866"),
    "DOS with its end of file": DOS.replace("\n", "\r\n").encode("cp866") + b"\x1a",
    "no line end at the end": STATEMENT.rstrip().encode("cp1251"),
    "trailing spaces": STATEMENT.replace("\n", " \t\r\n").encode("cp1251"),
    "spaces around the equals sign": STATEMENT.replace("=", " = ").encode("cp1251"),
    "empty lines": ("\n" + STATEMENT.replace("\n", "\n\n")).encode("cp1251"),
    "keys of its own": changed("Номер=7", "УникальныйКодБанка=1", "Номер=7", "ещё строка", "Номер2=8"),
    "a key twice alike": changed("Номер=7", "Номер=7", "Номер=7"),
    "zeros before a number": changed("Номер=7", "Номер=000007"),
    "short dates": changed("Дата=01.12.2026", "Дата=1.12.2026"),
    "the other name of the payer's account": changed(
        "ПлательщикСчет=40702810400000000008", "ПлательщикСчет=", "ПлательщикРасчСчет=40702810400000000008"
    ),
    "the other name of the receiver's account": changed(
        "ПолучательСчет=40602810700000000025", "ПолучательРасчСчет=40602810700000000025"
    ),
    "a purpose in lines": changed(
        "НазначениеПлатежа=Вознаграждение по договору № 12. НДС не облагается",
        "НазначениеПлатежа1=Вознаграждение по договору № 12.",
        "НазначениеПлатежа2=НДС не облагается",
        "НазначениеПлатежа3=",
    ),
}


@pytest.mark.parametrize("content", SAME_IN_EVERY.values(), ids=SAME_IN_EVERY)
def test_a_statement_reads_the_same_in_every_dialect(content: bytes) -> None:
    statement = bank_statement.read(content)
    assert statement.accounts == ["40702810400000000008"]
    assert statement.orders[0] == OURS
    assert [order.amount_kopecks for order in statement.orders] == [1_234_05, 500_00]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_line_ends_at_a_line_feed_and_nowhere_else(sign: str) -> None:
    content = STATEMENT.replace("Плательщик=ООО", f"Плательщик=ООО{sign}КонецДокумента{sign}Сумма=1{sign}").encode()
    assert first_order(content) == OURS


def test_somebodys_text_does_not_choose_the_encoding() -> None:
    looks_like_dos = "Кодировка=DOS".encode("cp866").decode("cp1251")
    content = changed("Плательщик=ООО «Скорозвон»", f"Плательщик={looks_like_dos}")
    assert first_order(content) == OURS


@pytest.mark.parametrize(
    ("written", "kopecks"),
    [
        ("1234", 1_234_00), ("1234.5", 1_234_50), ("1234.50", 1_234_50), ("1234,50", 1_234_50), ("1234,5", 1_234_50),
        ("1234-50", 1_234_50), ("1 234.50", 1_234_50), ("1\u00a0234,05", 1_234_05), ("0.01", 1), ("00012.00", 12_00),
        ("9999999999999999.99", 999_999_999_999_999_999),
    ],
)  # fmt: skip
def test_a_sum_is_read_in_all_its_forms(written: str, kopecks: int) -> None:
    assert first_order(changed("Сумма=1234.05", f"Сумма={written}")).amount_kopecks == kopecks


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"PK\x03\x04",
        b"%PDF-1.7\n",
        "дата;сумма\n".encode("cp1251"),
        STATEMENT.encode("utf-16"),
        windows(f"Выписка\n{STATEMENT}"),
        b"1CClientBankExchangeX\r\n\xca\xee\xed\xe5\xf6\xd4\xe0\xe9\xeb\xe0\r\n",
    ],
)
def test_a_file_of_another_kind_is_told_from_a_damaged_one(content: bytes) -> None:
    with pytest.raises(NotABankFile) as refused:
        bank_statement.read(content)
    assert str(refused.value) == (
        "Это не файл обмена с банком: он начинается не со строки 1CClientBankExchange. Выгрузите выписку для 1С."
    )


@pytest.mark.parametrize(
    "written",
    ["", "-5", "-1234.05", "1234.055", "12.34.56", "1,234.50", "1234=", "1234-5", "1e3", "руб", "9" * 17],
)
def test_a_sum_that_means_nothing_is_refused_with_its_line(written: str) -> None:
    assert complaint(changed("Сумма=1234.05", f"Сумма={written}")) == (
        f"Строка 23: непонятна сумма: «{written}». Суммы пишутся как 1234.50."
        if written
        else "Строка 23: в документе не указано «Сумма»."
    )


@pytest.mark.parametrize(
    "written", ["31.11.2026", "01.13.2026", "2026-12-01", "01.12.26", "01.12.2026 г.", "01.12.0000"]
)
def test_a_day_that_does_not_exist_is_refused_with_its_line(written: str) -> None:
    others = (("Дата=01.12.2026", 22), ("ДатаСписано=02.12.2026", 25), ("ДатаНачала=01.12.2026", 8))
    for line, number in others:
        assert complaint(changed(line, f"{line.partition('=')[0]}={written}")) == (
            f"Строка {number}: нет такой даты: «{written}». Даты пишутся как 31.12.2026."
        )


@pytest.mark.parametrize("key", ["Номер=7", "Дата=01.12.2026", "Сумма=1234.05"])
def test_a_document_without_number_day_or_sum_is_refused_with_its_first_line(key: str) -> None:
    assert complaint(changed(key)) == f"Строка 20: в документе не указано «{key.partition('=')[0]}»."


def test_two_values_of_one_key_are_refused() -> None:
    assert complaint(changed("Сумма=1234.05", "Сумма=1234.05", "Сумма=1.00")) == (
        "Строка 24: «Сумма» второй раз, и с другим значением."
    )


def test_a_document_without_its_end_is_refused() -> None:
    assert complaint(changed("КонецДокумента")) == "Строка 34: не закончен раздел, который начат в строке 20."
    assert complaint(changed("КонецРасчСчет")) == "Строка 19: не закончен раздел, который начат в строке 11."


def test_an_end_of_what_was_not_begun_is_refused() -> None:
    assert complaint(changed("СекцияРасчСчет")) == "Строка 18: «КонецРасчСчет» не на своём месте."
    assert complaint(changed("КонецРасчСчет", "КонецДокумента")) == "Строка 19: «КонецДокумента» не на своём месте."
    assert complaint(changed("Номер=7", "КонецФайла")) == "Строка 21: «КонецФайла» не на своём месте."


def test_a_file_without_its_end_is_refused() -> None:
    assert complaint(changed("КонецФайла")) == f"Строка 43: {CUT_SHORT}"


def test_two_files_in_one_are_refused() -> None:
    assert complaint(windows(STATEMENT * 2)) == "Строка 45: после строки КонецФайла есть ещё что-то."


def test_a_byte_that_means_nothing_is_refused_with_its_line() -> None:
    content = windows(STATEMENT).replace("Номер=7".encode("cp1251"), b"\x98")
    assert complaint(content) == "Строка 21: здесь знак, которого нет в кодировке Windows-1251."


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
def test_a_statement_that_breaks_off_anywhere_is_refused(encoding: str) -> None:
    content = STATEMENT.encode(encoding)
    assert bank_statement.read(content[:-1]).orders
    for length in range(len(content) - 1):
        with pytest.raises((NotABankFile, CannotBeRead)):
            bank_statement.read(content[:length])


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert "непонятна сумма: «٣»" in complaint(STATEMENT.replace("Сумма=1234.05", "Сумма=٣").encode())
    assert "нет такой даты: «٠١.12.2026»" in complaint(STATEMENT.replace("Дата=01.", "Дата=٠١.").encode())


@given(content=st.binary() | st.lists(st.sampled_from(STATEMENT.splitlines())).map("\n".join).map(windows))
def test_any_other_bytes_are_refused_and_break_nothing(content: bytes) -> None:
    with pytest.raises((NotABankFile, CannotBeRead)):
        bank_statement.read(b"1CClientBankExchange\n" + content + b"\n?")


def test_megabytes_are_read_in_seconds_whatever_they_hold() -> None:
    start, end = STATEMENT.index("СекцияДокумент"), STATEMENT.index("КонецФайла")
    many = windows(STATEMENT[:start] + STATEMENT[start:end] * 5_000 + STATEMENT[end:])
    began = time.process_time()
    assert len(bank_statement.read(many).orders) == 10_000
    for filling in ("=" * 3_000_000, "\n" * 3_000_000, " " * 3_000_000, "Номер=1\n" * 300_000, "1 " * 1_500_000):
        assert complaint(changed("Сумма=1234.05", f"Сумма={filling}x"))
    assert time.process_time() - began < 30  # a few; were it quadratic, hours
