"""What `POST /api/v1/events/` says of itself in the description of the API (feed.md, section 1)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from partners import problems
from referrals.events import RESULTS
from referrals.feed import KINDS

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_MAYBE = {"type": ["string", "null"]}
_AMOUNT = {"type": "string", "pattern": "^[0-9]{1,10}(\\.[0-9]{1,2})?$", "description": "Рубли: «12500.00»."}
# By type: the fields of `data`, the optional ones last.
_TYPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "client.registered": (
        {"client_id": _TEXT, "name": _TEXT | {"maxLength": 500}},
        dict.fromkeys(("email", "phone", "inn", "ref", "promo_code"), _MAYBE),
    ),
    "client.promo_code_applied": ({"client_id": _TEXT, "promo_code": _TEXT}, {}),
    "charge.created": (
        {
            "charge_id": _TEXT,
            "client_id": _TEXT,
            "kind": {"type": "string", "enum": list(KINDS)},
            "amount": _AMOUNT,
            "payment_confirmed": {"type": "boolean"},
        },
        {},
    ),
    "charge.confirmed": ({"charge_id": _TEXT}, {}),
    "charge.refunded": ({"refund_id": _TEXT, "charge_id": _TEXT, "amount": _AMOUNT}, {}),
}
_REGISTERED = {
    "id": "evt-0001",
    "type": "client.registered",
    "occurred_at": "2026-09-15T12:00:00+03:00",
    "data": {"client_id": "c-1", "name": "ООО Красные цветы", "ref": "62b0", "promo_code": None},
}
_CHARGED = {
    "id": "evt-0003",
    "type": "charge.created",
    "occurred_at": "2026-10-10T09:30:00+03:00",
    "data": {
        "charge_id": "ch-1",
        "client_id": "c-1",
        "kind": "subscription",
        "amount": "12500.00",
        "payment_confirmed": True,
    },
}
_ABOUT = """\
От 1 до 1 000 событий сервиса, подписанных по Standard Webhooks секретом `whsec_…`. Ответ 200 — результат по каждому
событию, в том же порядке; всё принятое к этому моменту записано. Любой другой ответ ничего не изменил. Повторять можно
всегда: то же событие второй раз — `duplicate`.
"""
_HEADERS = {
    "webhook-id": "Номер поставки.",
    "webhook-timestamp": "Секунды Unix; не дальше пяти минут от нынешнего момента.",
    "webhook-signature": "`v1,<base64 HMAC-SHA256 от «id.timestamp.тело»>`; несколько — через пробел.",
}
_PROBLEMS = {
    400: "Тело — не массив JSON из 1–1 000 событий.",
    401: "Подписи нет, она неверна или старше пяти минут.",
    411: "Не указана длина тела.",
    413: "Тело слишком большое: пришлите меньше событий за раз.",
    429: "Принимаются другие события: повторите через столько секунд, сколько сказано в Retry-After.",
    503: "База данных не отвечает: повторите позже.",
}


def _event(type: str) -> dict[str, Any]:
    required, optional = _TYPES[type]
    data = {"type": "object", "properties": required | optional, "required": list(required)}
    about = {
        "id": _TEXT,
        "type": {"type": "string", "const": type},
        "occurred_at": {"type": "string", "format": "date-time", "description": "Со смещением."},
        "data": data,
    }
    return {"title": type, "type": "object", "properties": about, "required": list(about)}


_RESULT = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"], "description": "null, где его не прочитать."},
        "result": {"type": "string", "enum": list(RESULTS)},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["id", "result", "errors"],
}

described = extend_schema(
    operation_id="events",
    summary="События сервиса",
    description=_ABOUT,
    tags=["События"],
    auth=[],
    parameters=[
        OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=text)
        for name, text in _HEADERS.items()
    ],
    request={
        "application/json": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "items": {"oneOf": [_event(type) for type in _TYPES]},
        }
    },
    responses={
        (200, "application/json"): {"type": "array", "items": _RESULT},
        **{
            (status, problems.CONTENT_TYPE): {
                "description": text,
                "allOf": [{"$ref": "#/components/schemas/Problem"}],
            }
            for status, text in _PROBLEMS.items()
        },
    },
    examples=[
        OpenApiExample("Клиент и списание", value=[_REGISTERED, _CHARGED], request_only=True),
        OpenApiExample(
            "Принято",
            value=[{"id": "evt-0001", "result": "accepted", "errors": {}}],
            response_only=True,
            status_codes=["200"],
        ),
    ],
)
