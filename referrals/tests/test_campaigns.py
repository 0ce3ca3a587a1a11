"""Campaigns: made, changed, put away; what each of them brought; who sees whose."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners import codes, months
from partners.models import Code, Partner
from referrals import campaigns, clicks, close, funnel, links
from referrals.day_visitors import Follower
from referrals.funnel import Figures
from referrals.models import Campaign
from tests.factories import NOW, PartnerFactory, charged, deliver, month, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

TYPED = {
    "name": "Статья в блоге",
    "channel": "blog",
    "landing_path": "/tarify",
    "utm_source": "blog",
    "utm_medium": "post",
    "utm_campaign": "autumn",
    "erid": "2VtzqX",
}
NO_WORDS = dict.fromkeys(TYPED, "")


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(code="62b0")


@pytest.fixture
def nina() -> Partner:
    return PartnerFactory(code="nina")


def a_campaign(partner: Partner, name: str = "Блог", *, code: str = "", **fields: str) -> Campaign:
    created = campaigns.create(partner, name=name, now=moscow("2025-09-05 12:00"), **fields)
    if code:
        created.code = Code.objects.create(partner=partner, value=code)
        created.save()
    return created


def signed_in(partner: Partner) -> Browser:
    browser = Browser()
    browser.force_login(partner.user)
    return browser


def text(response: Any) -> str:
    """What a reader sees, with every kind of space as a plain one."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span|a)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def buttons(response: Any) -> list[str]:
    return [word.strip() for word in re.findall(r'class="button[^>]*>([^<]+)<', response.content.decode())]


def page(partner: Partner, path: str, **more: Any) -> str:
    response = signed_in(partner).get(path, **more)
    assert response.status_code == 200
    return text(response)


def clicked(code: str, at: str, times: int = 1) -> None:
    """So many visitors follow a code's link, each from a network of its own."""
    pk = Code.objects.get(value=code).pk
    for number in range(times):
        by = Follower(f"10.0.0.{number}", "Mozilla/5.0")
        clicks.count(code, code=pk, by=by, now=moscow(at))


def the_blog_has_brought_two_clients() -> None:
    """240 clicks, of them one after midnight on 1 October; two registered, one paid 12 500,00 ₽ in October."""
    clicked("blog", "2025-09-30 23:59", 239)
    clicked("blog", "2025-10-01 00:00")
    deliver(
        registered("c-1", "2025-09-15 10:00", ref="blog"),
        registered("c-2", "2025-10-02 10:00", promo_code="BLOG"),
        charged("paid", "c-1", "12500.00", "2025-10-10 09:30"),
    )
    close.run(month("2025-10"), now=NOW)


# --- Made, changed, put away ------------------------------------------------------------------------------------------


def test_campaign_is_made_with_a_code_of_its_own(anna: Partner) -> None:
    campaign = campaigns.create(anna, name="Блог", channel="blog", landing_path="skorozvon.ru/tarify", now=NOW)
    assert (campaign.name, campaign.channel, campaign.landing_path) == ("Блог", "blog", "/tarify")
    assert (campaign.created_at, campaign.archived_at) == (NOW, None)
    assert (campaign.code.partner, campaign.code.is_main, len(campaign.code.value)) == (anna, False, 6)


def test_client_that_comes_by_a_campaigns_code_is_the_partners(anna: Partner) -> None:
    a_campaign(anna, code="blog")
    deliver(registered("c-1", ref="BLOG"))
    assert anna.referrals.get().code.campaign.name == "Блог"


def test_two_campaigns_of_one_partner_have_two_names(anna: Partner, nina: Partner) -> None:
    a_campaign(anna, "Блог")
    a_campaign(nina, "Блог")
    with pytest.raises(campaigns.NameTaken):
        a_campaign(anna, "Блог")
    assert (anna.codes.count(), anna.campaigns.count()) == (2, 1)


def test_landing_page_elsewhere_leaves_neither_campaign_nor_code(anna: Partner) -> None:
    with pytest.raises(links.NotAPage):
        campaigns.create(anna, name="Блог", landing_path="//evil.example", now=NOW)
    assert (anna.codes.count(), anna.campaigns.count()) == (1, 0)


