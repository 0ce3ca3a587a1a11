"""Events that wait or contradict, as staff looks at them: what came, what stands, why, and what to do (feed.md)."""

import datetime as dt
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Sum

from partners.models import User
from partners.money import roubles
from partners.reasons import required
from partners.templatetags.words import moment
from referrals.models import Charge, Client, Event, Review

_TYPES = {
    "client.registered": "регистрация клиента",
    "client.promo_code_applied": "ввод промокода",
    "charge.created": "списание",
    "charge.confirmed": "подтверждение оплаты",
    "charge.refunded": "возврат",
}
_FIELDS = {
    "client_id": "Клиент",
    "name": "Название",
    "email": "E-mail",
    "phone": "Телефон",
    "inn": "ИНН",
    "ref": "Код ссылки",
    "promo_code": "Промокод",
    "charge_id": "Списание",
    "refund_id": "Возврат",
    "kind": "Вид",
    "amount": "Сумма",
    "payment_confirmed": "Оплата подтверждена",
}

Facts = list[tuple[str, str]]


class NotAConflict(Exception):
    """Only a conflict is looked at; what waits is applied by itself."""


class AlreadyReviewed(Exception):
    """Somebody else has looked at it before."""


class Told(NamedTuple):
    """An event in words."""

    came: Facts
    stands: Facts  # of the same thing, as the books have it; empty: nothing yet
    what_to_do: str
    client: Client | None


def review(event: Event, *, reason: str, by: User, now: dt.datetime) -> Review:
    """Note that a conflict was looked at and what came of it; the books stay as they are.

    Locks the event. Raises ReasonMissing, NotAConflict, AlreadyReviewed.
    """
    reason = required(reason)
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=event.pk)
        if event.state != Event.State.CONFLICT:
            raise NotAConflict
        if Review.objects.filter(event=event).exists():
            raise AlreadyReviewed
        return Review.objects.create(event=event, reviewed_by=by, reviewed_at=now, reason=reason)


def type_of(event: Event) -> str:
    """'регистрация клиента'"""
    return _TYPES.get((event.content or {}).get("type", ""), "событие")


def about(event: Event) -> str:
    """What it is about, in a word that can be searched for: 'c-1', 'ch-7'."""
    data = (event.content or {}).get("data", {})
    return str(data.get("refund_id") or data.get("charge_id") or data.get("client_id") or "")


def told(event: Event) -> Told:
    """The event beside what the books say of the same. Four queries at most."""
    content = event.content or {}
    data: dict[str, Any] = content.get("data", {})
    charge = _charge(data.get("charge_id"))
    client = charge.client if charge else Client.objects.filter(account_id=data.get("client_id", "")).first()
    return Told(_came(content), _stands(event, data, client, charge), _what_to_do(event, content), client)


def _came(content: dict[str, Any]) -> Facts:
    told = [("Что", _TYPES.get(content.get("type", ""), ""))]
    if at := content.get("occurred_at"):
        told.append(("Когда", moment(dt.datetime.fromisoformat(at))))
    return told + [(_FIELDS.get(name, name), _value(name, value)) for name, value in content.get("data", {}).items()]


def _value(name: str, value: Any) -> str:
    if name == "amount":
        return roubles(value)
    if name == "kind":
        return str(Charge.Kind(value).label)
    if isinstance(value, bool):
        return "да" if value else "нет"
    return str(value or "—")


def _stands(event: Event, data: dict[str, Any], client: Client | None, charge: Charge | None) -> Facts:
    told: Facts = []
    if event.rival_of is not None:
        told.append(("Первое событие", event.rival_of.event_id or ""))
    if charge is not None:
        told += _of_charge(charge, data.get("refund_id"))
    elif client is not None:
        told += _of_client(client)
    return told


def _charge(charge_id: str | None) -> Charge | None:
    charges = Charge.objects.filter(external_id=charge_id, refund_of=None).select_related("client", "partner__user")
    return charges.first() if charge_id else None


def _of_charge(charge: Charge, refund_id: str | None) -> Facts:
    confirmed = moment(charge.confirmed_at) if charge.confirmed_at else "нет"
    told = [
        ("Клиент", f"{charge.client.name}, {charge.client.account_id}"),
        ("Вид", charge.get_kind_display()),
        ("Сумма", roubles(charge.amount_kopecks)),
        ("Списано", moment(charge.charged_at)),
        ("Оплата подтверждена", confirmed),
        ("Итог", charge.get_outcome_display()),
    ]
    refunds = charge.refunds.order_by("charged_at", "pk")
    if refunded := refunds.aggregate(sum=Sum("amount_kopecks"))["sum"]:
        told.append(("Уже возвращено", roubles(-refunded)))
    if refund_id and (same := refunds.filter(external_id=refund_id).first()):
        told.append((f"Возврат {refund_id}", f"{roubles(-same.amount_kopecks)}, {moment(same.charged_at)}"))
    return told


def _of_client(client: Client) -> Facts:
    held = client.attributions.select_related("partner__user", "code").last()
    holder = f"{held.partner.full_name}, {held.get_via_display()}, с {moment(held.starts_at)}" if held else "ни за кем"
    return [
        ("Название", client.name),
        ("Зарегистрирован", moment(client.registered_at)),
        ("E-mail", client.email or "—"),
        ("Телефон", client.phone or "—"),
        ("ИНН", client.inn or "—"),
        ("Код ссылки", client.link_code or "—"),
        ("Промокод", client.promo_code or "—"),
        ("Закреплён", holder),
    ]


def _what_to_do(event: Event, content: dict[str, Any]) -> str:
    kind = content.get("type", "")
    if event.state == Event.State.WAITING:
        what, _, name = (event.waits_for or "").partition(":")
        missing = f"регистрация клиента {name}" if what == "client" else f"списание {name}"
        return (
            f"Событие учтётся само, как только придёт {missing}. Если ждёт больше суток, попросите сервис прислать"
            " недостающее событие ещё раз или загрузите его файлом."
        )
    if kind == "client.promo_code_applied":
        return (
            "Клиент остаётся за прежним партнёром. Если он должен перейти, передайте его на странице клиента: переход"
            " действует с этой минуты, прошлое поправит корректировка."
        )
    if event.rival_of_id is not None:
        return (
            "В книгах осталось первое событие. Спросите сервис, какое из двух верно. Если второе, пусть пришлёт его под"
            " новым номером, а если о том же уже учтено другое, разницу внесите корректировкой."
        )
    if kind == "charge.refunded":
        return (
            "Возврат не учтён: вместе с прежними он больше самого списания, или такой возврат уже есть с другой суммой."
            " Спросите сервис, сколько возвращено на самом деле."
        )
    return (
        "В книгах осталось то, что пришло первым. Спросите сервис, что верно. Если новое, разницу в вознаграждении"
        " внесите корректировкой: учтённое не меняется."
    )
