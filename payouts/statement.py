"""A partner's account: the balance, every line of it and every reward (feed.md, section 3)."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db.models import F, Sum

from partners import months, rules
from partners.models import Code, LedgerLine, Partner, TermsAssignment
from payouts import checklist, conditions
from payouts.models import Withdrawal
from referrals.models import Reward

_AT_A_TIME = 500


def statements(partners: Iterable[Partner], *, now: dt.datetime) -> Iterator[dict[str, Any]]:
    """One account a partner, in the order given, as plain data; sums in kopecks. Terms are those in force at `now`.

    A fixed number of queries for every 500 partners; memory depends on the longest 500 accounts, not on all.
    """
    remaining = iter(partners)
    while share := list(islice(remaining, _AT_A_TIME)):
        ids = [partner.pk for partner in share]
        timelines = TermsAssignment.objects.filter(partner__in=ids).timelines()
        codes = dict(Code.objects.filter(partner__in=ids, is_main=True).values_list("partner_id", "value"))
        lines = _by_partner(LedgerLine.objects.filter(partner__in=ids).order_by("booked_at", "pk").values())
        rewards = _by_partner(_rewards(ids))
        paid = Withdrawal.objects.filter(partner__in=ids, state=Withdrawal.State.PAID)
        withdrawn = dict(paid.values_list("partner").annotate(Sum("amount_kopecks")))
        balances = {partner: sum(line["amount_kopecks"] for line in booked) for partner, booked in lines.items()}
        found = conditions.in_bulk(share, timelines=timelines, balances=balances, now=now)
        for partner in share:
            current = rules.in_force(timelines.get(partner.pk, []), now)
            yield _statement(
                partner,
                unmet=checklist.unmet(found[partner.pk]) if partner.pk in found else ["blocked"],  # not admitted
                withdrawn=withdrawn.get(partner.pk, 0),
                terms=current.terms.name if current else None,
                code=codes.get(partner.pk),
                lines=lines.get(partner.pk, []),
                rewards=rewards.get(partner.pk, []),
            )


def _rewards(partners: list[int]) -> Iterable[Mapping[str, Any]]:
    # Summed: a partner that came back to its old tariff has two running totals under the same terms (R3, R13).
    return (
        Reward.objects.filter(partner__in=partners)
        .values("partner_id", "month", client_account=F("client__account_id"), terms=F("assignment__terms__name"))
        .annotate(base=Sum("base_kopecks"), reward=Sum("reward_kopecks"))
        .order_by("month", "client_account", "terms")
    )


def _by_partner(rows: Iterable[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["partner_id"], []).append(row)
    return found


def _statement(
    partner: Partner,
    *,
    unmet: list[str],
    withdrawn: int,
    terms: str | None,
    code: str | None,
    lines: list[Mapping[str, Any]],
    rewards: list[Mapping[str, Any]],
) -> dict[str, Any]:
    balance = sum(line["amount_kopecks"] for line in lines)
    return {
        "partner": partner.user.email,
        "tariff": partner.tariff,
        "terms": terms,
        "code": code,
        "balance_kopecks": balance,
        "accrued_kopecks": sum(line["amount_kopecks"] for line in lines if line["kind"] == LedgerLine.Kind.ACCRUAL),
        "withdrawn_kopecks": withdrawn,
        "withdrawal": {"allowed": not unmet, "unmet": unmet, "available_kopecks": 0 if unmet else balance},
        "entries": [
            {
                "key": line["key"],
                "kind": line["kind"],
                "amount_kopecks": line["amount_kopecks"],
                "booked_at": line["booked_at"].astimezone(months.MOSCOW).isoformat(),
                "memo": line["memo"],
            }
            for line in lines
        ],
        "rewards": [
            {
                "month": months.label(row["month"]),
                "client_id": row["client_account"],
                "terms": row["terms"],
                "base_kopecks": int(row["base"]),
                "reward_kopecks": int(row["reward"]),
            }
            for row in rewards
        ],
    }
