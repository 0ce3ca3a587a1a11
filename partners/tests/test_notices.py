"""The outbox of letters: written once, sent at least once, by one sender at a time, stopped by who wants none."""

import datetime as dt
import logging
from email.message import Message
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.test import Client as Browser
from django.test import override_settings

from partners import notices
from partners.models import Notice, Partner
from partners.notices import NotAStopLink
from tests.factories import PartnerFactory, UserFactory, moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2026-11-22 12:00")
CREDIT = {"month": "2026-10", "reward_kopecks": 187_500, "clients": 2, "balance_kopecks": 187_500}


def anna() -> Partner:
    return PartnerFactory(user=UserFactory(email="anna@example.ru"), full_name="Анна Юрлицова")


def add(
    partner: Partner, kind: str = "requisites_changed", *, key: str = "", now: dt.datetime = NOW, **said: Any
) -> None:
    notices.add(partner, kind, key=key or f"{kind}:{partner.pk}", now=now, **said)


def state(key: str) -> tuple[int, dt.datetime | None, dt.datetime | None]:
    """(attempts, next try, sent at)"""
    notice = Notice.objects.get(key=key)
    return notice.attempts, notice.next_try_at, notice.sent_at


def sent() -> list[str]:
    return [message.subject for message in mail.outbox]


def sent_message() -> Message:
    [letter] = mail.outbox
    return letter.message()


class Refusing(BaseEmailBackend):
    """A mail server that refuses every letter, in words that repeat the address."""

    def send_messages(self, messages: Any) -> int:
        raise OSError(f"550 no such mailbox: {messages[0].to[0]}")


class Unreachable(BaseEmailBackend):
    """No mail server at all."""

    def open(self) -> bool:
        raise ConnectionRefusedError("anna@example.ru")


REFUSING = override_settings(EMAIL_BACKEND=f"{__name__}.Refusing")
UNREACHABLE = override_settings(EMAIL_BACKEND=f"{__name__}.Unreachable")


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_a_fact_is_told_of_once_however_often_it_is_reported() -> None:
    partner = anna()
    for reason in ("нет такого клиента", "другая причина"):
        add(partner, "client_declined", key="request:7:declined", company="ООО «Вектор»", reason=reason)
    assert Notice.objects.get().context == {"company": "ООО «Вектор»", "reason": "нет такого клиента"}
    notices.send_due(now=NOW)
    assert sent() == ["Клиент не прикреплён: ООО «Вектор»"]


def test_a_letter_of_a_rolled_back_fact_is_never_sent() -> None:
    partner = anna()
    with transaction.atomic():
        add(partner)
        transaction.set_rollback(True)
    notices.send_due(now=NOW)
    assert (Notice.objects.count(), sent()) == (0, [])


def test_a_letter_that_could_not_be_written_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="company"):
        add(anna(), "client_attached")
    assert Notice.objects.count() == 0


# --- Sending ----------------------------------------------------------------------------------------------------------


