"""What this floor holds of a person, to be handed over or erased on request (152-ФЗ).

The floors above have a module of this name each; the uppermost puts them together.
"""

import base64
import datetime as dt
from typing import Any

from axes.models import AccessAttempt
from django.db.models import QuerySet

from partners import registration, tokens
from partners.models import Consent, Notice, Partner, User

ERASED_NAME = "Данные стёрты"
ERASED_REASON = "Персональные данные стёрты по запросу"
_SECRET = ("password", "digest")


def export(user: User, partner: Partner | None) -> dict[str, Any]:
    """Every row of this floor that is about the person, field by field: what is added to a table is there by itself."""
    held = {
        "person": rows(User.objects.filter(pk=user.pk)),
        "consents": rows(user.consents.order_by("pk")),
    }
    if partner is not None:
        held |= {
            "partner": rows(Partner.objects.filter(pk=partner.pk)),
            "codes": rows(partner.codes.order_by("pk")),
            "status_changes": rows(partner.status_changes.order_by("pk")),
            "requisites": rows(partner.requisites.order_by("pk")),
            "terms": rows(partner.terms_assignments.order_by("pk")),
            "terms_offers": rows(partner.terms_offers.order_by("pk")),
            "ledger": rows(partner.ledger_lines.order_by("pk")),
            "letters": rows(partner.notices.order_by("pk")),
            "corrections": rows(partner.corrections.order_by("pk")),
            "tokens": rows(partner.api_tokens.order_by("pk")),
        }
    return held


def erase(user: User, partner: Partner | None, *, by: User, now: dt.datetime) -> None:
    """The person has no name, no address and no way in any more; its partner takes part no longer (R25).

    Numbers and sums stay, and so does the account's id: withdrawals went there, and by it the person is known should it
    come again. Repeatable. Call in a transaction that has locked both.
    """
    AccessAttempt.objects.filter(username=user.email).delete()
    if partner is not None:
        if partner.status == Partner.Status.ACTIVE:
            registration.block(partner, reason=ERASED_REASON, by=by, now=now)
        elif partner.status == Partner.Status.PENDING:
            registration.decline(partner, reason=ERASED_REASON, by=by, now=now)
        Partner.objects.filter(pk=partner.pk).update(
            full_name=ERASED_NAME, phone="", inn="", website="", channels=[], comment=""
        )
        for token in partner.api_tokens.live():
            tokens.revoke(token, by=by, now=now)
        Notice.objects.filter(partner=partner).update(context={}, next_try_at=None)
    Consent.objects.filter(user=user).exclude(ip=None).update(ip=None)
    user.email, user.full_name, user.phone, user.inn = f"{user.pk}@erased.invalid", "", "", ""
    user.is_active, user.erased_at = False, user.erased_at or now
    user.set_unusable_password()  # ends its sessions, too
    user.save()


def rows(found: QuerySet[Any]) -> list[dict[str, Any]]:
    """Rows as plain values; files in base64."""
    return [
        {name: _plain(value) for name, value in row.items() if name not in _SECRET} for row in found.values().iterator()
    ]


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value
