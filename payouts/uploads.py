"""What a file with a signed contract is, by its content and never by its name. Pure: bytes in, content type out.

Nothing is decoded, so a picture made to exhaust memory exhausts nothing. Whatever passes is only ever handed out as an
attachment, under the type found here.
"""

import re
import zlib
from collections.abc import Iterator

MOST_BYTES = 10 * 1024 * 1024
FORMATS = "PDF, JPEG или PNG"
SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}

_PDF_HEADER = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_END_WITHIN = 1024  # readers look for %%EOF in this much: some programs write on after it
_PNG_HEADER = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_HEADER, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# Markers of a JPEG's frame, which holds its dimensions; and those without a length of their own.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN, _ALONE = 0xDA, frozenset({0x01, *range(0xD0, 0xDA)})
# What people send instead, and what they can do about it.
_WORD = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_HEIC = re.compile(rb".{4}ftyp(heic|heix|hevc|mif1|msf1)", re.DOTALL)


class Unacceptable(Exception):
    """A file that can't be kept. Its text is a sentence in Russian: what is wrong and what to do."""


class Empty(Unacceptable):
    """There is nothing in it."""


class TooLarge(Unacceptable):
    """More than MOST_BYTES."""


class WrongFormat(Unacceptable):
    """Neither PDF nor JPEG nor PNG, or not from its first byte on."""


class Damaged(Unacceptable):
    """Begins like one of the formats and doesn't go on like it."""


def check_size(size: int) -> None:
    """Can be asked before anything is read. Raises Empty, TooLarge."""
    if not size:
        raise Empty("Файл пустой. Откройте его у себя, проверьте и выберите ещё раз.")
    if size > MOST_BYTES:
        most = MOST_BYTES // (1024 * 1024)
        raise TooLarge(f"Файл больше {most}\u00a0МБ. Отсканируйте с меньшим разрешением или сохраните в PDF.")


def content_type(content: bytes) -> str:
    """What the content is: 'application/pdf', 'image/jpeg' or 'image/png'. Raises a kind of Unacceptable.

    A file that is two things at once begins as what it is here: %PDF- in the middle of a page of HTML makes no PDF.
    """
    check_size(len(content))
    if content.startswith(b"%PDF-"):
        _check(bool(_PDF_HEADER.match(content)) and b"%%EOF" in content[-_PDF_END_WITHIN:])
        return "application/pdf"
    if content.startswith(_PNG_HEADER):
        _check(_png_has_size(content) and _PNG_END in content)
        return "image/png"
    if content.startswith(_JPEG_HEADER):
        _check(_jpeg_has_size(content))
        return "image/jpeg"
    if content.startswith(_WORD):
        raise WrongFormat(f"Это документ Word или архив, а нужен {FORMATS}. Сохраните его в PDF и загрузите.")
    if _HEIC.match(content):
        raise WrongFormat(f"Это фото в формате HEIC, а нужен {FORMATS}. Сохраните его как JPEG и загрузите.")
    raise WrongFormat(f"Это не {FORMATS}. Отсканируйте подписанный договор или сфотографируйте его.")


def _check(is_whole: bool) -> None:
    if not is_whole:
        raise Damaged("Файл повреждён или загрузился не до конца. Проверьте, открывается ли он, и выберите ещё раз.")


def _png_has_size(content: bytes) -> bool:
    """Whether the first chunk is the header that it must be, by its checksum, and tells width and height."""
    header = content[8:33]
    if header[:8] != b"\x00\x00\x00\rIHDR" or zlib.crc32(header[4:21]) != int.from_bytes(header[21:]):
        return False
    return bool(int.from_bytes(header[8:12]) and int.from_bytes(header[12:16]))


def _jpeg_has_size(content: bytes) -> bool:
    """Whether a frame with width and height comes before the picture itself, and the picture ends."""
    is_framed = False
    for marker, start, length in _jpeg_segments(content):
        if marker in _FRAMES:
            # After the length: one byte of precision, two of height, two of width.
            sizes = content[start + 3 : start + 7]
            is_framed = length >= 8 and int.from_bytes(sizes[:2]) > 0 and int.from_bytes(sizes[2:]) > 0
        elif marker == _SCAN:
            return is_framed and content.find(_JPEG_END, start + length) >= 0
    return False


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, where its length stands, that length), up to the first that is none."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4])
        if length < 2:
            return
        yield marker, at + 2, length
        at += 2 + length
