"""The numbers of a legal partner's requisites: what people type in, what is stored out, or a sentence that helps.

Judged is all that a number can tell about itself: its length, its kind, its check digits; not whether it exists.
Spaces (non-breaking ones too) and hyphens may be typed anywhere.
"""

import re
import unicodedata
from collections.abc import Callable

from stdnum.ru import inn as stdnum_inn
from stdnum.ru import ogrn as stdnum_ogrn

_KPP = re.compile(r"[0-9]{4}[0-9A-Za-z]{2}[0-9]{3}", re.ASCII)
_MINUS = "\u2212"
_ACCOUNT_WEIGHTS = (7, 1, 3) * 8
_COMPANY_ACCOUNTS = (("405", "406", "407"), "компании начинается с 405, 406 или 407")
_ENTREPRENEUR_ACCOUNTS = (("40802",), "ИП начинается с 40802")
_TYPO = "Сверьте его с документом: похоже на опечатку."


class BadRequisite(ValueError):
    """One number is wrong: `field` names it, `sentence` says in Russian what is wrong and what to do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


class BadRequisites(ValueError):
    """Some numbers are wrong: `errors` maps the field of each to its sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = errors


def check(**fields: str) -> dict[str, str]:
    """`inn`, `kpp`, `ogrn`, `bik`, `account`, `corr_account` of one partner as they are to be stored.

    The ИНН tells a company (10 digits; has КПП and ОГРН) from an ИП (12; has no КПП, but ОГРНИП). A field left out
    counts as empty. Raises BadRequisites with all wrong fields at once; a slip in the БИК is one error, not three.
    """
    stored: dict[str, str] = {}
    errors: dict[str, str] = {}

    def take(field: str, checked: Callable[[str], str]) -> None:
        try:
            stored[field] = checked(fields.get(field, ""))
        except BadRequisite as error:
            errors[field] = error.sentence

    # A mistyped ИНН still tells by its length what the other numbers have to be.
    is_company = {10: True, 12: False}.get(len(_tidy(fields.get("inn", ""))))
    take("inn", inn)
    take("kpp", lambda value: kpp(value, is_company=is_company))
    take("ogrn", lambda value: ogrn(value, is_company=is_company))
    take("bik", bik)
    known_bik = stored.get("bik")
    take("account", lambda value: settlement_account(value, bik=known_bik, is_company=is_company))
    take("corr_account", lambda value: corr_account(value, bik=known_bik))
    if errors:
        raise BadRequisites(errors)
    return stored


def inn(value: str) -> str:
    """ИНН: 10 digits of a company or 12 of an ИП, with the right check digits; never only zeros."""
    number = _digits("inn", "ИНН", value, {10: "у компании", 12: "у ИП"})
    if not stdnum_inn.is_valid(number) or not int(number):
        raise BadRequisite("inn", f"Контрольные цифры ИНН не сходятся. {_TYPO}")
    return number


def kpp(value: str, *, is_company: bool | None = True) -> str:
    """КПП of a company, in capitals; an ИП has none, and '' is returned. `is_company=None`: not known, both will do."""
    code = _tidy(value)
    if not code and not is_company:
        return ""
    if is_company is False:
        raise BadRequisite("kpp", "У ИП нет КПП. Оставьте поле пустым.")
    if not code:
        raise BadRequisite("kpp", "Укажите КПП: он есть у каждой компании.")
    if not _KPP.fullmatch(code):
        raise BadRequisite(
            "kpp",
            "В КПП девять знаков: цифры, на пятом и шестом месте бывают латинские буквы. Сверьте его с документом.",
        )
    return code.upper()


