"""Downloads: what comes out is read back by other programs than the ones that wrote it."""

import contextlib
import csv
import datetime as dt
import io
import itertools
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from django.http import FileResponse, Http404, StreamingHttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from partners import downloads
from partners.downloads import Column, csv_response, xlsx_response
from tests.factories import moscow

# No database is read here; but a response that is closed ends a request, and Django then looks at its connections.
pytestmark = pytest.mark.django_db

CLIENT = [Column("Клиент", "text")]
ALL_KINDS = [
    Column("Клиент", "text"),
    Column("Списаний", "number"),
    Column("Вознаграждение", "money"),
    Column("Зарегистрирован", "date"),
    Column("Списано", "moment"),
    Column("Месяц", "month"),
]
ROW = ("ООО «Ёж»", 7, -123_450, dt.date(2026, 10, 5), moscow("2026-10-05 00:30:15"), dt.date(2026, 10, 1))
FORMULAS = [
    "=1+1",
    "+7 916",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "\u00a0=1",
    "＝1+1",
    '=HYPERLINK("http://x")',
]


def text_of(response: StreamingHttpResponse) -> str:
    return b"".join(response).decode("utf-8")


def cells_of(response: StreamingHttpResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(response).removeprefix("\ufeff"), newline=""), delimiter=";"))


def taken(response: FileResponse) -> io.BytesIO:
    content = io.BytesIO(b"".join(response))
    response.close()
    return content


def book_of(response: FileResponse) -> Any:
    return openpyxl.load_workbook(taken(response))


# --- CSV ------------------------------------------------------------------------------------------------------------


def test_csv_is_what_excel_in_russian_opens() -> None:
    assert text_of(csv_response("Отчёт.csv", ALL_KINDS, [ROW, (None,) * 6])) == (
        "\ufeff"
        '"Клиент";"Списаний";"Вознаграждение";"Зарегистрирован";"Списано";"Месяц"\r\n'
        '"ООО «Ёж»";"7";"-1234,50";"05.10.2026";"05.10.2026 00:30:15";"октябрь 2026"\r\n'
        '"";"";"";"";"";""\r\n'
    )


def test_csv_moments_are_by_the_clock_of_moscow() -> None:
    moment = dt.datetime(2026, 9, 30, 21, 30, tzinfo=dt.UTC)
    assert cells_of(csv_response("m.csv", [Column("Когда", "moment")], [(moment,)]))[1] == ["01.10.2026 00:30:00"]


@pytest.mark.parametrize(
    ("kopecks", "written"),
    [(0, "0,00"), (5, "0,05"), (-5, "-0,05"), (100, "1,00"), (99_999_999_999_999, "999999999999,99")],
)
def test_csv_sums_have_a_comma_and_two_decimals(kopecks: int, written: str) -> None:
    assert cells_of(csv_response("s.csv", [Column("Сумма", "money")], [(kopecks,)]))[1] == [written]


def test_csv_numbers_have_a_comma() -> None:
    assert cells_of(csv_response("n.csv", [Column("%", "number")], [(Decimal("12.5"),)]))[1] == ["12,5"]


@pytest.mark.parametrize("name", FORMULAS)
def test_csv_text_that_looks_like_a_formula_gets_an_apostrophe(name: str) -> None:
    assert cells_of(csv_response("c.csv", CLIENT, [(name,)]))[1] == ["'" + name.replace("\r", "\n")]


def test_csv_text_never_starts_a_cell_of_its_own_whatever_the_separator() -> None:
    assert text_of(csv_response("c.csv", CLIENT, [('Ромашка,=1+1;"=2',)])).splitlines()[1] == '"Ромашка,=1+1;""=2"'


def test_csv_text_loses_what_no_file_can_hold() -> None:
    assert cells_of(csv_response("c.csv", CLIENT, [("а\x00\x08\x1f\ud800б\r\nв 🌼",)]))[1] == [
        "а\ufffd\ufffd\ufffd\ufffdб\nв 🌼"
    ]


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_csv_of_any_names_has_as_many_rows_and_no_formula(names: list[str]) -> None:
    _, *rows = cells_of(csv_response("c.csv", [*CLIENT, *CLIENT], [(name, name) for name in names]))
    assert len(rows) == len(names)
    assert all(len(row) == 2 and not row[0].lstrip().startswith(("=", "+", "-", "@")) for row in rows)


