"""Opening the cabinet's pages at a moment, and reading them as people do."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import time_machine
from django.test import Client as Browser

from partners.models import Partner
from tests.factories import NOW


@contextmanager
def browsing(partner: Partner, now: dt.datetime = NOW) -> Iterator[Browser]:
    """A browser in which the partner has signed in, at that moment."""
    with time_machine.travel(now, tick=False):
        browser = Browser()
        browser.force_login(partner.user)
        yield browser


def opened(partner: Partner, path: str, *, now: dt.datetime = NOW) -> str:
    """A page of the partner's as a reader sees it."""
    with browsing(partner, now) as browser:
        response = browser.get(path)
    assert response.status_code == 200
    return text_of(response)


def text_of(response: Any) -> str:
    """What a reader sees, with every kind of space as a plain one; a sum stays in one piece."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
