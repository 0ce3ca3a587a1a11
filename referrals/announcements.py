"""Letters to many at once: a month that was credited (R18), new terms to choose (R5). Found here by whoever sweeps, in
shares that can be repeated, and cheap when everybody has been told.
"""

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.db.models import Max

from partners import months, terms_table
from partners.models import Notice, Terms
from partners.templatetags.terms import promise
from referrals.models import Month

SHARE = 5_000  # letters written by one statement

# A key ends with the partner's number in twelve digits, so the last key tells how far the telling has come.
_LETTERS = """
INSERT INTO partners_notice (key, partner_id, kind, context, created_at, attempts, next_try_at)
SELECT %(prefix)s || SUBSTR(CAST(1000000000000 + partner_id AS text), 2), partner_id, %(kind)s, {context},
       %(now)s, 0, %(now)s
FROM ({told}) told
WHERE partner_id > %(after)s
ORDER BY partner_id LIMIT %(share)s
ON CONFLICT DO NOTHING
"""
_CREDITED = """
SELECT partner_id, reward_kopecks FROM referrals_partnermonth WHERE month = %(month)s AND reward_kopecks <> 0
"""
_CREDIT = """
{json_object}(
    'month', CAST(%(label)s AS text),
    'reward_kopecks', reward_kopecks,
    'clients', (SELECT COUNT(DISTINCT client_id) FROM referrals_reward reward
                WHERE reward.partner_id = told.partner_id AND reward.month = %(month)s AND reward.reward_kopecks <> 0),
    'balance_kopecks', (SELECT CAST(SUM(amount_kopecks) AS bigint) FROM partners_ledgerline line
                        WHERE line.partner_id = told.partner_id)
)
"""
_OFFERED = "SELECT partner_id FROM partners_termsoffer WHERE terms_id = %(terms)s AND state = 'open'"
# The terms in force are the ones decided last of those that have begun (`rules.timeline`).
_OFFER = """
{json_object}(
    'promise', CAST(%(promise)s AS text),
    'changes', JSON(CASE (SELECT assignment.terms_id FROM partners_termsassignment assignment
                          WHERE assignment.partner_id = told.partner_id AND assignment.starts_at <= %(now)s
                          ORDER BY assignment.id DESC LIMIT 1)
                    {changes} ELSE '[]' END)
)
"""


def write_due(*, now: dt.datetime) -> None:
    """Put into the outbox what partners have not been told of yet. Repeatable, and harmless beside others at it."""
    month = _credited_month()
    if month is not None:
        label = months.label(month)
        about = {"month": month.isoformat(), "label": label}
        _tell(Notice.Kind.MONTH_CREDITED, label, _CREDITED, _CREDIT, about, now)
    versions = list(Terms.objects.all())
    for terms in versions:
        if terms.judged_at:
            _tell_of_offer(terms, [version for version in versions if version.tariff == terms.tariff], now)


def _tell_of_offer(terms: Terms, versions: list[Terms], now: dt.datetime) -> None:
    """Each partner reads what changes for it: from whichever of the versions it is under."""
    cases = " ".join(f"WHEN {was.pk} THEN CAST(%(from_{was.pk})s AS text)" for was in versions)
    changes = {f"from_{was.pk}": json.dumps(terms_table.changes(was, terms)) for was in versions}
    about = {"terms": terms.pk, "promise": promise(terms)} | changes
    offer = _OFFER.replace("{changes}", cases)
    _tell(Notice.Kind.TERMS_OFFER, str(terms.pk), _OFFERED, offer, about, now)


def _credited_month() -> dt.date | None:
    """The last closed month, where it was closed in the month after it: history and months caught up make no news."""
    last = Month.objects.filter(closed_at__isnull=False).order_by("-starts_on").first()
    if last is None or last.closed_at is None:
        return None
    return last.starts_on if months.month_of(last.closed_at) == months.following(last.starts_on) else None


def _tell(kind: str, fact: str, told: str, context: str, about: dict[str, Any], now: dt.datetime) -> None:
    """Write the letters share by share, each one statement, partners in ascending order and without gaps."""
    prefix = f"{kind}:{fact}:"
    json_object = "JSON_OBJECT" if connection.vendor == "sqlite" else "JSONB_BUILD_OBJECT"
    sql = _LETTERS.format(told=told, context=context.format(json_object=json_object))
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        written = SHARE
        while written:
            scope = {"prefix": prefix, "kind": kind, "now": moment, "after": _last_told(prefix), "share": SHARE}
            cursor.execute(sql, scope | about)
            written = cursor.rowcount


def _last_told(prefix: str) -> int:
    """The partner up to whom all letters of this prefix are written; 0 for none."""
    first, last = f"{prefix}000000000000", f"{prefix}999999999999"
    key = Notice.objects.filter(key__gte=first, key__lte=last).aggregate(last=Max("key"))["last"]
    return int(key.rpartition(":")[2]) if key else 0
