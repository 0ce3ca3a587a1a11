"""What `POST /api/v1/events/` says of itself in the description of the API (feed.md, section 1)."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from partners import problems
from referrals.events import RESULTS
from referrals.feed import KINDS

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_MAYBE = {"type": ["string", "null"]}
_AMOUNT = {
    "type": "string",
    "pattern": "^[0-9]{1,10}(\\.[0-9]{1,2})?$",
    "description": "Рубли строкой: «12500.00»; больше нуля, до 1000000000.00.",
}
_CLIENT = _TEXT | {"description": "Номер аккаунта клиента в сервисе."}
_CHARGE = _TEXT | {"description": "Номер списания в сервисе."}
_KIND = {
    "type": "string",
    "enum": list(KINDS),
    "description": "За что списано.\n\n* `subscription` - абонентская плата\n* `telephony` - телефония\n"
    "* `robot` - обзвон роботом\n* `other` - остальное, и всё, что списано бонусами",
}
# By type: the fields of `data`, the optional ones last.
_TYPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "client.registered": (
        {"client_id": _CLIENT, "name": _TEXT | {"maxLength": 500, "description": "Как клиента зовут."}},
        {
            "email": _MAYBE | {"description": "E-mail клиента, как и телефон, и ИНН: по ним узнают своих (R8)."},
            "phone": _MAYBE | {"description": "Телефон клиента."},
            "inn": _MAYBE | {"description": "ИНН клиента."},
            "ref": _MAYBE | {"description": "Код ссылки, по которой пришёл; незнакомый не ошибка."},
            "promo_code": _MAYBE | {"description": "Введённый промо-код; он важнее ссылки."},
        },
    ),
    "client.promo_code_applied": ({"client_id": _CLIENT, "promo_code": _TEXT}, {}),
    "charge.created": (
        {
            "charge_id": _CHARGE,
            "client_id": _CLIENT,
            "kind": _KIND,
            "amount": _AMOUNT,
            "payment_confirmed": {
                "type": "boolean",
                "description": "false — подтвердит `charge.confirmed`, до него списание не учитывается.",
            },
        },
        {},
    ),
    "charge.confirmed": ({"charge_id": _CHARGE}, {}),
    "charge.refunded": (
        {
            "refund_id": _TEXT | {"description": "Номер возврата в сервисе."},
            "charge_id": _CHARGE,
            "amount": _AMOUNT,
        },
        {},
    ),
}
_MEANINGS = {
    "client.registered": "клиент зарегистрировался в сервисе, с кодом или без",
    "client.promo_code_applied": "клиент ввёл промо-код позже",
    "charge.created": "с клиента списано",
    "charge.confirmed": "оплата списания подтверждена",
    "charge.refunded": "списание возвращено, целиком или частью",
}
_RESULTS = {
    "accepted": "принято и записано",
    "duplicate": "было принято раньше, ничего не изменилось",
    "waiting": "принято и ждёт события, на которое ссылается",
    "conflict": "противоречит принятому раньше: остаётся первое, сотрудник увидит",
    "rejected": "не принято, errors говорит почему; номер свободен, исправленное можно прислать снова",
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
всегда: то же событие второй раз — `duplicate`. Порядок событий не важен.
"""
# Runs as it stands, with the package of the specification: https://www.standardwebhooks.com
_SAMPLE = f"""\
import json, os, uuid
from datetime import datetime, timezone
from urllib.request import Request, urlopen

from standardwebhooks import Webhook  # pip install standardwebhooks

body = json.dumps([
    {{"id": "evt-0001", "type": "client.registered", "occurred_at": "2026-09-15T12:00:00+03:00",
     "data": {{"client_id": "c-1", "name": "ООО Красные цветы", "ref": "62b0"}}}},
])
number, now = f"msg_{{uuid.uuid4()}}", datetime.now(timezone.utc)
answer = urlopen(Request("{settings.PORTAL_URL}/api/v1/events/", body.encode(), {{
    "Content-Type": "application/json",
    "webhook-id": number,
    "webhook-timestamp": str(int(now.timestamp())),
    "webhook-signature": Webhook(os.environ["SKOROZVON_SECRET"]).sign(number, now, body),
}}))
for event in json.load(answer):
    print(event["id"], event["result"], event["errors"])"""
_HEADERS = {
    "webhook-id": "Номер поставки, любой: входит в подпись.",
    "webhook-timestamp": "Секунды Unix; не дальше пяти минут от нынешнего момента.",
    "webhook-signature": "`v1,<base64 HMAC-SHA256 от «id.timestamp.тело»>`; ключ — то, что в секрете после"
    " `whsec_`, из base64. Несколько подписей — через пробел.",
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
        "id": _TEXT | {"description": "Номер события: с тем же номером принимается одно."},
        "type": {"type": "string", "const": type, "description": f"Что случилось.\n\n* `{type}` - {_MEANINGS[type]}"},
        "occurred_at": {
            "type": "string",
            "format": "date-time",
            "description": "Когда: ISO 8601 со смещением, не больше суток вперёд.",
        },
        "data": data,
    }
    return {"title": type, "type": "object", "properties": about, "required": list(about)}


_RESULT = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"], "description": "null, где его не прочитать."},
        "result": {
            "type": "string",
            "enum": list(RESULTS),
            "description": "Что с ним стало.\n\n" + "\n".join(f"* `{each}` - {_RESULTS[each]}" for each in RESULTS),
        },
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Что не так, по полям.",
        },
    },
    "required": ["id", "result", "errors"],
}

described = extend_schema(
    operation_id="events",
    summary="События сервиса",
    description=_ABOUT,
    tags=["События"],
    auth=[],
    extensions={"x-codeSamples": [{"lang": "Python", "source": _SAMPLE}]},
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
            (status, problems.CONTENT_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description=text)
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
