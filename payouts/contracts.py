"""The contract of a legal partner (R22): offered when enough clients have paid, signed, accepted."""

import datetime as dt

from partners.models import Partner
from payouts.models import Contract


def record_signed(partner: Partner, *, number: str, signed_on: dt.date) -> Contract:
    """Keep a contract that stands. Raises IntegrityError when the partner has one."""
    return Contract.objects.create(partner=partner, state=Contract.State.SIGNED, number=number, signed_on=signed_on)


def offer_due(*, now: dt.datetime) -> None:
    """Offer the contract to whoever is due for it."""
