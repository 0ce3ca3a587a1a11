"""Publishing a new version of a tariff's terms, and who comes under it (R5)."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from partners import months
from partners.models import Partner, Publication, Terms, TermsAssignment, TermsOffer, User
from partners.months import MOSCOW
from partners.reasons import required
from referrals import books
from referrals.models import Charge, Outcome


class NotAFutureMonth(Exception):
    """New terms start on a 1st that is still to come."""


class NoOpenOffer(Exception):
    """The partner has no offer to answer, or has answered it."""


class AnotherOffer(Exception):
    """Another version is offered by now than the one that was read: nobody answers what it hasn't seen."""


def publish(
    *,
    name: str,
    tariff: str,
    starts_on: dt.date,
    now: dt.datetime,
    by: User | None = None,
    reason: str = "",
    **numbers: Any,
) -> Terms:
    """Announce a new version of a tariff's terms from a coming 1st. Raises NotAFutureMonth; ReasonMissing for a person.

    `numbers` are the fields of Terms. Who comes under the version is decided when the date comes (`judge_due`).
    `by` and `reason` are kept (M11).
    """
    if starts_on.day != 1 or months.start_of(starts_on) <= now:
        raise NotAFutureMonth(starts_on)
    with transaction.atomic():
        terms = Terms.objects.create(name=name, tariff=tariff, starts_on=starts_on, **numbers)
        if by is not None:
            Publication.objects.create(terms=terms, published_by=by, published_at=now, reason=required(reason))
        return terms


def judge_due(*, now: dt.datetime) -> list[Terms]:
    """Decide, once for every version whose date has come, which partners move and which are offered the choice.

    Repeatable. Call inside a transaction that holds the books' lock.
    """
    due = Terms.objects.filter(judged_at=None, starts_on__lte=now.astimezone(MOSCOW).date()).order_by("starts_on")
    judged = list(due)
    for terms in judged:
        _judge(terms, now)
    return judged


def candidates(terms: Terms) -> QuerySet[Partner]:
    """The partners whom a version concerns: let in before it starts, under its tariff."""
    assert terms.starts_on is not None
    starts_at = months.start_of(terms.starts_on)
    # A change of tariff since that date, or this very version, leaves nothing to judge.
    decided = TermsAssignment.objects.filter(partner=OuterRef("pk"))
    # Who waits, or was declined, has no terms yet; once let in, it gets those of that day.
    let_in = Partner.objects.exclude(status__in=[Partner.Status.PENDING, Partner.Status.DECLINED])
    rows = let_in.filter(tariff=terms.tariff, registered_at__lt=starts_at)
    since = decided.filter(starts_at__gte=starts_at, reason=TermsAssignment.Reason.TARIFF_CHANGE)
    return rows.exclude(Exists(since) | Exists(decided.filter(terms=terms.pk)))


def _judge(terms: Terms, now: dt.datetime) -> None:
    assert terms.starts_on is not None
    starts_at = months.start_of(terms.starts_on)
    # A client is one that has paid (R1): a charge of it had counted by then.
    judged = candidates(terms)
    with_client = Exists(
        Charge.objects.filter(
            partner=OuterRef("pk"),
            outcome=Outcome.COUNTED,
            refund_of=None,
            charged_at__lt=starts_at,
            confirmed_at__lt=starts_at,
        )
    )
    staying = list(judged.filter(with_client).values_list("pk", flat=True))
    moving = list(judged.exclude(with_client).values_list("pk", flat=True))
    TermsOffer.objects.filter(partner__in=staying, state=TermsOffer.State.OPEN).update(
        state=TermsOffer.State.LAPSED, answered_at=now
    )
    TermsOffer.objects.bulk_create(
        (TermsOffer(partner_id=pk, terms=terms, offered_at=now) for pk in staying), batch_size=5_000
    )
    TermsAssignment.objects.bulk_create(
        (
            TermsAssignment(partner_id=pk, terms=terms, starts_at=starts_at, reason=TermsAssignment.Reason.NEW_VERSION)
            for pk in moving
        ),
        batch_size=5_000,
    )
    terms.judged_at = now
    terms.save(update_fields=["judged_at"])


def accept(partner: Partner, *, terms: Terms, now: dt.datetime, by: User | None = None) -> TermsAssignment:
    """The partner moves from the 1st of the next month to the offered `terms`, which it has read (R5).

    Versions whose date has come are judged before, and stay so when the answer is refused: the partner then finds the
    newer offer. Holds the books' lock. Raises NoOpenOffer, AnotherOffer.
    """
    with transaction.atomic():
        books.lock()
        judge_due(now=now)
    with transaction.atomic():
        books.lock()
        _answer(partner, terms, TermsOffer.State.ACCEPTED, now)
        return TermsAssignment.objects.create(
            partner=partner,
            terms=terms,
            starts_at=months.start_of(months.following(months.month_of(now))),
            reason=TermsAssignment.Reason.OFFER_ACCEPTED,
            decided_by=by or partner.user,
        )


def decline(partner: Partner, *, terms: Terms, now: dt.datetime) -> None:
    """The partner stays under the terms it has; `terms` are those offered. Raises NoOpenOffer, AnotherOffer."""
    with transaction.atomic():
        _answer(partner, terms, TermsOffer.State.DECLINED, now)


def _answer(partner: Partner, terms: Terms, state: str, now: dt.datetime) -> None:
    offer = TermsOffer.objects.select_for_update().filter(partner=partner, state=TermsOffer.State.OPEN).first()
    if offer is None:
        raise NoOpenOffer
    if offer.terms_id != terms.pk:
        raise AnotherOffer
    offer.state, offer.answered_at = state, now
    offer.save(update_fields=["state", "answered_at"])
