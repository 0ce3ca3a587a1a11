"""The rewards of a month, as one query (R12, R13): the close writes its rows, the dry run and the forecast show them,
the audit compares them with what was written.

All of it is plain SQL that PostgreSQL and SQLite read alike, over the charges posted to one month and the partners of
one shard. Nothing in it depends on the clock or on the order in which charges arrived.
"""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection

from partners import months
from partners.models import LedgerLine, Partner
from referrals import digest

_ROWS = """
WITH posted AS (
    SELECT partner_id, client_id, assignment_id, CAST(SUM(amount_kopecks) AS bigint) AS base
    FROM referrals_charge
    WHERE outcome = 'counted' AND month = %(month)s AND partner_id BETWEEN %(first)s AND %(last)s
    GROUP BY partner_id, client_id, assignment_id
),
-- Whom more than one partner has held: only one of them can have the one-time reward, so all are looked at together.
passed_on AS (
    SELECT DISTINCT client_id FROM referrals_attribution WHERE via = 'transfer'
),
one_time AS (
    SELECT assignment.id AS assignment_id, assignment.starts_at, terms.one_time_kopecks, terms.threshold_kopecks
    FROM partners_termsassignment assignment JOIN partners_terms terms ON terms.id = assignment.terms_id
    WHERE terms.one_time_kopecks IS NOT NULL
),
now_posted AS (
    SELECT posted.* FROM posted JOIN one_time ON one_time.assignment_id = posted.assignment_id
    UNION ALL
    SELECT charge.partner_id, charge.client_id, charge.assignment_id, SUM(charge.amount_kopecks)
    FROM passed_on
    JOIN referrals_charge charge ON charge.client_id = passed_on.client_id
    JOIN one_time ON one_time.assignment_id = charge.assignment_id
    WHERE charge.outcome = 'counted' AND charge.month = %(month)s
      AND charge.partner_id NOT BETWEEN %(first)s AND %(last)s
    GROUP BY charge.partner_id, charge.client_id, charge.assignment_id
),
-- A client under one assignment of one partner: what was posted now, what all months together come to, what was given.
holding AS (
    SELECT partner_id, client_id, assignment_id,
           SUM(base) AS base, SUM(base + earlier) AS total, SUM(given) AS given, MAX(is_posted) AS is_posted
    FROM (
        SELECT partner_id, client_id, assignment_id, base, 0 AS earlier, 0 AS given, 1 AS is_posted FROM now_posted
        UNION ALL
        SELECT reward.partner_id, reward.client_id, reward.assignment_id, 0, base_kopecks, reward_kopecks, 0
        FROM referrals_reward reward JOIN one_time ON one_time.assignment_id = reward.assignment_id
        WHERE reward.month < %(month)s AND reward.client_id IN (SELECT client_id FROM now_posted)
    ) part
    GROUP BY partner_id, client_id, assignment_id
),
-- Who has the client's reward keeps it while the threshold is reached; else the first holder that reaches it gets it.
placed AS (
    SELECT holding.*, one_time.one_time_kopecks, total >= one_time.threshold_kopecks AS is_reached,
           ROW_NUMBER() OVER (
               PARTITION BY client_id
               ORDER BY
                   CASE WHEN total < one_time.threshold_kopecks THEN 2 WHEN given > 0 THEN 0 ELSE 1 END,
                   CASE WHEN client_id IN (SELECT client_id FROM passed_on) THEN (
                       SELECT MIN(attribution.starts_at) FROM referrals_attribution attribution
                       WHERE attribution.client_id = holding.client_id
                         AND attribution.partner_id = holding.partner_id
                   ) END,
                   one_time.starts_at, holding.assignment_id
           ) AS place
    FROM holding JOIN one_time ON one_time.assignment_id = holding.assignment_id
)
SELECT posted.partner_id, client_id, assignment_id, base,
       CASE WHEN base < 0 THEN -1 ELSE 1 END * ((ABS(base) * terms.percent_bp + 5000) / 10000) AS reward
FROM posted
JOIN partners_termsassignment assignment ON assignment.id = posted.assignment_id
JOIN partners_terms terms ON terms.id = assignment.terms_id
WHERE terms.percent_bp IS NOT NULL
UNION ALL
SELECT partner_id, client_id, assignment_id, CAST(base AS bigint), CAST(reward AS bigint)
FROM (
    SELECT placed.*, CASE WHEN is_reached AND place = 1 THEN one_time_kopecks ELSE 0 END - given AS reward FROM placed
) one_time_reward
WHERE partner_id BETWEEN %(first)s AND %(last)s AND (is_posted = 1 OR reward <> 0)
"""

_WRITE_REWARDS = f"""
INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)
SELECT %(month)s, rewards.* FROM ({_ROWS}) rewards
"""

_WRITE_FORECAST = f"""
INSERT INTO referrals_forecastreward (partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)
SELECT rewards.* FROM ({_ROWS}) rewards
"""

_WRITE_PARTNER_MONTHS = """
INSERT INTO referrals_partnermonth (month, partner_id, clients, base_kopecks, reward_kopecks)
SELECT month, partner_id, COUNT(DISTINCT client_id),
       CAST(SUM(base_kopecks) AS bigint), CAST(SUM(reward_kopecks) AS bigint)
FROM referrals_reward
WHERE month = %(month)s AND partner_id BETWEEN %(first)s AND %(last)s
GROUP BY month, partner_id
"""

_WRITE_ACCRUALS = """
INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, month, booked_at, memo)
SELECT 'accrual:' || %(label)s || ':' || partner_id, partner_id, %(kind)s, reward_kopecks, month,
       (SELECT frozen_at FROM referrals_month WHERE starts_on = %(month)s), %(memo)s
FROM referrals_partnermonth
WHERE month = %(month)s AND partner_id BETWEEN %(first)s AND %(last)s AND reward_kopecks <> 0
"""

