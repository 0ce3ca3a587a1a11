"""Everything that the books say, without moments of booking and without numbers that a rolled back try uses up."""

import json
from contextlib import closing
from typing import Any

from tests.databases import OwnDatabase

Books = dict[str, list[Any]]
_AUDIT = ["audit"]
_STATEMENT = ["statement", "--all", "--format", "json"]

_ROWS = {
    "clients": "SELECT account_id, registered_at, link_code, promo_code, self_referral_code FROM referrals_client",
    "attributions": """
        SELECT client.account_id, attribution.partner_id, starts_at, via, code_id
        FROM referrals_attribution attribution JOIN referrals_client client ON client.id = client_id""",
    "charges": """
        SELECT charge.external_id, refunded.external_id, client.account_id, charge.kind, charge.amount_kopecks,
               charge.charged_at, charge.confirmed_at, charge.outcome, charge.partner_id, charge.assignment_id,
               charge.month
        FROM referrals_charge charge JOIN referrals_client client ON client.id = charge.client_id
        LEFT JOIN referrals_charge refunded ON refunded.id = charge.refund_of_id""",
    "events": """
        SELECT event.event_id, rival.event_id, event.fact, event.digest, event.state, event.waits_for, event.reason
        FROM referrals_event event LEFT JOIN referrals_event rival ON rival.id = event.rival_of_id""",
    "months": "SELECT starts_on, closed_at IS NOT NULL FROM referrals_month",
    "shards": "SELECT month_id, first_partner, last_partner, done_at IS NOT NULL FROM referrals_monthshard",
    "rewards": """
        SELECT month, partner_id, client.account_id, assignment_id, base_kopecks, reward_kopecks
        FROM referrals_reward reward JOIN referrals_client client ON client.id = client_id""",
    "ledger": "SELECT key, partner_id, kind, amount_kopecks, month, memo FROM partners_ledgerline",
}


def rows(database: OwnDatabase) -> Books:
    """The rows themselves, in an order that does not depend on who wrote them first."""
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        found: Books = {}
        for name, sql in _ROWS.items():
            cursor.execute(sql)
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found


def accounts(statement: str) -> list[Any]:
    """What `statement --all --format json` printed, without the moments of booking and the order that they make."""
    printed = [json.loads(line) for line in statement.splitlines()]
    for account in printed:
        account["entries"].sort(key=lambda entry: entry["key"])
        for entry in account["entries"]:
            del entry["booked_at"]
    return printed


def read(database: OwnDatabase) -> Books:
    """The books, audited: a breach fails the test."""
    database.manage(*_AUDIT)
    return rows(database) | {"accounts": accounts(database.manage(*_STATEMENT).stdout)}


def unlike(found: Books, expected: Books) -> list[str]:
    """The first few rows that are in one of them only."""
    differing = []
    for name in expected:
        if found[name] != expected[name]:
            differing += [f"{name}, too much: {row}" for row in found[name] if row not in expected[name]][:5]
            differing += [f"{name}, missing: {row}" for row in expected[name] if row not in found[name]][:5]
            differing.append(f"{name}: {len(found[name])} rows, expected {len(expected[name])}")
    return differing
