"""Becoming a partner (R2, R3), and what staff decides about one: admitted, declined, blocked (R25).

Nobody of staff decides about itself: all of these raise `own_money.OwnMoney`.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from partners import codes, consents, ledger, months, notices, own_money
from partners.models import Code, Consent, Notice, Partner, StatusChange, Terms, TermsAssignment, User
from partners.reasons import required

Status = Partner.Status


class NotAnAccountHolder(Exception):
    """Only whoever has an account in the service can become a partner (R2)."""


class ConsentIsMissing(Exception):
    """Not everything that the tariff needs was agreed to."""


class StatusHasChanged(Exception):
    """The partner isn't in the state that this is done in: somebody else was faster."""


class Newcomer(NamedTuple):
    """An account holder who is to be a working partner. `terms` other than the newest that had started when it was
    registered are for partners who move in with their old conditions; without `code` it gets a random one.
    """

    user: User
    tariff: str
    full_name: str
    phone: str
    registered_at: dt.datetime
    inn: str = ""
    code: str | None = None
    terms: Terms | None = None


def admit(user: User, **about: Any) -> Partner:
    """Make an account holder a working partner; `about` are the other fields of Newcomer. See `admit_all`."""
    return admit_all([Newcomer(user, **about)])[0]


def admit_all(newcomers: Sequence[Newcomer]) -> list[Partner]:
    """Make account holders working partners: their tariff's terms from `registered_at` (R4), their main codes.

    By a few statements, in their order. Call inside a transaction. Raises IntegrityError when an account is a partner
    already or a code is taken.
    """
    admitted = Partner.objects.bulk_create(
        Partner(
            user=each.user,
            status=Status.ACTIVE,
            tariff=each.tariff,
            full_name=each.full_name,
            phone=each.phone,
            inn=each.inn,
            registered_at=each.registered_at,
        )
        for each in newcomers
    )
    _equip([(partner, each.terms, each.code) for partner, each in zip(admitted, newcomers, strict=True)])
    return admitted


def request(
    user: User,
    *,
    tariff: str,
    full_name: str,
    phone: str,
    agreed_to: Collection[consents.Text],
    ip: str | None,
    now: dt.datetime,
    needs_approval: bool,
    website: str = "",
    channels: Sequence[str] = (),
    comment: str = "",
) -> Partner:
    """An account holder asks to become a partner (R2), and is one at once unless staff has to approve it.

    Repeatable: for who has asked before, the partner that stands is returned as it is; one that was declined asks anew,
    with another tariff if it likes. What was agreed to is kept with its moment and address. Locks the person. Raises
    NotAnAccountHolder, and ConsentIsMissing unless current versions of all that the tariff needs are in `agreed_to`.
    """
    if user.account_id is None:
        raise NotAnAccountHolder
    needed = consents.needed(tariff)
    if not set(needed) <= set(agreed_to):
        raise ConsentIsMissing
    with transaction.atomic():
        # A second click waits here and then finds the partner.
        user = User.objects.select_for_update().get(pk=user.pk)
        partner = Partner.objects.filter(user=user).first() or Partner(user=user)
        if partner.pk and partner.status != Status.DECLINED:
            return partner
        partner.status, partner.tariff, partner.registered_at = Status.PENDING, tariff, now
        partner.full_name, partner.phone, partner.inn = full_name, phone, user.inn
        partner.website, partner.channels, partner.comment = website, list(channels), comment
        partner.save()
        Consent.objects.bulk_create(
            Consent(user=user, kind=text.kind, version=text.version, given_at=now, ip=ip) for text in needed
        )
        if needs_approval:
            change = _move(partner, Status.PENDING, by=None, now=now)
            key = f"registration_received:{change.pk}"
            notices.add(partner, Notice.Kind.REGISTRATION_RECEIVED, key=key, now=now)
        else:
            _start(partner, by=None, now=now)
        return partner


def approve(partner: Partner, *, by: User, now: dt.datetime) -> Partner:
    """Staff lets a waiting partner in: it is registered from now on, with terms and a code. Locks the partner.

    Raises StatusHasChanged unless it is waiting.
    """
    with transaction.atomic():
        partner = _locked(partner, Status.PENDING, by=by)
        _start(partner, by=by, now=now)
        return partner


def decline(partner: Partner, *, reason: str, by: User, now: dt.datetime) -> Partner:
    """Staff declines a waiting partner, which reads the reason and may ask again. Locks the partner.

    Raises ReasonMissing, and StatusHasChanged unless it is waiting.
    """
    with transaction.atomic():
        partner = _locked(partner, Status.PENDING, by=by)
        change = _move(partner, Status.DECLINED, reason=required(reason), by=by, now=now)
        key = f"registration_declined:{change.pk}"
        notices.add(partner, Notice.Kind.REGISTRATION_DECLINED, key=key, now=now, reason=change.reason)
        return partner


def block(partner: Partner, *, reason: str, by: User, now: dt.datetime) -> Partner:
    """No new clients and no withdrawals from now on (R25); the partner reads the reason. Locks the partner.

    Raises ReasonMissing, and StatusHasChanged unless it is working.
    """
    with transaction.atomic():
        partner = _locked(partner, Status.ACTIVE, by=by)
        _move(partner, Status.BLOCKED, reason=required(reason), by=by, now=now)
        return partner


def unblock(partner: Partner, *, reason: str = "", by: User, now: dt.datetime) -> Partner:
    """A blocked partner works again, with the code and terms it had. Locks it. Raises StatusHasChanged."""
    with transaction.atomic():
        partner = _locked(partner, Status.BLOCKED, by=by)
        _move(partner, Status.ACTIVE, reason=reason.strip(), by=by, now=now)
        return partner


def _start(partner: Partner, *, by: User | None, now: dt.datetime) -> None:
    partner.registered_at = now
    change = _move(partner, Status.ACTIVE, by=by, now=now)
    (code,) = _equip([(partner, None, None)])
    key = f"registration_approved:{change.pk}"
    notices.add(partner, Notice.Kind.REGISTRATION_APPROVED, key=key, now=now, code=code.value)


def _equip(partners: Sequence[tuple[Partner, Terms | None, str | None]]) -> list[Code]:
    """For each partner terms from its registration on, and its main code; the codes are returned."""
    newest: dict[tuple[str, dt.date], Terms] = {}
    assignments = []
    for partner, terms, _ in partners:
        if terms is None:
            # Versions start on a 1st.
            begun = (partner.tariff, months.month_of(partner.registered_at))
            if begun not in newest:
                newest[begun] = Terms.objects.started(*begun)[0]
            terms = newest[begun]
        assignments.append(
            TermsAssignment(
                partner=partner,
                terms=terms,
                starts_at=partner.registered_at,
                reason=TermsAssignment.Reason.REGISTRATION,
            )
        )
    TermsAssignment.objects.bulk_create(assignments)
    return codes.give_all([(partner, code) for partner, _, code in partners], is_main=True)


def _locked(partner: Partner, status: Status, *, by: User) -> Partner:
    own_money.refuse(partner, by=by)
    partner = ledger.lock(partner)
    if partner.status != status:
        raise StatusHasChanged
    return partner


def _move(partner: Partner, status: Status, *, by: User | None, now: dt.datetime, reason: str = "") -> StatusChange:
    partner.status = status
    partner.save(update_fields=["status", "registered_at"])
    return StatusChange.objects.create(partner=partner, status=status, changed_at=now, changed_by=by, reason=reason)
