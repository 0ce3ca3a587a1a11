"""Putting a balance right by hand (R20): a reason, and above a sum in the settings a second person's yes."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs

from partners import ledger, own_money
from partners.models import Correction, LedgerLine, Partner, User
from partners.reasons import required

State = Correction.State
# What one person books alone for one partner is added up over this time: a sum cut into parts needs the same yes.
ADDED_UP = dt.timedelta(days=30)


class MovesNothing(Exception):
    """A correction of 0 is none."""


class HasNoBalance(Exception):
    """The partner isn't admitted yet: it has no balance."""


class AlreadyDecided(Exception):
    """The correction was booked or declined before."""


class NeedsAnotherPerson(Exception):
    """Whoever asked for a correction can't be its second person."""


def request(
    partner: Partner, *, amount_kopecks: int, memo: str, reason: str, key: str, by: User, now: dt.datetime
) -> Correction:
    """Put the partner's balance right by so much, above zero or below; the balance may go negative (M4).

    Booked at once up to `CORRECTION_NEEDS_SECOND_ABOVE` (kopecks), together with what the same person has booked alone
    for this partner in 30 days; above that it waits for `confirm` by another. `memo` is read by the partner and holds
    no personal data. Repeatable by `key`: the second time returns the one that stands. Locks the partner.
    Raises MovesNothing, ReasonMissing, HasNoBalance, OwnMoney.

    Example: limit 10 000 ₽, 6 000 ₽ booked alone last week: 4 000 ₽ more are booked at once, 4 000,01 ₽ wait.
    """
    if not amount_kopecks:
        raise MovesNothing
    memo, reason = required(memo), required(reason)
    own_money.refuse(partner, by=by)
    with transaction.atomic():
        partner = ledger.lock(partner)
        if known := Correction.objects.filter(key=key).first():
            return known
        if partner.status not in (Partner.Status.ACTIVE, Partner.Status.BLOCKED):
            raise HasNoBalance
        alone = partner.corrections.filter(asked_by=by, needs_second=False, asked_at__gt=now - ADDED_UP)
        so_far = alone.aggregate(sum=Sum(Abs("amount_kopecks")))["sum"] or 0
        needs_second = so_far + abs(amount_kopecks) > settings.CORRECTION_NEEDS_SECOND_ABOVE
        correction = Correction.objects.create(
            key=key,
            partner=partner,
            amount_kopecks=amount_kopecks,
            memo=memo,
            reason=reason,
            asked_by=by,
            asked_at=now,
            needs_second=needs_second,
            state=State.REQUESTED if needs_second else State.BOOKED,
            decided_by=None if needs_second else by,
            decided_at=None if needs_second else now,
        )
        if not needs_second:
            _book(correction, by=by, now=now)
        return correction


def confirm(correction: Correction, *, by: User, now: dt.datetime) -> Correction:
    """A second person says yes, and the balance moves. Locks the partner and the correction.

    Raises AlreadyDecided, NeedsAnotherPerson, OwnMoney.
    """
    with transaction.atomic():
        correction = _waiting(correction, by=by)
        if correction.asked_by_id == by.pk:
            raise NeedsAnotherPerson
        _decide(correction, State.BOOKED, by=by, now=now)
        _book(correction, by=by, now=now)
        return correction


def decline(correction: Correction, *, reason: str, by: User, now: dt.datetime) -> Correction:
    """It isn't booked; whoever asked may take it back. Locks as `confirm`.

    Raises AlreadyDecided, ReasonMissing, OwnMoney.
    """
    with transaction.atomic():
        correction = _waiting(correction, by=by)
        correction.refusal = required(reason)
        _decide(correction, State.DECLINED, by=by, now=now)
        return correction


def _waiting(correction: Correction, *, by: User) -> Correction:
    own_money.refuse(correction.partner, by=by)
    # The partner first, like everywhere: two who decide at once take turns, and the second finds it decided.
    ledger.lock(correction.partner)
    locked = Correction.objects.select_for_update(of=("self",)).select_related("partner").get(pk=correction.pk)
    if locked.state != State.REQUESTED:
        raise AlreadyDecided
    return locked


def _decide(correction: Correction, state: str, *, by: User, now: dt.datetime) -> None:
    correction.state, correction.decided_by, correction.decided_at = state, by, now
    correction.save(update_fields=["state", "decided_by", "decided_at", "refusal"])


def _book(correction: Correction, *, by: User, now: dt.datetime) -> None:
    ledger.book(
        correction.partner,
        key=f"correction:{correction.pk}",
        kind=LedgerLine.Kind.CORRECTION,
        amount_kopecks=correction.amount_kopecks,
        memo=f"Корректировка: {correction.memo}",
        now=now,
        booked_by=by,
    )
