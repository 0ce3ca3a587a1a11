"""One client's page: what it has brought and until when, and what became of each of its charges."""

from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import Partner
from payouts import tariff_change
from referrals import campaigns, close, forecast
from referrals.explanation import why
from referrals.models import Charge, Client, Forecast
from referrals.tests.pages import browsing, opened
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    code_applied,
    confirmed,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def page(partner: Partner, client: str = "c-1", query: str = "", *, now: Any = NOW) -> str:
    return opened(partner, f"/cabinet/clients/{Client.objects.get(account_id=client).pk}/{query}", now=now)


def words(charge: str) -> str:
    """What became of a charge, as its row says it."""
    found = why(Charge.objects.get(external_id=charge))
    return " | ".join(" ".join(text.split()) for text in (found.words, found.note, f"R{found.rule}") if text)


# --- What became of a charge ------------------------------------------------------------------------------------------


def test_charges_say_whether_they_count_and_else_why_not(anna: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="anna"),
        charged("counted", "c-1", "100.00", "2025-03-05 10:00"),
        charged("robot", "c-1", "100.00", "2025-03-05 10:00", kind="robot"),
        charged("calls", "c-1", "100.00", "2025-03-05 10:00", kind="telephony"),
        charged("bonus", "c-1", "100.00", "2025-03-05 10:00", kind="other"),
        charged("unpaid", "c-1", "100.00", "2025-03-05 10:00", is_confirmed=False),
        charged("after", "c-1", "100.00", "2027-02-01 10:00"),
        refunded("of-robot", "robot", "10.00", "2025-03-06 10:00"),
        now=moscow("2027-03-01 12:00"),
    )
    assert [words(charge) for charge in ("counted", "robot", "calls", "bonus", "unpaid", "after", "of-robot")] == [
        "Учтено в марте 2025 | R11",
        "Обзвон роботом не учитывается | R10",
        "Телефония не учитывается: вознаграждение считается от абонентской платы | R10",
        "Прочие списания, например бонусные, не учитываются | R10",
        "Оплата ещё не подтверждена: как только сервис подтвердит её, списание будет учтено | R10",
        "Срок вознаграждения закончился 1 февраля 2027 | Он идёт с регистрации клиента в сервисе | R12",
        "Возврат не учитывается, как и само списание | Обзвон роботом не учитывается | R14",
    ]


def test_charges_counted_in_a_later_month_say_why(anna: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="anna"),
        charged("first", "c-1", "100.00", "2025-03-05 10:00"),
        charged("slow", "c-1", "100.00", "2025-03-05 10:00", is_confirmed=False),
        confirmed("slow", "2025-04-03 10:00"),
        refunded("early", "slow", "1.00", "2025-03-20 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    deliver(
        charged("late", "c-1", "100.00", "2025-03-06 10:00"), refunded("back", "first", "10.00", "2025-03-07 10:00")
    )
    assert [words(charge) for charge in ("slow", "early", "late", "back")] == [
        "Учтено в апреле 2025 | Оплата подтверждена 3 апреля 2025 | R11",
        "Учтено в апреле 2025 | Вместе со списанием, которое возвращено | R11",
        "Учтено в апреле 2025 | Март 2025 к тому времени уже был закрыт | R11",
        "Учтено в апреле 2025 | Март 2025 к тому времени уже был закрыт | R11",
    ]


def test_refund_after_a_change_of_tariff_says_that_it_moves_nothing(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="просьба", now=moscow("2025-04-10 10:00"))
    deliver(refunded("r", "a", "10.00", "2025-04-15 10:00"))
    assert words("r") == "Возврат не меняет баланс: за это списание вознаграждение начислено до смены тарифа | R3"


