"""Money is whole kopecks everywhere inside; roubles appear only where a person or another system reads them."""

import re

_ROUBLES = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?", re.ASCII)
_UNIT = re.compile(r"(₽|руб(\.|лей)?|р\.?)$", re.IGNORECASE)
_NARROW_SPACE = "\u202f"
_MINUS = "\u2212"


class NotRoubles(ValueError):
    """The text is no sum of roubles with at most two decimals."""


def from_roubles(text: str) -> int:
    """Kopecks of a decimal string of another system: '12500.00' → 1250000, '-0.5' → -50. Raises NotRoubles."""
    match = _ROUBLES.fullmatch(text)
    if match is None:
        raise NotRoubles(text)
    sign, roubles, decimals = match.groups()
    kopecks = int(roubles) * 100 + int((decimals or "0").ljust(2, "0"))
    return -kopecks if sign else kopecks


def from_typed(text: str) -> int:
    """Kopecks of a sum as people type it: ' 12 500,5 руб.' → 1250050. Raises NotRoubles."""
    return from_roubles(_UNIT.sub("", "".join(text.split())).replace(",", "."))


def split_for_display(kopecks: int) -> tuple[str, str]:
    """A sum as people read it, in its two sizes: -123450 → ('−1 234', ',50 ₽')."""
    roubles, rest = divmod(abs(kopecks), 100)
    grouped = f"{roubles:,}".replace(",", _NARROW_SPACE)
    return (_MINUS if kopecks < 0 else "") + grouped, f",{rest:02}{_NARROW_SPACE}₽"


def roubles(kopecks: int) -> str:
    """A sum as people read it: 123450 → '1 234,50 ₽'."""
    return "".join(split_for_display(kopecks))


def in_text(kopecks: int) -> str:
    """A sum within a sentence, where whole roubles need no kopecks: 300000 → '3 000 ₽'."""
    return roubles(kopecks).replace(",00", "")
