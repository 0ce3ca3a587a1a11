"""Rows of the tables that a feed fills, without the models' machinery: a model instance costs an import more than
the database does. Attributes are named like the models' columns.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.db.models import QuerySet

from referrals.models import Attribution, Charge, Client, Event


@dataclass(slots=True)
class ChargeRow:
    """A row of `Charge`."""

    external_id: str
    client_id: int
    kind: str
    amount_kopecks: int
    charged_at: dt.datetime
    confirmed_at: dt.datetime | None = None
    refund_of_id: int | None = None
    outcome: str = ""
    partner_id: int | None = None
    assignment_id: int | None = None
    month: dt.date | None = None
    id: int = 0


@dataclass(slots=True)
class ClientRow:
    """A row of `Client`."""

    account_id: str
    name: str
    registered_at: dt.datetime
    email: str = ""
    phone: str = ""
    inn: str = ""
    link_code: str = ""
    promo_code: str = ""
    self_referral_code: str = ""
    id: int = 0


_CLIENT_FIELDS = [field.name for field in fields(ClientRow)]


def client_rows(clients: QuerySet[Client]) -> list[ClientRow]:
    """The clients of a query as rows."""
    return [ClientRow(*values) for values in clients.values_list(*_CLIENT_FIELDS)]


@dataclass(slots=True)
class ReferralRow:
    """A row of `Referral`, and of its `Progress`, which has the same key."""

    id: int
    partner_id: int
    client_id: int
    search_name: str
    registered_at: dt.datetime
    via: str
    code_id: int | None
    held_since: dt.datetime
    held_until: dt.datetime | None = None
    trained_on: dt.date | None = None
    paid_at: dt.datetime | None = None
    reward_kopecks: int = 0

    @property
    def referral_id(self) -> int:
        return self.id


@dataclass(slots=True)
class LikenessRow:
    """A row of `Likeness`."""

    id: int
    first_id: int


@dataclass(slots=True)
class SuspicionRow:
    """A row of `Suspicion`."""

    client_id: int
    reason: str
    likeness_id: int | None = None
    code: str = ""
    settled_at: dt.datetime | None = None
    settled_by_id: int | None = None
    decision: str = ""
    id: int = 0


class Attributed(NamedTuple):
    """From when a partner holds a client."""

    partner_id: int
    starts_at: dt.datetime


def attributions_of(clients: Iterable[int]) -> dict[int, list[Attributed]]:
    """By client, its attributions, oldest first; of equal starts the later decision comes last. One query."""
    found: dict[int, list[Attributed]] = {client: [] for client in clients}
    standing = Attribution.objects.filter(client_id__any_of=list(found)).order_by("starts_at", "pk")
    for client, partner, starts_at in standing.values_list("client_id", "partner_id", "starts_at"):
        found[client].append(Attributed(partner, starts_at))
    return found


_CHARGE_FIELDS = [field.name for field in fields(ChargeRow)]


def charge_rows(charges: QuerySet[Charge]) -> list[ChargeRow]:
    """The charges of a query as rows."""
    return [ChargeRow(*values) for values in charges.values_list(*_CHARGE_FIELDS)]


@dataclass(slots=True)
class EventRow:
    """A row of `Event`."""

    id: int
    digest: str
    state: str
    event_id: str | None = None
    rival_of_id: int | None = None
    fact: str | None = None
    waits_for: str | None = None
    content: dict[str, Any] | None = None
    reason: str = ""
    batch_id: int = 0


_EVENT_FIELDS = [field.name for field in fields(EventRow)]


def event_rows(events: QuerySet[Event]) -> list[EventRow]:
    """The events of a query as rows."""
    return [EventRow(*values) for values in events.values_list(*_EVENT_FIELDS)]