def test_csv_rows_are_read_while_they_are_sent() -> None:
    endless = ((f"Клиент {number}",) for number in itertools.count())
    response = csv_response("c.csv", CLIENT, endless)
    chunks = iter(response)
    first = next(chunks).decode()
    assert first.startswith('\ufeff"Клиент"\r\n"Клиент 0"\r\n')
    number_read = int(next(endless)[0].removeprefix("Клиент "))
    assert number_read == first.count("\r\n") - 1
    response.close()


def test_a_file_keeps_its_russian_name() -> None:
    encoded = "attachment; filename*=utf-8''%D0%9E%D1%82%D1%87%D1%91%D1%82%20%E2%84%96%201"
    assert csv_response("Отчёт № 1.csv", CLIENT, []).headers["Content-Disposition"] == f"{encoded}.csv"
    response = xlsx_response("Отчёт № 1.xlsx", CLIENT, [])
    assert response.headers["Content-Disposition"] == f"{encoded}.xlsx"
    response.close()


def test_a_row_of_another_length_than_the_header_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        text_of(csv_response("c.csv", ALL_KINDS, [("один",)]))
    with pytest.raises(ValueError, match="shorter"):
        xlsx_response("c.xlsx", ALL_KINDS, [("один",)])


# --- XLSX -----------------------------------------------------------------------------------------------------------


def test_xlsx_holds_real_numbers_and_dates() -> None:
    sheet = book_of(xlsx_response("Отчёт.xlsx", ALL_KINDS, [ROW], sheet="Клиенты")).active
    assert sheet.title == "Клиенты"
    header, values = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert header == ["Клиент", "Списаний", "Вознаграждение", "Зарегистрирован", "Списано", "Месяц"]
    assert values[:3] == ["ООО «Ёж»", 7, -1234.5]
    assert [str(day) for day in values[3:]] == ["2026-10-05 00:00:00", "2026-10-05 00:30:15", "2026-10-01 00:00:00"]
    assert [cell.number_format for cell in sheet[2]] == [
        *("General", "General", r"#,##0.00\ [$₽-419]"),
        *("dd.mm.yyyy", "dd.mm.yyyy hh:mm", r"[$-419]mmmm\ yyyy"),
    ]


def test_xlsx_sums_are_exact_to_the_kopeck() -> None:
    sums = [1, 29, 57, 110, 123_450, 99_999_999_999_999]
    sheet = book_of(xlsx_response("s.xlsx", [Column("Сумма", "money")], [(kopecks,) for kopecks in sums])).active
    assert [round(row[0].value * 100) for row in sheet.iter_rows(min_row=2)] == sums
    assert [row[0].value for row in sheet.iter_rows(min_row=2, max_row=4)] == [0.01, 0.29, 0.57]


def test_xlsx_header_is_bold_and_frozen_and_columns_have_room() -> None:
    sheet = book_of(xlsx_response("h.xlsx", [*ALL_KINDS, Column("Ч" * 40, "number")], [])).active
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.column_dimensions["A"].width > 36
    assert sheet.column_dimensions["G"].width > 42


@pytest.mark.parametrize("name", FORMULAS)
def test_xlsx_text_that_looks_like_a_formula_is_text_and_stays_so_when_edited(name: str) -> None:
    content = taken(xlsx_response("f.xlsx", CLIENT, [(name,)]))
    cell = openpyxl.load_workbook(content).active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name.replace("\r", "\n"), "s", True)
    assert b"<f" not in sheet_xml(content)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://skorozvon.ru", "https://skorozvon.ru"),
        ("007", "007"),
        ("а\x00\x08\x1b\ud83d\ufffeб", "а\ufffd\ufffd\ufffd\ufffd\ufffdб"),
        ("а\tб\r\nв", "а\tб\nв"),
        ("<r>&</r>", "<r>&</r> "),
        ("<b>&amp;\"'", "<b>&amp;\"'"),
        (" края ", " края "),
        ("я" * 32_767, "я" * 32_767),
        ("я" * 32_768, "я" * 32_766 + "…"),
        ("🌼" * 16_383, "🌼" * 16_383),
        ("🌼" * 16_384, "🌼" * 16_383 + "…"),
    ],
    ids=lambda text: repr(text)[:20],
)
def test_xlsx_holds_any_text_that_excel_can(typed: str, kept: str) -> None:
    content = taken(xlsx_response("t.xlsx", CLIENT, [(typed,)]))
    assert openpyxl.load_workbook(content).active["A2"].value == kept
    assert b"<hyperlink" not in sheet_xml(content)


