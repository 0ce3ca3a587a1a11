"""The second thing that staff proves itself by: a code of an application on its phone, or a recovery code.

The devices and their throttling are django-otp's: after a wrong code the next one has to wait for a second, then two,
four, eight … A code is good once.
"""

import secrets
from base64 import b32encode
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from partners.models import User

RECOVERY_CODES = 10
_RECOVERY_DIGITS = 10  # an application shows six


class WrongCode(Exception):
    """No code of this person, or one that was used before."""


class TooManyWrongCodes(Exception):
    """The next code has to wait: its only argument says how many seconds."""


class AlreadySetUp(Exception):
    """There is a phone: it has to be reset before another one takes its place."""


def is_set_up(user: User) -> bool:
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).exists()


def check(user: User, typed: str) -> Device:
    """The device whose code this is. Uses the code up and counts a wrong one; locks the device.

    Raises WrongCode, TooManyWrongCodes.
    """
    code = _digits(typed)
    with transaction.atomic():
        if len(code) == _RECOVERY_DIGITS:
            found = _judged(StaticDevice.objects.filter(user=user), _hashed(user, code))
        else:
            found = _judged(TOTPDevice.objects.filter(user=user, confirmed=True), code)
    if found is None:
        raise WrongCode
    return found


def begin(user: User) -> TOTPDevice:
    """A secret for a phone that is about to be set up; an earlier one that came to nothing is forgotten.

    Raises AlreadySetUp.
    """
    with transaction.atomic():
        _lock(user)
        TOTPDevice.objects.devices_for_user(user, confirmed=False).delete()
        device: TOTPDevice = TOTPDevice.objects.create(user=user, name="Приложение", confirmed=False)
    return device


def begun(user: User, pk: int | None) -> TOTPDevice | None:
    """The phone that is being set up, by the number that `begin` gave it."""
    found: TOTPDevice | None = TOTPDevice.objects.devices_for_user(user, confirmed=False).filter(pk=pk).first()
    return found


def finish(user: User, device: TOTPDevice, typed: str) -> list[str]:
    """The phone shows the right code: from now on it is asked for. Returns the recovery codes, which nobody can read
    again. Locks the person. Raises AlreadySetUp, WrongCode, TooManyWrongCodes.
    """
    codes: list[str] = []
    with transaction.atomic():
        _lock(user)
        found = _judged(TOTPDevice.objects.filter(user=user, confirmed=False, pk=device.pk), _digits(typed))
        if found is not None:
            TOTPDevice.objects.filter(pk=found.pk).update(confirmed=True)
            codes = _issue(user)
    if not codes:
        raise WrongCode
    return codes


def issue_codes(user: User) -> list[str]:
    """New recovery codes in place of those that are left. Locks the person."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        return _issue(user)


def codes_left(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


def reset(user: User) -> bool:
    """Forget phone and recovery codes; whether there were any. Sessions opened by them end at the desk."""
    there_was = is_set_up(user)
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    return there_was


def secret(device: TOTPDevice) -> str:
    """As one types it into a phone that can't read the picture: 'ABCD EFGH …'."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _lock(user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)
    if is_set_up(user):
        raise AlreadySetUp


def _judged(devices: QuerySet[Any], code: str) -> Device | None:
    """The device, if the code is its. Raises TooManyWrongCodes before the code is looked at."""
    device = devices.select_for_update().first()
    if device is None:
        return None
    allowed, why = device.verify_is_allowed()
    if not allowed:
        raise TooManyWrongCodes(ceil((why["locked_until"] - timezone.now()).total_seconds()) or 1)
    return device if device.verify_token(code) else None


def _issue(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "Коды восстановления"})
    device.token_set.all().delete()
    codes = [f"{secrets.randbelow(10**_RECOVERY_DIGITS):0{_RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_hashed(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hashed(user: User, code: str) -> str:
    """What is kept of a recovery code, in the sixteen characters that there are."""
    return salted_hmac("skorozvon_partners.second_factor", f"{user.pk}:{code}", algorithm="sha256").hexdigest()[:16]


def _digits(typed: str) -> str:
    return "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