def test_partner_has_two_hundred_campaigns_at_most_and_the_archive_counts(anna: Partner) -> None:
    made = [
        Campaign(partner=anna, code=codes.give(anna), name=f"№ {number}", created_at=NOW, archived_at=NOW)
        for number in range(199)
    ]
    Campaign.objects.bulk_create(made)
    assert not campaigns.is_full(anna)
    a_campaign(anna, "Двухсотая")
    assert campaigns.is_full(anna)
    with pytest.raises(campaigns.TooManyCampaigns):
        a_campaign(anna, "Лишняя")
    assert anna.codes.count() == 201


def test_changing_a_campaign_keeps_its_code(anna: Partner) -> None:
    campaign = a_campaign(anna, code="blog")
    campaigns.change(campaign, **NO_WORDS | {"name": "Канал", "landing_path": "/ceny"})
    stands = Campaign.objects.get()
    assert (stands.name, stands.landing_path, stands.code.value) == ("Канал", "/ceny", "blog")


def test_change_is_refused_as_a_new_campaign_is(anna: Partner) -> None:
    a_campaign(anna, "Блог")
    campaign = a_campaign(anna, "Канал")
    with pytest.raises(campaigns.NameTaken):
        campaigns.change(campaign, **NO_WORDS | {"name": "Блог"})
    with pytest.raises(links.NotAPage):
        campaigns.change(campaign, **NO_WORDS | {"name": "Канал", "landing_path": "https://evil.example"})
    campaigns.change(campaign, **NO_WORDS | {"name": "Канал"})
    assert Campaign.objects.get(pk=campaign.pk).landing_path == ""


def test_archiving_twice_keeps_the_first_moment_and_restoring_undoes_it(anna: Partner) -> None:
    campaign = a_campaign(anna)
    campaigns.archive(campaign, now=moscow("2025-10-01 10:00"))
    campaigns.archive(campaign, now=moscow("2025-10-02 10:00"))
    assert Campaign.objects.get().archived_at == moscow("2025-10-01 10:00")
    campaigns.restore(campaign)
    campaigns.restore(campaign)
    assert Campaign.objects.get().archived_at is None


def test_no_two_campaigns_share_a_code(anna: Partner) -> None:
    campaign = a_campaign(anna)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.create(partner=anna, code=campaign.code, name="Ещё", created_at=NOW)


# --- What they brought ------------------------------------------------------------------------------------------------


def test_figures_of_a_code_are_its_clicks_clients_and_their_rewards(anna: Partner, nina: Partner) -> None:
    blog = a_campaign(anna, code="blog")
    a_campaign(anna, "Пустая")
    a_campaign(nina, code="ninas")
    the_blog_has_brought_two_clients()
    clicked("ninas", "2025-10-01 10:00")
    deliver(registered("c-3", ref="62b0"))
    assert funnel.by_code(anna) == {
        blog.code_id: Figures(clicks=240, unique=240, registered=2, paid=1, reward_kopecks=187500),
        anna.codes.get(is_main=True).pk: Figures(registered=1),
    }
    assert funnel.total(funnel.by_code(anna).values()) == Figures(240, 240, 0, 3, 1, 187500)


def test_months_of_a_code_are_told_in_moscow_time(anna: Partner) -> None:
    blog = a_campaign(anna, code="blog")
    the_blog_has_brought_two_clients()
    assert funnel.by_month(blog.code) == {
        month("2025-09"): Figures(clicks=239, unique=239, registered=1, paid=1, reward_kopecks=187500),
        month("2025-10"): Figures(clicks=1, unique=1, registered=1),
    }


