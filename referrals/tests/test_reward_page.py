"""One reward explained: the charges that made it, and every step from them to the ledger line."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from pytest_django import DjangoAssertNumQueries

from partners.models import Partner
from payouts import tariff_change
from referrals import books, close, explanation, forecast, new_terms
from referrals.explanation import exactly
from referrals.models import Client, Forecast, Referral, Reward
from referrals.tests.pages import browsing, opened
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    confirmed,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
)
from tests.oracle.histories import histories
from tests.oracle.player import Product

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def page(partner: Partner, label: str, *, now: dt.datetime = NOW) -> str:
    return opened(partner, f"/cabinet/clients/{Client.objects.get(account_id='c-1').pk}/{label}/", now=now)


def explained(partner: Partner, label: str, *, now: dt.datetime = NOW) -> explanation.Explanation:
    found = explanation.of(partner.referrals.get(client__account_id="c-1"), month(label), now=now)
    assert found is not None
    return found


def sums(partner: Partner, label: str) -> list[tuple[int, int, int | None]]:
    """(charges listed, base, reward) of every part, in kopecks."""
    found = explained(partner, label)
    return [(part.listed_kopecks, part.base_kopecks, part.reward_kopecks) for part in found.parts]


# --- Adding up --------------------------------------------------------------------------------------------------------


def assert_adds_up(referral: Referral, reward: Reward, *, now: dt.datetime) -> None:
    found = explanation.of(referral, reward.month, now=now)
    assert found is not None
    [part] = [part for part in found.parts if part.assignment.pk == reward.assignment_id]
    listed = explanation.charges(referral, reward.month).filter(assignment=reward.assignment_id)
    assert sum(charge.amount_kopecks for charge in listed) == part.listed_kopecks == part.base_kopecks
    assert (part.base_kopecks, part.reward_kopecks) == (reward.base_kopecks, reward.reward_kopecks)
    assert found.listed_kopecks == found.base_kopecks
    running, terms = part.running, part.terms
    if running is None:
        exact, rounded = exactly(part.base_kopecks, terms.percent_bp or 0)
        assert exact
        assert bool(rounded) == (part.base_kopecks * (terms.percent_bp or 0) % 10_000 != 0)
        return
    assert running.before_kopecks + part.base_kopecks == running.total_kopecks
    assert (running.reached_in is not None) == (running.total_kopecks >= running.threshold_kopecks)
    if reward.reward_kopecks < 0:
        assert running.given_in is not None
        assert running.total_kopecks < running.threshold_kopecks
    if reward.reward_kopecks > 0:
        assert running.given_in is None
        assert running.total_kopecks >= running.threshold_kopecks
    assert running.words


@settings(max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
@given(history=histories(contradictions=True, staff=True))
def test_every_reward_of_any_history_is_the_sum_of_the_charges_that_its_page_lists(history: dict[str, Any]) -> None:
    with transaction.atomic():
        product = Product(history)
        referrals = {(each.partner_id, each.client_id): each for each in Referral.objects.select_related("partner")}
        for reward in Reward.objects.all():
            assert_adds_up(referrals[reward.partner_id, reward.client_id], reward, now=product.now)
        transaction.set_rollback(True)


def test_refunds_late_charges_and_slow_confirmations_are_listed_where_they_were_summed(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna"),
        charged("a", "c-1", "1000.00", "2025-03-05 10:00"),
        charged("slow", "c-1", "500.00", "2025-03-06 10:00", is_confirmed=False),
        refunded("r", "a", "100.00", "2025-03-07 10:00"),
        confirmed("slow", "2025-04-02 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    deliver(charged("late", "c-1", "10.00", "2025-03-31 10:00"), refunded("r-2", "a", "900.00", "2025-04-08 10:00"))
    close.run(month("2025-04"), now=NOW)
    assert sums(anna, "2025-03") == [(90000, 90000, 13500)]
    assert sums(anna, "2025-04") == [(-39000, -39000, -5850)]
    seen = page(anna, "2025-04")
    assert "5 марта" not in seen.replace("от 5 марта", "")
    assert "6 марта 2025 Абонентская плата Оплата подтверждена 2 апреля 2025 500,00 ₽" in seen
    assert "8 апреля 2025 Возврат: абонентская плата Списания от 5 марта 2025 −900,00 ₽" in seen
    assert "31 марта 2025 Абонентская плата 10,00 ₽" in seen
    assert "Всего −390,00 ₽" in seen
    assert "Учтено в апреле 2025 −390,00 ₽ 2 списания, 1 возврат" in seen
    assert "Клиент принёс −58,50 ₽" in seen
    assert "15 % от −390,00 ₽ = −58,50 ₽" in seen


def test_terms_that_changed_within_a_month_are_two_parts_with_a_percent_each(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-02-20 10:00"))
    terms = new_terms.publish(
        name="legal-2027",
        tariff="legal",
        percent_bp=2000,
        window_months=24,
        starts_on=dt.date(2025, 3, 1),
        now=moscow("2025-02-01 10:00"),
    )
    with transaction.atomic():
        books.lock()
        new_terms.judge_due(now=moscow("2025-03-01 00:00"))
    new_terms.accept(anna, terms=terms, now=moscow("2025-03-10 10:00"))
    deliver(
        charged("old", "c-1", "100.00", "2025-03-31 10:00", is_confirmed=False),
        charged("new", "c-1", "300.00", "2025-04-02 10:00"),
        confirmed("old", "2025-04-03 10:00"),
    )
    for label in ("2025-02", "2025-03", "2025-04"):
        close.run(month(label), now=NOW)
    assert sums(anna, "2025-04") == [(10000, 10000, 1500), (30000, 30000, 6000)]
    seen = page(anna, "2025-04")
    assert seen.count("Как посчитано по условиям для юрлиц") == 2
    assert "Как посчитано по условиям для юрлиц от 1 марта 2025" in seen
    assert "Клиент принёс 75,00 ₽" in seen
    assert "Всего 400,00 ₽" in seen


def test_change_of_tariff_starts_the_running_total_anew(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "4000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="просьба", now=moscow("2025-04-10 10:00"))
    deliver(
        charged("before", "c-1", "10.00", "2025-04-09 10:00"),
        charged("after", "c-1", "4999.99", "2025-04-11 10:00"),
    )
    close.run(month("2025-04"), now=NOW)
    assert sums(anna, "2025-04") == [(1000, 1000, 150), (499999, 499999, 0)]
    seen = page(anna, "2025-04")
    assert "За прежние месяцы 0,00 ₽" in seen
    assert "До 5 000 ₽ не хватает 0,01 ₽" in seen


# --- Percent ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "percent", "exact", "rounded"),
    [
        (1_250_000, 1500, "1 875,00 ₽", ""),
        (10, 1500, "1,5 коп.", "2 коп."),
        (-10, 1500, "−1,5 коп.", "−2 коп."),
        (3, 1500, "0,45 коп.", "0 коп."),
        (1, 1, "0,0001 коп.", "0 коп."),
        (123_457, 1500, "185,1855 ₽", "185,19 ₽"),
        (-123_457, 1500, "−185,1855 ₽", "−185,19 ₽"),
        (666_666_665, 1500, "999 999,9975 ₽", "1 000 000,00 ₽"),
        (0, 1500, "0,00 ₽", ""),
    ],
)
def test_percentage_is_shown_as_it_comes_out_and_as_it_is_rounded(
    base: int, percent: int, exact: str, rounded: str
) -> None:
    assert tuple(" ".join(text.split()) for text in exactly(base, percent)) == (exact, rounded)


def test_reward_that_was_rounded_shows_both_sums(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "0.10", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    assert "Вознаграждение 0,02 ₽ 15 % от 0,10 ₽ = 1,5 коп. → 2 коп." in page(anna, "2025-03")


def test_closed_month_leads_from_the_charges_to_the_ledger_line(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna", name="ООО «Красные цветы»"),
        registered("c-2", ref="anna"),
        charged("a", "c-1", "12500.00", "2025-03-05 10:00"),
        charged("robot", "c-1", "990.00", "2025-03-05 10:00", kind="robot"),
        charged("b", "c-2", "1000.00", "2025-03-05 10:00"),
    )
    close.run(month("2025-03"), now=moscow("2025-04-01 06:00"))
    seen = page(anna, "2025-03")
    assert "Вознаграждение за март 2025 ООО «Красные цветы»" in seen
    assert "Клиент принёс 1 875,00 ₽" in seen
    assert "Входит в начисление от 1 апреля 2025 2 025,00 ₽" in seen
    assert "Учтено в марте 2025 12 500,00 ₽ 1 списание" in seen
    assert "Условия для юрлиц 15 % Клиент приносит вам 15 % от абонентской платы" in seen
    assert "Вознаграждение 1 875,00 ₽ 15 % от 12 500,00 ₽ = 1 875,00 ₽" in seen
    assert "990" not in seen


def test_month_whose_rewards_are_zero_together_says_that_nothing_was_credited(boris: Partner) -> None:
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "100.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=moscow("2025-04-01 06:00"))
    seen = page(boris, "2025-03")
    assert "Месяц закрыт 1 апреля 2025 Начислять было нечего" in seen


# --- One-time reward --------------------------------------------------------------------------------------------------


def test_one_time_reward_is_given_taken_back_and_given_again_with_reasons(boris: Partner) -> None:
    deliver(
        registered("c-1", ref="boris"),
        charged("a", "c-1", "4000.00", "2025-03-05 10:00"),
        charged("b", "c-1", "1000.00", "2025-04-05 10:00", kind="telephony"),
        charged("c", "c-1", "500.00", "2025-05-05 10:00"),
        refunded("r", "b", "600.00", "2025-06-05 10:00"),
        charged("d", "c-1", "100.00", "2025-07-05 10:00"),
    )
    for number in range(3, 8):
        close.run(month(f"2025-{number:02}"), now=NOW)
    assert "За прежние месяцы 0,00 ₽ Всего 4 000,00 ₽ из 5 000,00 ₽" in page(boris, "2025-03")
    assert "До 5 000 ₽ не хватает 1 000 ₽" in page(boris, "2025-03")
    april = page(boris, "2025-04")
    assert "За прежние месяцы 4 000,00 ₽ Всего 5 000,00 ₽ из 5 000,00 ₽, порог набран в апреле 2025" in april
    assert "Вознаграждение 3 000,00 ₽ Набралось 5 000 ₽: вознаграждение за клиента начисляется один раз" in april
    may = page(boris, "2025-05")
    assert "Всего 5 500,00 ₽ из 5 000,00 ₽, порог набран в апреле 2025" in may
    assert "Вознаграждение 0,00 ₽ За этого клиента вознаграждение уже начислено в апреле 2025" in may
    june = page(boris, "2025-06")
    assert "Вознаграждение −3 000,00 ₽ Из-за возврата стало меньше 5 000 ₽, поэтому вознаграждение снято." in june
    july = page(boris, "2025-07")
    assert "Всего 5 000,00 ₽ из 5 000,00 ₽, порог набран в июле 2025" in july
    assert "Вознаграждение 3 000,00 ₽ Набралось 5 000 ₽" in july


def test_second_holder_reads_why_the_threshold_brings_it_nothing_and_later_that_it_does(boris: Partner) -> None:
    vera = PartnerFactory(code="vera", tariff="individual")
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "5000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    passed_on("c-1", to=vera, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "6000.00", "2025-04-05 10:00"))
    close.run(month("2025-04"), now=NOW)
    deliver(refunded("r", "a", "5000.00", "2025-05-05 10:00"))
    close.run(month("2025-05"), now=NOW)
    april, may = page(vera, "2025-04"), page(vera, "2025-05")
    assert "5 000 ₽ набрались, но за этого клиента вознаграждение уже начислено раньше: второго не бывает" in april
    assert "Борис" not in april
    assert "Клиент принёс 3 000,00 ₽" in may
    assert "5 000 ₽ набрались раньше, а в этом месяце вознаграждение за клиента освободилось" in may
    assert "В этом месяце учтённых списаний не было" in may
    assert "Клиент принёс −3 000,00 ₽" in page(boris, "2025-05")


# --- The open month ---------------------------------------------------------------------------------------------------


def test_open_month_is_explained_as_of_its_forecast(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    seen = page(anna, "2025-03", now=moscow("2025-03-20 14:05"))
    assert "Клиент принёс ≈ 150,00 ₽ По состоянию на 20 марта 2025, 14:05" in seen
    assert "Месяц открыт Начислим 1 апреля" in seen
    assert "Вознаграждение ≈ 150,00 ₽ 15 % от 1 000,00 ₽ = 150,00 ₽" in seen


def test_what_came_after_the_forecast_is_told_apart(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    forecast.of(anna, now=moscow("2025-03-20 14:05"))
    Forecast.objects.update(fresh_until=moscow("2025-03-20 14:15"))
    deliver(charged("b", "c-1", "70.00", "2025-03-20 14:06"))
    seen = page(anna, "2025-03", now=moscow("2025-03-20 14:10"))
    assert "Учтено в марте 2025 1 000,00 ₽ 2 списания; ещё 70,00 ₽ добавились после этого расчёта" in seen
    assert "Всего 1 070,00 ₽" in seen
    assert "1 070,00 ₽ 2 списания" in page(anna, "2025-03", now=moscow("2025-03-20 14:16"))


def test_month_after_the_next_one_says_that_its_turn_comes_later(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna"),
        charged("a", "c-1", "1000.00", "2025-03-05 10:00"),
        charged("b", "c-1", "200.00", "2025-04-01 00:10"),
    )
    seen = page(anna, "2025-04", now=moscow("2025-04-01 03:00"))
    assert "Клиент принёс Ещё не посчитано" in seen
    assert "Всего 200,00 ₽" in seen


@pytest.mark.parametrize("label", ["2025-02", "2025-13", "nonsense", "2025-3", "0000-01"])
def test_month_in_which_nothing_happened_is_not_there(label: str, anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    with browsing(anna) as browser:
        assert browser.get(f"/cabinet/clients/{Client.objects.get().pk}/{label}/").status_code == 404


def test_page_lists_50_charges_and_the_sum_of_all(
    anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1.00", "2025-03-05 10:00"))
    path = f"/cabinet/clients/{Client.objects.get().pk}/2025-03/"
    forecast.of(anna, now=NOW)
    Forecast.objects.update(fresh_until=moscow("2030-01-01 00:00"))
    with browsing(anna) as browser:
        with django_assert_max_num_queries(12) as for_one:
            browser.get(path)
        minutes = [(number // 60, number % 60) for number in range(1_000)]
        deliver(*(charged(f"{h}:{m}", "c-1", "1.00", f"2025-03-06 {h:02}:{m:02}") for h, m in minutes))
        with django_assert_max_num_queries(len(for_one)):
            response: Any = browser.get(path)
    assert len(response.context["charges"]) == 50
    assert response.context["found"].listed_kopecks == 100_100
    close.run(month("2025-03"), now=NOW)
    with browsing(anna) as browser, django_assert_max_num_queries(12):
        browser.get(path)
