"""Asking for a client that came without the code (R7): what partners may ask, what staff decides, what both read."""

from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import Notice, Partner, User
from partners.reasons import ReasonMissing
from referrals import attach_requests, attribution
from referrals.models import AttachRequest, Attribution, Client
from referrals.tests.pages import browsing, opened, text_of
from tests.factories import (
    NOW,
    ClientFactory,
    PartnerFactory,
    charged,
    deliver,
    moscow,
    outcome,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PATH = "/cabinet/clients/attach/"


def ask(partner: Partner, company: str = "ООО Красные цветы", **fields: Any) -> AttachRequest:
    return attach_requests.request(partner, company=company, **{"now": NOW} | fields)


def posted(partner: Partner, **fields: str) -> Any:
    with browsing(partner) as browser:
        return browser.post(PATH, fields, follow=True)


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_request_keeps_the_words_of_the_partner_and_its_moment(anna: Partner) -> None:
    ask(anna, "  ООО Красные цветы ", comment=" info@flowers.example\n", now=moscow("2025-03-01 10:00"))
    found = AttachRequest.objects.get()
    assert (found.company, found.comment, found.state) == ("ООО Красные цветы", "info@flowers.example", "open")
    assert (found.requested_at, found.decided_at) == (moscow("2025-03-01 10:00"), None)


@pytest.mark.parametrize("again", ["ООО Красные цветы", "ооо «КРАСНЫЕ  цветы»"])
def test_company_that_is_asked_for_already_is_refused(again: str, anna: Partner) -> None:
    ask(anna)
    with pytest.raises(attach_requests.AlreadyAsked):
        ask(anna, again)
    assert AttachRequest.objects.count() == 1


def test_company_that_the_partner_holds_is_not_asked_for(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna", name="ООО «Красные цветы»"), registered("c-2", name="ООО «Ель»"))
    with pytest.raises(attach_requests.AlreadyYours):
        ask(anna, "ооо Красные  цветы")
    ask(anna, "ООО «Ель»")
    ask(PartnerFactory())


def test_client_that_has_passed_to_another_partner_may_be_asked_for(anna: Partner, staff: User) -> None:
    deliver(registered("c-1", "2025-02-01 10:00", ref="anna", name="ООО «Красные цветы»"))
    attribution.transfer(Client.objects.get(), PartnerFactory(), by=staff, reason="просьба", now=NOW)
    assert ask(anna).state == "open"


def test_company_may_be_asked_for_by_others_and_again_after_the_answer(anna: Partner, staff: User) -> None:
    first = ask(anna)
    ask(PartnerFactory())
    attach_requests.decline(first, by=staff, reason="не нашли", now=NOW)
    ask(anna)
    assert AttachRequest.objects.count() == 3


def test_partner_has_20_open_requests_at_most(anna: Partner, staff: User) -> None:
    asked = [ask(anna, f"ООО {number}") for number in range(20)]
    with pytest.raises(attach_requests.TooManyOpen):
        ask(anna, "ООО 20")
    attach_requests.decline(asked[0], by=staff, reason="не нашли", now=NOW)
    ask(anna, "ООО 20")
    assert AttachRequest.objects.count() == 21


@pytest.mark.parametrize("status", ["blocked", "pending", "declined"])
def test_who_gets_no_clients_can_not_ask_for_one(status: str, anna: Partner) -> None:
    Partner.objects.update(status=status)
    with pytest.raises(attribution.GetsNoClients):
        ask(anna)


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_accepted_client_is_attached_as_of_the_request_and_the_partner_is_told(anna: Partner, staff: User) -> None:
    deliver(
        registered("c-1", "2025-02-01 10:00", name="ООО «Красные цветы»"),
        charged("early", "c-1", "100.00", "2025-02-10 10:00"),
    )
    asked = ask(anna, now=moscow("2025-03-01 10:00"))  # within 30 days: from the registration on
    attach_requests.accept(asked, client=Client.objects.get(), by=staff, now=moscow("2025-06-01 10:00"))
    held = Attribution.objects.get()
    assert (held.partner, held.starts_at, held.via) == (anna, moscow("2025-02-01 10:00"), "request")
    assert outcome("early") == ("counted", "2025-02")
    asked.refresh_from_db()
    assert (asked.state, asked.client, asked.decided_by) == ("accepted", Client.objects.get(), staff)
    assert asked.decided_at == moscow("2025-06-01 10:00")
    notice = Notice.objects.get()
    assert (notice.kind, notice.partner, notice.key) == ("client_attached", anna, f"client_attached:{asked.pk}")
    assert notice.context == {"company": "ООО Красные цветы"}


def test_client_asked_for_later_is_held_from_the_requests_moment_not_the_answers(anna: Partner, staff: User) -> None:
    client = ClientFactory(registered_at=moscow("2025-02-01 10:00"))
    asked = ask(anna, now=moscow("2025-05-05 10:00"))
    attach_requests.accept(asked, client=client, by=staff, now=moscow("2025-06-01 10:00"))
    assert Attribution.objects.get().starts_at == moscow("2025-05-05 10:00")


def test_staff_may_set_another_moment_with_a_reason(anna: Partner, staff: User) -> None:
    client = ClientFactory(registered_at=moscow("2025-02-01 10:00"))
    asked = ask(anna, now=moscow("2025-05-05 10:00"))
    moment = moscow("2025-04-01 00:00")
    with pytest.raises(ReasonMissing):
        attach_requests.accept(asked, client=client, by=staff, now=NOW, starts_at=moment)
    attach_requests.accept(asked, client=client, by=staff, now=NOW, starts_at=moment, reason="договорились")
    assert (Attribution.objects.get().starts_at, Attribution.objects.get().reason) == (moment, "договорились")


def test_declined_request_keeps_its_reason_and_the_partner_is_told(anna: Partner, staff: User) -> None:
    asked = ask(anna)
    with pytest.raises(ReasonMissing):
        attach_requests.decline(asked, by=staff, reason="  ", now=NOW)
    attach_requests.decline(asked, by=staff, reason="Компания не найдена", now=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.decided_by) == ("declined", "Компания не найдена", staff)
    notice = Notice.objects.get()
    assert (notice.kind, notice.key) == ("client_declined", f"client_declined:{asked.pk}")
    assert notice.context == {"company": "ООО Красные цветы", "reason": "Компания не найдена"}


def test_request_is_decided_once(anna: Partner, staff: User) -> None:
    client, accepted, declined = ClientFactory(), ask(anna, "А"), ask(anna, "Б")
    attach_requests.accept(accepted, client=client, by=staff, now=NOW)
    attach_requests.decline(declined, by=staff, reason="нет", now=NOW)
    for asked in (accepted, declined):
        with pytest.raises(attach_requests.AlreadyDecided):
            attach_requests.accept(asked, client=client, by=staff, now=NOW)
        with pytest.raises(attach_requests.AlreadyDecided):
            attach_requests.decline(asked, by=staff, reason="нет", now=NOW)
    assert (Attribution.objects.count(), Notice.objects.count()) == (1, 2)


def test_request_that_can_not_be_met_stays_open(anna: Partner, staff: User) -> None:
    deliver(registered("c-1", ref="anna"))
    asked = ask(anna)
    with pytest.raises(attribution.AlreadyAttributed):
        attach_requests.accept(asked, client=Client.objects.get(), by=staff, now=NOW)
    asked.refresh_from_db()
    assert (asked.state, Notice.objects.count()) == ("open", 0)


# --- The page ---------------------------------------------------------------------------------------------------------


def test_form_asks_in_the_words_of_the_programme_and_tells_the_promo_code(anna: Partner) -> None:
    seen = opened(anna, PATH)
    assert "Например: ООО Красные цветы." in seen
    assert "ваш промо-код anna" in seen
    assert "Заявок ещё не было." in seen


@pytest.mark.parametrize("typed", [{"company": "ООО \u202eКрасные цветы"}, {"company": "ООО", "comment": "\x1b[31m"}])
def test_request_with_characters_that_nobody_sees_is_refused(typed: dict[str, str], anna: Partner) -> None:
    assert "В тексте есть невидимый знак." in text_of(posted(anna, **typed))
    assert AttachRequest.objects.count() == 0


def test_request_sent_from_the_page_stands_below_it(anna: Partner) -> None:
    response = posted(anna, company="ООО Красные цветы", comment="info@flowers.example")
    seen = text_of(response)
    assert response.redirect_chain == [(PATH, 302)]
    assert "Заявка отправлена. Ответ появится здесь и придёт на почту." in seen
    assert "ООО Красные цветы info@flowers.example 15 декабря 2026 на рассмотрении" in seen
    assert AttachRequest.objects.get().requested_at == NOW


def test_answer_is_the_same_whether_the_company_exists_or_not(anna: Partner) -> None:
    deliver(registered("c-1", name="ООО Красные цветы"))
    there = text_of(posted(anna, company="ООО Красные цветы"))
    AttachRequest.objects.all().delete()
    nowhere = text_of(posted(anna, company="ООО Небывалое тут"))
    assert there == nowhere.replace("ООО Небывалое тут", "ООО Красные цветы")


@pytest.mark.parametrize("company", ["", "   ", "«»"])
def test_company_has_to_be_named_and_nothing_typed_is_lost(company: str, anna: Partner) -> None:
    response = posted(anna, company=company, comment="+7 900 000-00-01")
    assert "Назовите компанию, которую нужно прикрепить." in text_of(response)
    assert "+7 900 000-00-01" in response.content.decode()
    assert not AttachRequest.objects.exists()


def test_second_request_for_the_same_company_says_that_one_is_there(anna: Partner) -> None:
    ask(anna)
    response = posted(anna, company="ООО «Красные цветы»")
    assert "Такая заявка уже есть, она на рассмотрении." in text_of(response)
    assert 'value="ООО «Красные цветы»"' in response.content.decode()


def test_request_for_a_client_of_ones_own_leads_to_it_and_keeps_what_was_typed(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna", name="ООО «Цветы <b>&»"))
    response = posted(anna, company="ООО Цветы <b>&")
    html = response.content.decode()
    assert "Этот клиент уже ваш: ООО «Цветы <b>&» . Если речь о другой компании с тем же названием" in text_of(response)
    assert f'<a href="/cabinet/clients/{Client.objects.get().pk}/">ООО «Цветы &lt;b&gt;&amp;»</a>' in html
    assert 'value="ООО Цветы &lt;b&gt;&amp;"' in html
    assert not AttachRequest.objects.exists()


def test_twenty_first_request_says_what_to_wait_for(anna: Partner) -> None:
    for number in range(20):
        ask(anna, f"ООО {number}")
    seen = text_of(posted(anna, company="ООО 20"))
    assert "На рассмотрении уже 20 ваших заявок — больше сразу не бывает. Дождитесь ответа" in seen


def test_decided_requests_show_the_client_or_the_reason(anna: Partner, staff: User) -> None:
    deliver(registered("c-1", "2025-02-01 10:00", name="ООО «Красные Цветы+»"))
    attach_requests.accept(ask(anna), client=Client.objects.get(), by=staff, now=NOW)
    attach_requests.decline(ask(anna, "ИП Никто"), by=staff, reason="Такой компании в сервисе нет.", now=NOW)
    with browsing(anna) as browser:
        response = browser.get(PATH)
    seen = text_of(response)
    assert "ООО Красные цветы 15 декабря 2026 прикреплён 15 декабря 2026 ООО «Красные Цветы+»" in seen
    assert f'href="/cabinet/clients/{Client.objects.get().pk}/"' in response.content.decode()
    assert "ИП Никто 15 декабря 2026 отклонена 15 декабря 2026 Такой компании в сервисе нет." in seen


def test_requests_of_others_are_not_shown(anna: Partner) -> None:
    ask(PartnerFactory(), "ООО Чужое")
    assert "Чужое" not in opened(anna, PATH)


def test_blocked_partner_reads_its_requests_and_sends_none(anna: Partner) -> None:
    ask(anna)
    Partner.objects.update(status="blocked")
    seen = opened(anna, PATH)
    assert "ООО Красные цветы 15 декабря 2026 на рассмотрении" in seen
    assert "Участие приостановлено, поэтому новые клиенты не прикрепляются." in seen
    assert ("Отправить заявку" in seen, "anna" in seen, "учтём все его оплаты" in seen) == (False, False, False)
    with browsing(anna) as browser:
        response = browser.post(PATH, {"company": "ООО Ещё одно"})
    assert (response.status_code, response["Location"]) == (302, "/cabinet/")
    assert AttachRequest.objects.count() == 1


def test_signed_out_visitor_signs_in_first() -> None:
    response = Browser().get(PATH)
    assert (response.status_code, response["Location"]) == (302, f"/users/sign_in?next={PATH}")


def test_page_asks_as_many_queries_for_one_request_as_for_a_thousand(
    anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ask(anna)
    with browsing(anna) as browser:
        with django_assert_max_num_queries(12) as for_one:
            browser.get(PATH)
        client = ClientFactory()
        decided = {"state": "accepted", "decided_at": NOW, "requested_at": NOW, "partner": anna, "client": client}
        AttachRequest.objects.bulk_create(AttachRequest(company=f"ООО {number}", **decided) for number in range(1_000))
        with django_assert_max_num_queries(len(for_one)):
            response: Any = browser.get(PATH)
    assert len(response.context["requests"]) == 50
