"""The worked examples of every rule about attribution, charges and rewards (R7–R9, R11, R12, R16)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Partner, Terms, TermsAssignment, User
from referrals import rules
from referrals.models import Attribution, Charge, Client
from tests.factories import month, moscow

# --- Attribution ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "effect"),
    [
        ("2025-03-01 10:00", "2025-03-01 10:00"),
        ("2025-03-31 09:59:59", "2025-03-01 10:00"),
        ("2025-03-31 10:00", "2025-03-01 10:00"),  # 30 times 24 hours, inclusive
        ("2025-03-31 10:00:01", "2025-03-31 10:00:01"),
        ("2025-06-01 00:00", "2025-06-01 00:00"),
        ("2025-02-01 00:00", "2025-03-01 10:00"),  # asked for before the client was there
    ],
)
def test_a_code_takes_effect_from_the_registration_within_30_days_else_from_then(asked: str, effect: str) -> None:
    assert rules.takes_effect_at(
        asked_at=moscow(asked),
        client_registered_at=moscow("2025-03-01 10:00"),
        partner_registered_at=moscow("2025-01-10 12:00"),
    ) == moscow(effect)


@pytest.mark.parametrize(("asked", "effect"), [("2025-03-02", "2025-03-20"), ("2025-05-01", "2025-05-01")])
def test_no_attribution_takes_effect_before_the_partners_own_registration(asked: str, effect: str) -> None:
    assert rules.takes_effect_at(
        asked_at=moscow(asked),
        client_registered_at=moscow("2025-03-01"),
        partner_registered_at=moscow("2025-03-20"),
    ) == moscow(effect)


@pytest.mark.parametrize(
    ("client", "is_refused"),
    [
        ({}, False),
        ({"account_id": "acc-1"}, True),
        ({"account_id": "ACC-1"}, False),
        ({"inn": "7707083893"}, True),
        ({"inn": " 7707083893 "}, True),
        ({"inn": "7707083894"}, False),
        ({"email": "Anna@Example.RU "}, True),
        ({"email": "other@example.ru"}, False),
        ({"phone": "8 (900) 000-00-01"}, True),
        ({"phone": "+79000000001"}, True),
        ({"phone": "9000000001"}, False),
        ({"name": "Анна Партнёрова"}, False),
    ],
    ids=str,
)
def test_a_client_that_is_the_partner_itself_is_refused(client: dict[str, str], is_refused: bool) -> None:
    anna = Partner(
        user=User(email="anna@example.ru", account_id="acc-1"),
        inn="7707083893",
        phone="+7 900 000-00-01",
        full_name="Анна Партнёрова",
    )
    assert rules.is_self_referral(Client(**{"account_id": "acc-2", **client}), anna) is is_refused


def test_what_is_empty_on_both_sides_is_no_self_referral() -> None:
    assert rules.is_self_referral(Client(account_id="c-1"), Partner(user=User(email="", account_id=None))) is False


def held_by(*since: tuple[int, str]) -> list[Attribution]:
    return [Attribution(partner_id=partner, starts_at=moscow(at)) for partner, at in since]


@pytest.mark.parametrize(
    ("at", "holder"),
    [
        ("2025-02-28 23:59:59", None),
        ("2025-03-01 00:00", (1, "2025-03-01")),
        ("2025-05-31 23:59:59", (1, "2025-03-01")),
        ("2025-06-01 00:00", (2, "2025-06-01")),
        ("2025-07-15 00:00", (2, "2025-06-01")),
        ("2025-09-01 00:00", (1, "2025-09-01")),
    ],
)
def test_the_holder_is_the_last_attribution_that_has_started_and_since_when(at: str, holder: Any) -> None:
    attributions = held_by((1, "2025-03-01"), (2, "2025-06-01"), (2, "2025-07-01"), (1, "2025-09-01"))
    assert rules.held(attributions, moscow(at)) == (holder and (holder[0], moscow(holder[1])))


# --- Outcomes ---------------------------------------------------------------------------------------------------------

LEGAL = Terms(pk=1, tariff="legal", percent_bp=1500, window_months=24)
PERSON = Terms(pk=2, tariff="individual", one_time_kopecks=3_000_00, threshold_kopecks=5_000_00, counts_telephony=True)
REGISTERED_AT = moscow("2024-02-29 10:00")


def verdict(
    at: str,
    *,
    kind: str = "subscription",
    is_confirmed: bool = True,
    since: str | None = "2024-02-29 10:00",
    terms: Terms = LEGAL,
) -> rules.Verdict:
    def timeline(partner_id: int) -> Sequence[TermsAssignment]:
        return [TermsAssignment(partner_id=partner_id, terms=terms, starts_at=moscow("2024-01-01"))]

    charge = Charge(
        kind=kind, amount_kopecks=1, charged_at=moscow(at), confirmed_at=moscow("2026-12-01") if is_confirmed else None
    )
    attributions = held_by((7, since)) if since else []
    return rules.verdict(
        charge, client=Client(registered_at=REGISTERED_AT), attributions=attributions, timeline=timeline
    )


@pytest.mark.parametrize(
    ("charge", "outcome"),
    [
        ({"at": "2024-03-10"}, "counted"),
        ({"at": "2024-02-29 10:00"}, "counted"),
        # kind: what never counts, and what these terms do not count
        ({"at": "2024-03-10", "kind": "robot"}, "kind"),
        ({"at": "2024-03-10", "kind": "other"}, "kind"),
        ({"at": "2024-03-10", "kind": "telephony"}, "kind"),
        ({"at": "2024-03-10", "kind": "telephony", "terms": PERSON}, "counted"),
        ({"at": "2024-03-10", "kind": "robot", "terms": PERSON}, "kind"),
        # nobody held the client, or not yet
        ({"at": "2024-03-10", "since": None}, "not_attributed"),
        ({"at": "2024-02-29 09:59:59"}, "before_attribution"),
        ({"at": "2024-03-10", "since": "2024-03-10 00:00:01"}, "before_attribution"),
        # the window, to the second: 24 months from 29 February end on 28 February
        ({"at": "2026-02-28 09:59:59"}, "counted"),
        ({"at": "2026-02-28 10:00"}, "window_over"),
        ({"at": "2026-03-01 00:00"}, "window_over"),
        ({"at": "2034-03-01 00:00", "terms": PERSON}, "counted"),
        # the payment
        ({"at": "2024-03-10", "is_confirmed": False}, "not_confirmed"),
        # of several reasons the first
        ({"at": "2024-03-10", "kind": "robot", "since": None, "is_confirmed": False}, "kind"),
        ({"at": "2026-03-10", "kind": "telephony", "is_confirmed": False}, "kind"),
        ({"at": "2026-03-10", "since": None, "is_confirmed": False}, "not_attributed"),
        ({"at": "2024-02-29 09:00", "is_confirmed": False}, "before_attribution"),
        ({"at": "2024-02-29 09:00", "kind": "robot"}, "kind"),
        ({"at": "2026-03-10", "is_confirmed": False}, "window_over"),
    ],
    ids=str,
)
def test_a_charge_is_counted_or_has_the_first_reason_why_not(charge: dict[str, Any], outcome: str) -> None:
    assert verdict(**charge).outcome == outcome


def test_a_charge_that_somebody_held_names_the_holder_and_its_terms() -> None:
    found = verdict("2024-03-10", is_confirmed=False)
    assert found.partner_id == 7
    assert found.assignment is not None
    assert found.assignment.terms == LEGAL


def test_a_charge_that_nobody_held_names_no_one() -> None:
    assert verdict("2024-03-10", since=None)[1:] == (None, None)


@given(at=st.integers(-800, 1600), kind=st.sampled_from(["subscription", "telephony"]), is_confirmed=st.booleans())
def test_what_counts_was_confirmed_held_in_its_window_and_of_a_kind_that_counts(
    at: int, kind: str, is_confirmed: bool
) -> None:
    charged_at = REGISTERED_AT + dt.timedelta(days=at)
    found = verdict(f"{charged_at:%Y-%m-%d %H:%M}", kind=kind, is_confirmed=is_confirmed)
    in_window = REGISTERED_AT <= charged_at < moscow("2026-02-28 10:00")
    assert (found.outcome == "counted") is (is_confirmed and in_window and kind == "subscription")


# --- Months and sums --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("natural", "first_open", "posted"),
    [
        (["2025-03"], None, "2025-03"),
        (["2025-03"], "2025-02", "2025-03"),
        (["2025-03"], "2025-03", "2025-03"),
        (["2025-03"], "2025-04", "2025-04"),
        (["2025-01"], "2025-04", "2025-04"),
        (["2025-03", "2025-05"], "2025-04", "2025-05"),
        (["2025-05", "2025-03"], None, "2025-05"),
    ],
)
def test_the_posting_month_is_the_latest_of_the_natural_ones_and_never_a_closed_one(
    natural: list[str], first_open: str | None, posted: str
) -> None:
    found = rules.posting_month(*map(month, natural), first_open=first_open and month(first_open))
    assert found == month(posted)


@pytest.mark.parametrize(
    ("base", "percent_bp", "reward"),
    [
        (1_250_000, 1500, 187_500),
        (0, 1500, 0),
        (3, 1500, 0),  # 0.45
        (4, 1500, 1),  # 0.60
        (10, 1500, 2),  # 1.50
        (30, 1500, 5),  # 4.50
        (-3, 1500, 0),
        (-10, 1500, -2),
        (-30, 1500, -5),
        (-650_000, 1500, -97_500),
        (1, 5000, 1),  # 0.5
        (1, 4999, 0),
        (-1, 5000, -1),
        (99, 10_000, 99),
        (100_000_000_000, 1, 10_000_000),
    ],
)
def test_a_percentage_is_rounded_half_away_from_zero(base: int, percent_bp: int, reward: int) -> None:
    assert rules.percent_reward(base, percent_bp) == reward


@given(base=st.integers(-(10**15), 10**15), percent_bp=st.integers(1, 10_000))
def test_a_reward_is_never_half_a_kopeck_off_and_the_same_both_ways(base: int, percent_bp: int) -> None:
    reward = rules.percent_reward(base, percent_bp)
    assert abs(reward * 10_000 - base * percent_bp) <= 5_000
    assert rules.percent_reward(-base, percent_bp) == -reward
