"""Clients that were trained (R17): marked by their partner or by staff, shown, and of no consequence for money."""

import datetime as dt

from referrals.models import Referral


class NotHeld(Exception):
    """The client is no longer this partner's."""


def mark(referral: Referral, *, trained_on: dt.date | None) -> None:
    """Note when the partner trained its client; None takes a mark back. Repeatable. Raises NotHeld."""
    if not Referral.objects.filter(pk=referral.pk, held_until=None).update(trained_on=trained_on):
        raise NotHeld
    referral.trained_on = trained_on
