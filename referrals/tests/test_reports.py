"""«Отчеты»: the months of a partner and how one of them came about."""

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from partners.models import Partner, Terms, TermsAssignment
from referrals import close, forecast, reports, rewards
from referrals.models import Client, Month, MonthShard
from tests.factories import PartnerFactory, charged, confirmed, deliver, month, moscow, refunded, registered

from .pages import browsing, opened, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOVEMBER_20 = moscow("2025-11-20 12:00")


@pytest.fixture
def anna() -> Partner:
    """Legal, since 10 September 2025; holds c-1 and c-2."""
    anna = PartnerFactory(code="anna", registered_at=moscow("2025-09-10 12:00"))
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="anna", name="ООО «Красные цветы»"),
        registered("c-2", "2025-09-30 12:00", ref="anna", name="ИП Сергеев А. В."),
    )
    return anna


@pytest.fixture
def credited(anna: Partner) -> Partner:
    """October closed with 1 875.00 and 150.02, November open with 735.00."""
    deliver(
        charged("ch-1", "c-1", "12500.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "1000.10", "2025-10-11 09:30")
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    deliver(charged("ch-3", "c-1", "4900.00", "2025-11-03 09:30"))
    return anna


def sums(partner: Partner, now: dt.datetime = NOVEMBER_20) -> list[tuple[str, str, int, int, int, bool]]:
    found = reports.months_of(partner, foretold=forecast.of(partner, now=now), now=now)
    return [
        (f"{row.month:%Y-%m}", row.state.value, row.clients, row.base_kopecks, row.reward_kopecks, row.is_final)
        for row in found
    ]


# --- The months -------------------------------------------------------------------------------------------------------


def test_months_run_from_the_registration_to_the_current_one_those_without_charges_too(credited: Partner) -> None:
    assert sums(credited) == [
        ("2025-11", "open", 1, 490_000, 73_500, False),
        ("2025-10", "closed", 2, 1_350_010, 202_502, True),
        ("2025-09", "closed", 0, 0, 0, True),
    ]


def test_a_month_being_closed_is_final_once_it_has_come_to_the_partner(credited: Partner) -> None:
    now = moscow("2025-12-01 06:00")
    begun = Month.objects.create(starts_on=month("2025-11"), frozen_at=now)
    shard = MonthShard.objects.create(month=begun, first_partner=credited.pk, last_partner=credited.pk)
    assert sums(credited, now)[:2] == [
        ("2025-12", "open", 0, 0, 0, False),
        ("2025-11", "closing", 1, 490_000, 73_500, False),
    ]
    page = opened(credited, "/cabinet/reports/", now=now)
    assert "Декабрь 2025 открыт посчитаем, когда закроется ноябрь 2025" in page
    assert "Ноябрь 2025 закрывается 1 4 900,00 ₽ ≈ 735,00 ₽" in page
    rewards.write(begun.starts_on, partners=(credited.pk, credited.pk))
    shard.done_at = now
    shard.save()
    assert sums(credited, now)[:2] == [
        ("2025-12", "open", 0, 0, 0, False),
        ("2025-11", "closing", 1, 490_000, 73_500, True),
    ]


def test_page_tells_state_clients_base_and_reward_of_each_month(credited: Partner) -> None:
    page = opened(credited, "/cabinet/reports/", now=NOVEMBER_20)
    assert "Всего вам начислено 2 025,02 ₽ За 1 месяц, в которых учтены списания ваших клиентов" in page
    assert "Ноябрь 2025 ≈ 735,00 ₽" in page
    assert "По состоянию на 20 ноября 2025, 12:00" in page
    assert "Ноябрь 2025 открыт, по прогнозу 1 4 900,00 ₽ ≈ 735,00 ₽" in page
    assert "Октябрь 2025 закрыт 1 ноября 2025 2 13 500,10 ₽ 2 025,02 ₽" in page
    assert "Сентябрь 2025 закрыт до запуска портала списаний не было" in page
    assert "Начислено за 2025 год 2 025,02 ₽" in page


def test_years_have_a_page_each(credited: Partner) -> None:
    now = moscow("2026-02-10 12:00")
    close.run(month("2026-01"), now=moscow("2026-02-01 06:00"))
    page = opened(credited, "/cabinet/reports/", now=now)
    assert "Начислено за 2026 год 0,00 ₽" in page
    assert "Октябрь 2025 закрыт" not in page
    old = opened(credited, "/cabinet/reports/?year=2025", now=now)
    assert "Начислено за 2025 год 2 760,02 ₽" in old
    assert "Октябрь 2025 закрыт 1 ноября 2025" in old
    assert opened(credited, "/cabinet/reports/?year=1999", now=now) == page


def test_quiet_months_in_a_row_are_folded_and_stay_within_reach(credited: Partner) -> None:
    close.run(month("2026-08"), now=moscow("2026-09-01 06:00"))
    deliver(charged("ch-4", "c-1", "100.00", "2026-09-03 09:30"), now=moscow("2026-09-10 12:00"))
    close.run(month("2026-11"), now=moscow("2026-12-01 06:00"))
    now = moscow("2026-12-20 12:00")
    page = opened(credited, "/cabinet/reports/", now=now)
    assert "Ещё 8 месяцев без начислений: январь 2026 — август 2026 Август 2026 Июль 2026 Июнь 2026" in page
    assert "Сентябрь 2026 закрыт 1 декабря 2026 1 100,00 ₽ 15,00 ₽ Ещё 8 месяцев" in page
    assert "Ноябрь 2026 закрыт 1 декабря 2026 списаний не было Октябрь 2026" in page  # two are not worth it
    with browsing(credited, now) as browser:
        assert 'href="/cabinet/reports/2026-03/"' in browser.get("/cabinet/reports/").content.decode()


def test_quiet_years_have_no_tab_and_stay_within_reach() -> None:
    nina = PartnerFactory(code="nina", registered_at=moscow("2021-03-10 12:00"))
    deliver(registered("c-9", "2021-03-11 12:00", ref="nina"), charged("old", "c-9", "100.00", "2021-04-05 09:30"))
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    with browsing(nina, NOVEMBER_20) as browser:
        context = browser.get("/cabinet/reports/").context
        assert (context["year"], context["years"], context["quiet"].years) == (2025, [2025, 2021], [2024, 2023, 2022])
        page = text_of(browser.get("/cabinet/reports/"))
        assert "Ещё 36 месяцев без начислений 2024 год 2023 год 2022 год" in page
        asked = text_of(browser.get("/cabinet/reports/?year=2023"))
        assert "Ещё 12 месяцев без начислений: январь 2023 — декабрь 2023" in asked
        assert "Начислено за 2023 год 0,00 ₽" in asked
        assert "Ещё 24 месяца без начислений 2024 год 2022 год" in asked


def test_long_quiet_history_costs_what_a_short_one_does() -> None:
    costs = []
    for code, since in (("long", "2005-01-10 12:00"), ("short", "2025-10-10 12:00")):
        partner = PartnerFactory(code=code, registered_at=moscow(since))
        with browsing(partner, NOVEMBER_20) as browser:
            browser.get("/cabinet/")  # makes the forecast
            with CaptureQueriesContext(connection) as queries:
                assert browser.get("/cabinet/reports/").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_newcomer_reads_that_there_was_nothing_yet_and_what_to_do(anna: Partner) -> None:
    page = opened(anna, "/cabinet/reports/", now=NOVEMBER_20)
    assert "Пока ноль: ни один месяц со списаниями ваших клиентов ещё не закрыт. Отправьте ссылку" in page
    assert "Ноябрь 2025 открыт, по прогнозу списаний пока не было" in page


def test_chart_has_twelve_months_up_to_the_forecast_and_none_before_the_registration(credited: Partner) -> None:
    foretold = forecast.of(credited, now=NOVEMBER_20)
    assert reports.latest(credited, foretold=foretold) == [
        (month("2025-09"), 0, False),
        (month("2025-10"), 202_502, False),
        (month("2025-11"), 73_500, True),
    ]
    Partner.objects.update(registered_at=moscow("2020-01-01 12:00"))
    old = Partner.objects.get()
    chart = reports.latest(old, foretold=foretold)
    assert (len(chart), chart[0]) == (12, (month("2024-12"), 0, False))


# --- One month --------------------------------------------------------------------------------------------------------


def test_month_says_how_its_sum_came_about(credited: Partner) -> None:
    page = opened(credited, "/cabinet/reports/2025-10/", now=NOVEMBER_20)
    assert "Октябрь 2025 закрыт 1 ноября 2025" in page
    assert "Вознаграждение за месяц 2 025,02 ₽ Списано и учтено 13 500,10 ₽ у 2 клиентов" in page
    assert "На баланс 2 025,02 ₽ 1 ноября 2025, 06:00" in page
    assert "Условия Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе" in page
    assert "ООО «Красные цветы» 15 % от суммы 12 500,00 ₽ 1 875,00 ₽" in page
    assert "ИП Сергеев А. В. 15 % от суммы 1 000,10 ₽ 150,02 ₽" in page
    assert page.index("Красные цветы") < page.index("Сергеев")
    assert "Итого 13 500,10 ₽ 2 025,02 ₽" in page


def test_open_month_is_marked_as_not_final(credited: Partner) -> None:
    page = opened(credited, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "Вознаграждение за месяц, по прогнозу ≈ 735,00 ₽ Списано и учтено 4 900,00 ₽ у 1 клиента" in page
    assert "По состоянию на 20 ноября 2025, 12:00" in page
    assert "На баланс поступит 1 декабря 2025 когда месяц закроется" in page
    assert "ООО «Красные цветы» 15 % от суммы 4 900,00 ₽ ≈ 735,00 ₽" in page
    assert "PDF" not in page


def test_each_client_leads_to_how_its_reward_was_counted(credited: Partner) -> None:
    flowers = Client.objects.get(account_id="c-1").pk
    with browsing(credited, NOVEMBER_20) as browser:
        for label in ("2025-10", "2025-11"):
            body = browser.get(f"/cabinet/reports/{label}/").content.decode()
            assert f'href="/cabinet/clients/{flowers}/{label}/"' in body


def test_charges_of_earlier_months_are_pointed_out(credited: Partner) -> None:
    deliver(
        charged("ch-4", "c-2", "500.00", "2025-10-30 09:30", is_confirmed=False), confirmed("ch-4", "2025-11-05 09:30")
    )
    page = opened(credited, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "ИП Сергеев А. В. 15 % от суммы есть списания прошлых месяцев, учтённые в этом 500,00 ₽ ≈ 75,00 ₽" in page
    assert "Красные цветы» 15 % от суммы 4 900,00 ₽" in page


def test_refunds_take_reward_back_and_the_month_says_so(credited: Partner) -> None:
    deliver(refunded("rf-1", "ch-1", "9900.00", "2025-11-05 09:30"))
    page = opened(credited, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "15 % от суммы: возвраты больше списаний −5 000,00 ₽ ≈ −750,00 ₽" in page


def test_individual_reads_why_a_month_brought_nothing_the_reward_or_took_it_back() -> None:
    boris = PartnerFactory(code="boris", tariff="individual", registered_at=moscow("2025-06-01 12:00"))
    deliver(registered("c-1", "2025-06-05 12:00", ref="boris", name="Кофейня"))
    deliver(
        charged("ch-6", "c-1", "4000.50", "2025-06-10 09:30"),
        charged("ch-7", "c-1", "1000.00", "2025-07-10 09:30"),
        charged("ch-8", "c-1", "500.00", "2025-08-10 09:30"),
        refunded("rf-9", "ch-6", "1000.00", "2025-09-10 09:30"),
        charged("ch-10", "c-1", "700.00", "2025-10-10 09:30"),
    )
    close.run(month("2025-09"), now=moscow("2025-10-01 06:00"))
    now = moscow("2025-10-20 12:00")
    said = [opened(boris, f"/cabinet/reports/2025-{number:02}/", now=now) for number in range(6, 11)]
    assert "Кофейня всего 4 000,50 ₽ — меньше 5 000 ₽ 4 000,50 ₽ 0,00 ₽" in said[0]
    assert "На баланс начислять нечего" in said[0]
    assert "Кофейня 3 000 ₽ за клиента 1 000,00 ₽ 3 000,00 ₽" in said[1]
    assert "Кофейня 3 000 ₽ за клиента уже начислены 500,00 ₽ 0,00 ₽" in said[2]
    assert "Кофейня из-за возврата стало меньше 5 000 ₽ −1 000,00 ₽ −3 000,00 ₽" in said[3]
    assert "На баланс −3 000,00 ₽" in said[3]
    assert "Кофейня 3 000 ₽ за клиента 700,00 ₽ ≈ 3 000,00 ₽" in said[4]


def test_with_several_terms_each_row_names_its_own(credited: Partner) -> None:
    newer = Terms.objects.create(name="legal-2026-2", tariff="legal", starts_on=month("2025-11"), percent_bp=2000)
    TermsAssignment.objects.create(
        partner=credited, terms=newer, starts_at=moscow("2025-11-01 00:00"), reason="offer_accepted"
    )
    deliver(charged("ch-5", "c-2", "100.00", "2025-11-06 09:30"))
    page = opened(credited, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "ИП Сергеев А. В. 20 % от суммы условия для юрлиц от 1 ноября 2025 100,00 ₽ ≈ 20,00 ₽" in page
    assert "Красные цветы» 15 % от суммы условия для юрлиц 4 900,00 ₽ ≈ 735,00 ₽" in page
    told = "Клиент приносит вам 20 % от абонентской платы Условия для юрлиц от 1 ноября 2025. Раньше действовали другие"
    assert f"Условия {told}" in page
    assert "Раньше действовали другие" not in opened(credited, "/cabinet/reports/2025-10/", now=NOVEMBER_20)


def test_terms_that_no_row_of_the_month_was_counted_by_are_not_told(credited: Partner) -> None:
    newer = Terms.objects.create(name="legal-2026-2", tariff="legal", starts_on=month("2025-11"), percent_bp=2000)
    TermsAssignment.objects.create(
        partner=credited, terms=newer, starts_at=moscow("2025-11-04 00:00"), reason="offer_accepted"
    )
    page = opened(credited, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "Клиент приносит вам 15 %" in page
    assert "для юрлиц от" not in page
    assert "Раньше действовали другие" not in page


def test_month_without_charges_says_so_and_shows_what_a_client_would_look_like(anna: Partner) -> None:
    page = opened(anna, "/cabinet/reports/2025-11/", now=NOVEMBER_20)
    assert "Пока ни у одного вашего клиента не было списаний, которые учитываются" in page
    assert "ООО «Красные цветы» 15 % от суммы 12 500,00 ₽ 1 875,00 ₽" in page
    assert "На баланс пока начислять нечего" in page


@pytest.mark.parametrize("label", ["2025-08", "2025-12", "2025-13", "october", "2025-1", "25-10"])
def test_what_is_no_month_of_the_partner_is_not_found(credited: Partner, label: str) -> None:
    with browsing(credited, NOVEMBER_20) as browser:
        answers = [browser.get(f"/cabinet/reports/{label}{end}") for end in ("/", ".xlsx", ".csv", ".pdf")]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]


def test_clients_come_fifty_to_a_page_and_the_sum_is_of_all(anna: Partner) -> None:
    names = [f"m-{number:02}" for number in range(60)]
    deliver(*(registered(name, "2025-10-01 12:00", ref="anna", name=f"Клиент {name}") for name in names))
    deliver(*(charged(f"ch-{name}", name, "100.00", "2025-10-10 09:30") for name in names))
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    with browsing(anna, NOVEMBER_20) as browser:
        first = browser.get("/cabinet/reports/2025-10/")
        second = browser.get("/cabinet/reports/2025-10/" + first.context["pager"]["next"])
    assert (len(first.context["rows"]), len(second.context["rows"])) == (50, 10)
    assert {row.name for row in first.context["rows"]} | {row.name for row in second.context["rows"]} == {
        f"Клиент {name}" for name in names
    }
    for page in (text_of(first), text_of(second)):
        assert "Вознаграждение за месяц 900,00 ₽ Списано и учтено 6 000,00 ₽ у 60 клиентов" in page
        assert "Итого" not in page


@pytest.mark.parametrize(
    ("clients", "is_final", "printed"),
    [(2_000, True, True), (2_001, True, False), (0, True, False), (2, False, False)],
)
def test_what_is_printed_is_a_credited_month_and_not_endless(
    anna: Partner, clients: int, is_final: bool, printed: bool
) -> None:
    found = reports.MonthSum(month("2025-10"), reports.State.CLOSED, clients=clients, is_final=is_final)
    assert reports.MonthReport(anna, found).fits_on_paper() is printed


# --- To take away -----------------------------------------------------------------------------------------------------


def sheet(partner: Partner, path: str) -> list[tuple[Any, ...]]:
    with browsing(partner, NOVEMBER_20) as browser:
        response = browser.get(path)
        content = b"".join(response.streaming_content)
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def lines(partner: Partner, path: str) -> list[list[str]]:
    with browsing(partner, NOVEMBER_20) as browser:
        response = browser.get(path)
        content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content), delimiter=";"))


def test_month_is_taken_away_as_xlsx_and_csv(credited: Partner) -> None:
    assert sheet(credited, "/cabinet/reports/2025-10.xlsx") == [
        ("Клиент", "Как посчитано", "Условия", "Списано и учтено", "Вознаграждение"),
        ("ООО «Красные цветы»", "15\u00a0% от суммы", "для юрлиц", 12_500, 1_875),
        ("ИП Сергеев А. В.", "15\u00a0% от суммы", "для юрлиц", 1_000.1, 150.02),
    ]
    assert lines(credited, "/cabinet/reports/2025-11.csv")[1:] == [
        ["ООО «Красные цветы»", "15\u00a0% от суммы", "для юрлиц", "4900,00", "735,00"]
    ]


def test_months_are_taken_away_all_together(credited: Partner) -> None:
    assert lines(credited, "/cabinet/reports.csv") == [
        ["Месяц", "Состояние", "Закрыт", "Клиентов", "Списано и учтено", "Вознаграждение"],
        ["ноябрь 2025", "открыт, по прогнозу", "", "1", "4900,00", "735,00"],
        ["октябрь 2025", "закрыт", "01.11.2025 06:00:00", "2", "13500,10", "2025,02"],
        ["сентябрь 2025", "закрыт", "", "0", "0,00", "0,00"],
    ]
    assert sheet(credited, "/cabinet/reports.xlsx")[2][1:] == (
        "закрыт",
        dt.datetime(2025, 11, 1, 6),  # noqa: DTZ001 - Excel knows no zones
        2,
        13_500.1,
        2_025.02,
    )


def test_forecast_is_called_a_forecast_in_the_name_of_its_file(credited: Partner) -> None:
    with browsing(credited, NOVEMBER_20) as browser:
        names = [
            browser.get(f"/cabinet/reports/{label}.csv")["Content-Disposition"] for label in ("2025-11", "2025-10")
        ]
    assert [name.split("''")[1] for name in names] == [
        "%D0%9F%D1%80%D0%BE%D0%B3%D0%BD%D0%BE%D0%B7%20%D0%B7%D0%B0%20%D0%BD%D0%BE%D1%8F%D0%B1%D1%80%D1%8C%202025.csv",
        "%D0%9E%D1%82%D1%87%D1%91%D1%82%20%D0%B7%D0%B0%20%D0%BE%D0%BA%D1%82%D1%8F%D0%B1%D1%80%D1%8C%202025.csv",
    ]


def test_other_formats_are_not_found(credited: Partner) -> None:
    with browsing(credited, NOVEMBER_20) as browser:
        assert browser.get("/cabinet/reports/2025-10.docx").status_code == 404
        assert browser.get("/cabinet/reports.pdf").status_code == 404


# --- Who sees what, at what cost --------------------------------------------------------------------------------------


def test_another_partner_sees_nothing_of_it_and_the_signed_out_sign_in_first(credited: Partner) -> None:
    nina = PartnerFactory(code="nina", registered_at=moscow("2025-09-10 12:00"))
    for path in ("/cabinet/reports/", "/cabinet/reports/2025-10/", "/cabinet/reports/2025-11/"):
        page = opened(nina, path, now=NOVEMBER_20)
        assert "Сергеев" not in page
        assert "2 025,02" not in page
        asked = Browser().get(path)
        assert (asked.status_code, asked["Location"]) == (302, f"/users/sign_in?next={path}")


def test_blocked_partner_reads_its_reports(credited: Partner) -> None:
    Partner.objects.update(status=Partner.Status.BLOCKED)
    assert "ООО «Красные цветы»" in opened(credited, "/cabinet/reports/2025-10/", now=NOVEMBER_20)


@pytest.mark.parametrize("tariff", ["legal", "individual"])
def test_reports_cost_the_same_with_one_client_and_with_many(tariff: str) -> None:
    anna = PartnerFactory(code="anna", tariff=tariff, registered_at=moscow("2025-09-10 12:00"))
    names = [f"m-{number}" for number in range(80)]
    deliver(*(registered(name, "2025-09-11 12:00", ref="anna") for name in names))
    deliver(charged("ch", names[0], "100.00", "2025-09-20 09:30"))
    deliver(*(charged(f"ch-{name}", name, "100.00", "2025-10-10 09:30") for name in names))
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    costs = {}
    with browsing(anna, NOVEMBER_20) as browser:
        browser.get("/cabinet/")  # makes the forecast
        for path in ("", "2025-09/", "2025-10/"):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(f"/cabinet/reports/{path}").status_code == 200
            costs[path] = len(queries)
    assert costs["2025-09/"] == costs["2025-10/"] <= 12
    assert costs[""] <= 12
