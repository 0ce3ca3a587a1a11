"""The cabinet's home: how much can be taken, what comes on the 1st, what to give away, who brings it."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from partners import ledger, registration
from partners.models import Code, Partner, Terms, TermsOffer
from payouts import contracts, decisions, withdrawals
from payouts.models import Withdrawal
from referrals import campaigns, close
from referrals.models import ClickDay, Client
from referrals.tests.pages import browsing, opened
from skorozvon_partners import home as reading
from tests.factories import PartnerFactory, StaffFactory, charged, deliver, month, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOVEMBER_20 = moscow("2025-11-20 14:05")
PATH = "/cabinet/"


@pytest.fixture
def anna() -> Partner:
    """Legal, contract signed; October brought 3 000.00 and 15.00, November so far 1 875.00 of c-1."""
    anna = PartnerFactory(code="62b0", registered_at=moscow("2025-08-10 12:00"))
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="62b0", name="ООО «Красные цветы»"),
        registered("c-2", "2025-09-30 12:00", promo_code="62b0", name="ИП Сергеев А. В."),
        registered("c-3", "2025-10-03 12:00", ref="62b0", name="ООО «Северный ветер»"),
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"),
        charged("ch-2", "c-2", "100.00", "2025-10-11 09:30"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    contracts.record_signed(anna, number="118", signed_on=dt.date(2025, 11, 5))
    deliver(charged("ch-3", "c-1", "12500.00", "2025-11-10 09:30"))
    return anna


def correct(partner: Partner, kopecks: int, *, kind: str = "correction") -> None:
    ledger.book(
        partner,
        key=f"{kind}:{kopecks}",
        kind=kind,
        amount_kopecks=kopecks,
        memo="",
        now=moscow("2025-11-10 12:00"),
        booked_by=StaffFactory(),
    )


def home(partner: Partner, now: dt.datetime = NOVEMBER_20) -> str:
    return opened(partner, PATH, now=now)


# --- Money ------------------------------------------------------------------------------------------------------------


def test_first_comes_what_can_be_taken_and_what_was_earned(anna: Partner, settings: Settings) -> None:
    page = home(anna)
    assert "Доступно к выводу 3 015,00 ₽ Всего вам начислено 3 015,00 ₽ · вы еще не выводили Вывести" in page
    settings.SKOROZVON_URL = "https://service.example"
    asked = {"amount_kopecks": 2_000_50, "destination": "service", "by": anna.user, "now": NOVEMBER_20}
    withdrawal = withdrawals.request(anna, **asked)
    decisions.approve(withdrawal, by=StaffFactory(), now=NOVEMBER_20)
    assert "вы еще не выводили" in home(anna)
    Withdrawal.objects.update(state="sent")
    decisions.confirm_paid(withdrawal, by=StaffFactory(), reason="Видно в сервисе", now=NOVEMBER_20)
    assert "Всего вам начислено 3 015,00 ₽ · вы уже вывели 2 000,50 ₽" in home(anna)


def test_forecast_tells_sum_day_and_moment_and_leads_to_how_it_was_counted(anna: Partner) -> None:
    page = home(anna)
    assert "Поступит 1 декабря ≈ 1 875,00 ₽ Из списаний 1 клиента в ноябре 2025 — как посчитано" in page
    assert "По состоянию на 20 ноября 2025, 14:05" in page
    with browsing(anna, NOVEMBER_20) as browser:
        assert 'href="/cabinet/reports/2025-11/"' in browser.get(PATH).content.decode()


def test_forecast_of_a_close_that_is_late_names_no_day(anna: Partner) -> None:
    assert "Поступит 1 декабря ≈ 1 875,00 ₽" in home(anna, moscow("2025-12-01 03:00"))
    assert "Скоро поступит ≈ 1 875,00 ₽" in home(anna, moscow("2025-12-02 12:00"))
    correct(anna, -2_000_00)
    assert "На балансе 1 015,00 ₽. Чего не хватает для вывода" in home(anna, moscow("2025-12-02 12:00"))


def test_balance_stands_beside_while_nothing_can_be_taken(anna: Partner) -> None:
    correct(anna, -2_000_00)
    page = home(anna)
    sum_and_date = "Доступно к выводу 0,00 ₽ На балансе 1 015,00 ₽. Вывести можно будет не раньше 1 декабря."
    assert f"{sum_and_date} Чего не хватает для вывода" in page
    assert "Осталось: На балансе от 2 000 ₽ Не хватает 985 ₽, по прогнозу хватит 1 декабря" in page
    assert "Выплаты История начислений" in page


def test_balance_below_zero_is_explained(anna: Partner) -> None:
    correct(anna, -4_000_50)
    assert "На балансе −985,50 ₽: меньше нуля из-за возвратов или корректировки" in home(anna)


def test_rewards_are_seen_month_by_month(anna: Partner) -> None:
    page = home(anna)
    assert "≈ 1 875,00 ₽ октябрь 2025 3 015,00 ₽ сентябрь 2025 0,00 ₽ август 2025 0,00 ₽" in page


@pytest.mark.parametrize(
    ("tariff", "first", "label"),
    [("legal", [1_875_00, 1_875_00, 3_750_00], "13 125 ₽"), ("individual", [3_000_00, 3_000_00, 6_000_00], "15 000 ₽")],
)
def test_sample_of_rewards_is_made_of_what_a_client_brings_under_the_partners_terms(
    tariff: str, first: list[int], label: str
) -> None:
    newcomer = PartnerFactory(tariff=tariff, code="new")
    deliver(registered("c-1", "2025-11-15 12:00", ref="new"))
    sample = reading.sample_chart(month("2025-11"), Terms.objects.get(tariff=tariff))
    assert [bar.kopecks for bar in sample.bars][:3] == first
    assert label in home(newcomer)


# --- Clients ----------------------------------------------------------------------------------------------------------


def test_funnel_counts_clicks_registrations_and_payments(anna: Partner) -> None:
    blog = campaigns.create(anna, name="Блог", now=NOVEMBER_20)
    nina = PartnerFactory(code="nina")
    for code, clicks in ((anna.codes.get(is_main=True), 40), (blog.code, 10), (nina.codes.get(), 999)):
        ClickDay.objects.create(code=code, day=dt.date(2025, 11, 1), clicks=clicks, unique=clicks - 5, bots=3)
        ClickDay.objects.create(code=code, day=dt.date(2025, 11, 2), clicks=5, unique=5)
    page = home(anna)
    assert "Вы привлекли 2 клиентов 60 переходов 50 уникальных, 6 ботов" in page
    assert "3 регистрации 6 % от уникальных 2 оплатили 67 % от регистраций Посмотреть моих клиентов" in page


def test_table_shows_who_brings_most_in_the_next_credit(anna: Partner) -> None:
    deliver(charged("ch-4", "c-3", "30000.00", "2025-11-11 09:30"))
    page = home(anna)
    assert "Кто принесёт больше всего 1 декабря" in page
    assert (
        "ООО «Северный ветер» по ссылке приносит вознаграждение до 3 октября 2027 30 000,00 ₽ ≈ 4 500,00 ₽"
        " ООО «Красные цветы» по ссылке приносит вознаграждение до 15 сентября 2027 12 500,00 ₽ ≈ 1 875,00 ₽"
    ) in page
    with browsing(anna, NOVEMBER_20) as browser:
        body = browser.get(PATH).content.decode()
    for account in ("c-1", "c-3"):
        pk = Client.objects.get(account_id=account).pk
        assert f'href="/cabinet/clients/{pk}/"' in body
        assert f'href="/cabinet/clients/{pk}/2025-11/"' in body


def test_while_nobody_brings_anything_the_newest_clients_are_shown(anna: Partner) -> None:
    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    page = home(anna, moscow("2025-12-02 12:00"))
    assert "В декабре 2025 учтённых списаний пока не было" in page
    assert "Новые клиенты" in page
    assert "ООО «Северный ветер» по ссылке зарегистрировался 3 октября 2025" in page
    assert page.index("«Северный ветер»") < page.index("Сергеев") < page.index("«Красные цветы»")


def test_individual_whose_clients_bring_nothing_more_sees_the_newest_ones() -> None:
    boris = PartnerFactory(code="3456", tariff="individual")
    deliver(registered("c-1", "2025-09-15 12:00", ref="3456", name="Кофейня"))
    deliver(charged("ch-1", "c-1", "4000.00", "2025-11-10 09:30"))
    page = home(boris)
    assert "Поступит 1 декабря ≈ 0,00 ₽ Из списаний 1 клиента в ноябре 2025" in page
    assert "Кофейня по ссылке оплатил 4 000 из 5 000 ₽ 15 сентября 2025" in page


def test_partner_sees_nothing_of_another_partner_and_no_contacts_of_clients(anna: Partner) -> None:
    contacts = {"email": "buyer@hidden.example", "phone": "+79161234567", "inn": "7707083893"}
    deliver(registered("c-4", "2025-10-03 12:00", ref="62b0", name="АО «Своё»", **contacts))
    deliver(charged("ch-4", "c-4", "30000.00", "2025-11-11 09:30"))
    with browsing(anna, NOVEMBER_20) as browser:
        body = browser.get(PATH).content.decode()
    assert "Своё" in body
    assert [secret for secret in contacts.values() if secret in body] == []
    nina = PartnerFactory(code="nina")
    stranger = home(nina)
    assert [word for word in ("Красные", "3 015,00", "62b0", "118") if word in stranger] == []


def test_name_of_a_client_is_text_and_never_markup_and_is_shown_whole(anna: Partner) -> None:
    name = "<b>ООО</b> & «" + "Ж" * 75 + "»"
    assert len(name) == 90
    deliver(registered("c-4", "2025-10-03 12:00", ref="62b0", name=name))
    deliver(charged("ch-4", "c-4", "30000.00", "2025-11-11 09:30"))
    with browsing(anna, NOVEMBER_20) as browser:
        assert f"&lt;b&gt;ООО&lt;/b&gt; &amp; «{'Ж' * 75}»" in browser.get(PATH).content.decode()


# --- To give away, and what to do next --------------------------------------------------------------------------------


def test_link_and_promo_code_are_there_to_be_copied(anna: Partner) -> None:
    page = home(anna)
    assert (
        "Ссылка для приглашения партнеров https://skorozvon.ru/p/62b0 Копировать QR PNG, для экрана SVG, для печати UTM"
        in page
    )
    assert "Промо-код для приглашения партнеров 62b0 Копировать" in page
    with browsing(anna, NOVEMBER_20) as browser:
        for format in ("png", "svg"):
            assert f'href="/cabinet/qr/62b0.{format}?download" download' in browser.get(PATH).content.decode()


def test_manager_and_campaigns_are_within_reach(anna: Partner) -> None:
    page = home(anna)
    assert "Создайте рекламную кампанию" in page
    assert "Как заработать больше? ОЮ Озод Юсупов 8 800 333 97 02 · oyusupov@skorozvon.ru" in page


@pytest.mark.parametrize(
    ("tariff", "promise"),
    [
        ("legal", "Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе."),
        ("individual", "Клиент приносит вам 3 000 ₽ один раз, когда у него спишется от 5 000 ₽ в счёт"),
    ],
)
def test_newcomer_is_told_what_to_do_first_and_what_it_brings(tariff: str, promise: str) -> None:
    page = home(PartnerFactory(tariff=tariff))
    assert f"Отправьте ссылку тому, кому пригодится Скорозвон {promise}" in page
    assert "Скопировать ссылку" in page
    assert "Всего вам начислено 0,00 ₽ · вы еще не выводили" in page
    assert "Первое вознаграждение поступит не раньше 1 декабря" in page
    assert "Как придёт первое вознаграждение" in page
    assert "Здесь будет вознаграждение за каждый месяц" in page


def test_newcomer_whose_link_was_followed_is_one_step_further() -> None:
    partner = PartnerFactory(code="62b0")
    ClickDay.objects.create(code=Code.objects.get(), day=dt.date(2025, 11, 2), clicks=2)
    assert "По ссылке уже 2 перехода" in home(partner)


def test_open_offer_of_terms_is_announced(anna: Partner) -> None:
    assert "новые условия" not in home(anna)
    newer = Terms.objects.create(name="legal-2026-2", tariff="legal", starts_on=month("2025-11"), percent_bp=2000)
    offer = TermsOffer.objects.create(partner=anna, terms=newer, offered_at=NOVEMBER_20)
    assert "Для вас есть новые условия. Перейти на них или остаться на прежних — решаете вы" in home(anna)
    offer.state = TermsOffer.State.DECLINED
    offer.save()
    assert "новые условия" not in home(anna)


# --- Who gets in ------------------------------------------------------------------------------------------------------


def test_signed_out_sign_in_first_and_are_brought_back() -> None:
    asked = Browser().get("/cabinet/?page=2")
    assert (asked.status_code, asked["Location"]) == (302, "/users/sign_in?next=/cabinet/%3Fpage%3D2")


@pytest.mark.parametrize(
    ("status", "sentence"), [("pending", "Ваш запрос на рассмотрении"), ("declined", "Ваш запрос отклонён")]
)
def test_who_waits_or_was_declined_reads_that_and_gets_no_code(anna: Partner, status: str, sentence: str) -> None:
    Partner.objects.update(status=status)
    page = home(anna)
    assert sentence in page
    assert "62b0" not in page
    assert "Доступно к выводу" not in page


def test_blocked_partner_reads_why_and_keeps_its_figures_but_has_nothing_to_give_away(anna: Partner) -> None:
    registration.block(anna, reason="Ссылка в чужой рассылке", by=StaffFactory(), now=moscow("2025-11-12 12:00"))
    page = home(Partner.objects.get())
    assert "Участие приостановлено 12 ноября 2025 Причина: Ссылка в чужой рассылке" in page
    assert "Доступно к выводу 0,00 ₽ На балансе 3 015,00 ₽" in page
    assert "Поступит 1 декабря ≈ 1 875,00 ₽" in page
    assert "Скопировать" not in page
    assert "skorozvon.ru/p/" not in page


def test_balance_does_not_stay_in_the_browser_after_signing_out(anna: Partner) -> None:
    with browsing(anna, NOVEMBER_20) as browser:
        assert "no-store" in browser.get(PATH)["Cache-Control"]


# --- At what cost -----------------------------------------------------------------------------------------------------


def cost(partner: Partner, now: dt.datetime = NOVEMBER_20) -> int:
    with browsing(partner, now) as browser:
        browser.get(PATH)  # makes the forecast
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PATH).status_code == 200
    return len(queries)


def test_home_costs_at_most_twelve_queries_for_a_newcomer_and_for_a_rich_partner(anna: Partner) -> None:
    few = cost(anna)
    names = [f"m-{number}" for number in range(300)]
    deliver(*(registered(name, "2025-10-11 12:00", ref="62b0") for name in names))
    deliver(*(charged(f"ch-{name}", name, "100.00", "2025-11-10 09:30") for name in names))
    assert cost(anna, moscow("2025-11-21 12:00")) == few <= 12
    assert cost(PartnerFactory()) <= 12
    gleb = PartnerFactory(code="gleb")
    deliver(registered("g-1", "2025-02-11 12:00", ref="gleb"))
    assert cost(gleb) <= 12  # the newest clients instead of the richest
    deliver(charged("gch-1", "g-1", "100.00", "2025-11-10 09:30"))
    assert cost(gleb, moscow("2025-11-21 12:00")) <= 12
    registration.block(gleb, reason="Спам", by=StaffFactory(), now=moscow("2025-11-21 12:00"))
    assert cost(Partner.objects.get(pk=gleb.pk), moscow("2025-11-22 12:00")) <= 12
