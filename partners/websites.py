"""«Профиль в социальных сетях / сайт»: kept as people write it, and checked gently."""

import re

from django.core.exceptions import ValidationError

# 'javascript:…', 'ftp://…'; neither a port ('site.ru:8080') nor words with a colon ('Телеграм: @anna').
_SCHEME = re.compile(r"(?<![\w.-])([a-z][a-z0-9+.-]*):(?=//|[^\s\d])", re.IGNORECASE)
_ADDRESS = re.compile(r"\w\.\w|@\w")


def check(text: str) -> None:
    """A validator. Raises ValidationError for what holds no address or name, or a scheme other than http and https."""
    schemes = {scheme.lower() for scheme in _SCHEME.findall(text)}
    if schemes - {"http", "https"} or not _ADDRESS.search(text):
        raise ValidationError("Это не похоже на адрес. Напишите, например, t.me/anna, @anna или https://anna.ru.")
