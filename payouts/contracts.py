"""The contract of a legal partner (R22). So far: recording one that was signed before the move to this portal."""

import datetime as dt

from partners.models import Partner
from payouts.models import Contract


def record_signed(partner: Partner, *, number: str, signed_on: dt.date) -> Contract:
    """Keep a contract that stands. Raises IntegrityError when the partner has one."""
    return Contract.objects.create(partner=partner, state=Contract.State.SIGNED, number=number, signed_on=signed_on)
