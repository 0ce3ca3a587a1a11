"""The monthly report: what is printed is read back from the PDF."""

import datetime as dt
import io
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

import partners
from referrals import monthly_report
from referrals.monthly_report import ReportLine, Side

OCTOBER = dt.date(2026, 10, 1)
ROMASHKA = Side(
    name="ООО «Ромашка»",
    inn="7707083893",
    kpp="773601001",
    ogrn="1027700132195",
    address="119021, Москва, ул. Льва Толстого, 16",
    bank_name="ПАО Сбербанк",
    bik="044525225",
    account="40702810000000000007",
    corr_account="30101810400000000225",
)
SKOROZVON = Side(name="ООО «Скорозвон»")
FLOWERS = ReportLine("ООО «Красные цветы»", "legal-2026", 125_000, 1500, 18_750)
COFFEE = ReportLine("Кофейня № 1", "legal-2025", -1_000, 1250, -125)
FONTS = sorted((Path(partners.__file__).parent / "fonts").glob("*.ttf"))


def report(lines: Iterable[ReportLine] = (FLOWERS,), **changed: Any) -> bytes:
    facts = {"partner": ROMASHKA, "skorozvon": SKOROZVON, "vat_percent": None} | changed
    return monthly_report.pdf(OCTOBER, lines=lines, **facts)


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    """All that is printed, with single spaces, as wrapping puts line ends anywhere."""
    return " ".join("\n".join(pages_of(content)).split())


def test_the_report_names_the_month_the_contract_and_both_sides() -> None:
    text = text_of(report(contract_number="12-П", contract_on=dt.date(2026, 9, 15)))
    assert text.startswith(
        "Отчёт за октябрь 2026 "
        "О вознаграждении по партнёрской программе Скорозвон, к договору № 12-П от 15.09.2026 "
        "Партнёр ООО «Ромашка» ИНН 7707083893, КПП 773601001 ОГРН 1027700132195 "
        "Адрес: 119021, Москва, ул. Льва Толстого, 16 Банк: ПАО Сбербанк БИК 044525225 "
        "Р/с 40702810000000000007 К/с 30101810400000000225 "
        "Скорозвон ООО «Скорозвон» "
        "№ Клиент Условия Учтено списаний Ставка Вознаграждение"
    )


def test_the_report_lists_clients_and_adds_them_up() -> None:
    assert (
        "1 ООО «Красные цветы» legal-2026 1 250,00 ₽ 15 % 187,50 ₽ "
        "2 Кофейня № 1 legal-2025 −10,00 ₽ 12,5 % −1,25 ₽ "
        "Итого 1 240,00 ₽ 186,25 ₽ "
        "Вознаграждение: 186,25 ₽ "
        "Сто восемьдесят шесть рублей 25 копеек "
        "НДС не облагается "
    ) in text_of(report([FLOWERS, COFFEE]))


def test_the_report_ends_with_a_place_for_both_signatures() -> None:
    assert text_of(report()).count("подпись фамилия и инициалы М. П. «____» ________________ 20____ г.") == 2


def test_a_month_that_took_reward_back_is_a_sum_below_zero() -> None:
    text = text_of(report([COFFEE], vat_percent=20))
    assert "Вознаграждение: −1,25 ₽ Минус один рубль 25 копеек В том числе НДС 20 %: −0,21 ₽" in text


def test_a_month_without_clients_says_so() -> None:
    assert "Начислений за месяц нет Итого 0,00 ₽ 0,00 ₽ Вознаграждение: 0,00 ₽ Ноль рублей 00 копеек" in text_of(
        report([])
    )


@pytest.mark.parametrize(
    ("kopecks", "percent", "line"),
    [
        (18_750, None, "НДС не облагается"),
        (18_750, 20, "В том числе НДС 20\u00a0%: 31,25\u202f₽"),
        (18_750, 22, "В том числе НДС 22\u00a0%: 33,81\u202f₽"),
        (10_500, 5, "В том числе НДС 5\u00a0%: 5,00\u202f₽"),
        (3, 20, "В том числе НДС 20\u00a0%: 0,01\u202f₽"),
        (2, 20, "В том числе НДС 20\u00a0%: 0,00\u202f₽"),
        (-3, 20, "В том числе НДС 20\u00a0%: \u22120,01\u202f₽"),
    ],
)
def test_vat_is_part_of_the_sum_rounded_half_up(kopecks: int, percent: int | None, line: str) -> None:
    assert monthly_report.vat_line(kopecks, percent) == line


def test_blank_requisites_are_left_out_and_an_entrepreneur_has_an_ogrnip() -> None:
    text = text_of(report(partner=Side("ИП Иванов", inn="500100732259", ogrn="304500116000157")))
    assert "Партнёр ИП Иванов ИНН 500100732259 ОГРНИП 304500116000157 Скорозвон" in text
    assert not re.search("КПП|Адрес|Банк|БИК|Р/с|К/с", text)


