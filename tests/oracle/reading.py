"""Reading what was sent: instants, months, amounts, and events with their checks."""

import calendar
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")
KINDS = ("subscription", "telephony", "robot", "other")
FIELDS = {  # event type: (required fields, optional fields, the field that makes it one fact)
    "client.registered": (("client_id", "name"), ("email", "phone", "inn", "ref", "promo_code"), "client_id"),
    "client.promo_code_applied": (("client_id", "promo_code"), (), None),
    "charge.created": (("charge_id", "client_id", "kind", "amount", "payment_confirmed"), (), "charge_id"),
    "charge.confirmed": (("charge_id",), (), "charge_id"),
    "charge.refunded": (("refund_id", "charge_id", "amount"), (), "refund_id"),
}


def moment(text):
    """An instant; a text without an offset is refused."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at


def month_of(at):
    return at.astimezone(MOSCOW).strftime("%Y-%m")


def first_moment(month):
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=MOSCOW)


def next_month(month):
    return month_of(first_moment(month) + timedelta(days=31))


def plus_months(at, months):
    """R12: calendar months, added in Moscow time; a day that the month lacks becomes its last."""
    local = at.astimezone(MOSCOW)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)


def kopecks(text):
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", text):
        raise ValueError("no amount")
    roubles, _, rest = text.lstrip("-").partition(".")
    return (int(roubles) * 100 + int(rest.ljust(2, "0"))) * (-1 if text.startswith("-") else 1)


def digits(phone):
    """R8: phones compare by digits, a leading 8 of eleven as 7."""
    found = "".join(re.findall("[0-9]", phone or ""))
    return "7" + found[1:] if len(found) == 11 and found[0] == "8" else found


def read(event, now):
    """The event's content, ready to be compared with another's; ValueError when it has to be rejected."""
    if event.get("type") not in FIELDS or not isinstance(event.get("id"), str) or not event["id"]:
        raise ValueError("type or id")
    required, optional, _ = FIELDS[event["type"]]
    content = {"type": event["type"], "at": moment(event["occurred_at"])}
    if content["at"] > now + timedelta(days=1):
        raise ValueError("too far ahead")
    for field in required + optional:
        value = event["data"].get(field)
        if value is None and field in required:
            raise ValueError(field)
        if value is not None and not isinstance(value, bool if field == "payment_confirmed" else str):
            raise ValueError(field)
        if field == "amount":
            value = kopecks(value)
            if not 0 < value <= 100_000_000_000:
                raise ValueError(field)
        if field in ("ref", "promo_code", "email", "inn") and value is not None:
            value = value.strip()
        if field in ("ref", "promo_code") and value is not None:
            value = value.casefold()
        if (value == "" and field in required) or (field == "kind" and value not in KINDS):
            raise ValueError(field)
        content[field] = value
    return content