@settings(max_examples=50)
@given(names=st.lists(st.text() | st.text("<r>/&_x0=", max_size=20), max_size=4))
def test_xlsx_of_any_names_is_sound_and_has_no_formula(names: list[str]) -> None:
    content = taken(xlsx_response("t.xlsx", CLIENT, [(name,) for name in names]))
    with zipfile.ZipFile(content) as parts:
        assert parts.testzip() is None
        for part in parts.namelist():
            ElementTree.fromstring(parts.read(part))
    assert len(ElementTree.fromstring(sheet_xml(content)).findall(".//{*}row/{*}c")) == 1 + len(names)
    assert b"<f" not in sheet_xml(content)


def test_xlsx_goes_on_in_another_sheet_when_one_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_SHEET_ROWS", 2)
    book = book_of(xlsx_response("t.xlsx", CLIENT, [(f"Клиент {number}",) for number in range(5)], sheet="Клиенты"))
    assert {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in book} == {
        "Клиенты": ["Клиент", "Клиент 0", "Клиент 1"],
        "Клиенты 2": ["Клиент", "Клиент 2", "Клиент 3"],
        "Клиенты 3": ["Клиент", "Клиент 4"],
    }


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_xlsx_leaves_no_file_behind(temporary_folder: Path) -> None:
    seen: list[int] = []

    def rows() -> Iterator[tuple[str]]:
        yield ("Клиент",)
        seen.append(len(list(temporary_folder.iterdir())))

    response = xlsx_response("t.xlsx", CLIENT, rows())
    assert (seen, list(temporary_folder.iterdir())) == ([1], [])
    file = response.file_to_stream
    response.close()
    assert file is not None
    assert file.closed


def test_xlsx_leaves_no_file_behind_when_the_rows_break_off(temporary_folder: Path) -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("Клиент",)
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        xlsx_response("t.xlsx", CLIENT, rows())
    assert list(temporary_folder.iterdir()) == []


def sheet_xml(content: io.BytesIO) -> bytes:
    with zipfile.ZipFile(content) as parts:
        return parts.read("xl/worksheets/sheet1.xml")


# --- Long tables ----------------------------------------------------------------------------------------------------


def rows(count: int) -> Iterable[tuple[str, int, dt.date]]:
    return ((f"Клиент {number}", number, dt.date(2026, 10, 1)) for number in range(count))


LONG = [Column("Клиент", "text"), Column("Сумма", "money"), Column("Дата", "date")]


def peak_of(make: Any, count: int) -> int:
    """The most memory that was ever taken on the way, in bytes."""
    tracemalloc.start()
    try:
        response = make("t", LONG, rows(count))
        for _ in response:
            pass
        response.close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_format_is_what_the_address_ends_with(format: str) -> None:
    with contextlib.closing(downloads.response("m", format, CLIENT, [])) as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="m.{format}"'


@pytest.mark.parametrize("format", ["pdf", "CSV", ""])
def test_another_format_is_not_found(format: str) -> None:
    with pytest.raises(Http404):
        downloads.response("m", format, CLIENT, [])


@pytest.mark.parametrize("make", [csv_response, xlsx_response])
def test_a_hundred_thousand_rows_take_hardly_more_memory_than_a_thousand(make: Any) -> None:
    peak_of(make, 10)  # what is loaded on first use doesn't count
    assert peak_of(make, 100_000) < peak_of(make, 1_000) + 500_000
