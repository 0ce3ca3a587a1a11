"""A bank's statement in the format 1CClientBankExchange, as banks write it: one of three encodings, any line ends.

Plain data out of bytes, in time proportional to their number. A statement is read as a whole or not at all.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

_FORMAT = "1CClientBankExchange"
_DOCUMENT, _REMAINDERS, _END = "СекцияДокумент", "СекцияРасчСчет", "КонецФайла"
# By what each part of the file ends. The header goes on between the sections, so it ends with the file.
_ENDS = {"": _END, _DOCUMENT: "КонецДокумента", _REMAINDERS: "КонецРасчСчет"}
_PURPOSES = ["НазначениеПлатежа", *(f"НазначениеПлатежа{line}" for line in range(1, 7))]
_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_SUM = re.compile(r"([0-9]{1,16})(?:[.,]([0-9]{1,2})|-([0-9]{2}))?")  # 1234.5, 1234,50 and 1234-50
# At the beginning of a line: what follows a key is somebody's text, and can look like anything.
_IN_DOS = re.compile(rb"^[ \t]*" + re.escape("Кодировка".encode("cp866")) + rb"[ \t]*=", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class PaidOrder:
    """One document that the bank has carried out. What the bank doesn't tell is empty.

    `kind` is the bank's word («Платежное поручение», «Банковский ордер»). `number` has no leading zeros and is not
    always made of digits. `executed_on` is the day on which the payer's account was debited; None where the bank only
    tells when the money came in.
    """

    kind: str
    number: str
    on: dt.date
    amount_kopecks: int
    payer_account: str
    receiver_account: str
    receiver_inn: str
    purpose: str
    executed_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What moved on these accounts in this period, both days included: outgoing and incoming, in the bank's order."""

    accounts: list[str]
    starts_on: dt.date | None
    ends_on: dt.date | None
    orders: list[PaidOrder]


class NotABankFile(Exception):
    """The file is no 1CClientBankExchange."""

    def __str__(self) -> str:
        return f"Это не файл обмена с банком: он начинается не со строки {_FORMAT}. Выгрузите выписку для 1С."


class CannotBeRead(Exception):
    """The file is damaged, or not what it says. str() tells in Russian which line, counted from 1, and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        return f"Строка {self.line}: {self.reason}"


@dataclass
class _Section:
    """A part of the file: its fields under their keys, each value with its line."""

    keyword: str  # empty: the header
    kind: str
    line: int
    fields: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def text(self, key: str) -> tuple[int, str]:
        """The line and value of that key; those of the section and '' where it is missing."""
        found = self.fields.get(key, [(self.line, "")])
        for line, value in found:
            if value != found[0][1]:
                raise CannotBeRead(line, f"«{key}» второй раз, и с другим значением.")
        return found[0]

    def required(self, key: str) -> tuple[int, str]:
        line, value = self.text(key)
        if not value:
            raise CannotBeRead(line, f"в документе не указано «{key}».")
        return line, value

    def day(self, key: str) -> dt.date | None:
        line, value = self.text(key)
        return _day(line, value) if value else None


def read(content: bytes) -> Statement:
    """The whole statement. The caller limits its size.

    Keys and lines that are not known here are passed over. Raises NotABankFile, or CannotBeRead: for what can't be
    understood, or in two ways, and for a file that breaks off.
    """
    sections = _sections(_text(content))
    accounts = [section.fields.get("РасчСчет", []) for section in sections if section.keyword != _DOCUMENT]
    return Statement(
        accounts=list(dict.fromkeys(account for found in accounts for _, account in found if account)),
        starts_on=sections[0].day("ДатаНачала"),
        ends_on=sections[0].day("ДатаКонца"),
        orders=[_order(section) for section in sections if section.keyword == _DOCUMENT],
    )


def _text(content: bytes) -> str:
    # Russian text in either old encoding is never valid UTF-8. What the file says of itself comes second: some banks
    # write UTF-8 and call it DOS.
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp866" if _IN_DOS.search(content) else "cp1251")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CannotBeRead(line, "здесь знак, которого нет в кодировке Windows-1251.") from None


def _sections(text: str) -> list[_Section]:
    """The header first, then documents and remainders as they come."""
    # Not splitlines(): for it a line also ends at characters that stand in purposes. \x1a is how DOS ends a file.
    lines = ((number, line.strip()) for number, line in enumerate(text.rstrip("\x1a").split("\n"), start=1))
    filled = ((number, line) for number, line in lines if line)
    number, first = next(filled, (1, ""))
    if first != _FORMAT:
        raise NotABankFile
    header = section = _Section(keyword="", kind="", line=number)
    sections = [header]
    has_ended = False
    for number, line in filled:
        key, value = (part.strip() for part in line.partition("=")[::2])
        if has_ended:
            raise CannotBeRead(number, f"после строки {_END} есть ещё что-то.")
        if key in (_DOCUMENT, _REMAINDERS):
            if section is not header:
                raise CannotBeRead(number, f"не закончен раздел, который начат в строке {section.line}.")
            section = _Section(keyword=key, kind=value, line=number)
            sections.append(section)
        elif key == _ENDS[section.keyword]:
            has_ended = section is header
            section = header
        elif key in _ENDS.values():
            raise CannotBeRead(number, f"«{key}» не на своём месте.")
        else:
            section.fields.setdefault(key, []).append((number, value))
    if not has_ended:
        raise CannotBeRead(number, f"здесь файл обрывается, нет строки {_END}. Выгрузите выписку ещё раз.")
    return sections


def _order(section: _Section) -> PaidOrder:
    purpose, *parts = (section.text(key)[1] for key in _PURPOSES)
    return PaidOrder(
        kind=section.kind,
        number=section.required("Номер")[1].lstrip("0"),
        on=_day(*section.required("Дата")),
        amount_kopecks=_kopecks(*section.required("Сумма")),
        # The second name is that of settlements through another account; some banks give no other.
        payer_account=section.text("ПлательщикСчет")[1] or section.text("ПлательщикРасчСчет")[1],
        receiver_account=section.text("ПолучательСчет")[1] or section.text("ПолучательРасчСчет")[1],
        receiver_inn=section.text("ПолучательИНН")[1],
        purpose=purpose or " ".join(part for part in parts if part),
        executed_on=section.day("ДатаСписано"),
    )


def _day(line: int, value: str) -> dt.date:
    found = _DATE.fullmatch(value)
    try:
        if found:
            day, month, year = map(int, found.groups())
            return dt.date(year, month, day)
    except ValueError:
        pass
    raise CannotBeRead(line, f"нет такой даты: «{value[:40]}». Даты пишутся как 31.12.2026.")


def _kopecks(line: int, value: str) -> int:
    found = _SUM.fullmatch("".join(value.split()))
    if not found:
        raise CannotBeRead(line, f"непонятна сумма: «{value[:40]}». Суммы пишутся как 1234.50.")
    roubles, short, long = found.groups()
    return int(roubles) * 100 + int(long or (short or "").ljust(2, "0"))
