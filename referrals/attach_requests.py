"""Asking for a client that came without the partner's code, and staff's answer (R7).

«Прикрепите ООО Красные цветы, промо-код 3456». Nothing here looks for the company before staff does: a request
reads the same whether it exists or not (R26).
"""

import datetime as dt

from django.db import transaction

from partners import notices
from partners.models import Notice, Partner, User
from partners.reasons import required
from referrals import attribution, rules
from referrals.models import AttachRequest, Client

MOST_OPEN = 20  # of one partner: staff reads each of them


class TooManyOpen(Exception):
    """The partner has `MOST_OPEN` requests that are not decided yet."""


class AlreadyAsked(Exception):
    """An open request of this partner names the same company."""


class AlreadyYours(Exception):
    """A client that the partner holds has this very name: its only argument, a Client."""


class AlreadyDecided(Exception):
    """The request was accepted or declined before."""


def request(partner: Partner, *, company: str, comment: str = "", now: dt.datetime) -> AttachRequest:
    """Ask for a company to be attached; by R7 this moment counts, whenever staff decides.

    Locks the partner. Raises attribution.GetsNoClients, AlreadyYours, TooManyOpen, AlreadyAsked. What the partner
    holds is in its own list; of everybody else's clients the answer tells nothing (R26).
    """
    with transaction.atomic():
        locked = Partner.objects.select_for_update().get(pk=partner.pk)
        if not locked.gets_clients:
            raise attribution.GetsNoClients
        name = rules.search_name(company)
        held = locked.referrals.filter(search_name=name, held_until=None).select_related("client").first()
        if held is not None:
            raise AlreadyYours(held.client)
        asked = list(locked.attach_requests.open().values_list("company", flat=True))
        if len(asked) >= MOST_OPEN:
            raise TooManyOpen
        if name in map(rules.search_name, asked):
            raise AlreadyAsked
        return AttachRequest.objects.create(
            partner=locked, company=company.strip(), comment=comment.strip(), requested_at=now
        )


def accept(
    asked: AttachRequest,
    *,
    client: Client,
    by: User,
    now: dt.datetime,
    reason: str = "",
    starts_at: dt.datetime | None = None,
) -> AttachRequest:
    """Attach the client that was asked for, as of the request's moment or of another one, with a reason (R7).

    The partner gets a letter. Locks the request and the books. Raises AlreadyDecided and whatever `attribution.attach`
    raises; the request then stays open.
    """
    with transaction.atomic():
        locked = _open(asked)
        attribution.attach(
            client, locked.partner, requested_at=locked.requested_at, by=by, reason=reason, starts_at=starts_at
        )
        locked.client = client
        _decide(locked, AttachRequest.State.ACCEPTED, by, now)
        key = f"client_attached:{locked.pk}"
        notices.add(locked.partner, Notice.Kind.CLIENT_ATTACHED, key=key, now=now, company=locked.company)
        return locked


def decline(asked: AttachRequest, *, by: User, reason: str, now: dt.datetime) -> AttachRequest:
    """Say no; the partner reads the reason, in the cabinet and in a letter.

    Locks the request. Raises AlreadyDecided, ReasonMissing.
    """
    reason = required(reason)
    with transaction.atomic():
        locked = _open(asked)
        locked.reason = reason
        _decide(locked, AttachRequest.State.DECLINED, by, now)
        words = {"company": locked.company, "reason": locked.reason}
        key = f"client_declined:{locked.pk}"
        notices.add(locked.partner, Notice.Kind.CLIENT_DECLINED, key=key, now=now, **words)
        return locked


def _open(asked: AttachRequest) -> AttachRequest:
    locked = AttachRequest.objects.select_for_update(of=("self",)).select_related("partner__user").get(pk=asked.pk)
    if locked.state != AttachRequest.State.OPEN:
        raise AlreadyDecided
    return locked


def _decide(locked: AttachRequest, state: str, by: User, now: dt.datetime) -> None:
    locked.state, locked.decided_at, locked.decided_by = state, now, by
    locked.save(update_fields=["state", "decided_at", "decided_by", "client", "reason"])