def test_a_report_without_a_contract_says_nothing_of_one() -> None:
    assert "договор" not in text_of(report())


def test_nobody_is_called_an_agent() -> None:
    assert "агент" not in text_of(report([FLOWERS, COFFEE], contract_number="1")).lower()


def test_long_names_wrap_and_lose_nothing() -> None:
    words = "Общество с ограниченной ответственностью «Научно-производственное объединение Гипромезтяжмаш»"
    text = text_of(report([ReportLine(words, "legal-2026", 100, 1500, 15), ReportLine("Щ" * 90, "t", 100, 1500, 15)]))
    assert words in text
    assert text.count("Щ") == 90


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("<b>Тег</b> & **Ко**", "<b>Тег</b> & **Ко**"),
        ("Ромашка 🌼", "Ромашка □"),
        ("Семья 👩\u200d👩\u200d👧 и 日本", "Семья □ и □"),
        ("Кафе И\u0306ода", "Кафе Йода"),
        ("З\u0336а\u0336ч", "Зач"),
        ("ООО\r\n\tРога\u00a0и\u202fкопыта", "ООО Рога и копыта"),
        ("\ue000\ue000\ue000 {nb}", "□ {nb}"),
        ("мяг\u00adкий", "мягкий"),
        ("\u202eпереворот", "переворот"),
        ("\x00\x07", "□"),
        ("\ud83d", "□"),
        ("№ 1 — «Ёж» ҐЎ ₽", "№ 1 — «Ёж» ҐЎ ₽"),
    ],
    ids=ascii,
)
def test_a_name_of_any_signs_is_printed_as_far_as_letters_go(
    name: str, printed: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        text = text_of(report([ReportLine(name, "legal-2026", 100, 1500, 15)]))
    assert f"1 {printed} legal-2026 1,00 ₽" in text
    assert caplog.messages == []


@settings(max_examples=50)
@given(name=st.text(max_size=500))
def test_no_name_breaks_the_report(name: str) -> None:
    text = text_of(
        report([ReportLine(name, name[:100], 100, 1500, 15)], partner=Side(name[:160]), contract_number=name[:50])
    )
    assert "Вознаграждение: 0,15 ₽" in text


def test_a_long_report_has_every_client_the_header_on_each_page_and_page_numbers() -> None:
    lines = (ReportLine(f"Клиент {number}", "legal-2026", 10_000, 1500, 1_500) for number in range(1, 1_001))
    pages = pages_of(report(lines))
    text = "\n".join(pages)
    assert [int(number) for number in re.findall(r"Клиент (\d+)", text)] == list(range(1, 1_001))
    assert all("Учтено списаний" in page for page in pages)
    assert re.findall(r"Страница (\d+) из (\d+)", text) == [
        (str(number), str(len(pages))) for number in range(1, len(pages) + 1)
    ]
    assert len(pages) > 20
    assert "Пятнадцать тысяч рублей 00 копеек" in pages[-1]


@pytest.mark.parametrize("clients", range(20, 45, 3))
def test_the_total_and_the_signatures_are_never_torn_apart(clients: int) -> None:
    long = Side("Общество с ограниченной ответственностью " + "«Ромашка и сыновья» " * 5)
    *others, last = pages_of(report([FLOWERS] * clients, partner=long))
    assert "Итого" in last
    assert last.count("М. П.") == 2
    assert not any("Итого" in page or "подпись" in page for page in others)


def test_the_same_facts_make_the_same_bytes() -> None:
    assert report([FLOWERS, COFFEE]) == report([FLOWERS, COFFEE])


def test_the_file_says_what_it_is() -> None:
    reader = pypdf.PdfReader(io.BytesIO(report()))
    assert reader.metadata is not None
    assert reader.metadata.title == "Отчёт за октябрь 2026"
    assert reader.trailer["/Root"]["/Lang"] == "ru"


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_a_font_has_what_documents_need_and_figures_of_one_width(path: Path) -> None:
    with TTFont(path) as font:
        letters = font.getBestCmap()
        wanted = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
        assert [
            sign for sign in wanted + wanted.upper() + "₽№«»—–−…\u00a0\u202f\u2011□" if ord(sign) not in letters
        ] == []
        assert len({font["hmtx"][letters[ord(figure)]][0] for figure in "0123456789"}) == 1
    assert path.stat().st_size < 120_000


def test_both_weights_of_the_font_are_there() -> None:
    assert [path.name for path in FONTS] == ["golos-text-regular.ttf", "golos-text-semibold.ttf"]
