"""The geometry of charts, made on the server: numbers in, shapes out. Templates only print what is here.

Across everything is in percent of the room there is, upwards in pixels: so a chart fits 360 px and 1920 px alike and
its words keep their size, without a script and without a style.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from partners import months
from partners.money import in_text, roubles
from partners.templatetags.words import count, plural

HEIGHT = 150  # px, of the tallest and the deepest bar together
HEAD = 22  # above the tallest bar, for its sum
FOOT = 36  # below the deepest one, for the names of months and years
LEAST = 3  # a bar of a kopeck can still be seen
BAR = 0.62  # of the room of a month
NARROWEST = 296  # px: the room there is on a phone of 360; a sum that would stick out of it starts or ends at its bar
LETTER = 3.6  # px, half the width of a figure of a sum
FEWEST = 6  # months that share the width, so that the first months aren't as wide as doors

MonthSum = tuple[dt.date, int, bool]  # the month, its kopecks, whether it is still open


@dataclass(frozen=True)
class Bar:
    """One month as it is drawn: what is told as text across is percents, what is a number upwards is pixels."""

    month: dt.date
    kopecks: int
    is_open: bool
    is_peak: bool
    is_labelled: bool  # its sum is written at it: the peak, and the deepest of those below zero
    x: str
    width: str
    middle: str
    y: int
    height: int
    label_x: str
    label_y: int
    anchor: str
    room_x: str
    room: str
    name: str  # 'окт'
    year: str  # '2026' where a year begins, else empty
    words: str  # 'октябрь 2026: ≈ 1 234,50 ₽, месяц открыт'
    label: str  # '≈ 1 235 ₽': whole roubles, the kopecks are in the table


@dataclass(frozen=True)
class Bars:
    bars: list[Bar]
    height: int
    baseline: int
    names_y: int
    years_y: int


def month_bars(sums: Sequence[MonthSum]) -> Bars:
    """Bars of months, oldest first. Sums below zero hang from the line, a sum of zero lies on it.

    The highest sum above zero is the peak (the latest of equals); it has its sum written on top, as has the deepest
    one below zero. No month at all gives no bars.
    """
    values = [kopecks for _, kopecks, _ in sums]
    top, bottom = max([0, *values]), min([0, *values])
    span = (top - bottom) or 1
    above, below = round(HEIGHT * top / span), round(HEIGHT * -bottom / span)
    baseline = HEAD + above
    depth = below + 18 if bottom else 0  # the sum of the deepest bar stands under it
    peak, deepest = _last(values, top) if top else None, _last(values, bottom) if bottom else None
    room = 100 / max(FEWEST, len(sums))
    bars = []
    for number, (month, kopecks, is_open) in enumerate(sums):
        height = max(LEAST, round(abs(kopecks) * HEIGHT / span)) if kopecks else 0
        x, width = room * (number + (1 - BAR) / 2), room * BAR
        about = "≈\u202f" if is_open else ""
        label = f"{about}{_whole_roubles(kopecks)}"
        anchor = _anchor(x + width / 2, label)
        label_x = {"start": x, "end": x + width, "middle": x + width / 2}[anchor]
        bars.append(
            Bar(
                month=month,
                kopecks=kopecks,
                is_open=is_open,
                is_peak=number == peak,
                is_labelled=number in (peak, deepest),
                x=_percent(x),
                width=_percent(width),
                middle=_percent(x + width / 2),
                y=baseline if kopecks < 0 else baseline - height,
                height=height,
                label_x=_percent(label_x),
                label_y=baseline + height + 14 if kopecks < 0 else baseline - height - 7,
                anchor=anchor,
                room_x=_percent(room * number),
                room=_percent(room),
                name=months.name(month)[:3],
                year=_year(sums, number),
                words=f"{months.name(month)}: {about}{roubles(kopecks)}{', месяц открыт' if is_open else ''}",
                label=label,
            )
        )
    ends = baseline + depth
    return Bars(bars, height=ends + FOOT, baseline=baseline, names_y=ends + 17, years_y=ends + 32)


@dataclass(frozen=True)
class Step:
    """One step of the way from a click to a payment. `width` is a percent of the room, `share` a text or empty.

    `behind` is the width of a paler bar behind, or empty: clicks that don't count as anybody's first.
    """

    count: int
    words: str
    width: str
    share: str
    behind: str = ""


def funnel(clicks: int, unique: int, bots: int, registered: int, paid: int) -> list[Step]:
    """Clicks, registrations and payments as bars in true proportion, each with its share of the step before.

    Registrations are a share of the unique clicks. A share is left out where it would say nothing: before anything
    happened, and when a promo code brought more registrations than there were clicks.
    """
    most = max(clicks, registered, paid) or 1
    steps = [
        (registered, "регистрация,регистрации,регистраций", unique, "от уникальных"),
        (paid, "оплатил,оплатили,оплатили", registered, "от регистраций"),
    ]
    first = Step(
        clicks,
        "переход,перехода,переходов",
        _percent(100 * unique / most),
        click_kinds(clicks, unique, bots),
        behind=_percent(100 * clicks / most) if clicks > unique else "",
    )
    return [
        first,
        *(
            Step(number, words, _percent(100 * number / most), _share(number, before, of) if before >= number else "")
            for number, words, before, of in steps
        ),
    ]


def click_kinds(clicks: int, unique: int, bots: int) -> str:
    """'198 уникальных, 12 ботов' of 240 clicks; nothing where each was a visitor's first."""
    if clicks == unique:
        return ""
    words = f"{count(unique)} {plural(unique, 'уникальный,уникальных,уникальных')}"
    return f"{words}, {count(bots)} {plural(bots, 'бот,бота,ботов')}" if bots else words


def filled(value: int, goal: int) -> str:
    """How much of a bar towards a goal is filled, as a percent from 0 to 100; below zero counts as nothing."""
    return _percent(min(100, max(0, 100 * value / goal)) if goal > 0 else 100)


def _last(values: Sequence[int], value: int) -> int:
    return len(values) - 1 - values[::-1].index(value)


def _anchor(middle: float, label: str) -> str:
    """Over the middle of the bar where the sum fits there even on a phone, else from the bar's edge inwards."""
    half, at = len(label) * LETTER, NARROWEST * middle / 100
    return "start" if at < half else "end" if NARROWEST - at < half else "middle"


def _percent(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") + "%"


def _share(part: int, whole: int, of: str) -> str:
    if not whole:
        return ""
    tenths = (part * 1000 + whole // 2) // whole
    text = f"{tenths // 10},{tenths % 10}" if tenths % 10 and tenths < 100 else f"{(tenths + 5) // 10}"
    return f"{text}\u00a0% {of}"


def _whole_roubles(kopecks: int) -> str:
    """Rounded half away from zero: an exact sum needs more room than a bar has."""
    whole = (abs(kopecks) + 50) // 100 * 100
    return in_text(-whole if kopecks < 0 else whole)


def _year(sums: Sequence[MonthSum], number: int) -> str:
    """A year is written under its January and, for the first one, under its first month if there is room for both."""
    month = sums[number][0]
    if month.month == 1:
        return str(month.year)
    if number == 0 and all(later.month != 1 for later, _, _ in sums[1:2]):
        return str(month.year)
    return ""
