"""What this floor holds of a person, to be handed over or erased on request (152-ФЗ)."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from partners.models import Partner, User
from partners.personal_data import ERASED_REASON, rows
from referrals.models import (
    AttachRequest,
    Attribution,
    Campaign,
    ClickDay,
    Client,
    Event,
    Forecast,
    PartnerMonth,
    Referral,
)

State = AttachRequest.State


def export(user: User, partner: Partner | None) -> dict[str, Any]:
    """What the partner did and was credited month by month. Charges and rewards are its clients' and stand in the
    reports.
    """
    held = export_client(user.account_id) if user.account_id else {}
    if partner is not None:
        held |= {
            "campaigns": rows(Campaign.objects.filter(partner=partner).order_by("pk")),
            "clicks": rows(ClickDay.objects.filter(code__partner=partner).order_by("pk")),
            "attach_requests": rows(AttachRequest.objects.filter(partner=partner).order_by("pk")),
            "attributions": rows(Attribution.objects.filter(partner=partner).order_by("pk")),
            "clients": rows(Referral.objects.filter(partner=partner).order_by("pk")),
            "months": rows(PartnerMonth.objects.filter(partner=partner).order_by("pk")),
            "forecast": rows(Forecast.objects.filter(partner=partner)),
        }
    return held


def export_client(account_id: str) -> dict[str, Any]:
    """What the service told of one of its accounts, also what contradicts."""
    return {
        "client": rows(Client.objects.filter(account_id=account_id)),
        "client_events": rows(_registrations(account_id).order_by("pk")),
    }


def erase_client(account_id: str) -> None:
    """How a client can be reached. Its name stays: it stands in the reports of whoever brought it.

    Whether an event is known goes by its digest, so deliveries are judged as before. Repeatable.
    """
    Client.objects.filter(account_id=account_id).update(email="", phone="", inn="")
    for event in _registrations(account_id):
        content: dict[str, Any] = event.content or {}
        event.content = content | {"data": content["data"] | dict.fromkeys(("name", "email", "phone", "inn"), "")}
        event.save(update_fields=["content"])


def _registrations(account_id: str) -> QuerySet[Event]:
    """Events that hold a person's data: of all, only contradicting registrations are kept as they came."""
    told = {"content__type": "client.registered", "content__data__client_id": account_id}
    return Event.objects.filter(state=Event.State.CONFLICT, **told)


def erase(user: User, partner: Partner | None, *, by: User, now: dt.datetime) -> None:
    """What the person wrote, and how it can be reached as a client.

    Repeatable. Call in a transaction that has locked both.
    """
    if user.account_id:
        erase_client(user.account_id)
    if partner is None:
        return
    blank = dict.fromkeys(("landing_path", "utm_source", "utm_medium", "utm_campaign"), "")
    Campaign.objects.filter(partner=partner).update(name="Кампания", **blank)
    asked = AttachRequest.objects.filter(partner=partner)
    asked.open().update(state=State.DECLINED, decided_at=now, decided_by=by, reason=ERASED_REASON)
    asked.update(comment="")
