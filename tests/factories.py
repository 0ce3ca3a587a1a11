"""What tests start from: people, clients and the service's events, saying no more than the test is about."""

import datetime as dt
from typing import Any

import factory
from django.conf import settings
from django.test import Client as Browser
from factory.django import DjangoModelFactory

from partners import months
from partners.models import Partner, User
from partners.months import MOSCOW
from partners.registration import admit
from referrals import attribution, events
from referrals.feed import FeedEvent, Rejected, check
from referrals.models import Attribution, Charge, Client, Reward


def moscow(text: str) -> dt.datetime:
    """'2025-10-10 09:30' as the clock on a wall in Moscow shows it."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def month(text: str) -> dt.date:
    """'2025-10' as a month."""
    return months.parse(text)


# Later than everything that the tests tell of, so that each of their months has ended.
NOW = moscow("2026-12-15 12:00")


# --- People and clients -----------------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person-{n}@example.ru")
    account_id = factory.Sequence(lambda n: f"account-{n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return User.objects.create_user(**fields)


class StaffFactory(UserFactory):
    email = factory.Sequence(lambda n: f"staff-{n}@example.ru")
    account_id = None
    is_staff = True


class PartnerFactory(DjangoModelFactory):
    """A working partner with an account, a main code (`code`) and its first terms (`terms`)."""

    class Meta:
        model = Partner

    user = factory.SubFactory(UserFactory)
    tariff = "legal"
    full_name = "Анна Партнёрова"
    phone = factory.Sequence(lambda n: f"+7999{n:07}")
    registered_at = moscow("2025-01-10 12:00")

    @classmethod
    def _create(cls, model_class: type[Partner], user: User, **fields: Any) -> Partner:
        return admit(user, **fields)


class ClientFactory(DjangoModelFactory):
    class Meta:
        model = Client

    account_id = factory.Sequence(lambda n: f"client-{n}")
    name = factory.LazyAttribute(lambda client: f"ООО {client.account_id}")
    registered_at = moscow("2025-02-01 10:00")


def passed_on(client: str, *, to: Partner, at: str) -> Attribution:
    """Staff has passed a client on to another partner (R9)."""
    found = Client.objects.get(account_id=client)
    return attribution.transfer(found, to, by=StaffFactory(), reason="просьба", now=moscow(at))


def session_of(user: User) -> str:
    """The session cookie of somebody who has just signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


# --- The service's events ---------------------------------------------------------------------------------------------


def event(type: str, at: str, *, id: str, **data: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "occurred_at": moscow(at).isoformat(), "data": data}


def registered(client: str, at: str = "2025-02-01 10:00", *, id: str = "", **data: Any) -> dict[str, Any]:
    """A registration without a code, unless `ref` or `promo_code` is given."""
    given = {"name": f"ООО {client}", "ref": None, "promo_code": None} | data
    return event("client.registered", at, id=id or f"registered {client}", client_id=client, **given)


def code_applied(client: str, code: str, at: str, *, id: str = "") -> dict[str, Any]:
    return event(
        "client.promo_code_applied", at, id=id or f"{code} for {client} {at}", client_id=client, promo_code=code
    )


def charged(
    charge: str,
    client: str,
    amount: str,
    at: str,
    *,
    kind: str = "subscription",
    is_confirmed: bool = True,
    id: str = "",
) -> dict[str, Any]:
    return event(
        "charge.created",
        at,
        id=id or f"charged {charge}",
        charge_id=charge,
        client_id=client,
        kind=kind,
        amount=amount,
        payment_confirmed=is_confirmed,
    )


def confirmed(charge: str, at: str, *, id: str = "") -> dict[str, Any]:
    return event("charge.confirmed", at, id=id or f"confirmed {charge} {at}", charge_id=charge)


def refunded(refund: str, charge: str, amount: str, at: str, *, id: str = "") -> dict[str, Any]:
    return event(
        "charge.refunded", at, id=id or f"refunded {refund}", refund_id=refund, charge_id=charge, amount=amount
    )


def checked(raw: object, *, now: dt.datetime = NOW) -> FeedEvent | Rejected:
    try:
        return check(raw, now=now)
    except Rejected as rejected:
        return rejected


def deliver(*raw: object, now: dt.datetime = NOW) -> list[str]:
    """Takes the events in as one delivery; what was answered to each."""
    results = events.receive([checked(each, now=now) for each in raw], source="http", now=now)
    return [result.result for result in results]


# --- Reading the books ------------------------------------------------------------------------------------------------


def outcome(charge: str) -> tuple[str, str | None]:
    """A charge's or refund's outcome and the month it is posted to."""
    found = Charge.objects.get(external_id=charge)
    return found.outcome, months.label(found.month) if found.month else None


def rewards_of(partner: Partner) -> list[tuple[str, str, int, int]]:
    """(month, client, base, reward) in kopecks, in this order."""
    rows = Reward.objects.filter(partner=partner).order_by("month", "client__account_id", "pk")
    return [
        (months.label(row.month), row.client.account_id, row.base_kopecks, row.reward_kopecks)
        for row in rows.select_related("client")
    ]
