"""Phone numbers: written as people do, kept as E.164, shown in groups. Without a country code they are Russian."""

import re
import unicodedata

import phonenumbers

_SIGNS = re.compile(r"[\d ()+.\-\u2010-\u2015\u2212]+")
_HOME = "RU"


class NotAPhone(ValueError):
    """The text is no phone number; its only argument says so in Russian and what to do."""


def from_text(text: str) -> str:
    """One number as it is to be stored: '8 (916) 123 45 67' → '+79161234567', '+375 29 123-45-67' → '+375291234567'.

    Raises NotAPhone, also for an extension or a second number, which would be lost.
    """
    # What is copied comes with narrow spaces, and from a messenger wrapped in invisible direction marks.
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    typed = " ".join(unicodedata.normalize("NFKC", visible).split())
    if not typed:
        raise NotAPhone("Укажите номер телефона.")
    if not _SIGNS.fullmatch(typed):
        raise NotAPhone("Оставьте один номер без слов и добавочного, например +7 916 123-45-67.")
    try:
        number = phonenumbers.parse(typed, _HOME)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise NotAPhone(
            "Такого номера нет. Проверьте цифры: российский номер пишут с кодом города или оператора, "
            "например +7 916 123-45-67, иностранный — с плюса и кода страны."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown(stored: str) -> str:
    """A stored number as people read it: '+79161234567' → '+7 916 123-45-67'; what is no number stays as it is."""
    try:
        number = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored  # taken over from elsewhere, before numbers were checked
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
