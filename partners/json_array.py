"""One JSON array from another system, item by item: what is wrong with one item doesn't spoil the others."""

import json
import re
from collections.abc import Iterator
from typing import Any

from partners.json_lines import MAX_LINE_BYTES, BadLine, no_constant

_SPACE = re.compile(r"[ \t\n\r]*")
# Texts, so that brackets in them don't count, and brackets.
_NESTING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


class NotAnArray(Exception):
    """Not JSON, or no array; the message says why, in Russian, and holds nothing of the text."""


def items(body: bytes) -> Iterator[Any]:
    """The items, one by one; in place of one that two readers could understand in two ways, or that no line of a file
    could hold, BadLine with the reason: a repeated key, thousands of digits, too deep, too long.

    Raises NotAnArray where the body as a whole is no JSON array, at the latest when its end is reached.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotAnArray("не текст в UTF-8") from None
    try:
        yield from _items(text)
    except ValueError as error:
        raise NotAnArray(f"не JSON: {error}") from None


def _items(text: str) -> Iterator[Any]:
    at = _skip_space(text, 0)
    if text[at : at + 1] != "[":
        raise NotAnArray("нужен массив JSON")
    decoder = _Decoder()
    at = _skip_space(text, at + 1)
    is_over = text[at : at + 1] == "]"
    while not is_over:
        item, end = decoder.item(text, at)
        yield item
        at = _skip_space(text, end)
        is_over = text[at : at + 1] == "]"
        if not is_over and text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _skip_space(text, at + 1) if not is_over else at
    if _skip_space(text, at + 1) != len(text):
        raise json.JSONDecodeError("Extra data", text, at + 1)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


class _Decoder(json.JSONDecoder):
    """Reads on past what makes an item unfit, to find its end, and remembers why it is."""

    def __init__(self) -> None:
        self._flaw = ""
        super().__init__(parse_constant=no_constant, parse_int=self._int, object_pairs_hook=self._object)

    def item(self, text: str, at: int) -> tuple[Any, int]:
        """The item that begins here, or BadLine, and where it ends. Raises ValueError for what isn't JSON."""
        self._flaw = ""
        try:
            found, end = self.raw_decode(text, at)
        except RecursionError:
            self._flaw, found, end = "слишком глубокая вложенность", None, _end_of_nesting(text, at)
        if end - at > MAX_LINE_BYTES // 4 and len(text[at:end].encode()) > MAX_LINE_BYTES:
            self._flaw = f"длиннее {MAX_LINE_BYTES} байт"
        return (BadLine(self._flaw) if self._flaw else found), end

    def _int(self, digits: str) -> int:
        try:
            return int(digits)
        except ValueError:  # more of them than Python reads
            self._flaw = "слишком длинное число"
            return 0

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self._flaw = "ключ повторяется"
        return found


def _end_of_nesting(text: str, at: int) -> int:
    depth = 0
    for found in _NESTING.finditer(text, at):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise json.JSONDecodeError("Unterminated array or object", text, at)
