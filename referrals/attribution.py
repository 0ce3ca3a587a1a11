"""Attribution by people: attaching a client (R7) and passing it on (R9). Codes are the events' business."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from partners import own_money
from partners.models import Partner, User
from partners.reasons import required
from referrals import books, digest, rules
from referrals.models import Attribution, Client
from referrals.working_set import WorkingSet


class AlreadyAttributed(Exception):
    """The client has a partner; only a transfer changes that (R9)."""


class NotAttributed(Exception):
    """The client has no partner yet; attach it (R7)."""


class SelfReferral(Exception):
    """The client is the partner itself (R8)."""


class GetsNoClients(Exception):
    """The partner is blocked or not admitted yet (R25)."""


def attach(
    client: Client,
    partner: Partner,
    *,
    requested_at: dt.datetime,
    by: User,
    reason: str,
    starts_at: dt.datetime | None = None,
) -> Attribution:
    """Attach a client that nobody holds, as the partner asked at `requested_at` (R7).

    Takes effect by R7, or at `starts_at` where staff sets another moment, never before the client's or the partner's
    registration. Charges that had nobody to earn for come to count (R11). Holds the books' lock.
    Raises AlreadyAttributed, SelfReferral, GetsNoClients, OwnMoney, ReasonMissing (only for another moment).
    """
    own_money.refuse(partner, by=by)
    if starts_at is not None:
        reason = required(reason)
    with transaction.atomic():
        books.lock()
        loaded = _loaded(client, partner)
        if loaded.attributions(client.pk):
            raise AlreadyAttributed
        moment = rules.takes_effect_at(
            asked_at=requested_at,
            client_registered_at=client.registered_at,
            partner_registered_at=partner.registered_at,
        )
        if starts_at is not None:
            moment = max(starts_at, client.registered_at, partner.registered_at)
        return _add(loaded, client, partner, moment, Attribution.Via.REQUEST, by, reason)


def transfer(client: Client, partner: Partner, *, by: User, reason: str, now: dt.datetime) -> Attribution:
    """Pass a client on to another partner from now on, never earlier (R9): what it was charged so far stays.

    Holds the books' lock. Raises NotAttributed, AlreadyAttributed (to this partner), SelfReferral, GetsNoClients,
    OwnMoney, ReasonMissing.
    """
    reason = required(reason)
    own_money.refuse(partner, by=by)
    with transaction.atomic():
        books.lock()
        loaded = _loaded(client, partner)
        standing = loaded.attributions(client.pk)
        if not standing:
            raise NotAttributed
        previous = standing[-1].partner_id
        if previous == partner.pk:
            raise AlreadyAttributed
        # What the feed brought from ahead of our clock, by up to a day, was judged when it came: it stays where it is.
        latest = client.charges.aggregate(at=Max("charged_at"))["at"]
        moment = max(now, standing[-1].starts_at)
        if latest is not None and latest >= moment:
            moment = latest + dt.timedelta(microseconds=1)
        attribution = _add(loaded, client, partner, moment, Attribution.Via.TRANSFER, by, reason)
        digest.pass_on(attribution, previous=previous)
        return attribution


def _loaded(client: Client, partner: Partner) -> WorkingSet:
    if not partner.gets_clients:
        raise GetsNoClients
    if rules.is_self_referral(client, partner):
        raise SelfReferral
    loaded = WorkingSet()
    loaded.load_client(client)
    return loaded


def _add(
    loaded: WorkingSet, client: Client, partner: Partner, starts_at: dt.datetime, via: str, by: User, reason: str
) -> Attribution:
    attribution = Attribution(
        client=client, partner=partner, starts_at=starts_at, via=via, decided_by=by, reason=reason
    )
    loaded.attribute(attribution)
    loaded.save()
    return attribution