@pytest.mark.parametrize(
    ("figures", "conversion_bp"),
    [
        (Figures(clicks=300, unique=240, bots=30, registered=11, paid=3), 125),
        (Figures(clicks=3, unique=3, paid=1), 3333),
        (Figures(clicks=3, unique=3, paid=2), 6667),
        (Figures(clicks=5, unique=5, paid=0), 0),
        (Figures(clicks=9, unique=2, registered=2, paid=2), 10000),
        (Figures(clicks=4, unique=1, registered=2, paid=2), None),
        (Figures(registered=2, paid=2), None),
        (Figures(), None),
    ],
)
def test_conversion_is_the_part_of_clicks_that_became_paying_clients(
    figures: Figures, conversion_bp: int | None
) -> None:
    assert figures.conversion_bp == conversion_bp


# --- The list ---------------------------------------------------------------------------------------------------------


def test_list_tells_what_each_campaign_brought_and_the_main_link_beside_them(anna: Partner) -> None:
    a_campaign(anna, "Блог", code="blog", channel="blog")
    the_blog_has_brought_two_clients()
    clicked("62b0", "2025-10-01 10:00", 3)
    found = page(anna, "/cabinet/campaigns/")
    assert "Кампании принесли вам 1 875,00 ₽" in found
    assert "Конверсия 0,42 % 1 оплативший клиент на 240 уникальных переходов" in found
    assert "Основная ссылка62b0 3 0 0 0 % 0,00 ₽" in found
    assert "Блог blog · блог 240 2 1 0,42 % 1 875,00 ₽" in found
    assert "По состоянию на" in found


def test_sum_on_top_says_that_the_main_link_is_not_in_it(anna: Partner) -> None:
    a_campaign(anna)
    assert "Начислено за закрытые месяцы, вместе с архивом, без основной ссылки" in page(anna, "/cabinet/campaigns/")


@pytest.mark.parametrize(("tariff", "sum"), [("legal", "5 625,00 ₽"), ("individual", "9 000,00 ₽")])
def test_sample_of_the_empty_list_has_its_columns_and_the_tariffs_sum(tariff: str, sum: str) -> None:
    found = page(PartnerFactory(tariff=tariff), "/cabinet/campaigns/")
    assert "Переходы Регистрации Оплатили Конверсия Вознаграждение" in found
    assert f"240 11 3 1,25 % {sum}" in found


def test_qr_code_of_the_main_link_and_of_a_campaign_is_kept_as_a_picture_or_for_print(anna: Partner) -> None:
    campaign = a_campaign(anna, code="blog")
    browser = signed_in(anna)
    for path, code in (("", "62b0"), (f"{campaign.pk}/", "blog")):
        html = browser.get(f"/cabinet/campaigns/{path}").content.decode()
        files = re.findall(r'href="(/cabinet/qr/[^"]+)"\s+download', html)
        assert {file.removesuffix("=1") for file in files} == {
            f"/cabinet/qr/{code}.png?download",
            f"/cabinet/qr/{code}.svg?download",
        }


def test_archived_campaigns_stand_apart(anna: Partner) -> None:
    a_campaign(anna, "Блог")
    campaigns.archive(a_campaign(anna, "Старая"), now=NOW)
    running, archived = (page(anna, f"/cabinet/campaigns/{query}") for query in ("", "?archived=1"))
    assert ("Блог" in running, "Старая" in running) == (True, False)
    assert ("Блог" in archived, "Старая" in archived) == (False, True)


def test_empty_list_says_how_to_fill_it_and_shows_a_sample(anna: Partner) -> None:
    found = page(anna, "/cabinet/campaigns/")
    assert "Кампании принесли вам 0,00 ₽ Пока ноль: кампаний ещё нет" in found
    assert "Кампаний пока нет Создайте по одной на каждое место" in found
    assert "Статья в блоге" in found
    assert "Появится после первого перехода по ссылке" in found


def test_empty_archive_and_a_list_whose_campaigns_are_all_archived_say_so(anna: Partner) -> None:
    campaigns.archive(a_campaign(anna), now=NOW)
    assert "Все кампании в архиве" in page(anna, "/cabinet/campaigns/")
    campaigns.restore(anna.campaigns.get())
    assert "В архиве пусто" in page(anna, "/cabinet/campaigns/?archived=1")


