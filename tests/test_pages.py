"""The pages as a browser gets them: who sees what, in which words, at what cost."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser

from partners.models import Partner, User
from partners.months import MOSCOW
from partners.registration import admit

pytestmark = [
    pytest.mark.django_db,
    # The files of a deployment are collected when it is built, and a test run has no need of them.
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]

PASSWORD = "a pass phrase of mine"


def a_partner(email: str = "anna@example.ru", tariff: str = "legal", *, code: str | None = None) -> Partner:
    user = User.objects.create_user(email, PASSWORD, full_name="Анна Юрлицова")
    since = dt.datetime(2026, 9, 1, tzinfo=MOSCOW)
    return admit(user, tariff=tariff, full_name="Анна", phone="+79000000001", registered_at=since, code=code)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def text(response: HttpResponse) -> str:
    """What a reader sees, with every kind of space as a plain one; a sum stays in one piece."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# --- Who gets in ----------------------------------------------------------------------------------------------------


def test_staff_reads_that_the_cabinet_is_for_partners() -> None:
    page = text(signed_in(User.objects.create_superuser("staff@example.ru", PASSWORD)).get("/cabinet/"))
    assert "Вы вошли как сотрудник, staff@example.ru" in page


# --- How pages are made ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users/sign_in", "/cabinet/", "/nowhere/"])
def test_every_answer_forbids_inline_code_and_other_hosts(path: str) -> None:
    policy = signed_in(a_partner().user).get(path)["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
    assert "unsafe" not in policy


def test_no_template_holds_inline_style_or_script() -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son\w+\s*=|javascript:", re.IGNORECASE)
    # Letters are exempt: mail programs read nothing but what is inline, and know no policy.
    files = [file for file in (settings.BASE_DIR / "templates").rglob("*.html") if file.parent.name != "letters"]
    assert files
    assert [file.name for file in files if inline.search(file.read_text(encoding="utf-8"))] == []


def test_unknown_address_leads_back_to_the_cabinet(client: Browser) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Такой страницы нет" in text(response)
    assert 'href="/cabinet/"' in response.content.decode()


def test_failure_shows_a_page_that_needs_nothing_of_what_failed() -> None:
    def no_ledger(execute: Any, sql: str, *rest: Any) -> Any:
        if "partners_ledgerline" in sql:
            raise OperationalError("the database is gone")
        return execute(sql, *rest)

    browser = signed_in(a_partner().user)
    browser.raise_request_exception = False
    with connection.execute_wrapper(no_ledger):
        response = browser.get("/cabinet/")
    assert response.status_code == 500
    assert "Что-то сломалось" in text(response)
    assert "the database is gone" not in text(response)


def test_page_of_a_refusal_is_helpful() -> None:
    assert "напишите нам" in render_to_string("403.html")
