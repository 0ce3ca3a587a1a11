"""Payment orders as a file for the bank's client program, in the format 1CClientBankExchange.

Plain data in, bytes out; the same data always give the same bytes. Names come from strangers: whatever they hold, there
are as many orders in the file as were given, each with its own sum and account, or there is no file.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from partners import months

_LONGEST_NAME = 160
_LONGEST_PURPOSE = 210
_PURPOSE = "назначение платежа"
_LAST_NUMBER = 999_999  # six digits are what an order has room for
_KIND = "Платежное поручение"
_KEYWORDS = [
    keyword.casefold()
    for keyword in (
        "1CClientBankExchange",
        "СекцияРасчСчет",
        "КонецРасчСчет",
        "СекцияДокумент",
        "КонецДокумента",
        "КонецФайла",
    )
]
# What is typed or copied although windows-1251 lacks it. Dashes and spaces of all kinds: see _tidy.
_INSTEAD = str.maketrans(
    {"₽": "руб.", "\u2212": "-", "\u2032": "'", "\u02bc": "'", "\u201b": "'", "\u2033": '"', "\u201f": '"', "×": "x"}
)
_LEGAL_FORMS = [
    (re.compile(rf"\b{words}\b", re.IGNORECASE), short)
    for words, short in (
        ("общество с ограниченной ответственностью", "ООО"),
        ("публичное акционерное общество", "ПАО"),
        ("открытое акционерное общество", "ОАО"),
        ("закрытое акционерное общество", "ЗАО"),
        ("акционерное общество", "АО"),
        ("автономная некоммерческая организация", "АНО"),
        ("индивидуальный предприниматель", "ИП"),
    )
]


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who pays or is paid. Numbers are bare, as `partners.requisites` stores them; an ИП has no `kpp`."""

    name: str
    inn: str
    kpp: str = ""
    account: str
    bank_name: str
    bank_city: str = ""
    bik: str
    corr_account: str


@dataclass(frozen=True, kw_only=True)
class PaymentOrder:
    """One payment. The bank's statement names it by `number`."""

    number: int
    on: dt.date
    amount_kopecks: int
    receiver: Party
    purpose: str


class NothingToWrite(Exception):
    """No orders, so no file."""


class CannotBeWritten(Exception):
    """A value has no place in the file. `field` names it, str() says in Russian where it is and what to do.

    `number` is that of the order; None where the file as a whole is meant. `value` is as it was given, not fit for
    printing.
    """

    number: int | None = None

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(field, value, reason)
        self.field = field
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        field = self.field[0].upper() + self.field[1:] if self.number is None else self.field
        return f"{'' if self.number is None else f'Поручение № {self.number}, '}{field}: {self.reason}"


def write(orders: Iterable[PaymentOrder], *, payer: Party, sender: str, version: str, made_at: dt.datetime) -> bytes:
    """The file of these orders, in their order, all paid from one account. `made_at` is written in Moscow time.

    Raises NothingToWrite, or CannotBeWritten for the first value that the file can't hold as it is meant.

    A name over 160 characters has its legal form abbreviated («ООО»), which changes nothing. If that isn't enough it is
    refused and never cut: the bank compares the name with the holder of the account, so a stump comes back unpaid days
    later, and two branches of one house can begin alike. Whoever enters it knows the short name of the register.
    A purpose over 210 characters is refused too, because VAT is named at its end; see `purpose`.
    """
    paying = _party("Плательщик", "плательщика", payer)
    documents, days = [], []
    for order in orders:
        try:
            documents += _document(order, paying)
        except CannotBeWritten as refusal:
            refusal.number = order.number
            raise
        days.append(order.on)
    if not documents:
        raise NothingToWrite
    made_at = made_at.astimezone(months.MOSCOW)
    header = [
        "1CClientBankExchange",
        f"ВерсияФормата={_filled('версия формата', version)}",
        "Кодировка=Windows",
        f"Отправитель={_filled('программа-отправитель', sender)}",
        f"ДатаСоздания={_date(made_at)}",
        f"ВремяСоздания={made_at:%H:%M:%S}",
        f"ДатаНачала={_date(min(days))}",
        f"ДатаКонца={_date(max(days))}",
        f"РасчСчет={payer.account}",
        f"Документ={_KIND}",
    ]
    return "".join(f"{line}\r\n" for line in [*header, *documents, "КонецФайла"]).encode("cp1251")


def purpose(beginning: str, middle: str, ending: str) -> str:
    """The parts as one purpose of at most 210 characters. Whole words of `middle` give way, from its end.

    So the contract at the beginning and VAT at the end always stay. Raises CannotBeWritten if those two alone are
    too long, or if a part holds what a file can't.
    """
    start, between, end = (_tidy(_PURPOSE, part) for part in (beginning, middle, ending))
    room = _LONGEST_PURPOSE - len(start) - len(end) - 2
    if len(between) > room:
        between = between[: max(room + 1, 0)].rpartition(" ")[0].rstrip(" ,;:(«№–—-")
    return _filled(_PURPOSE, f"{start} {between} {end}", limit=_LONGEST_PURPOSE)