def test_main_link_is_given_utm_labels_without_keeping_them(anna: Partner) -> None:
    found = page(anna, "/cabinet/campaigns/?utm_source=vk&utm_medium=&utm_campaign=осень")
    assert "https://skorozvon.ru/p/62b0?utm_source=vk&utm_campaign=%D0%BE%D1%81%D0%B5%D0%BD%D1%8C" in found
    assert "Ссылка с метками" not in page(anna, "/cabinet/campaigns/?utm_source=")
    assert "не более 100 символов" in page(anna, f"/cabinet/campaigns/?utm_source={'x' * 101}")


def test_labels_of_the_main_link_hide_nothing(anna: Partner) -> None:
    found = page(anna, "/cabinet/campaigns/?utm_source=vk%E2%80%8B")
    assert "В тексте есть невидимый знак." in found
    assert "Ссылка с метками" not in found


def test_long_list_goes_by_pages_in_both_directions(anna: Partner) -> None:
    for number in range(51):
        a_campaign(anna, f"Кампания {number:02}")
    browser = signed_in(anna)
    first = browser.get("/cabinet/campaigns/").content.decode()
    assert ("Кампания 50" in first, "Кампания 01" in first, "Кампания 00" in first) == (True, True, False)
    following = re.search(r'href="(\?page=[^"]+)"[^>]*>Дальше', first)
    assert following
    second = browser.get(f"/cabinet/campaigns/{following[1]}").content.decode()
    assert ("Кампания 00" in second, "Кампания 01" in second) == (True, False)
    assert "Основная ссылка</a>" not in second


def queries_of(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)


def test_list_and_page_cost_the_same_however_much_there_is(anna: Partner) -> None:
    campaign = a_campaign(anna, "Первая", code="blog")
    browser = signed_in(anna)
    paths = ["/cabinet/campaigns/", f"/cabinet/campaigns/{campaign.pk}/", "/cabinet/campaigns/new/"]
    few = [queries_of(browser, path) for path in paths]
    for number in range(60):
        a_campaign(anna, f"Кампания {number}")
    the_blog_has_brought_two_clients()
    deliver(*(registered(f"more-{number}", "2025-10-05 10:00", ref="blog") for number in range(200)))
    assert [queries_of(browser, path) for path in paths] == few
    assert max(few) <= 12


# --- One campaign -----------------------------------------------------------------------------------------------------


def test_campaigns_page_tells_what_it_brought_and_where_it_leads(anna: Partner) -> None:
    campaign = a_campaign(anna, "Блог", code="blog", landing_path="/tarify", utm_source="vk", erid="2VtzqX")
    the_blog_has_brought_two_clients()
    found = page(anna, f"/cabinet/campaigns/{campaign.pk}/")
    assert "Кампания принесла вам 1 875,00 ₽" in found
    assert "Ссылка кампании https://skorozvon.ru/p/blog?erid=2VtzqX" in found
    assert "Промо-код кампании blog" in found
    assert "Полный адрес https://skorozvon.ru/tarify?ref=blog&utm_source=vk&erid=2VtzqX" in found


def test_campaigns_page_counts_by_month_the_newest_first(anna: Partner) -> None:
    campaign = a_campaign(anna, code="blog")
    now = timezone.now()
    this = months.month_of(now)
    last = months.preceding(this)
    clicked("blog", f"{this:%Y-%m-%d} 00:00", 2)
    clicked("blog", f"{last:%Y-%m-%d} 00:00", 1)
    found = page(anna, f"/cabinet/campaigns/{campaign.pk}/")
    assert f"{months.name(this)} 2 перехода, 0 регистраций {months.name(last)} 1 переход, 0 регистраций" in found


def test_campaigns_page_shows_twelve_months_at_most(anna: Partner) -> None:
    campaign = campaigns.create(anna, name="Старая", now=moscow("2020-01-05 12:00"))
    found = page(anna, f"/cabinet/campaigns/{campaign.pk}/")
    names = "январь|февраль|март|апрель|май|июнь|июль|август|сентябрь|октябрь|ноябрь|декабрь"
    assert len(re.findall(rf"(?:{names}) 20\d\d", found)) == 12


