"""Keeping the digest (Referral, Progress, PartnerMonth) in step with attributions, charges and rewards.

Lists are searched and sorted by it; no sum of money is ever computed from it. Whoever writes what it follows from calls
the function here in the same transaction.
"""

import datetime as dt
import json
from collections.abc import Sequence

from django.db import connection

from partners import bulk
from referrals.models import Attribution, Progress, Referral
from referrals.rows import ReferralRow

# Deliveries and shards of a close write the same rows of Progress, each in its own order. So they take turns, the
# shards side by side: any number, the same everywhere.
_PROGRESS_KEY = 62_0002

# By partner and client: the moment of its first charge that counted.
Paid = dict[tuple[int, int], dt.datetime]

_NOTE_PAID = """
UPDATE referrals_progress SET paid_at = first.paid_at
FROM JSON_TO_RECORDSET(%s) first (partner_id bigint, client_id bigint, paid_at timestamptz)
JOIN referrals_referral referral
  ON referral.partner_id = first.partner_id AND referral.client_id = first.client_id
WHERE referrals_progress.referral_id = referral.id
  AND (referrals_progress.paid_at IS NULL OR referrals_progress.paid_at > first.paid_at)
"""
_NOTE_PAID_ON_SQLITE = """
UPDATE referrals_progress SET paid_at = %s
WHERE referral_id = (SELECT id FROM referrals_referral WHERE partner_id = %s AND client_id = %s)
  AND (paid_at IS NULL OR paid_at > %s)
"""

_ADD_REWARDS = """
UPDATE referrals_progress SET reward_kopecks = referrals_progress.reward_kopecks + earned.kopecks
FROM (
    SELECT referral.id AS referral_id, CAST(SUM(reward.reward_kopecks) AS bigint) AS kopecks
    FROM referrals_reward reward
    JOIN referrals_referral referral
      ON referral.partner_id = reward.partner_id AND referral.client_id = reward.client_id
    WHERE reward.month = %(month)s AND reward.partner_id BETWEEN %(first)s AND %(last)s AND reward.reward_kopecks <> 0
    GROUP BY referral.id
) earned
WHERE referrals_progress.referral_id = earned.referral_id
"""


def add(referrals: Sequence[ReferralRow], paid: Paid) -> None:
    """Add referrals, and note who has paid; `paid` tells of the new ones as well as of those that stand."""
    for referral in referrals:
        referral.paid_at = paid.get((referral.partner_id, referral.client_id))
    bulk.insert(Referral, referrals)
    bulk.insert(Progress, referrals)
    new = {(referral.partner_id, referral.client_id) for referral in referrals}
    _note_paid({pair: at for pair, at in paid.items() if pair not in new})


def refer_earlier(attributions: Sequence[Attribution]) -> None:
    """Note that clients came to the partners they have by these codes: what arrived later took effect earlier."""
    if not attributions:
        return
    clients = [attribution.client_id for attribution in attributions]
    standing = {
        (referral.partner_id, referral.client_id): referral
        for referral in Referral.objects.filter(client_id__any_of=clients)
    }
    for attribution in attributions:
        referral = standing[attribution.partner_id, attribution.client_id]
        referral.held_since, referral.via = attribution.starts_at, attribution.via
        referral.code_id = attribution.code_id
    bulk.update(Referral, list(standing.values()), "held_since", "via", "code")


def _note_paid(paid: Paid) -> None:
    if not paid:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PROGRESS_KEY])
            rows = [
                {"partner_id": partner, "client_id": client, "paid_at": at.isoformat()}
                for (partner, client), at in paid.items()
            ]
            cursor.execute(_NOTE_PAID, [json.dumps(rows)])
        else:
            prepared = Progress._meta.get_field("paid_at").get_db_prep_value
            values = [(prepared(at, connection), *pair, prepared(at, connection)) for pair, at in paid.items()]
            cursor.executemany(_NOTE_PAID_ON_SQLITE, values)


def pass_on(transfer: Attribution, previous: int) -> None:
    """Note that a client has left one partner for another, or come back to it (R9)."""
    referrals = Referral.objects.filter(client=transfer.client_id)
    referrals.filter(partner=previous).update(held_until=transfer.starts_at)
    referrals.filter(partner=transfer.partner_id).update(held_until=None)


def add_rewards(month: dt.date, *, partners: tuple[int, int]) -> None:
    """Add the rewards just written of a month, for the partners of that range. Not repeatable by itself."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_PROGRESS_KEY])
        cursor.execute(_ADD_REWARDS, {"month": month.isoformat(), "first": partners[0], "last": partners[1]})
