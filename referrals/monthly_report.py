"""The monthly report of a legal partner as PDF: both sides, what each client brought, the sum in words, signatures.

Plain data in, bytes out; the same data always give the same bytes. The paper, the sides and the signatures are those of
the contract too.
"""

import datetime as dt
import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fpdf import FPDF

import partners
from partners import months
from partners.money import roubles
from partners.money_words import money_in_words

_FONTS = Path(partners.__file__).parent / "fonts"
_BOX = "\u25a1"  # printed for what the font can't: an emoji, a hieroglyph
_PAGES = "\ue000" * 3  # stands for the number of pages until that is known; printable() lets it into no name
INK, SOFT, _HAIRLINE = 0, 110, 190
# Millimetres.
MARGIN, WIDTH, LINE = 15.0, 180.0, 4.2
_GAP, _HALF_GAP, _HALF = 3.0, 10.0, 85.0  # between columns of the table; between the sides; of a side
_CLOSING_HEIGHT = 92.0  # of the totals and the signatures
_SIZE = 8.5  # points
_COLUMNS = ((12.0, "L"), (65.0, "L"), (25.0, "L"), (31.0, "R"), (16.0, "R"), (31.0, "R"))
_HEADER = ("№", "Клиент", "Условия", "Учтено списаний", "Ставка", "Вознаграждение")


@dataclass(frozen=True)
class Side:
    """Who signs. What is blank is left out."""

    name: str
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    address: str = ""
    bank_name: str = ""
    bik: str = ""
    account: str = ""
    corr_account: str = ""


@dataclass(frozen=True)
class ReportLine:
    """What one client brought in the month under one version of terms."""

    client: str
    terms: str
    base_kopecks: int
    percent_bp: int
    reward_kopecks: int


def pdf(
    month: dt.date,
    *,
    partner: Side,
    skorozvon: Side,
    lines: Iterable[ReportLine],
    vat_percent: int | None,
    contract_number: str = "",
    contract_on: dt.date | None = None,
) -> bytes:
    """The report for `month` on A4. `lines` are consumed once and printed in their order.

    `vat_percent` is the VAT that the partner owes and that the reward includes; None: it owes none.
    """
    paper = Paper(f"Отчёт за {months.name(month)}", made_at=months.start_of(months.following(month)))
    paper.add_page()
    _title(paper, contract_number, contract_on)
    sides(paper, partner, skorozvon)
    reward = _table(paper, lines)
    _sum_up(paper, reward, vat_percent)
    signatures(paper, partner, skorozvon)
    return bytes(paper.output())


def vat_line(kopecks: int, vat_percent: int | None) -> str:
    """What part of a sum is VAT: (18750, 20) → 'В том числе НДС 20 %: 31,25 ₽'; rounded half up to a kopeck."""
    if vat_percent is None:
        return "НДС не облагается"
    whole = 100 + vat_percent
    vat = (2 * abs(kopecks) * vat_percent + whole) // (2 * whole)
    return f"В том числе НДС {vat_percent}\u00a0%: {roubles(vat if kopecks >= 0 else -vat)}"