def test_charge_that_nobody_held_the_client_for_has_words_too(anna: Partner) -> None:
    deliver(registered("c-1"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    assert words("a") == "Списано до того, как клиент был закреплён за вами | R7"


# --- The page ---------------------------------------------------------------------------------------------------------


def test_legals_client_shows_what_it_brought_until_when_and_what_comes(anna: Partner) -> None:
    blog = campaigns.create(anna, name="Блог", channel="blog", now=NOW)
    deliver(
        registered("c-1", "2025-02-01 10:00", ref=blog.code.value, name="ООО «Красные цветы»"),
        charged("a", "c-1", "12500.00", "2025-03-05 10:00"),
    )
    close.run(month("2025-03"), now=moscow("2025-04-01 06:00"))
    deliver(charged("b", "c-1", "1000.00", "2025-04-02 10:00"), refunded("r", "b", "100.00", "2025-04-03 10:00"))
    seen = page(anna, now=moscow("2025-04-05 12:00"))
    assert "ООО «Красные цветы» по ссылке, кампания «Блог», зарегистрирован 1 февраля 2025" in seen
    assert "Принёс вам 1 875,00 ₽ Приносит вознаграждение до 1 февраля 2027" in seen
    assert "Поступит 1 мая ≈ 135,00 ₽ В апреле 2025 учтено 900,00 ₽ — как посчитано" in seen
    assert "По состоянию на 5 апреля 2025, 12:00" in seen
    assert "Апрель 2025 открыт, сумма ещё изменится 900,00 ₽ ≈ 135,00 ₽" in seen
    assert "Март 2025 15 % от суммы 12 500,00 ₽ 1 875,00 ₽" in seen
    assert "Закреплён за вами с 1 февраля 2025, 10:00" in seen
    assert "Списано и учтено 13 400,00 ₽" in seen
    assert (
        "3 апреля возврат: абонентская плата Учтено в апреле 2025 Возврат списания от 2 апреля 2025 на 1 000,00 ₽."
        in seen
    )
    assert "5 марта абонентская плата Учтено в марте 2025" in seen


def test_individuals_client_under_the_threshold_shows_how_far_it_is(boris: Partner) -> None:
    deliver(
        registered("c-1", ref="boris"),
        charged("a", "c-1", "3000.00", "2025-03-05 10:00"),
        charged("t", "c-1", "1000.50", "2025-03-05 10:00", kind="telephony"),
    )
    close.run(month("2025-03"), now=NOW)
    seen = page(boris)
    assert "Принёс вам 0,00 ₽ Списалось 4 000,50 ₽ из 5 000,00 ₽: вознаграждение начислим" in seen
    assert "Списано в счёт порога: 4 000,50 ₽ из 5 000,00 ₽" in seen
    assert "Март 2025 всего 4 000,50 ₽ — меньше 5 000 ₽ 4 000,50 ₽ 0,00 ₽" in seen


def test_individuals_client_that_was_rewarded_brings_no_second_reward(boris: Partner) -> None:
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "5000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    assert "Принёс вам 3 000,00 ₽ Вознаграждение за клиента одно, и оно начислено" in page(boris)


def test_charge_after_the_one_reward_says_that_it_brings_no_new_one(boris: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", ref="boris"),
        charged("first", "c-1", "5000.00", "2025-03-05 10:00"),
        charged("later", "c-1", "700.00", "2025-04-05 10:00"),
    )
    close.run(month("2025-04"), now=NOW)
    shown = page(boris)
    assert "Учтено в марте 2025 5 000,00 ₽" in shown.replace(" Сумма", "")
    assert "Учтено в апреле 2025 Нового вознаграждения не приносит: за этого клиента оно уже начислено" in shown


def test_individuals_client_that_reached_the_threshold_says_when_the_reward_comes_or_that_it_went(
    boris: Partner,
) -> None:
    vera = PartnerFactory(code="vera", tariff="individual")
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "5000.00", "2025-03-05 10:00"))
    coming = page(boris, now=moscow("2025-03-20 12:00"))
    assert "Набралось 5 000,00 ₽: вознаграждение поступит 1 апреля" in coming
    assert "Поступит 1 апреля ≈ 3 000,00 ₽" in coming
    close.run(month("2025-03"), now=NOW)
    passed_on("c-1", to=vera, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "6000.00", "2025-04-05 10:00"))
    gone = page(vera, now=moscow("2025-04-20 12:00"))
    assert "Набралось 5 000,00 ₽, но за этого клиента вознаграждение уже начислено раньше" in gone


def test_charges_before_the_attribution_are_nobodys_business(anna: Partner) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00"),
        charged("before", "c-1", "777.00", "2025-03-05 10:00"),
        code_applied("c-1", "anna", "2025-10-20 10:00"),
        charged("after", "c-1", "100.00", "2025-10-21 10:00"),
    )
    seen = page(anna)
    assert "Списания до 20 октября 2025 не учитываются: клиент закреплён за вами с этого дня." in seen
    assert "100,00 ₽" in seen
    assert "777" not in seen


def test_client_that_passed_on_shows_each_holder_its_own_time(anna: Partner, boris: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "111.00", "2025-03-05 10:00"))
    passed_on("c-1", to=boris, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "222.00", "2025-04-05 10:00"))
    first, second = page(anna), page(boris)
    assert "Передан другому партнёру 1 апреля 2025: то, что начислено вам до этого дня, остаётся вашим" in first
    assert "Списаний с 1 апреля 2025 здесь нет: с этого дня клиент у другого партнёра." in first
    assert "Клиент обучен" not in first
    assert ("111,00 ₽" in first, "222,00 ₽" in first) == (True, False)
    assert ("111,00 ₽" in second, "222,00 ₽" in second) == (False, True)


