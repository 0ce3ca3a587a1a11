"""The ledger: the balance is the sum of its lines, and nothing edits or deletes one (R20)."""

import datetime as dt

from django.db.models import Sum

from partners.models import LedgerLine, Partner, User


class BookedOtherwise(Exception):
    """A line of this key stands already, with another sum."""


def lock(partner: Partner) -> Partner:
    """The partner, its row locked until the transaction ends: read the balance after this, not before."""
    return Partner.objects.select_for_update().get(pk=partner.pk)


def balance(partner: Partner) -> int:
    """Kopecks; negative only through refunds or a correction (R14)."""
    return partner.ledger_lines.aggregate(sum=Sum("amount_kopecks"))["sum"] or 0


def book(
    partner: Partner,
    *,
    key: str,
    kind: str,
    amount_kopecks: int,
    memo: str,
    now: dt.datetime,
    booked_by: User | None = None,
) -> LedgerLine:
    """Add a line to the ledger, once per `key`: booking the same fact again returns the line that stands.

    `memo` is read by the partner and holds no personal data. Raises BookedOtherwise for a known key with another sum.
    """
    line, created = LedgerLine.objects.get_or_create(
        key=key,
        defaults={
            "partner": partner,
            "kind": kind,
            "amount_kopecks": amount_kopecks,
            "memo": memo,
            "booked_at": now,
            "booked_by": booked_by,
        },
    )
    if not created and (line.partner_id, line.kind, line.amount_kopecks) != (partner.pk, kind, amount_kopecks):
        raise BookedOtherwise(key)
    return line