def _document(order: PaymentOrder, paying: list[str]) -> list[str]:
    if not 0 < order.number <= _LAST_NUMBER:
        raise CannotBeWritten("номер", str(order.number), f"должен быть от 1 до {_LAST_NUMBER}.")
    if order.amount_kopecks <= 0:
        raise CannotBeWritten("сумма", str(order.amount_kopecks), "должна быть больше нуля.")
    return [
        f"СекцияДокумент={_KIND}",
        f"Номер={order.number}",
        f"Дата={_date(order.on)}",
        f"Сумма={order.amount_kopecks // 100}.{order.amount_kopecks % 100:02}",
        *paying,
        *_party("Получатель", "получателя", order.receiver),
        "ВидОплаты=01",
        "Очередность=5",
        f"НазначениеПлатежа={_filled(_PURPOSE, order.purpose, limit=_LONGEST_PURPOSE)}",
        "КонецДокумента",
    ]


def _party(who: str, whose: str, party: Party) -> list[str]:
    name = _name(f"наименование {whose}", party.name)
    inn = _number(f"ИНН {whose}", party.inn, r"[0-9]{10}|[0-9]{12}", "10 или 12 цифр")
    kpp = _number(f"КПП {whose}", party.kpp, r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", "9 знаков") if party.kpp else ""
    account = _number(f"счёт {whose}", party.account, r"[0-9]{20}", "20 цифр")
    bank_name = _name(f"название банка {whose}", party.bank_name)
    bank_city = _filled(f"город банка {whose}", party.bank_city, limit=_LONGEST_NAME) if party.bank_city else ""
    bik = _number(f"БИК {whose}", party.bik, r"[0-9]{9}", "9 цифр")
    corr_account = _number(f"корсчёт {whose}", party.corr_account, r"[0-9]{20}", "20 цифр")
    return [
        f"{who}Счет={account}",
        f"{who}={name}",
        f"{who}ИНН={inn}",
        f"{who}1={name}",
        f"{who}РасчСчет={account}",
        f"{who}Банк1={bank_name}",
        f"{who}Банк2={bank_city}",
        f"{who}БИК={bik}",
        f"{who}Корсчет={corr_account}",
        f"{who}КПП={kpp}",
    ]


def check_name(field: str, value: str) -> None:
    """Whether a file will hold this name of a company or a bank, asked while its owner can still put it right.

    Raises CannotBeWritten.
    """
    _filled(field, value, limit=_LONGEST_NAME)


def _name(field: str, value: str) -> str:
    name = _filled(field, value)
    for words, short in _LEGAL_FORMS:
        if len(name) > _LONGEST_NAME:
            name = words.sub(short, name)
    if len(name) > _LONGEST_NAME:
        raise CannotBeWritten(
            field, value, f"длиннее {_LONGEST_NAME} знаков: {len(name)}. Укажите краткое наименование, как в реестре."
        )
    return name


def _filled(field: str, value: str, *, limit: int | None = None) -> str:
    text = _tidy(field, value)
    if not text:
        raise CannotBeWritten(field, value, "здесь пусто. Заполните это поле.")
    if limit is not None and len(text) > limit:
        raise CannotBeWritten(field, value, f"длиннее {limit} знаков: {len(text)}. Сократите текст.")
    return text


def _number(field: str, value: str, form: str, wanted: str) -> str:
    if not re.fullmatch(form, value):
        raise CannotBeWritten(field, value, f"здесь должно быть {wanted}. Исправьте реквизиты.")
    return value


def _date(day: dt.date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def _tidy(field: str, value: str) -> str:
    """The text on one line, in characters of windows-1251. Raises CannotBeWritten where the file can't hold it.

    Line ends and all kinds of spaces become one space, all kinds of dashes a hyphen, what can't be seen is left out.
    """
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in value
        if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf")
    )
    dashed = "".join(
        "-" if unicodedata.category(sign) == "Pd" and sign not in "–—" else sign for sign in seen.translate(_INSTEAD)
    )
    text = unicodedata.normalize("NFC", " ".join(dashed.split()))
    # A reader may look for its keywords anywhere in a line. Nor does a tab or an invisible sign within one hide it.
    bare = "".join(sign for sign in value if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    for form in (text.casefold(), unicodedata.normalize("NFKC", bare).casefold()):
        for keyword in _KEYWORDS:
            if keyword in form:
                raise CannotBeWritten(field, value, "здесь служебное слово банковского файла. Исправьте текст.")
    try:
        text.encode("cp1251")
    except UnicodeEncodeError as error:
        sign = text[error.start]
        shown = f"«{sign}» (U+{ord(sign):04X})" if sign.isprintable() else f"U+{ord(sign):04X}"
        raise CannotBeWritten(field, value, f"знака {shown} нет в кодировке банковского файла. Уберите его.") from None
    return text
