"""What is wrong is told to staff once when it begins and once when it is over, by letters that the sweep sends."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from partners.models import LedgerLine
from payouts import decisions, sending, withdrawals
from payouts.tests.desk import at_desk, boss, page, words
from payouts.tests.people import individual
from referrals import close
from skorozvon_partners import audit_runs, findings, staff_letters
from skorozvon_partners.checks import of_deployment
from skorozvon_partners.models import AuditRun, Finding, StaffLetter
from tests.factories import StaffFactory, charged, deliver, month, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def told(settings: Settings) -> None:
    settings.STAFF_ALERT_EMAILS = ["olga@skorozvon.ru", "oleg@skorozvon.ru"]
    settings.PORTAL_URL = "https://partners.example.ru"
    settings.FEED_SILENT_HOURS = 0


def letters(now: dt.datetime) -> list[str]:
    """The subjects of what staff is sent by the sweep of that moment."""
    before = len(mail.outbox)
    findings.look(now=now)
    staff_letters.send_due(now=now)
    return [letter.subject for letter in mail.outbox[before:]]


def test_a_late_withdrawal_is_told_from_its_tenth_day_on_once_and_when_it_is_over() -> None:
    boris = individual(50_000_00)
    asked = withdrawals.request(boris, amount_kopecks=10_000_00, destination="card", by=boris.user, now=NOW)
    assert letters(NOW + 9 * DAY) == []
    assert letters(NOW + 10 * DAY) == ["Вывод задерживается"]
    letter = mail.outbox[-1]
    assert letter.to == ["olga@skorozvon.ru", "oleg@skorozvon.ru"]
    text = letter.body.replace("\xa0", " ").replace("\u202f", " ")
    assert f"Вывод № {asked.pk} на 10 000,00 ₽ обещан до 15 ноября 2025, состояние: на проверке." in text
    assert f"https://partners.example.ru/admin/payouts/withdrawal/{asked.pk}/" in text
    assert boris.user.email not in text
    assert letters(NOW + 10 * DAY + HOUR) == letters(NOW + 11 * DAY) == []
    decisions.decline(asked, by=StaffFactory(), reason="просьба", now=NOW + 11 * DAY)
    assert letters(NOW + 11 * DAY + HOUR) == ["Вывод больше не задерживается"]
    assert letters(NOW + 12 * DAY) == []


def test_a_withdrawal_is_told_of_again_when_its_due_date_has_passed() -> None:
    boris = individual(50_000_00)
    asked = withdrawals.request(boris, amount_kopecks=10_000_00, destination="card", by=boris.user, now=NOW)
    assert letters(NOW + 10 * DAY) == ["Вывод задерживается"]
    assert letters(NOW + 12 * DAY) == []
    assert letters(NOW + 13 * DAY) == ["Вывод задерживается"]
    text = mail.outbox[-1].body.replace("\xa0", " ")
    assert f"Обещанный срок вывода № {asked.pk} прошёл: 15 ноября 2025, а он не выплачен." in text
    assert letters(NOW + 14 * DAY) == []
    decisions.decline(asked, by=StaffFactory(), reason="просьба", now=NOW + 14 * DAY)
    assert letters(NOW + 14 * DAY + HOUR) == ["Вывод больше не задерживается (2)"]
    assert "Прошло: Вывод № " in mail.outbox[-1].body.replace("\xa0", " ")


def test_what_begins_together_is_told_in_one_letter() -> None:
    boris = individual(50_000_00)
    for _ in range(25):
        withdrawals.request(boris, amount_kopecks=100_00, destination="card", by=boris.user, now=NOW)
    assert letters(NOW + 10 * DAY) == ["Вывод задерживается (25)"]
    assert mail.outbox[-1].body.count("обещан до") == 20
    assert "И ещё 5" in mail.outbox[-1].body
    assert Finding.objects.standing().count() == 25


def test_a_month_that_is_late_is_told_until_it_is_closed() -> None:
    deliver(registered("c-1"), charged("ch-1", "c-1", "1.00", "2025-09-10 09:30"))
    individual(0)  # closes October with all before it
    assert letters(moscow("2025-12-01 11:59")) == []
    assert letters(moscow("2025-12-01 12:00")) == ["Месяц не закрыт вовремя"]
    assert "Месяц ноябрь 2025 должен был закрыться 1 декабря 2025" in mail.outbox[-1].body.replace("\xa0", " ")
    close.run(month("2025-11"), now=moscow("2025-12-01 12:30"))
    assert letters(moscow("2025-12-01 13:00")) == ["Месяц закрыт"]


def test_a_silent_feed_is_told_each_time_it_falls_silent(settings: Settings) -> None:
    settings.FEED_SILENT_HOURS = 12
    assert letters(NOW) == []  # none has ever come
    deliver(registered("c-1"), now=NOW)
    assert letters(NOW + 11 * HOUR) == []
    assert letters(NOW + 12 * HOUR) == ["События сервиса не приходят"]
    deliver(registered("c-2"), now=NOW + 13 * HOUR)
    assert letters(NOW + 13 * HOUR) == ["События сервиса снова приходят"]
    assert letters(NOW + 25 * HOUR) == ["События сервиса не приходят"]


def test_sending_that_stays_off_is_told() -> None:
    sending.switch(False, reason="Разбираемся", by=StaffFactory(), now=NOW)
    assert letters(NOW + 23 * HOUR) == []
    assert letters(NOW + 24 * HOUR) == ["Отправка выплат давно выключена"]
    sending.switch(True, reason="Разобрались", by=StaffFactory(), now=NOW + 25 * HOUR)
    assert letters(NOW + 25 * HOUR) == ["Отправка выплат снова включена"]


# --- The audit of the night -------------------------------------------------------------------------------------------


def forge() -> None:
    boris = individual(0)
    LedgerLine.objects.create(
        key="withdrawal:999", partner=boris, kind="withdrawal", amount_kopecks=-1, booked_at=NOW, memo="Вывод"
    )


def test_the_books_are_audited_once_a_night_and_each_breach_is_told_once() -> None:
    forge()
    audit_runs.run_due(now=moscow("2025-11-04 03:59"))
    assert not AuditRun.objects.exists()
    for hour in ("04:00", "04:01", "23:59"):
        audit_runs.run_due(now=moscow(f"2025-11-04 {hour}"))
    [run] = AuditRun.objects.all()
    assert run.number == 2
    assert "M2: движение withdrawal:999 не следует ни из одной заявки на вывод" in run.breaches
    now = moscow("2025-11-04 04:10")
    assert letters(now) == ["Проверка книг нашла расхождение (2)"]
    assert "withdrawal:999" in mail.outbox[-1].body
    assert f"https://partners.example.ru/admin/skorozvon_partners/auditrun/{run.pk}/" in mail.outbox[-1].body
    audit_runs.run_due(now=now + DAY)
    assert AuditRun.objects.count() == 2
    assert letters(now + DAY) == []


def test_a_breach_that_is_mended_is_over() -> None:
    AuditRun.objects.create(night=NOW.date(), started_at=NOW, finished_at=NOW, number=1, breaches=["M2: движение x"])
    assert letters(NOW) == ["Проверка книг нашла расхождение"]
    audit_runs.run_due(now=NOW + DAY)
    assert letters(NOW + DAY) == ["Проверка книг больше не находит расхождений"]


def test_an_audit_whose_process_died_is_run_by_another_later() -> None:
    AuditRun.objects.create(night=NOW.date(), started_at=NOW)
    audit_runs.run_due(now=NOW + HOUR)
    assert not AuditRun.objects.finished().exists()
    audit_runs.run_due(now=NOW + 4 * HOUR)
    assert AuditRun.objects.finished().count() == 1


# --- The outbox -------------------------------------------------------------------------------------------------------


def test_a_letter_is_tried_again_until_the_mail_server_takes_it(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    sending.switch(False, reason="Разбираемся", by=StaffFactory(), now=NOW)
    assert letters(NOW + DAY) == letters(NOW + DAY) == []
    [letter] = StaffLetter.objects.all()
    assert (letter.attempts, letter.sent_at, letter.next_try_at) == (1, None, NOW + DAY + dt.timedelta(minutes=5))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert letters(NOW + DAY + HOUR) == ["Отправка выплат давно выключена"]
    assert letters(NOW + DAY + 2 * HOUR) == []


def test_without_anybody_to_write_to_findings_are_kept_and_the_check_says_so(settings: Settings) -> None:
    settings.STAFF_ALERT_EMAILS = []
    sending.switch(False, reason="Разбираемся", by=StaffFactory(), now=NOW)
    assert letters(NOW + DAY) == []
    assert (Finding.objects.standing().count(), StaffLetter.objects.count()) == (1, 0)
    assert [problem.id for problem in of_deployment(None)] == ["skorozvon.W002"]
    settings.STAFF_ALERT_EMAILS = ["olga@skorozvon.ru"]
    assert of_deployment(None) == []
    assert letters(NOW + DAY + HOUR) == []


def test_nothing_wrong_takes_no_lock_and_few_queries(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        findings.look(now=NOW)


# --- On the desk ------------------------------------------------------------------------------------------------------


def test_the_desk_shows_what_stands_and_what_each_night_found() -> None:
    forge()
    browser = at_desk(boss())
    assert "Проверок ещё не было" in words(browser.get(page("skorozvon_partners_auditrun_changelist")))
    audit_runs.run_due(now=NOW)
    findings.look(now=NOW)
    run = AuditRun.objects.get()
    for address in (page("index"), page("skorozvon_partners_auditrun_changelist")):
        told = words(browser.get(address))
        assert "Портал предупреждает" in told
        assert "движение withdrawal:999 не следует ни из одной заявки на вывод" in told
    told = words(browser.get(page("skorozvon_partners_auditrun_change", run.pk)))
    assert "Проверка 3 ноября 2025" in told.replace("\xa0", " ")
    assert "M2: движение withdrawal:999" in told