def test_client_that_came_back_shows_both_times_and_the_gap(anna: Partner, boris: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "111.00", "2025-03-05 10:00"))
    passed_on("c-1", to=boris, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "222.00", "2025-04-05 10:00"))
    passed_on("c-1", to=anna, at="2025-05-01 10:00")
    deliver(charged("c", "c-1", "333.00", "2025-05-05 10:00"))
    seen = page(anna)
    assert (
        "Закреплён за вами с 1 февраля 2025, 10:00 до 1 апреля 2025, 10:00, снова с 1 мая 2025, 10:00"
        " Списано и учтено 444,00 ₽"
    ) in seen
    assert (
        "Списаний с 1 апреля 2025 здесь нет: с этого дня клиент у другого партнёра."
        " Клиент вернулся к вам 1 мая 2025: с этого дня его списания снова здесь."
    ) in seen
    assert ("111,00 ₽" in seen, "222,00 ₽" in seen, "333,00 ₽" in seen) == (True, False, True)
    assert "Закреплён за вами с 1 апреля 2025, 10:00 до 1 мая 2025, 10:00 Списано и учтено 222,00 ₽" in page(boris)


def test_client_without_charges_says_what_will_come(anna: Partner) -> None:
    deliver(registered("c-1", "2025-02-01 10:00", ref="anna"))
    seen = page(anna)
    assert "Ещё не оплатил. Его оплаты приносят вознаграждение до 1 февраля 2027" in seen
    assert "Списаний пока не было. Здесь появится каждое" in seen
    assert "Пока ничего: учтённых списаний у клиента ещё не было." in seen


def test_charges_come_50_a_page_and_every_page_holds_others(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna"),
        *(
            charged(f"ch-{number}", "c-1", f"{number}.00", f"2025-03-05 10:{number % 60:02}")
            for number in range(1, 121)
        ),
    )
    path = f"/cabinet/clients/{Client.objects.get().pk}/"
    seen: list[str] = []
    with browsing(anna) as browser:
        query = "?"
        while query:
            context: Any = browser.get(path + query).context
            lines = [line.charge.external_id for month in context["charges"] for line in month.lines]
            assert len(lines) <= 50
            seen += lines
            query = context["pager"]["next"]
    assert sorted(seen) == sorted(f"ch-{number}" for number in range(1, 121))


def test_page_never_shows_email_phone_or_inn_of_the_client(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna", email="buyer@hidden.example", phone="+7 916 123-45-67", inn="7707083893"),
        charged("a", "c-1", "1.00", "2025-03-05 10:00"),
    )
    with browsing(anna) as browser:
        body = browser.get(f"/cabinet/clients/{Client.objects.get().pk}/").content.decode()
    assert not [secret for secret in ("hidden.example", "916", "7707083893") if secret in body]


@pytest.mark.parametrize("path", ["", "2025-03/"])
def test_client_of_another_partner_is_not_there(path: str, anna: Partner, boris: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1.00", "2025-03-05 10:00"))
    with browsing(boris) as browser:
        assert browser.get(f"/cabinet/clients/{Client.objects.get().pk}/{path}").status_code == 404
        assert browser.get(f"/cabinet/clients/{10**20}/{path}").status_code == 404


def test_signed_out_visitor_signs_in_first(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"))
    response = Browser().get(f"/cabinet/clients/{Client.objects.get().pk}/")
    assert (response.status_code, response["Location"][:20]) == (302, "/users/sign_in?next=")


def test_blocked_partner_reads_its_client(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna", name="ООО «Красные цветы»"))
    Partner.objects.update(status="blocked")
    assert "ООО «Красные цветы»" in page(anna)


def test_page_asks_as_many_queries_for_one_charge_as_for_a_thousand(
    anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1.00", "2025-03-05 10:00"))
    path = f"/cabinet/clients/{Client.objects.get().pk}/"
    forecast.of(anna, now=NOW)
    Forecast.objects.update(fresh_until=moscow("2030-01-01 00:00"))
    with browsing(anna) as browser:
        with django_assert_max_num_queries(12) as for_one:
            browser.get(path)
        minutes = [(number // 60, number % 60) for number in range(1_000)]
        deliver(*(charged(f"{h}:{m}", "c-1", "1.00", f"2025-03-06 {h:02}:{m:02}") for h, m in minutes))
        with django_assert_max_num_queries(len(for_one)):
            browser.get(path)
        with django_assert_max_num_queries(12):
            browser.get(f"{path}?page=last")
