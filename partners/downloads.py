"""Tables to take away, as CSV and XLSX. Rows are consumed one by one: a long table takes no more memory than a short.

Cells come in as the portal keeps them: money in kopecks, moments with an offset (they go out in Moscow time), months as
their first day, None for nothing. What a stranger typed, a client's name say, stays text, whatever it begins with.
"""

import contextlib
import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

import xlsxwriter  # type: ignore[import-untyped]
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header

from partners import months

Kind = Literal["text", "number", "money", "date", "moment", "month"]
Rows = Iterable[Sequence[Any]]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHUNK = 1 << 16  # characters sent at once: a write to the socket for every row would cost more than the row
_SHEET_ROWS = 1_048_575  # of a sheet, below its header: Excel knows no more
_CELL_UNITS = 32_767  # of a cell, in UTF-16, likewise
_FORMULA_SIGNS = tuple("=+-@＝＋－＠")
# What XML can't hold, and half characters, which no file can.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMATS = {
    "money": r"#,##0.00\ [$₽-419]",
    "date": "dd.mm.yyyy",
    "moment": "dd.mm.yyyy hh:mm",
    "month": r"[$-419]mmmm\ yyyy",
}
_WIDTHS = {"text": 36, "number": 12, "money": 18, "date": 12, "moment": 18, "month": 16}


@dataclass(frozen=True)
class Column:
    title: str
    kind: Kind


def response(name: str, format: str, columns: Sequence[Column], rows: Rows) -> StreamingHttpResponse | FileResponse:
    """The table as a file of this name, in the format that an address ends with: csv or xlsx. Http404 for any other."""
    if format == "csv":
        return csv_response(f"{name}.csv", columns, rows)
    if format == "xlsx":
        return xlsx_response(f"{name}.xlsx", columns, rows)
    raise Http404


def csv_response(filename: str, columns: Sequence[Column], rows: Rows) -> StreamingHttpResponse:
    """The table as CSV that Excel in Russian opens by a double click: UTF-8 with BOM, semicolons, CRLF, «1234,50».

    `rows` are read while the answer is being sent; an error in them cuts the file short.
    """
    return StreamingHttpResponse(
        _csv_chunks(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, filename)},
    )


def xlsx_response(filename: str, columns: Sequence[Column], rows: Rows, *, sheet: str = "Таблица") -> FileResponse:
    """The table as XLSX with real numbers and dates under a frozen header; what fills a sheet goes on in the next.

    `rows` are read before this returns, so an error in them is the caller's. The file has no name on the disk and is
    gone when the answer has been sent or dropped.
    """
    with contextlib.ExitStack() as until_sent:
        file = until_sent.enter_context(tempfile.TemporaryFile())
        _write_xlsx(file, columns, rows, sheet)
        file.seek(0)
        until_sent.pop_all()  # from here on the response closes it
        return FileResponse(file, as_attachment=True, filename=filename, content_type=_XLSX)


def _csv_chunks(columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    buffer = io.StringIO()
    buffer.write("\ufeff")
    # All in quotes: a name with a comma must not become two cells where Excel expects commas, the second a formula.
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(column.title for column in columns)
    written = [_IN_CSV[column.kind] for column in columns]
    for row in rows:
        writer.writerow("" if cell is None else write(cell) for write, cell in zip(written, row, strict=True))
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _csv_text(cell: str) -> str:
    """Text that no program takes for a formula.

    By an apostrophe, which Excel, LibreOffice and Google Sheets all show as the first character of a text. A tab or a
    space in its place is trimmed by some of them, and then the formula lives; ="…" is a formula itself.
    """
    text = _printable(cell)
    return f"'{text}" if _like_a_formula(text) else text


def _csv_money(kopecks: int) -> str:
    roubles, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{roubles},{rest:02}"


_IN_CSV: dict[Kind, Callable[[Any], str]] = {
    "text": _csv_text,
    "number": lambda number: str(number).replace(".", ","),
    "money": _csv_money,
    "date": lambda day: f"{day:%d.%m.%Y}",
    "moment": lambda moment: f"{moment.astimezone(months.MOSCOW):%d.%m.%Y %H:%M:%S}",
    "month": months.name,
}


def _write_xlsx(file: IO[bytes], columns: Sequence[Column], rows: Rows, sheet: str) -> None:
    # The library keeps rows in files of its own on the way: in a folder that goes with whatever is left in it.
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        bold = book.add_format({"bold": True})
        # Shown as text even after somebody opened the cell and pressed Enter.
        quoted = book.add_format({"quote_prefix": True})
        formats = {kind: book.add_format({"num_format": _FORMATS[kind]}) for kind in _FORMATS}
        page = _xlsx_page(book, sheet, columns, bold)
        for number, row in enumerate(rows):
            below = number % _SHEET_ROWS + 1
            if number and below == 1:
                page = _xlsx_page(book, f"{sheet} {number // _SHEET_ROWS + 1}", columns, bold)
            for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
                if cell is None:
                    continue
                if column.kind == "text":
                    text = _cell_text(cell)
                    page.write_string(below, place, text, quoted if _like_a_formula(text) else None)
                elif column.kind == "number":
                    page.write_number(below, place, cell)
                elif column.kind == "money":
                    page.write_number(below, place, cell / 100, formats["money"])
                else:
                    page.write_datetime(below, place, _naive(cell), formats[column.kind])


def _xlsx_page(book: Any, name: str, columns: Sequence[Column], bold: Any) -> Any:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # no green corners: an ИНН is meant to be text
    for place, column in enumerate(columns):
        page.set_column(place, place, max(_WIDTHS[column.kind], len(column.title) + 2))
        page.write_string(0, place, column.title, bold)
    return page


def _cell_text(cell: str) -> str:
    """Text that a cell can hold: without what XML can't carry, cut where Excel would."""
    text = _printable(cell)
    if len(text) * 2 > _CELL_UNITS:
        units = text.encode("utf-16-le")
        if len(units) > _CELL_UNITS * 2:
            text = units[: (_CELL_UNITS - 1) * 2].decode("utf-16-le", errors="ignore") + "…"
    # The library writes what stands between these two tags as it is, taking it for its own.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _like_a_formula(text: str) -> bool:
    return text.startswith(("\t", "\n")) or text.lstrip().startswith(_FORMULA_SIGNS)


def _naive(day: dt.date) -> dt.date:
    """A moment by the clock of Moscow, because Excel knows no zones; a date as it is."""
    return day.astimezone(months.MOSCOW).replace(tzinfo=None) if isinstance(day, dt.datetime) else day
