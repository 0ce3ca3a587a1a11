"""Becoming a partner (R2, R3)."""

import datetime as dt

from partners import codes
from partners.models import Partner, Terms, TermsAssignment, User
from partners.months import MOSCOW


def admit(
    user: User,
    *,
    tariff: str,
    full_name: str,
    phone: str,
    registered_at: dt.datetime,
    inn: str = "",
    code: str | None = None,
    terms: Terms | None = None,
) -> Partner:
    """Make an account holder a working partner: its tariff's terms from `registered_at` (R4), its main code.

    `terms` other than the newest that had started by then are for partners who move in with their old conditions.
    Call inside a transaction. Raises IntegrityError when the account is a partner already or the code is taken.
    """
    partner = Partner.objects.create(
        user=user,
        status=Partner.Status.ACTIVE,
        tariff=tariff,
        full_name=full_name,
        phone=phone,
        inn=inn,
        registered_at=registered_at,
    )
    if terms is None:
        terms = Terms.objects.started(tariff, registered_at.astimezone(MOSCOW).date())[0]
    TermsAssignment.objects.create(
        partner=partner, terms=terms, starts_at=registered_at, reason=TermsAssignment.Reason.REGISTRATION
    )
    codes.give(partner, value=code, is_main=True)
    return partner
