"""What tests of the administrator's desk start from."""

import time
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client as Browser
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from partners.models import Deed, User
from skorozvon_partners import second_factor
from skorozvon_partners.roles import Role
from tests.factories import StaffFactory

PASSWORD = "a pass phrase of mine"


def in_role(role: str, **fields: Any) -> User:
    user = StaffFactory(password=PASSWORD, **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def administrator(**fields: Any) -> User:
    return in_role(Role.ADMINISTRATOR, **fields)


def code_of(user: User) -> str:
    """What the application on the person's phone shows now."""
    totp = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    totp.time = time.time()
    return f"{totp.token():06}"


def set_up(user: User) -> list[str]:
    """The person has a phone; its recovery codes. The code that this took can't be used again."""
    device = second_factor.begin(user)
    return second_factor.finish(user, device, code_of(user))


def sign_in(user: User, password: str = PASSWORD) -> Browser:
    browser = Browser()
    browser.post("/admin/login/", {"username": user.email, "password": password, "next": "/admin/"})
    return browser


def told() -> list[tuple[str, str]]:
    """The journal, oldest first: (what, who)."""
    return [(deed.title, str(deed.by or "")) for deed in Deed.objects.select_related("by").order_by("pk")]