class Paper(FPDF):
    """A4 in Golos Text with page numbers, written from the top down to `bottom`."""

    bottom = 275

    def __init__(self, heading: str, *, made_at: dt.datetime) -> None:
        super().__init__(format="A4")
        self.heading = heading
        self.set_title(self.heading)
        self.set_lang("ru")
        self.set_creation_date(made_at)
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(False)
        self.set_draw_color(_HAIRLINE)
        self.set_line_width(0.2)
        self.add_font("Golos", "", _FONTS / "golos-text-regular.ttf")
        self.add_font("Golos", "B", _FONTS / "golos-text-semibold.ttf")
        self.alias_nb_pages(_PAGES)
        self.set_font("Golos")
        self.letters = frozenset(self.fonts["golos"].cmap)  # type: ignore[union-attr]

    def footer(self) -> None:
        self.set_y(284)
        self.put(MARGIN, WIDTH, [f"Страница {self.page_no()} из {_PAGES}"], size=7.5, ink=SOFT)
        self.put(MARGIN, WIDTH, [self.heading], align="R", size=7.5, ink=SOFT)

    def put(
        self,
        x: float,
        width: float,
        lines: list[str],
        *,
        align: str = "L",
        size: float = _SIZE,
        bold: bool = False,
        ink: int = INK,
    ) -> None:
        """Lines one below the other from the current height, which stays where it is."""
        self.set_font("Golos", "B" if bold else "", size)
        self.set_text_color(ink)
        top = self.y
        for number, line in enumerate(lines):
            self.set_xy(x, top + number * LINE)
            self.cell(width, LINE, line, align=align)
        self.set_y(top)

    def printable(self, text: str) -> str:
        """Somebody's text on one line, with a box for what the font can't print."""
        signs = " ".join(unicodedata.normalize("NFC", text).split())
        # Marks that form no letter with the one before, and invisible signs, are left out.
        seen = (sign for sign in signs if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
        boxed = (sign if ord(sign) in self.letters else _BOX for sign in seen)
        # An emoji is often several characters: one box for all.
        return "".join(_BOX if sign == _BOX else "".join(run) for sign, run in itertools.groupby(boxed))

    def wrapped(self, text: str, width: float, *, size: float = _SIZE, bold: bool = False) -> list[str]:
        self.set_font("Golos", "B" if bold else "", size)
        if self.get_string_width(text) <= width:
            return [text]
        lines = self.multi_cell(width, text=text, align="L", dry_run=True, output="LINES")
        return cast(list[str], lines)

    def rule(self) -> None:
        self.line(MARGIN, self.y, MARGIN + WIDTH, self.y)

    def keep_together(self, height: float) -> bool:
        """Turn the page unless so much still fits on it; whether it was turned."""
        if self.y + height <= self.bottom:
            return False
        self.add_page()
        return True


def _title(paper: Paper, number: str, signed_on: dt.date | None) -> None:
    paper.set_y(18)
    paper.put(MARGIN, WIDTH, [paper.heading], size=18, bold=True)
    paper.set_y(26.5)
    about = "О вознаграждении по партнёрской программе Скорозвон"
    if number:
        about += f", к договору № {number}" + (f" от {signed_on:%d.%m.%Y}" if signed_on else "")
    lines = paper.wrapped(paper.printable(about), WIDTH, size=9)
    paper.put(MARGIN, WIDTH, lines, size=9, ink=SOFT)
    paper.set_y(paper.y + len(lines) * LINE + 5)


def sides(paper: Paper, partner: Side, skorozvon: Side) -> None:
    """Both sides' requisites next to each other."""
    top, lowest = paper.y, paper.y
    for x, role, side in _halves(partner, skorozvon):
        paper.set_y(top)
        paper.put(x, _HALF, [role], size=7.5, ink=SOFT)
        paper.set_y(paper.y + LINE)
        for number, text in enumerate([side.name, *_requisites(side)]):
            lines = paper.wrapped(paper.printable(text), _HALF, bold=number == 0)
            paper.put(x, _HALF, lines, bold=number == 0)
            paper.set_y(paper.y + len(lines) * LINE)
        lowest = max(lowest, paper.y)
    paper.set_y(lowest + 6)


def _halves(partner: Side, skorozvon: Side) -> list[tuple[float, str, Side]]:
    return [(MARGIN, "Партнёр", partner), (MARGIN + _HALF + _HALF_GAP, "Скорозвон", skorozvon)]


def _requisites(side: Side) -> list[str]:
    named = [
        [("ИНН", side.inn), ("КПП", side.kpp)],
        [("ОГРНИП" if len(side.ogrn) == 15 else "ОГРН", side.ogrn)],
        [("Адрес:", side.address)],
        [("Банк:", side.bank_name)],
        [("БИК", side.bik)],
        [("Р/с", side.account)],
        [("К/с", side.corr_account)],
    ]
    lines = [", ".join(f"{name} {value}" for name, value in line if value) for line in named]
    return [line for line in lines if line]


def _table(paper: Paper, lines: Iterable[ReportLine]) -> int:
    """A row for each line, the header anew on each page, totals below. Returns the sum of the rewards."""
    base = reward = number = 0
    _row(paper, _HEADER, ink=SOFT)
    for number, line in enumerate(lines, start=1):
        percent = f"{line.percent_bp / 100:g}\u00a0%".replace(".", ",")
        _row(
            paper,
            (
                str(number),
                paper.printable(line.client),
                paper.printable(line.terms),
                roubles(line.base_kopecks),
                percent,
                roubles(line.reward_kopecks),
            ),
        )
        base += line.base_kopecks
        reward += line.reward_kopecks
    if not number:
        _row(paper, ("", "Начислений за месяц нет", "", "", "", ""))
    # The totals and what is signed are never torn apart.
    if paper.keep_together(_CLOSING_HEIGHT):
        _row(paper, _HEADER, ink=SOFT)
    _row(paper, ("", "Итого", "", roubles(base), "", roubles(reward)), bold=True)
    return reward


def _row(paper: Paper, cells: tuple[str, ...], *, bold: bool = False, ink: int = INK) -> None:
    wrapped = [paper.wrapped(cell, width - _GAP, bold=bold) for cell, (width, _) in zip(cells, _COLUMNS, strict=True)]
    height = max(len(lines) for lines in wrapped) * LINE + 2
    if paper.keep_together(height):
        _row(paper, _HEADER, ink=SOFT)
    top, x = paper.y, float(MARGIN)
    paper.set_y(top + 1)
    for lines, (width, align) in zip(wrapped, _COLUMNS, strict=True):
        paper.put(x if align == "L" else x + _GAP, width - _GAP, lines, align=align, bold=bold, ink=ink)
        x += width
    paper.set_y(top + height)
    paper.rule()


def _sum_up(paper: Paper, reward: int, vat_percent: int | None) -> None:
    paper.set_y(paper.y + 6)
    paper.put(MARGIN, WIDTH, [f"Вознаграждение: {roubles(reward)}"], size=11, bold=True)
    paper.set_y(paper.y + 6)
    lines = [*paper.wrapped(money_in_words(reward), WIDTH), vat_line(reward, vat_percent)]
    paper.put(MARGIN, WIDTH, lines)
    paper.set_y(paper.y + len(lines) * LINE)


def signatures(paper: Paper, partner: Side, skorozvon: Side) -> None:
    """Place for a name, a signature, a stamp and a date, for each side."""
    paper.set_y(paper.y + 12)
    names = {role: paper.wrapped(paper.printable(side.name), _HALF) for _, role, side in _halves(partner, skorozvon)}
    line_at = paper.y + (1 + max(map(len, names.values()))) * LINE + 12
    top = paper.y
    for x, role, _ in _halves(partner, skorozvon):
        paper.set_y(top)
        paper.put(x, _HALF, [role], bold=True)
        paper.set_y(top + LINE)
        paper.put(x, _HALF, names[role])
        paper.line(x, line_at, x + 32, line_at)
        paper.line(x + 36, line_at, x + _HALF, line_at)
        paper.set_y(line_at + 0.5)
        paper.put(x, 32, ["подпись"], size=7, ink=SOFT)
        paper.put(x + 36, _HALF - 36, ["фамилия и инициалы"], size=7, ink=SOFT)
        paper.set_y(line_at + 8)
        paper.put(x, 32, ["М. П."], size=7, ink=SOFT)
        paper.put(x + 36, _HALF - 36, ["«____» ________________ 20____ г."], ink=SOFT)
