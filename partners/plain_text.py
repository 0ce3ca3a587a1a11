"""Texts that people type: what can be seen and read, and nothing that hides or turns the letters around it."""

import unicodedata

from django.core.exceptions import ValidationError

_REFUSED = {"Cc", "Cf", "Cn", "Co", "Cs"}
# Line breaks and tabs; what joins emoji into one and what only hyphenates. A null byte Django's own fields refuse.
_ALLOWED = set("\n\r\t\u200d\u00ad\0")


def check(text: str) -> None:
    """A validator for text fields. Raises ValidationError for control, invisible, bidi and unassigned characters."""
    if any(unicodedata.category(character) in _REFUSED and character not in _ALLOWED for character in text):
        raise ValidationError("В тексте есть невидимый знак. Сотрите это поле и наберите его заново, не вставляя.")