def test_a_letter_goes_to_the_partners_address_in_text_and_html_and_is_done() -> None:
    add(anna())
    notices.send_due(now=NOW)
    [letter] = mail.outbox
    assert (letter.to, letter.from_email) == (["anna@example.ru"], "Скорозвон партнёрам <welcome@skorozvon.ru>")
    assert [part.get_content_type() for part in sent_message().walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert state(f"requisites_changed:{Partner.objects.get().pk}") == (1, None, NOW)
    notices.send_due(now=NOW + dt.timedelta(days=1))
    assert len(mail.outbox) == 1


def test_the_newest_letter_goes_first_so_that_a_close_keeps_nobody_waiting() -> None:
    partner = anna()
    add(partner, "month_credited", key="of the close", now=NOW, **CREDIT)
    add(partner, now=NOW + dt.timedelta(seconds=1))
    notices.send_due(now=NOW + dt.timedelta(minutes=1))
    assert sent() == ["Реквизиты для выплат изменены", "1\u202f875,00\u202f₽ за октябрь 2026"]


def test_a_refused_letter_is_tried_eight_times_in_three_days_and_then_given_up_for_all_to_see() -> None:
    add(anna(), key="refused")
    tries = []
    with REFUSING:
        while (due := state("refused")[1]) is not None:
            tries.append(round((due - NOW) / dt.timedelta(minutes=1)))
            notices.send_due(now=due)
    # The last of them gives up instead of trying.
    assert tries == [0, 5, 20, 80, 260, 620, 1340, 2780, 4220]
    assert state("refused") == (8, None, None)


def test_a_refused_letter_keeps_no_other_from_being_sent() -> None:
    partner = anna()
    add(partner, key="good")
    bad = PartnerFactory(user=UserFactory(email="two@lines.example"))
    add(bad, key="bad")
    bad.user.email = "no address\nbcc: everybody@example.ru"
    bad.user.save()
    notices.send_due(now=NOW)
    assert [letter.to for letter in mail.outbox] == [["anna@example.ru"]]
    assert state("bad") == (1, NOW + dt.timedelta(minutes=5), None)


def test_an_unreachable_mail_server_costs_no_letter_a_try() -> None:
    add(anna(), key="waiting")
    for minute in range(100):
        with UNREACHABLE:
            notices.send_due(now=NOW + dt.timedelta(minutes=minute))
    assert state("waiting") == (0, NOW, None)
    notices.send_due(now=NOW + dt.timedelta(days=9))
    assert sent() == ["Реквизиты для выплат изменены"]


def test_who_dies_after_sending_leaves_a_letter_that_comes_again_under_the_same_message_id() -> None:
    add(anna(), key="twice")
    notices.send_due(now=NOW)
    # As if the process had ended before it could write down that the letter is gone.
    Notice.objects.update(sent_at=None, next_try_at=NOW + dt.timedelta(minutes=5))
    notices.send_due(now=NOW + dt.timedelta(minutes=4))
    assert len(mail.outbox) == 1
    notices.send_due(now=NOW + dt.timedelta(minutes=5))
    first, second = mail.outbox
    assert first.message()["Message-ID"] == second.message()["Message-ID"]
    assert state("twice") == (2, None, NOW + dt.timedelta(minutes=5))


@pytest.mark.parametrize("mail_server", [REFUSING, UNREACHABLE], ids=["refusing", "unreachable"])
def test_logs_hold_no_address_no_name_and_no_content(mail_server: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    add(anna(), "client_declined", company="ООО «Марс»", reason="не наш")
    with mail_server:
        for day in range(10):
            notices.send_due(now=NOW + dt.timedelta(days=day))
    assert caplog.text.count("partners.notices") >= 9
    assert [word for word in ("anna", "Анна", "Марс", "не наш", "mailbox") if word in caplog.text] == []


# --- Headers ----------------------------------------------------------------------------------------------------------


def test_a_letter_that_may_be_stopped_tells_mail_programs_how() -> None:
    partner = anna()
    add(partner, "client_attached", company="ООО «Вектор»")
    notices.send_due(now=NOW)
    url = f"<{settings.PORTAL_URL}/notices/stop/{notices.stop_token(partner, 'client_attached')}/>"
    assert sent_message()["List-Unsubscribe"] == url
    assert sent_message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "kind", ["registration_received", "registration_approved", "registration_declined", "requisites_changed"]
)
def test_letters_that_always_come_offer_no_way_to_stop_them(kind: str) -> None:
    partner = anna()
    partner.muted_notices = [kind]
    partner.save()
    add(partner, kind)
    notices.send_due(now=NOW)
    assert sent_message()["List-Unsubscribe"] is None
    assert "/notices/stop/" not in str(sent_message())


def test_a_name_with_line_breaks_adds_neither_a_header_nor_a_line() -> None:
    company = "ООО «Вектор»\r\nBcc: everybody@example.ru\n\nПереведите деньги"
    add(anna(), "client_attached", company=company)
    notices.send_due(now=NOW)
    [letter] = mail.outbox
    assert letter.subject == "Клиент прикреплён: ООО «Вектор» Bcc: everybody@example.ru Переведите деньги"
    assert sent_message()["Bcc"] is None
    assert letter.recipients() == ["anna@example.ru"]
    assert letter.body.splitlines()[0] == "ООО «Вектор» Bcc: everybody@example.ru Переведите деньги"


def test_a_repeated_letter_is_known_by_its_message_id_and_two_facts_are_told_apart() -> None:
    partner = anna()
    add(partner, key="one")
    add(partner, key="other")
    notices.send_due(now=NOW)
    one, other = (letter.message()["Message-ID"] for letter in mail.outbox)
    assert one != other
    assert one.startswith("<")
    assert one.endswith("@localhost>")


# --- Stopping ---------------------------------------------------------------------------------------------------------


def path_to_stop(partner: Partner, kind: str = "month_credited") -> str:
    return f"/notices/stop/{notices.stop_token(partner, kind)}/"


def muted(partner: Partner) -> list[str]:
    partner.refresh_from_db()
    return partner.muted_notices


def test_opening_the_link_only_asks_since_mail_scanners_open_every_link() -> None:
    partner = anna()
    response = Browser().get(path_to_stop(partner))
    assert response.status_code == 200
    assert "Больше не присылать письма «начислено вознаграждение»?" in response.content.decode()
    assert muted(partner) == []


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}], ids=["button on the page", "mail program"])
def test_the_button_stops_that_kind_without_cookie_or_sign_in_and_may_be_pressed_again(body: dict[str, str]) -> None:
    partner = anna()
    add(partner, "month_credited", key="credit", **CREDIT)
    for _ in range(2):
        response = Browser(enforce_csrf_checks=True).post(path_to_stop(partner), body)
        assert response.status_code == 200
        assert "Писем «начислено вознаграждение» не будет." in response.content.decode()
    assert muted(partner) == ["month_credited"]
    add(partner, "client_attached", company="ООО «Вектор»")
    notices.send_due(now=NOW)
    assert sent() == ["Клиент прикреплён: ООО «Вектор»"]
    assert state("credit") == (0, None, None)


def test_link_opened_again_says_that_these_letters_do_not_come_any_more() -> None:
    partner = anna()
    Browser().post(path_to_stop(partner))
    body = Browser().get(path_to_stop(partner)).content.decode()
    assert "Уже не присылаем" in body
    assert "Больше не присылать" not in body


def test_the_link_stops_nothing_of_another_partner_and_no_other_kind() -> None:
    partner, other = anna(), PartnerFactory()
    Browser().post(path_to_stop(partner, "terms_offer"))
    assert (muted(partner), muted(other)) == (["terms_offer"], [])


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_broken_link_says_what_to_do_and_stops_nothing(method: str) -> None:
    partner = anna()
    for path in (path_to_stop(partner)[:-2] + "/", "/notices/stop/nothing/", "/notices/stop/..../"):
        response = getattr(Browser(), method)(path)
        assert response.status_code == 404
        assert "Откройте её из письма" in response.content.decode()
    assert muted(partner) == []


def test_no_link_stops_a_kind_that_always_comes() -> None:
    partner = anna()
    with pytest.raises(NotAStopLink):
        notices.stop(notices.stop_token(partner, "requisites_changed"))
    assert muted(partner) == []
