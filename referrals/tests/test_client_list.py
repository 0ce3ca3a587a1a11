"""The list of clients: states, search, filters, order, pages, downloads, and what all of it costs."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from partners import months
from partners.models import Partner, Terms, TermsAssignment
from payouts import tariff_change
from referrals import campaigns, close, forecast, rules
from referrals.client_list import ENDING, ORDERS, STATES, ClientList, Wanted
from referrals.models import Client, Progress, Referral
from referrals.standing import Standing, State, standing
from referrals.tests.pages import browsing, opened
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    code_applied,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def names(partner: Partner, *, now: dt.datetime = NOW, **wanted: Any) -> list[str]:
    """The clients of a list, by their ids in the service, in its order."""
    asked = Wanted(**wanted)
    found = ClientList(partner, now=now).found(asked).order_by(*ORDERS[asked.sort])
    return list(found.values_list("client__account_id", flat=True))


def states(partner: Partner, *, now: dt.datetime = NOW) -> dict[str, Standing]:
    listed = ClientList(partner, now=now)
    rows = listed.rows(list(listed.shown(listed.found(Wanted()))))
    return {row.referral.client.account_id: row.standing for row in rows}


def plain(text: str) -> str:
    return " ".join(text.split())


def page(partner: Partner, query: str = "", *, now: dt.datetime = NOW) -> str:
    return opened(partner, f"/cabinet/clients/{query}", now=now)


# --- The end of a window, and back ------------------------------------------------------------------------------------

_MINUTES = 15 * 365 * 24 * 60
at_any_time = st.integers(0, _MINUTES).map(lambda passed: moscow("2017-01-01 00:00") + dt.timedelta(minutes=passed))
on_last_days = at_any_time.map(lambda at: at.replace(day=1) - dt.timedelta(days=1))


@given(now=at_any_time | on_last_days, window=st.integers(0, 30), hours=st.integers(-150, 150))
def test_window_is_over_for_exactly_those_registrations_whose_end_has_come(
    now: dt.datetime, window: int, hours: int
) -> None:
    registered_at = months.plus_months(now, -window) + dt.timedelta(hours=hours)
    is_within = any(
        (begins_at is None or begins_at <= registered_at) and registered_at <= ends_at
        for begins_at, ends_at in rules.window_over(now, window)
    )
    assert is_within == (months.plus_months(registered_at, window) <= now)


def test_on_28_february_both_last_days_of_a_leap_years_february_end_each_at_its_hour() -> None:
    assert rules.window_over(moscow("2026-02-28 12:00"), 24) == [
        (None, moscow("2024-02-28 12:00")),
        (moscow("2024-02-29 00:00"), moscow("2024-02-29 12:00")),
    ]
    assert rules.window_over(moscow("2026-02-28 12:00"), 24) != rules.window_over(moscow("2026-03-01 12:00"), 24)


# --- States -----------------------------------------------------------------------------------------------------------

LEGAL = Terms(tariff="legal", percent_bp=1500, window_months=24)
ENDLESS = Terms(tariff="legal", percent_bp=1500, window_months=None)
INDIVIDUAL = Terms(tariff="individual", one_time_kopecks=300000, threshold_kopecks=500000)
PAID = moscow("2025-10-10 09:30")


@pytest.mark.parametrize(
    ("terms", "facts", "words"),
    [
        (LEGAL, {}, "зарегистрировался"),
        (LEGAL, {"paid_at": PAID}, "приносит вознаграждение до 15 сентября 2027"),
        (
            LEGAL,
            {"paid_at": PAID, "now": moscow("2027-09-15 09:59:59")},
            "приносит вознаграждение до 15 сентября 2027",
        ),
        (LEGAL, {"paid_at": PAID, "now": moscow("2027-09-15 10:00")}, "срок закончился 15 сентября 2027"),
        (LEGAL, {"now": moscow("2027-09-15 10:00")}, "срок закончился 15 сентября 2027"),
        (ENDLESS, {"paid_at": PAID, "now": moscow("2040-01-01 00:00")}, "приносит вознаграждение"),
        (INDIVIDUAL, {}, "зарегистрировался"),
        (INDIVIDUAL, {"paid_at": PAID, "counted_kopecks": 320000}, "оплатил 3 200 из 5 000 ₽"),
        (INDIVIDUAL, {"paid_at": PAID, "counted_kopecks": 320050}, "оплатил 3 200,50 из 5 000 ₽"),
        (INDIVIDUAL, {"paid_at": PAID, "given_kopecks": 300000}, "вознаграждение начислено"),
        (INDIVIDUAL, {"paid_at": PAID, "held_until": PAID}, "передан другому партнёру 10 октября 2025"),
        (LEGAL, {"held_until": PAID, "now": moscow("2030-01-01 00:00")}, "передан другому партнёру 10 октября 2025"),
    ],
)
def test_state_follows_from_dates_and_sums(terms: Terms, facts: dict[str, Any], words: str) -> None:
    given = {"held_until": None, "paid_at": None, "given_kopecks": 0, "counted_kopecks": 0, "now": NOW} | facts
    found = standing(registered_at=moscow("2025-09-15 10:00"), terms=terms, **given)
    assert plain(found.words) == words


def test_every_client_is_in_the_filter_of_its_own_state_and_in_no_other(anna: Partner, boris: Partner) -> None:
    deliver(
        registered("new", "2026-11-01 10:00", ref="anna"),
        registered("paying", "2026-10-01 10:00", ref="anna"),
        charged("a", "paying", "1000.00", "2026-10-05 10:00"),
        registered("leap", "2024-12-31 10:00", ref="anna"),
        registered("moved", "2026-10-01 10:00", ref="anna"),
    )
    passed_on("moved", to=boris, at="2026-11-01 10:00")
    for now in (NOW, moscow("2026-12-31 09:59:59"), moscow("2026-12-31 10:00")):
        by_filter = {
            client: state
            for state in STATES["legal"]
            if state != ENDING
            for client in names(anna, state=state, now=now)
        }
        assert by_filter == {client: str(found.state) for client, found in states(anna, now=now).items()}
    assert names(anna, state=ENDING) == ["leap"]
    assert names(anna, state=ENDING, now=moscow("2026-12-31 10:00")) == []
    assert names(anna, state=State.OVER, now=moscow("2026-12-31 10:00")) == ["leap"]


def test_individuals_clients_are_told_apart_by_what_was_credited(boris: Partner) -> None:
    deliver(
        registered("new", ref="boris"),
        registered("started", ref="boris"),
        registered("done", ref="boris"),
        charged("a", "started", "3200.00", "2025-03-05 10:00"),
        charged("b", "done", "5000.00", "2025-03-05 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    found = states(boris)
    assert {client: str(each.state) for client, each in found.items()} == {
        "new": "registered",
        "started": "paid",
        "done": "credited",
    }
    assert [names(boris, state=state) for state in ("registered", "paid", "credited")] == [
        ["new"],
        ["started"],
        ["done"],
    ]
    assert "оплатил 3 200 из 5 000 ₽" in page(boris)


def test_reward_of_a_former_tariff_is_not_taken_for_the_one_time_reward(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="ИП закрыто", now=moscow("2025-04-10 10:00"))
    deliver(charged("b", "c-1", "700.00", "2025-04-15 10:00"))
    anna.refresh_from_db()
    assert Progress.objects.get().reward_kopecks == 15000
    assert (states(anna)["c-1"].state, states(anna)["c-1"].counted_kopecks) == (State.PAID, 70000)
    assert (names(anna, state="paid"), names(anna, state="credited")) == (["c-1"], [])
    close.run(month("2025-04"), now=NOW)
    deliver(charged("c", "c-1", "4300.00", "2025-05-15 10:00"))
    close.run(month("2025-05"), now=NOW)
    assert states(anna)["c-1"].state == State.CREDITED
    assert (names(anna, state="paid"), names(anna, state="credited")) == ([], ["c-1"])


# --- Search, filters, order -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("цвет", ["c-1"]),
        ("«КРАСНЫЕ  цветы»", ["c-1"]),
        ("елочка", ["c-2"]),
        ("Ёл", ["c-2"]),
        ("100%", ["c-3"]),
        ("0%", ["c-3"]),
        ("%", ["c-3"]),
        ("_", ["c-3"]),
        ("а_б", ["c-3"]),
        ("\\", ["c-3"]),
        ("ое\\н", []),
        ("ооо", ["c-1", "c-2", "c-3"]),
        ("«»", ["c-1", "c-2", "c-3"]),
        ("чужая", []),
    ],
)
def test_search_finds_any_part_of_a_name_and_takes_every_sign_for_itself(
    typed: str, found: list[str], anna: Partner, boris: Partner
) -> None:
    deliver(
        registered("c-1", ref="anna", name="ООО «Красные цветы»"),
        registered("c-2", ref="anna", name="ООО «Ёлочка»"),
        registered("c-3", ref="anna", name="ООО 100% а_б \\ Ко"),
        registered("c-4", ref="boris", name="ООО Чужая"),
    )
    assert names(anna, text=typed, sort="registered") == found


def test_filters_narrow_by_the_way_and_the_campaign(anna: Partner) -> None:
    blog = campaigns.create(anna, name="Блог", channel="blog", now=NOW)
    deliver(
        registered("link", ref="anna"),
        registered("code", promo_code="anna"),
        registered("blog", ref=blog.code.value),
    )
    assert names(anna, via="link", sort="registered") == ["link", "blog"]
    assert names(anna, via="promo_code") == ["code"]
    assert names(anna, code_id=blog.code_id) == ["blog"]
    assert "по ссылке, кампания «Блог»" in page(anna, f"?campaign={blog.pk}")
    assert "ООО code" not in page(anna, f"?campaign={blog.pk}")


def test_campaign_of_another_partner_filters_nothing_and_is_not_named(anna: Partner, boris: Partner) -> None:
    own = campaigns.create(anna, name="Блог", channel="blog", now=NOW)
    strange = campaigns.create(boris, name="Секрет", channel="blog", now=NOW)
    deliver(registered("c-1", ref=own.code.value), registered("c-2", ref=strange.code.value))
    seen = page(anna, f"?campaign={strange.pk}")
    assert "ООО c-1" in seen
    assert "ООО c-2" not in seen
    assert "Секрет" not in seen


def test_list_is_ordered_by_registration_name_or_reward(anna: Partner) -> None:
    deliver(
        registered("old", "2025-02-01 10:00", ref="anna", name="ООО Яблоко"),
        registered("new", "2025-03-01 10:00", ref="anna", name="«Арбуз»"),
        registered("rich", "2025-02-15 10:00", ref="anna", name="Вишня"),
        charged("a", "rich", "1000.00", "2025-03-05 10:00"),
        charged("b", "old", "100.00", "2025-03-05 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    assert names(anna) == ["new", "rich", "old"]
    assert names(anna, sort="registered") == ["old", "rich", "new"]
    assert names(anna, sort="name") == ["new", "rich", "old"]
    assert names(anna, sort="-reward") == ["rich", "old", "new"]


@pytest.mark.parametrize(
    "query", ["?sort=secret", "?state=nonsense", "?via=x", "?page=nonsense", "?q=%00", "?campaign=7"]
)
def test_query_typed_by_hand_is_answered_with_the_plain_list(query: str, anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"))
    assert "ООО c-1" in page(anna, query)


@pytest.mark.parametrize("sort", sorted(ORDERS))
def test_pages_of_every_order_hold_everybody_once(sort: str, anna: Partner) -> None:
    deliver(*(registered(f"c-{number}", "2025-02-01 10:00", ref="anna", name="ООО Ромашка") for number in range(120)))
    browser = Browser()
    browser.force_login(anna.user)
    seen: list[str] = []
    query = f"?sort={sort}"
    while query:
        context = browser.get(f"/cabinet/clients/{query}").context
        assert len(context["rows"]) <= 50
        seen += [row.referral.client.account_id for row in context["rows"]]
        query = context["pager"]["next"]
        assert query == "" or f"sort={sort}" in query or not sort
    assert sorted(seen) == sorted(f"c-{number}" for number in range(120))


# --- What is shown ----------------------------------------------------------------------------------------------------


def test_row_tells_what_was_counted_and_what_was_credited(anna: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="anna", name="ООО «Красные цветы»"),
        charged("a", "c-1", "12500.00", "2025-03-05 10:00"),
        refunded("r", "a", "2500.00", "2025-03-06 10:00"),
        charged("t", "c-1", "700.00", "2025-03-06 10:00", kind="telephony"),
        registered("c-2", "2025-01-31 10:00", promo_code="anna", name="ИП Сергеев"),
    )
    close.run(month("2025-03"), now=NOW)
    deliver(charged("b", "c-1", "0.50", "2025-04-05 10:00"))
    seen = page(anna)
    assert (
        "ООО «Красные цветы» по ссылке 1 февраля 2025 приносит вознаграждение до 1 февраля 2027 10 000,50 ₽ 1 500,00 ₽"
        in seen
    )
    assert "ИП Сергеев по промокоду 31 января 2025 зарегистрировался — —" in seen
    assert "Подключено 2 клиента" in seen
    assert "Всего: 2 клиента" in seen


def test_reward_that_is_coming_stands_under_the_one_that_was_credited(anna: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="anna"),
        charged("a", "c-1", "24000.00", "2025-03-05 10:00"),
        registered("c-2", "2025-02-02 10:00", ref="anna"),
    )
    close.run(month("2025-03"), now=NOW)
    deliver(charged("b", "c-1", "24000.00", "2025-04-05 10:00"), charged("c", "c-2", "10000.00", "2025-04-05 10:00"))
    seen = page(anna)
    assert "48 000,00 ₽ 3 600,00 ₽ + ≈ 3 600,00 ₽ 1 мая" in seen
    assert "10 000,00 ₽ ≈ 1 500,00 ₽ 1 мая" in seen
    assert "почему 0 ₽?" not in seen
    lines = download(anna, "csv", "?sort=registered")[1].decode("utf-8-sig").splitlines()
    assert [line.split(";")[7:10] for line in lines] == [
        ['"Списано и учтено"', '"Вознаграждение"', '"Ожидается"'],
        ['"48000,00"', '"3600,00"', '"3600,00"'],
        ['"10000,00"', '"0,00"', '"1500,00"'],
    ]


def test_campaign_with_quotes_in_its_name_is_quoted_once(anna: Partner) -> None:
    webinar = campaigns.create(anna, name="Вебинар «Обзвон»", channel="blog", now=NOW)
    deliver(registered("c-1", ref=webinar.code.value))
    assert "по ссылке, кампания «Вебинар „Обзвон“»" in page(anna)
    client = Client.objects.get().pk
    assert opened(anna, f"/cabinet/clients/{client}/").count("кампания «Вебинар „Обзвон“»") == 2


def test_one_client_is_counted_in_the_nominative(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"))
    assert "Подключён 1 клиент " in page(anna)


def test_reward_of_zero_after_charges_asks_why(boris: Partner) -> None:
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "100.00", "2025-03-05 10:00"))
    assert "100,00 ₽ почему 0 ₽?" in page(boris)


def test_charges_of_another_holder_are_not_counted_in(anna: Partner, boris: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    passed_on("c-1", to=boris, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "30.00", "2025-04-05 10:00"))
    assert "1 000,00 ₽" in page(anna)
    assert "передан другому партнёру 1 апреля 2025" in page(anna)
    assert "30,00 ₽" in page(boris)
    assert "1 000,00 ₽" not in page(boris)


def test_client_that_came_back_is_counted_by_both_times_together_and_not_by_the_one_between(boris: Partner) -> None:
    vera = PartnerFactory(code="vera", tariff="individual")
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    passed_on("c-1", to=vera, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "40.00", "2025-04-05 10:00"))
    passed_on("c-1", to=boris, at="2025-05-01 10:00")
    deliver(charged("c", "c-1", "500.00", "2025-05-05 10:00"))
    assert plain(states(boris)["c-1"].words) == "оплатил 1 500 из 5 000 ₽"
    assert "1 500,00 ₽" in page(boris)
    assert (names(boris, state=State.PAID), names(boris, state=State.PASSED_ON)) == (["c-1"], [])
    assert (names(vera, state=State.PAID), names(vera, state=State.PASSED_ON)) == ([], ["c-1"])


def test_client_that_came_back_is_told_by_the_terms_that_it_came_back_under(boris: Partner) -> None:
    vera = PartnerFactory(code="vera", tariff="individual")
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    passed_on("c-1", to=vera, at="2025-04-01 10:00")
    newer = Terms.objects.create(
        name="newer",
        tariff="individual",
        starts_on=dt.date(2025, 5, 1),
        one_time_kopecks=1_000_00,
        threshold_kopecks=2_000_00,
    )
    TermsAssignment.objects.create(
        partner=boris, terms=newer, starts_at=moscow("2025-05-01 00:00"), reason="offer_accepted"
    )
    assert plain(states(boris)["c-1"].words) == "передан другому партнёру 1 апреля 2025"
    passed_on("c-1", to=boris, at="2025-06-01 10:00")
    deliver(charged("b", "c-1", "500.00", "2025-06-05 10:00"))
    assert plain(states(boris)["c-1"].words) == "оплатил 500 из 2 000 ₽"
    assert "Списалось 500,00 ₽ из 2 000,00 ₽" in opened(boris, f"/cabinet/clients/{Client.objects.get().pk}/")


def test_whose_time_ends_within_60_days_is_named_on_top(anna: Partner) -> None:
    deliver(
        *(registered(f"c-{day}", f"2025-02-{day:02} 10:00", ref="anna") for day in (1, 2, 3, 4, 14)),
        registered("passed", "2024-12-01 10:00", ref="anna"),
        registered("later", "2025-02-20 10:00", ref="anna"),
    )
    seen = page(anna, now=moscow("2026-12-17 10:00"))
    assert (
        "Срок скоро закончится 1 февраля 2027 ООО c-1 2 февраля 2027 ООО c-2 3 февраля 2027 ООО c-3 Все, у кого" in seen
    )
    assert names(anna, state=ENDING, sort="registered", now=moscow("2026-12-17 10:00")) == [
        "c-1",
        "c-2",
        "c-3",
        "c-4",
        "c-14",
    ]


def test_empty_list_says_how_to_fill_it_and_what_it_will_look_like(anna: Partner) -> None:
    seen = page(anna)
    assert "Подключено 0 клиентов" in seen
    assert "Отправьте ссылку или промо-код тому, кому пригодится Скорозвон" in seen
    assert "/p/anna" in seen
    assert "ООО «Ваш первый клиент»" in seen


def test_search_without_a_result_says_what_to_try(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"))
    seen = page(anna, "?q=нетникого")
    assert "Таких клиентов нет" in seen
    assert "ООО c-1" not in seen


def test_blocked_partner_reads_its_clients_and_is_not_asked_to_invite(anna: Partner) -> None:
    Partner.objects.update(status="blocked")
    assert "/p/anna" not in page(anna)
    Partner.objects.update(status="active")
    deliver(registered("c-1", ref="anna"))
    Partner.objects.update(status="blocked")
    seen = page(anna)
    assert "ООО c-1" in seen
    assert "Прикрепить клиента" not in seen


def test_signed_out_visitor_signs_in_first() -> None:
    response = Browser().get("/cabinet/clients/?q=цвет")
    assert response.status_code == 302
    assert response["Location"].startswith("/users/sign_in?next=/cabinet/clients/")


def test_company_name_of_90_letters_and_markup_is_shown_as_it_is(anna: Partner) -> None:
    name = "Общество с ограниченной ответственностью «" + "Ж" * 40 + "<b>&»"
    deliver(registered("c-1", ref="anna", name=name))
    assert name in page(anna)


# --- To take away -----------------------------------------------------------------------------------------------------


def download(partner: Partner, format: str, query: str = "") -> Any:
    with browsing(partner) as browser:
        response = browser.get(f"/cabinet/clients.{format}{query}")
        assert response.status_code == 200
        return response, b"".join(response.streaming_content)


def test_downloads_hold_every_client_of_the_filter_in_the_order_of_the_page(anna: Partner) -> None:
    blog = campaigns.create(anna, name="Блог", channel="blog", now=NOW)
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="anna", name="=1+1"),
        registered("c-2", "2025-02-02 10:00", ref=blog.code.value, name="ООО «Ель»"),
        registered("c-3", "2025-02-03 10:00", promo_code="anna", name="ИП Кот"),
        charged("a", "c-2", "1000.50", "2025-03-05 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    response, body = download(anna, "csv", "?via=link&sort=name")
    assert "%D0%9A%D0%BB%D0%B8%D0%B5%D0%BD%D1%82%D1%8B%202026-12-15.csv" in response["Content-Disposition"]
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[1:] == [
        '"\'=1+1";"01.02.2025 10:00:00";"по ссылке";"";"01.02.2025 10:00:00";"зарегистрировался";"01.02.2027 10:00:00";'
        '"0,00";"0,00";"0,00";""',
        '"ООО «Ель»";"02.02.2025 10:00:00";"по ссылке";"Блог";"02.02.2025 10:00:00";'
        '"приносит вознаграждение до 2 февраля 2027";"02.02.2027 10:00:00";"1000,50";"150,08";"0,00";""',
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(download(anna, "xlsx", "?via=link&sort=name")[1])).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "Клиент"
    assert [(row[0], row[7], row[8]) for row in rows[1:]] == [("=1+1", 0, 0), ("ООО «Ель»", 1000.5, 150.08)]


def test_download_asks_a_fixed_number_of_queries_for_every_2000_clients(
    anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(anna, 1_000)
    forecast.of(anna, now=NOW)
    with browsing(anna) as browser, django_assert_max_num_queries(8):
        response: Any = browser.get("/cabinet/clients.csv")
        assert len(b"".join(response.streaming_content).splitlines()) == 1_001


@pytest.mark.parametrize("path", ["/cabinet/clients.pdf", "/cabinet/clients.exe"])
def test_other_formats_are_not_there(path: str, anna: Partner) -> None:
    browser = Browser()
    browser.force_login(anna.user)
    assert browser.get(path).status_code == 404


# --- What it costs ----------------------------------------------------------------------------------------------------


def many(partner: Partner, count: int) -> None:
    """So many more clients of a partner, each with its place in the digest."""
    since, code, had = moscow("2025-02-01 10:00"), partner.codes.get(is_main=True), Client.objects.count()
    clients = Client.objects.bulk_create(
        Client(account_id=f"many-{number}", name=f"ООО {number}", registered_at=since)
        for number in range(had, had + count)
    )
    facts = {"partner": partner, "registered_at": since, "held_since": since, "via": "link", "code": code}
    referrals = Referral.objects.bulk_create(
        Referral(client=client, search_name=rules.search_name(client.name), **facts) for client in clients
    )
    Progress.objects.bulk_create(Progress(referral=referral, partner=partner) for referral in referrals)


@pytest.mark.parametrize("query", ["", "q=ооо&state=ending&via=link&sort=-reward"])
def test_page_asks_as_many_queries_for_one_client_as_for_a_thousand(
    query: str, anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with browsing(anna) as browser:
        many(anna, 1)
        forecast.of(anna, now=NOW)
        with django_assert_max_num_queries(12) as for_one:
            assert browser.get(f"/cabinet/clients/?{query}").status_code == 200
        many(anna, 1_000)
        with django_assert_max_num_queries(len(for_one)):
            browser.get(f"/cabinet/clients/?{query}")
        with django_assert_max_num_queries(12):
            browser.get(f"/cabinet/clients/?{query}&page=last")


def test_number_of_found_clients_is_not_counted_to_the_end(anna: Partner) -> None:
    many(anna, 1_001)
    assert "Всего: 1 001 клиент" in page(anna)
    assert "Найдено: больше 1 000 клиентов" in page(anna, "?q=ооо")


def test_client_that_typed_the_code_later_is_held_since_then(anna: Partner) -> None:
    deliver(registered("c-1", "2025-02-01 10:00"), code_applied("c-1", "anna", "2025-06-01 10:00"))
    assert "по промокоду 1 февраля 2025" in page(anna)
