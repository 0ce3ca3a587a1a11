"""What this floor holds of a person, to be handed over or erased on request (152-ФЗ)."""

import datetime as dt
from typing import Any

from partners.models import Partner, User
from partners.personal_data import ERASED_REASON, rows
from referrals.models import AttachRequest, Attribution, Campaign, ClickDay, Client, Forecast, PartnerMonth, Referral

State = AttachRequest.State


def export(user: User, partner: Partner | None) -> dict[str, Any]:
    """What the partner did and was credited month by month. Charges and rewards are its clients' and stand in the
    reports.
    """
    held = {"client": rows(Client.objects.filter(account_id=user.account_id))} if user.account_id else {}
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


def erase(user: User, partner: Partner | None, *, by: User, now: dt.datetime) -> None:
    """What the person wrote, and how it can be reached as a client. The name of a client stays: it stands in the
    reports of whoever brought it.

    Repeatable. Call in a transaction that has locked both.
    """
    if user.account_id:
        Client.objects.filter(account_id=user.account_id).update(email="", phone="", inn="")
    if partner is None:
        return
    blank = dict.fromkeys(("landing_path", "utm_source", "utm_medium", "utm_campaign"), "")
    Campaign.objects.filter(partner=partner).update(name="Кампания", **blank)
    asked = AttachRequest.objects.filter(partner=partner)
    asked.open().update(state=State.DECLINED, decided_at=now, decided_by=by, reason=ERASED_REASON)
    asked.update(comment="")