def ogrn(value: str, *, is_company: bool | None) -> str:
    """ОГРН of a company (13 digits) or ОГРНИП (15). `is_company=None`: not known, both will do."""
    lengths = {13: "у компании", 15: "у ИП"}
    if is_company is not None:
        del lengths[15 if is_company else 13]
    number = _digits("ogrn", "ОГРНИП" if is_company is False else "ОГРН", value, lengths)
    if len(number) == 13:
        right = stdnum_ogrn.is_valid(number)
    else:
        # Not stdnum: it compares the whole remainder with the last digit and so refuses good numbers.
        right = number[0] in "34" and int(number[:-1]) % 13 % 10 == int(number[-1])
    if not right:
        raise BadRequisite(
            "ogrn", f"Контрольная цифра {'ОГРН' if len(number) == 13 else 'ОГРНИП'} не сходится. {_TYPO}"
        )
    return number


def bik(value: str) -> str:
    """БИК of a bank: 9 digits, the first two 04. It has no check digit."""
    number = _digits("bik", "БИК", value, {9: ""})
    if not number.startswith("04"):
        raise BadRequisite("bik", "БИК российского банка начинается с 04. Сверьте его с реквизитами банка.")
    return number


def settlement_account(value: str, *, bik: str | None, is_company: bool | None) -> str:
    """Account in roubles of a company (405–407) or an ИП (40802), with the right check digit for this bank.

    `bik=None`: not known, the check digit is not judged. `is_company=None`: not known, both kinds will do.
    """
    number = _digits("account", "расчётном счёте", value, {20: ""})
    kinds = [_COMPANY_ACCOUNTS] * (is_company is not False) + [_ENTREPRENEUR_ACCOUNTS] * (not is_company)
    if not any(number.startswith(starts) for starts, _ in kinds):
        wanted = ", ".join(words for _, words in kinds)
        raise BadRequisite("account", f"Расчётный счёт {wanted}. Укажите такой счёт: на другие не выплачиваем.")
    if number[5:8] != "810":
        raise BadRequisite("account", "Это не рублёвый счёт: шестая, седьмая и восьмая цифры должны быть 810.")
    if bik is not None and not _account_fits(number, bik[-3:]):
        raise BadRequisite("account", "Расчётный счёт не подходит к БИК. Сверьте оба номера: в одном из них опечатка.")
    return number


def corr_account(value: str, *, bik: str | None) -> str:
    """The bank's correspondent account: ends like the БИК, with the right check digit. `bik=None`: not known."""
    number = _digits("corr_account", "корреспондентском счёте", value, {20: ""})
    if bik is not None and number[-3:] != bik[-3:]:
        raise BadRequisite(
            "corr_account",
            f"Корреспондентский счёт заканчивается как БИК, на {bik[-3:]}. Сверьте оба номера с реквизитами банка.",
        )
    if bik is not None and not _account_fits(number, "0" + bik[4:6]):
        raise BadRequisite(
            "corr_account", "Корреспондентский счёт не подходит к БИК. Сверьте оба номера: в одном из них опечатка."
        )
    return number


def _account_fits(account: str, bank: str) -> bool:
    """The Bank of Russia's check: three digits of the bank before the account, weights 7, 1, 3, sum divisible by 10."""
    return sum(int(digit) * weight for digit, weight in zip(bank + account, _ACCOUNT_WEIGHTS, strict=False)) % 10 == 0


def _digits(field: str, where: str, value: str, lengths: dict[int, str]) -> str:
    """The typed number without what people type between its digits; `lengths` says how many digits whose number has."""
    number = _tidy(value)
    if not number:
        raise BadRequisite(field, "Заполните это поле: без этого номера деньги не перечислить.")
    if not (number.isascii() and number.isdigit()):
        raise BadRequisite(field, f"В {where} бывают только цифры. Уберите лишние знаки.")
    if len(number) not in lengths:
        wanted = " или ".join(f"{length} цифр {whose}".rstrip() for length, whose in lengths.items())
        raise BadRequisite(field, f"В {where} {wanted}, а здесь {len(number)}. Сверьте его с документом.")
    return number


def _tidy(value: str) -> str:
    """Without spaces, dashes of all kinds, and the invisible characters that come along when a number is copied."""
    return "".join(
        sign for sign in value if not (sign.isspace() or sign == _MINUS or unicodedata.category(sign) in ("Pd", "Cf"))
    )
