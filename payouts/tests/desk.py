"""Staff at its desk: people with rights, and browsers that came in by its own door."""

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from partners.models import User
from tests.factories import StaffFactory


def boss(**fields: Any) -> User:
    """May do everything."""
    return StaffFactory(is_superuser=True, **fields)


def staff_with(*rights: str) -> User:
    """Staff with these rights and no others, named as `has_perm` names them."""
    user = StaffFactory()
    for right in rights:
        app, codename = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def at_desk(user: User) -> Browser:
    """The browser of somebody who has signed in at /admin/login/, whoever that is."""
    browser = Browser()
    browser.force_login(user)
    session = browser.session
    now = int(timezone.now().timestamp())
    session.update({"staff_since": now, "staff_seen": now})
    session.set_expiry(12 * 3600)
    session.save()
    return browser


def page(name: str, *args: Any) -> str:
    """'payouts_withdrawal_approve', 7 → '/admin/payouts/withdrawal/7/approve/'."""
    return reverse(f"admin:{name}", args=args)


def words(response: Any) -> str:
    """What a reader sees, sums in one piece."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def answer(browser: Browser, address: str, data: dict[str, Any] | None = None) -> str:
    """What one reads after a button was pressed, wherever that leads."""
    return words(browser.post(address, data or {}, follow=True))
