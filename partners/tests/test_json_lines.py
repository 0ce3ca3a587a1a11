"""Files of JSON Lines from elsewhere: flat memory, and strict about what JSON is."""

import io
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import json_lines


def numbered(content: bytes) -> list[tuple[int, bytes]]:
    return list(json_lines.lines(io.BytesIO(content)))


class Endless(io.RawIOBase):
    """So many bytes of one line, without holding them."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left -= count
        return count


# --- Lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", []),
        (b"1\n2\n", [(1, b"1"), (2, b"2")]),
        (b"1\n2", [(1, b"1"), (2, b"2")]),
        (b"1\r\n2\r\n", [(1, b"1"), (2, b"2")]),
        (b"\n  \n1\n\t\r\n\n2\n", [(3, b"1"), (6, b"2")]),
        (b"\xef\xbb\xbf1\n\xef\xbb\xbf2\n", [(1, b"1"), (2, b"\xef\xbb\xbf2")]),
        (b"\xef\xbb\xbf\n1\n", [(2, b"1")]),
    ],
    ids=["empty", "plain", "no newline at the end", "CRLF", "blank lines", "BOM", "nothing but a BOM"],
)
def test_every_line_that_is_not_blank_comes_with_its_number(content: bytes, found: list[tuple[int, bytes]]) -> None:
    assert numbered(content) == found


def test_a_line_of_ten_megabytes_is_refused_in_flat_memory_and_the_next_is_read() -> None:
    stream = io.BufferedReader(Endless(10_000_000))
    tracemalloc.start()
    try:
        for _, line in json_lines.lines(stream):
            with pytest.raises(json_lines.BadLine, match="длиннее 65536 байт"):
                json_lines.parse(line)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    assert [number for number, _ in numbered(b"x" * 10_000_000 + b"\n5\n")] == [1, 2]


@pytest.mark.parametrize(("size", "is_read"), [(65_536, True), (65_537, False), (65_538, False), (131_072, False)])
def test_a_line_may_be_of_65536_bytes(size: int, is_read: bool) -> None:
    line = b'"' + b"x" * (size - 2) + b'"'
    ((_, found),) = numbered(line + b"\r\n")
    if is_read:
        assert json_lines.parse(found) == "x" * (size - 2)
    else:
        with pytest.raises(json_lines.BadLine):
            json_lines.parse(found)


@given(content=st.binary())
def test_whatever_bytes_come_the_numbers_rise_and_no_line_is_blank(content: bytes) -> None:
    found = numbered(content)
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    assert all(line.strip() for _, line in found)


# --- Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a": [1, "\xd1\x84", null, true]}', {"a": [1, "ф", None, True]}),
        (b'"\\u0444"', "ф"),
        (b"-0.5", -0.5),
        (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    ],
)
def test_json_is_read(line: bytes, value: object) -> None:
    assert json_lines.parse(line) == value


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "не JSON"),
        (b"{'a': 1}", "не JSON"),
        (b'{"a": 1,}', "не JSON"),
        (b"{} {}", "не JSON"),
        (b"NaN", "NaN — не число JSON"),
        (b'{"amount": Infinity}', "Infinity — не число JSON"),
        (b'{"amount": -Infinity}', "-Infinity — не число JSON"),
        (b'{"a": 1, "a": 1}', "ключ повторяется"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "ключ повторяется"),
        (b'"\xff"', "не текст в UTF-8"),
        (b'"\xed\xa0\x80"', "не текст в UTF-8"),
        (b"[" * 60_000, "слишком глубокая вложенность"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "слишком глубокая вложенность"),
        (b"9" * 5_000, "слишком длинное число"),
        (b'"tab\tinside"', "не JSON"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_two_readers_could_understand_in_two_ways_is_refused(line: bytes, why: str) -> None:
    with pytest.raises(json_lines.BadLine, match=why):
        json_lines.parse(line)


@given(line=st.binary() | st.text().map(str.encode))
def test_no_line_breaks_the_reader(line: bytes) -> None:
    try:
        json_lines.parse(line)
    except json_lines.BadLine as bad:
        assert str(bad)  # noqa: PT017
