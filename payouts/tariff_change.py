"""Changing a partner's tariff, which staff does on request (R3)."""

import datetime as dt

from django.db import transaction

from partners import ledger, own_money, reasons
from partners.models import LedgerLine, Partner, Terms, TermsAssignment, TermsOffer, User
from partners.months import MOSCOW
from referrals import books, new_terms
from referrals.models import Charge, Month, Outcome


class SameTariff(Exception):
    """The partner has this tariff already."""


class NotAdmitted(Exception):
    """The partner hasn't begun: the tariff is chosen with the request to join."""


class CloseUnderWay(Exception):
    """A month is being closed: what it credits belongs to the time before the change. Try again when it is closed."""


class WithdrawalOpen(Exception):
    """Money of the partner is on its way: the balance can be zeroed when that has ended."""


def change(partner: Partner, tariff: str, *, by: User, reason: str, now: dt.datetime) -> TermsAssignment:
    """Put a partner under the other tariff from now on and zero its balance, visibly («При смене тарифа баланс
    обнуляется»), also a negative one.

    Charges made before are rewarded at the next close under the terms in force when they were made. Refunds of what was
    credited before move nothing any more, also those that had arrived and are not yet credited. Open offers lapse.
    Holds the books' and the partner's lock. Raises NotAdmitted, SameTariff, WithdrawalOpen, CloseUnderWay,
    ReasonMissing, OwnMoney.
    """
    reason = reasons.required(reason)
    own_money.refuse(partner, by=by)
    with transaction.atomic():
        books.lock()
        new_terms.judge_due(now=now)
        partner = ledger.lock(partner)
        if partner.status in (Partner.Status.PENDING, Partner.Status.DECLINED):
            raise NotAdmitted
        if partner.tariff == tariff:
            raise SameTariff
        if partner.withdrawals.open().exists():
            raise WithdrawalOpen
        if Month.objects.unfinished().exists():
            raise CloseUnderWay
        settled_through = Month.objects.closed_through()
        assignment = TermsAssignment.objects.create(
            partner=partner,
            terms=Terms.objects.started(tariff, now.astimezone(MOSCOW).date())[0],
            starts_at=now,
            reason=TermsAssignment.Reason.TARIFF_CHANGE,
            settled_through=settled_through,
            decided_by=by,
            note=reason,
        )
        balance = ledger.balance(partner)
        if balance:
            ledger.book(
                partner,
                key=f"tariff_change:{assignment.pk}",
                kind=LedgerLine.Kind.TARIFF_CHANGE,
                amount_kopecks=-balance,
                memo="Смена тарифа: баланс обнулён",
                now=now,
                booked_by=by,
            )
        if settled_through is not None:
            Charge.objects.filter(
                partner=partner,
                outcome=Outcome.COUNTED,
                refund_of__month__lte=settled_through,
                month__gt=settled_through,
            ).update(outcome=Outcome.SETTLED, month=None)
        partner.terms_offers.filter(state=TermsOffer.State.OPEN).update(state=TermsOffer.State.LAPSED, answered_at=now)
        partner.tariff = tariff
        partner.save(update_fields=["tariff"])
    return assignment