# Whom it takes money from. Who asks for money holds this lock while it reads its balance and books (M4); rows that only
# point to the partner, as charges do, don't wait.
_LOCK_DEBITED = """
SELECT id FROM partners_partner WHERE id IN (
    SELECT partner_id FROM referrals_partnermonth
    WHERE month = %(month)s AND partner_id BETWEEN %(first)s AND %(last)s AND reward_kopecks < 0
) ORDER BY id FOR NO KEY UPDATE
"""

_TOTALS = f"""
SELECT partner_id, CAST(SUM(reward) AS bigint) FROM ({_ROWS}) rewards GROUP BY partner_id ORDER BY partner_id
"""

_BOTH_SIDES = """
SELECT 'written' AS side, missing.* FROM (SELECT * FROM written EXCEPT SELECT * FROM computed) missing
UNION ALL
SELECT 'computed', missing.* FROM (SELECT * FROM computed EXCEPT SELECT * FROM written) missing
"""

_UNLIKE = f"""
WITH computed AS ({_ROWS}),
written AS (
    SELECT partner_id, client_id, assignment_id, base_kopecks, reward_kopecks FROM referrals_reward
    WHERE month = %(month)s AND partner_id BETWEEN %(first)s AND %(last)s
)
{_BOTH_SIDES}
"""

_UNLIKE_PARTNER_MONTHS = f"""
WITH computed AS (
    SELECT partner_id, COUNT(DISTINCT client_id), CAST(SUM(base) AS bigint), CAST(SUM(reward) AS bigint)
    FROM ({_ROWS}) rewards GROUP BY partner_id
),
written AS (
    SELECT partner_id, clients, base_kopecks, reward_kopecks FROM referrals_partnermonth WHERE month = %(month)s
)
{_BOTH_SIDES}
"""

_UNLIKE_ACCRUALS = f"""
WITH computed AS (
    SELECT 'accrual:' || %(label)s || ':' || partner_id, partner_id, CAST(SUM(reward) AS bigint)
    FROM ({_ROWS}) rewards GROUP BY partner_id HAVING SUM(reward) <> 0
),
written AS (
    SELECT key, partner_id, amount_kopecks FROM partners_ledgerline WHERE kind = 'accrual' AND month = %(month)s
)
{_BOTH_SIDES}
"""

ALL_PARTNERS = (0, 2**63 - 1)


class RewardRow(NamedTuple):
    """What a client brings its partner in a month, in kopecks, and the terms assignment that says how much."""

    partner_id: int
    client_id: int
    assignment_id: int
    base_kopecks: int
    reward_kopecks: int


def rows(month: dt.date, *, partners: tuple[int, int] = ALL_PARTNERS) -> Iterator[RewardRow]:
    """The rewards of a month for the partners of that range, computed from its charges; writes nothing (R19).

    Right for a closed month and for the earliest open one: an individual's reward depends on the months before.
    """
    return map(RewardRow._make, _stream(_ROWS, month, partners))


def totals(month: dt.date, *, partners: tuple[int, int] = ALL_PARTNERS) -> Iterator[tuple[int, int]]:
    """(partner id, kopecks) that a month's close credits, computed like `rows`."""
    return ((partner, kopecks) for partner, kopecks in _stream(_TOTALS, month, partners))


def unlike(month: dt.date) -> Iterator[tuple[str, RewardRow]]:
    """Rows of a closed month that are `written` but don't follow from its charges, and the other way round (M7)."""
    for side, *row in _stream(_UNLIKE, month, ALL_PARTNERS):
        yield side, RewardRow._make(row)


def unlike_partner_months(month: dt.date) -> Iterator[tuple[str, int, int, int, int]]:
    """(side, partner id, clients, base, reward) of a closed month's sums that differ, like `unlike`."""
    yield from _stream(_UNLIKE_PARTNER_MONTHS, month, ALL_PARTNERS)


def unlike_accruals(month: dt.date) -> Iterator[tuple[str, str, int, int]]:
    """(side, key, partner id, kopecks) of a closed month's ledger lines that differ, like `unlike`."""
    yield from _stream(_UNLIKE_ACCRUALS, month, ALL_PARTNERS)


def write(month: dt.date, *, partners: tuple[int, int]) -> None:
    """Write the rewards of a month for the partners of that range, their sums, and the accrual lines that credit them.

    Locks the partners that it takes money from. Not repeatable by itself: the shard's lock and state see to that.
    """
    accruals = {"kind": LedgerLine.Kind.ACCRUAL.value}
    memo = f"Вознаграждение за {months.name(month)}"
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_REWARDS, _scope(month, partners))
        cursor.execute(_WRITE_PARTNER_MONTHS, _scope(month, partners))
        if connection.features.has_select_for_update:  # SQLite has one lock for all who write
            cursor.execute(_LOCK_DEBITED, _scope(month, partners))
        cursor.execute(_WRITE_ACCRUALS, _scope(month, partners) | accruals | {"memo": memo})
    digest.add_rewards(month, partners=partners)


def write_forecast(month: dt.date, *, partner: Partner) -> None:
    """Write the rows of one partner into its forecast, beside the books (R19). The caller has cleared the old ones."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_FORECAST, _scope(month, (partner.pk, partner.pk)))


def _scope(month: dt.date, partners: tuple[int, int]) -> dict[str, str | int]:
    return {"month": month.isoformat(), "label": months.label(month), "first": partners[0], "last": partners[1]}


def _stream(sql: str, month: dt.date, partners: tuple[int, int]) -> Iterator[tuple]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, _scope(month, partners))
        while chunk := cursor.fetchmany(2_000):
            yield from chunk