def test_page_of_a_campaign_that_brought_nobody_says_what_to_do(anna: Partner) -> None:
    found = page(anna, f"/cabinet/campaigns/{a_campaign(anna).pk}/")
    assert (
        "Кампания принесла вам 0,00 ₽ Пока ноль: по этой ссылке и промо-коду ещё никто не зарегистрировался." in found
    )
    assert "Скачать QR-код" in found


def test_archived_campaign_says_that_it_goes_on_working(anna: Partner) -> None:
    campaign = a_campaign(anna, "Блог")
    browser = signed_in(anna)
    path = reverse("campaign_archive", args=[campaign.pk])
    answered = browser.post(path, follow=True)
    assert "Кампания «Блог» в архиве. Её ссылка и промо-код работают, как и раньше." in text(answered)
    assert "новые клиенты по ним закрепляются за вами" in text(answered)
    assert "Кампания «Блог» снова среди действующих." in text(browser.post(path, {"restore": "1"}, follow=True))
    assert Campaign.objects.get().archived_at is None


def test_archive_is_reached_by_an_address_without_anything_happening(anna: Partner) -> None:
    campaign = a_campaign(anna)
    assert signed_in(anna).get(f"/cabinet/campaigns/{campaign.pk}/archive/")["Location"].endswith(f"/{campaign.pk}/")
    assert Campaign.objects.get().archived_at is None


# --- The form ---------------------------------------------------------------------------------------------------------


def test_new_campaign_is_made_by_the_form(anna: Partner) -> None:
    answered = signed_in(anna).post("/cabinet/campaigns/new/", TYPED, follow=True)
    campaign = Campaign.objects.get()
    assert answered.redirect_chain == [(f"/cabinet/campaigns/{campaign.pk}/", 302)]
    assert "Кампания «Статья в блоге» создана. Ссылка и промо-код уже работают." in text(answered)
    assert {field: getattr(campaign, field) for field in TYPED} == TYPED


def test_second_click_makes_no_second_campaign(anna: Partner) -> None:
    browser = signed_in(anna)
    browser.post("/cabinet/campaigns/new/", TYPED)
    answered = browser.post("/cabinet/campaigns/new/", TYPED)
    assert "Кампания с таким названием у вас уже есть." in text(answered)
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"name": ""}, "Назовите кампанию: так вы узнаете её в списке."),
        ({"name": "Блог\u202e"}, "В тексте есть невидимый знак."),
        ({"landing_path": "https://evil.example"}, "Страница должна быть на сайте Скорозвона"),
        ({"landing_path": "/a?b=c"}, "Оставьте адрес до знаков ? и #"),
        ({"erid": "не токен!"}, "В токене только латинские буквы и цифры."),
        ({"utm_source": "x" * 101}, "не более 100 символов"),
        ({"utm_source": "vk\u202ekv"}, "В тексте есть невидимый знак."),
        ({"utm_medium": "post\u200b"}, "В тексте есть невидимый знак."),
        ({"utm_campaign": "\x07autumn"}, "В тексте есть невидимый знак."),
    ],
)
def test_nothing_typed_is_lost_when_something_is_wrong(wrong: dict[str, str], answer: str, anna: Partner) -> None:
    answered = signed_in(anna).post("/cabinet/campaigns/new/", TYPED | wrong)
    assert answer in text(answered)
    for value in (TYPED | wrong).values():
        assert not value or f'value="{value}"' in answered.content.decode()
    assert Campaign.objects.count() == 0


@pytest.mark.parametrize("typed", ["2VtzqX", " 2VtzqX ", "erid: 2VtzqX", "erid=2VtzqX"])
def test_erid_is_taken_as_it_is_copied(typed: str, anna: Partner) -> None:
    signed_in(anna).post("/cabinet/campaigns/new/", TYPED | {"erid": typed})
    assert Campaign.objects.get().erid == "2VtzqX"


