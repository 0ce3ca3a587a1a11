"""What an uploaded file is, by its content."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts import uploads

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def png(width: int = 2480, height: int = 3508, *, end: bytes = b"\x00\x00\x00\x00IEND\xaeB`\x82") -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + header + struct.pack(">I", zlib.crc32(header)) + end


def jpeg(width: int = 2480, height: int = 3508, *, before: bytes = b"", frame: int = 0xC0) -> bytes:
    """A camera's: what it says of itself, the frame, the picture, the end."""
    said = b"\xff\xe1\x00\x08Exif\x00\x00" + before
    sized = bytes([0xFF, frame]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + said + sized + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"picture" + b"\xff\xd9"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PDF, "application/pdf"),
        (b"%PDF-2.0\n%%EOF", "application/pdf"),
        (PDF + b"\x00" * 500, "application/pdf"),  # some programs write on after the end
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (jpeg(frame=0xC2), "image/jpeg"),  # progressive
        (jpeg(before=b"\xff\xff\xe2\x00\x04ab"), "image/jpeg"),  # padded
        (jpeg() + b"a film that the phone added", "image/jpeg"),
    ],
)
def test_pdf_jpeg_and_png_are_taken_for_what_they_are(content: bytes, found: str) -> None:
    assert uploads.content_type(content) == found


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + PDF,
        b"<html><script>alert(1)</script></html>" + PDF,
        b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        b"GIF89a" + png(),
        b"\n" + PDF,
        b"\xef\xbb\xbf" + PDF,
        b"\x7fELF",
        b"BM" + b"\x00" * 100,
        b"text",
    ],
)
def test_file_that_begins_as_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(uploads.WrongFormat, match=r"Это не PDF, JPEG или PNG\. Отсканируйте подписанный договор"):
        uploads.content_type(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 word/document.xml", "Это документ Word или архив, а нужен PDF, JPEG или PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Сохраните его в PDF"),
        (b"\x00\x00\x00\x18ftypheic\x00", "Это фото в формате HEIC"),
    ],
)
def test_what_people_often_send_instead_is_refused_with_a_way_out(content: bytes, said: str) -> None:
    with pytest.raises(uploads.WrongFormat, match=said):
        uploads.content_type(content)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\nand nothing more",
        b"%PDF-what\n%%EOF",
        PDF + b" " * 2000,
        png(width=0),
        png(height=0),
        png(end=b""),
        png().replace(b"\x08\x02", b"\x08\x03"),  # its checksum is another one
        b"\x89PNG\r\n\x1a\n",
        jpeg(width=0),
        jpeg(height=0),
        jpeg()[:-2],
        jpeg(before=b"no marker"),
        jpeg(before=b"\xff\xe2\x00\x00"),
        jpeg(frame=0xC4),  # no frame, so no dimensions
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
    ],
)
def test_file_that_only_begins_like_one_is_damaged(content: bytes) -> None:
    with pytest.raises(uploads.Damaged, match="Файл повреждён или загрузился не до конца"):
        uploads.content_type(content)


def test_empty_file_is_refused() -> None:
    with pytest.raises(uploads.Empty, match="Файл пустой"):
        uploads.content_type(b"")


def test_ten_megabytes_are_taken_and_a_byte_more_is_refused() -> None:
    filling = b" " * (10 * 1024 * 1024 - len(b"%PDF-1.7\n%%EOF"))
    assert uploads.content_type(b"%PDF-1.7\n" + filling + b"%%EOF") == "application/pdf"
    with pytest.raises(uploads.TooLarge, match="Файл больше 10\u00a0МБ"):
        uploads.content_type(b"%PDF-1.7\n " + filling + b"%%EOF")


@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.", b"\x89PNG\r\n\x1a\n\x00\x00\x00\r", b"\xff\xd8\xff"]))
def test_whatever_comes_is_one_of_the_three_or_refused(content: bytes, beginning: bytes) -> None:
    found = None
    with contextlib.suppress(uploads.Unacceptable):
        found = uploads.content_type(beginning + content)
    assert found in (None, "application/pdf", "image/jpeg", "image/png")
