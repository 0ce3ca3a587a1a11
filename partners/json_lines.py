"""Files of JSON Lines from other systems: one JSON object a line, read in flat memory, strict about what JSON is."""

import json
from collections.abc import Iterator
from typing import IO, Any

MAX_LINE_BYTES = 65_536


class BadLine(Exception):
    """The line is no JSON; the message says why, in Russian."""


def lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """(line number, line) of every line that is not blank; of one that is too long, no more than its beginning."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 2):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.strip()
        if line:
            yield number, line


def parse(line: bytes) -> Any:
    """The value of one line. Raises BadLine for anything that two readers could understand in two ways."""
    if len(line) > MAX_LINE_BYTES:
        raise BadLine(f"длиннее {MAX_LINE_BYTES} байт")
    try:
        return _DECODER.decode(line.decode())
    except UnicodeDecodeError:
        raise BadLine("не текст в UTF-8") from None
    except RecursionError:
        raise BadLine("слишком глубокая вложенность") from None
    except ValueError as error:
        raise BadLine(f"не JSON: {error}") from None


def no_constant(name: str) -> None:
    """For a decoder: NaN and Infinity are no JSON. Raises ValueError."""
    raise ValueError(f"{name} — не число JSON")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadLine("ключ повторяется")
    return found


def _int(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more of them than Python reads
        raise BadLine("слишком длинное число") from None


_DECODER = json.JSONDecoder(parse_constant=no_constant, parse_int=_int, object_pairs_hook=_refuse_repeated_keys)
