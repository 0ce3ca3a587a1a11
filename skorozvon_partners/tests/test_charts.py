"""Charts as numbers: where each bar stands, how tall it is, what is written at it."""

import datetime as dt

import pytest

from skorozvon_partners import charts
from skorozvon_partners.charts import Bars


def drawn(*kopecks: int, last_is_open: bool = False) -> Bars:
    """Bars of the months from January 2026 on."""
    last = len(kopecks)
    return charts.month_bars(
        [
            (dt.date(2026, number, 1), each, last_is_open and number == last)
            for number, each in enumerate(kopecks, start=1)
        ]
    )


def test_heights_are_in_proportion_to_the_sums() -> None:
    chart = drawn(100_00, 50_00, 25_00)
    assert [bar.height for bar in chart.bars] == [150, 75, 38]
    assert {bar.y + bar.height for bar in chart.bars} == {chart.baseline} == {172}


def test_a_kopeck_can_be_seen_and_a_zero_has_no_bar() -> None:
    assert [bar.height for bar in drawn(1_000_000_00, 1, 0).bars] == [150, 3, 0]


def test_sums_below_zero_hang_from_the_line() -> None:
    chart = drawn(200_00, -100_00)
    up, down = chart.bars
    assert (up.y, up.height) == (22, 100)
    assert (down.y, down.height) == (122, 50)
    assert chart.baseline == 122
    assert chart.names_y > down.label_y > down.y + down.height


def test_only_the_peak_and_the_deepest_month_have_their_sums_written() -> None:
    chart = drawn(100_00, 900_00, -50_00, 900_00, -70_00, 0)
    assert [bar.label for bar in chart.bars if bar.is_labelled] == ["900\u202f₽", "\u221270\u202f₽"]
    assert [bar.month.month for bar in chart.bars if bar.is_peak] == [4]


def test_written_sum_is_in_whole_roubles_rounded_half_away_from_zero() -> None:
    chart = drawn(44_900_50, -150_50)
    assert [bar.label for bar in chart.bars] == ["44\u202f901\u202f₽", "\u2212151\u202f₽"]


def test_open_month_is_told_as_not_final() -> None:
    before, still_open = drawn(100_00, 216_30, last_is_open=True).bars
    assert before.words == "январь 2026: 100,00\u202f₽"
    assert still_open.words == "февраль 2026: ≈\u202f216,30\u202f₽, месяц открыт"
    assert still_open.label == "≈\u202f216\u202f₽"


def test_months_without_any_sum_are_a_line_with_names() -> None:
    chart = drawn(*[0] * 12)
    assert [bar.height for bar in chart.bars] == [0] * 12
    assert (chart.baseline, chart.height) == (22, 58)
    assert not any(bar.is_labelled for bar in chart.bars)


def test_no_months_are_no_bars() -> None:
    assert drawn().bars == []


def test_twelve_months_share_the_width_and_three_are_no_wider_than_six() -> None:
    assert {bar.room for bar in drawn(*[1] * 12).bars} == {"8.33%"}
    assert [(bar.x, bar.width) for bar in drawn(1, 1, 1).bars] == [
        ("3.17%", "10.33%"),
        ("19.83%", "10.33%"),
        ("36.5%", "10.33%"),
    ]


def test_sum_at_an_edge_is_written_inwards() -> None:
    millions = 12_345_678_00
    assert drawn(millions, *[0] * 11).bars[0].anchor == "start"
    assert drawn(*[0] * 6, millions, *[0] * 5).bars[6].anchor == "middle"
    assert drawn(*[0] * 11, millions).bars[11].anchor == "end"


def test_year_stands_under_its_first_month_and_two_never_touch() -> None:
    def years(*months: tuple[int, int]) -> list[str]:
        return [bar.year for bar in charts.month_bars([(dt.date(*month, 1), 1, False) for month in months]).bars]

    assert years((2025, 11), (2025, 12), (2026, 1)) == ["2025", "", "2026"]
    assert years((2025, 12), (2026, 1), (2026, 2)) == ["", "2026", ""]


def test_funnel_is_in_true_proportion_with_shares_in_words() -> None:
    steps = charts.funnel(1284, 963, 212, 61, 23)
    assert [(step.width, step.behind) for step in steps] == [("75%", "100%"), ("4.75%", ""), ("1.79%", "")]
    assert [step.share for step in steps] == [
        "963 уникальных, 212 ботов",
        "6,3\u00a0% от уникальных",
        "38\u00a0% от регистраций",
    ]


def test_share_is_left_out_where_it_would_say_nothing() -> None:
    assert [step.share for step in charts.funnel(0, 0, 0, 3, 1)] == ["", "", "33\u00a0% от регистраций"]
    assert [step.share for step in charts.funnel(2, 2, 0, 3, 0)] == ["", "", "0\u00a0% от регистраций"]
    assert [(step.width, step.share) for step in charts.funnel(0, 0, 0, 0, 0)] == [("0%", "")] * 3


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ((1, 1, 0), ""),
        ((0, 0, 0), ""),
        ((3, 1, 0), "1 уникальный"),
        ((25, 21, 1), "21 уникальный, 1 бот"),
        ((3, 0, 3), "0 уникальных, 3 бота"),
    ],
)
def test_clicks_are_told_apart_where_not_each_was_a_visitors_first(kinds: tuple[int, int, int], words: str) -> None:
    assert charts.click_kinds(*kinds) == words


def test_bar_towards_a_goal_is_filled_from_nothing_to_the_whole() -> None:
    assert charts.filled(4_000_50, 5_000_00) == "80.01%"
    assert charts.filled(9_000_00, 5_000_00) == "100%"
    assert charts.filled(-1, 5_000_00) == "0%"
    assert charts.filled(0, 0) == "100%"
