"""Events, months and terms at the desk: what is looked at, reckoned, proved, published."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser

from partners.models import Partner, Terms, TermsOffer
from payouts.tests.desk import answer, at_desk, boss, page, words
from referrals import close, conflicts
from referrals.models import Event, Month, Review
from tests.factories import NOW, PartnerFactory, charged, confirmed, deliver, month, moscow, refunded, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def anna() -> Partner:
    anna = PartnerFactory(code="anna", full_name="Анна Юрлицова")
    deliver(registered("c-1", "2025-09-01 10:00", ref="anna", name="ООО «Красные цветы»"))
    deliver(charged("ch-1", "c-1", "12500.00", "2025-10-10 09:30"))
    return anna


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


def read(response: Any) -> str:
    return words(response).replace("\u202f", " ").replace("\u00a0", " ")


# --- Events -----------------------------------------------------------------------------------------------------------


def conflict() -> Event:
    return Event.objects.get(state="conflict")


def test_a_conflict_is_told_with_what_came_what_stands_and_what_to_do(anna: Partner, desk: Browser) -> None:
    deliver(refunded("rf-1", "ch-1", "13000.00", "2025-10-12 09:30"))
    told = read(desk.get(page("referrals_event_change", conflict().pk)))
    for fact in (
        "Возвраты больше самого списания",
        "Сумма 13 000,00 ₽",
        "Сумма 12 500,00 ₽",
        "ООО «Красные цветы», c-1",
        "Спросите сервис, сколько возвращено на самом деле.",
    ):
        assert fact in told


@pytest.mark.parametrize(
    "contradicting",
    [
        charged("ch-1", "c-1", "1.00", "2025-10-10 09:30"),
        charged("ch-1", "c-1", "1.00", "2025-10-10 09:30", id="other"),
        registered("c-1", "2025-09-02 10:00", id="other"),
        confirmed("ch-1", "2025-10-11 10:00"),
    ],
    ids=["same id", "same charge", "same client", "confirmed twice"],
)
def test_each_kind_of_conflict_has_a_page(contradicting: dict[str, Any], anna: Partner, desk: Browser) -> None:
    assert deliver(contradicting) == ["conflict"]
    told = conflicts.told(conflict())
    assert told.came
    assert told.stands
    assert told.what_to_do in words(desk.get(page("referrals_event_change", conflict().pk)))


def test_a_conflict_is_marked_as_looked_at_once(anna: Partner, desk: Browser) -> None:
    deliver(refunded("rf-1", "ch-1", "13000.00", "2025-10-12 09:30"))
    assert "Разобрать противоречия 1" in words(desk.get("/admin/"))
    address = page("referrals_event_review", conflict().pk)
    assert "Напишите причину" in answer(desk, address)
    assert "Сервис прислал дважды" in answer(desk, address, {"reason": "Сервис прислал дважды"})
    review = Review.objects.get()
    assert (str(review.reviewed_by), review.reason) == ("olga@skorozvon.ru", "Сервис прислал дважды")
    assert "уже разобрали" in answer(desk, address, {"reason": "ещё раз"})
    assert "Разобрать противоречия 1" not in words(desk.get("/admin/"))
    assert [len(desk.get(f"/admin/referrals/event/?state={state}").context["rows"]) for state in ("", "reviewed")] == [
        0,
        1,
    ]


def test_what_waits_says_for_what(desk: Browser) -> None:
    deliver(charged("ch-9", "c-9", "100.00", "2025-10-10 09:30"))
    waiting = Event.objects.get()
    assert "как только придёт регистрация клиента c-9" in words(desk.get(page("referrals_event_change", waiting.pk)))
    for query in ("c-9", "ch-9", "charged ch-9"):
        found = desk.get("/admin/referrals/event/", {"state": "waiting", "q": query}).context["rows"]
        assert (query, list(found)) == (query, [waiting])
    with pytest.raises(conflicts.NotAConflict):
        conflicts.review(waiting, reason="?", by=boss(), now=NOW)


# --- Months -----------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_what_the_close_then_credits(anna: Partner, desk: Browser) -> None:
    with time_machine.travel(moscow("2025-11-01 00:30"), tick=False):
        told = read(desk.post("/admin/referrals/month/dry-run/"))
        assert not Month.objects.exists()
        assert "октябрь 2025 ≈ 1 875,00 ₽" in told
        assert "Анна Юрлицова" in told
        assert "Закрыто: сентябрь 2025, октябрь 2025." not in told
        said = answer(desk, "/admin/referrals/month/close/", {"month": "2025-10"})
    assert "Закрыто: октябрь 2025. Вознаграждение начислено." in said
    assert "Начислено партнёрам 1 875,00 ₽" in read(desk.get("/admin/referrals/month/2025-10/"))


def test_a_month_that_goes_on_is_not_closed(anna: Partner, desk: Browser) -> None:
    with time_machine.travel(moscow("2025-10-31 23:59"), tick=False):
        said = answer(desk, "/admin/referrals/month/close/", {"month": "2025-10"})
    assert "Этот месяц уже закрыт или ещё не кончился." in said
    assert not Month.objects.filter(starts_on=month("2025-10")).exists()


def test_a_month_says_what_it_came_to_by_tariff_and_partner(anna: Partner, desk: Browser) -> None:
    PartnerFactory(code="boris", tariff="individual", full_name="Борис")
    deliver(registered("c-2", "2025-09-01 10:00", ref="boris"), charged("ch-2", "c-2", "6000.00", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=NOW)
    told = read(desk.get("/admin/referrals/month/2025-10/"))
    assert "Начислено партнёрам 4 875,00 ₽" in told
    assert "На счет юрлица 1 1 875,00 ₽ На карту физлица 1 3 000,00 ₽" in told
    assert told.index("Борис") < told.index("Анна Юрлицова")
    (listed,) = desk.get("/admin/referrals/month/?year=2025").context["told"]
    assert (listed[1].reward_kopecks, listed[2].all) == (4_875_00, 1)
    assert desk.get("/admin/referrals/month/?year=2024").context["rows"] == []


def test_the_proof_names_what_was_changed_by_hand(anna: Partner, desk: Browser) -> None:
    close.run(month("2025-10"), now=NOW)
    address = "/admin/referrals/month/2025-10/verify/"
    assert "Всё сошлось" in words(desk.post(address))
    with connection.cursor() as cursor:
        connection.check_constraints()  # PostgreSQL alters no table while it has any of them still to check
        of = " ON referrals_reward" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER referrals_reward_refuse_update{of}")
        cursor.execute("UPDATE referrals_reward SET reward_kopecks = 1")
    told = read(desk.post(address))
    assert "записано, но не следует из списаний" in told
    assert "следует из списаний, но не записано" in told
    assert "ООО «Красные цветы»" in told


@pytest.mark.parametrize("path", ["2025-13/", "2025-10/", "1999-10/", "nonsense/"])
def test_a_month_that_is_not_there_is_not_found(path: str, desk: Browser) -> None:
    assert desk.get(f"/admin/referrals/month/{path}").status_code == 404


# --- Terms ------------------------------------------------------------------------------------------------------------

NUMBERS = {
    "tariff": "legal",
    "name": "legal-2026-12",
    "starts_on": "2026-01-01",
    "percent_bp": "20",
    "window_months": "24",
    "one_time_kopecks": "",
    "threshold_kopecks": "0",
    "counts_subscription": "on",
    "minimum_withdrawal_kopecks": "1 000",
    "clients_needed": "2",
    "contract_needed": "on",
    "reason": "Решение руководителя",
}


def test_a_version_is_published_only_after_its_effect_was_looked_at(anna: Partner, desk: Browser) -> None:
    PartnerFactory()
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    with time_machine.travel(moscow("2025-12-15 12:00"), tick=False):
        seen = read(desk.post("/admin/partners/terms/publish/", NUMBERS))
        for fact in (
            "Вознаграждение: сейчас 15 % от учтённых списаний, станет 20 % от учтённых списаний.",
            "Наименьшая сумма вывода: сейчас 2 000 ₽, станет 1 000 ₽.",
            "Перейдут сразу 1 партнёр",
            "Получат выбор 1 партнёр",
            "За октябрь 2025 начислено 1 875,00 ₽",
            "≈ 2 500,00 ₽",
            "+625,00 ₽",
        ):
            assert fact in seen
        assert not Terms.objects.filter(name="legal-2026-12").exists()
        assert "Посмотреть, что изменится" in read(desk.post("/admin/partners/terms/publish/", NUMBERS | {"edit": "1"}))
        said = answer(desk, "/admin/partners/terms/publish/", NUMBERS | {"publish": "1"})
        assert "Версия legal-2026-12 объявлена." in said
        assert "Скоро новые условия 1" in words(desk.get("/admin/"))
    terms = Terms.objects.get(name="legal-2026-12")
    assert (terms.percent_bp, terms.minimum_withdrawal_kopecks, terms.contract_needed) == (2000, 1_000_00, True)
    assert (str(terms.publication.published_by), terms.publication.reason) == (
        "olga@skorozvon.ru",
        "Решение руководителя",
    )
    assert not TermsOffer.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "legal-2026"}, "Так уже называется другая версия."),
        ({"percent_bp": "101"}, "Процент — больше 0 и не больше 100."),
        ({"percent_bp": ""}, "Укажите процент больше нуля."),
        ({"tariff": "individual"}, "Укажите, сколько начислять за клиента."),
        ({"counts_subscription": ""}, "Отметьте, какие списания учитываются."),
        ({"threshold_kopecks": "много"}, "Это не сумма"),
        ({"starts_on": "2025-12-01"}, "Выберите корректный вариант"),
        ({"reason": ""}, "Напишите причину"),
    ],
)
def test_what_is_wrong_with_a_version_is_said(changes: dict[str, str], said: str, desk: Browser) -> None:
    with time_machine.travel(moscow("2025-12-15 12:00"), tick=False):
        told = answer(desk, "/admin/partners/terms/publish/", NUMBERS | changes | {"publish": "1"})
    assert said in told
    assert Terms.objects.count() == 2