def test_form_says_when_no_more_campaigns_can_be_made(anna: Partner) -> None:
    Campaign.objects.bulk_create(
        Campaign(partner=anna, code=codes.give(anna), name=f"№ {number}", created_at=NOW) for number in range(200)
    )
    browser = signed_in(anna)
    assert "У вас уже 200 кампаний, больше создать нельзя." in text(browser.get("/cabinet/campaigns/new/"))
    answered = browser.post("/cabinet/campaigns/new/", TYPED)
    assert "У вас уже 200 кампаний, больше создать нельзя." in text(answered)
    assert 'value="Статья в блоге"' in answered.content.decode()
    assert Campaign.objects.count() == 200


def test_campaign_is_changed_over_what_stands(anna: Partner) -> None:
    campaign = a_campaign(anna, "Блог", code="blog", utm_source="vk")
    browser = signed_in(anna)
    path = f"/cabinet/campaigns/{campaign.pk}/edit/"
    assert 'value="vk"' in browser.get(path).content.decode()
    answered = browser.post(path, TYPED, follow=True)
    assert "Сохранено. Ссылка и промо-код остались прежними." in text(answered)
    stands = Campaign.objects.get()
    assert {field: getattr(stands, field) for field in TYPED} == TYPED
    assert stands.code.value == "blog"


def test_refused_change_keeps_what_stands_and_what_was_typed(anna: Partner) -> None:
    a_campaign(anna, "Канал")
    campaign = a_campaign(anna, "Блог")
    answered = signed_in(anna).post(f"/cabinet/campaigns/{campaign.pk}/edit/", TYPED | {"name": "Канал"})
    assert "Кампания с таким названием у вас уже есть." in text(answered)
    assert 'value="2VtzqX"' in answered.content.decode()
    assert Campaign.objects.get(pk=campaign.pk).name == "Блог"


# --- Who sees whose ---------------------------------------------------------------------------------------------------

PATHS = ["", "edit/", "archive/"]


@pytest.mark.parametrize("path", PATHS)
def test_another_partners_campaign_is_not_there(path: str, anna: Partner, nina: Partner) -> None:
    campaign = a_campaign(anna, "Тайная")
    browser = signed_in(nina)
    assert browser.get(f"/cabinet/campaigns/{campaign.pk}/{path}").status_code == 404
    assert browser.post(f"/cabinet/campaigns/{campaign.pk}/{path}", TYPED).status_code in (404, 405)
    stands = Campaign.objects.get()
    assert (stands.name, stands.archived_at) == ("Тайная", None)
    assert "Тайная" not in page(nina, "/cabinet/campaigns/")


@pytest.mark.parametrize("path", ["", "new/", "1/", "1/edit/", "1/archive/"])
def test_signed_out_signs_in_first(path: str) -> None:
    address = f"/cabinet/campaigns/{path}"
    assert Browser().get(address)["Location"] == f"/users/sign_in?next={address}"


def test_blocked_partner_reads_and_changes_nothing(anna: Partner) -> None:
    campaign = a_campaign(anna, "Блог")
    Partner.objects.update(status="blocked")
    browser = signed_in(anna)
    for path in ("", "new/", f"{campaign.pk}/", f"{campaign.pk}/edit/"):
        answered = browser.get(f"/cabinet/campaigns/{path}")
        assert answered.status_code == 200
        assert not {"Создать кампанию", "Сохранить", "Изменить", "Убрать в архив"} & set(buttons(answered))
    for path in ("new/", f"{campaign.pk}/edit/"):
        found = page(anna, f"/cabinet/campaigns/{path}")
        assert "Участие приостановлено, поэтому кампании не меняются и новых не создать." in found
        assert "Название" not in found
    for path in ("new/", f"{campaign.pk}/edit/", f"{campaign.pk}/archive/"):
        assert browser.post(f"/cabinet/campaigns/{path}", TYPED)["Location"] == "/cabinet/"
    stands = Campaign.objects.get()
    assert (stands.name, stands.archived_at) == ("Блог", None)
