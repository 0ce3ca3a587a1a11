"""The description of the API, OpenAPI 3.1, assembled of what every floor says of its addresses; public."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from partners import problems
from partners.partner_api.refusals import TITLES
from skorozvon_partners.api_reference import Reference

_TAGS = {
    "Профиль": "Чей это токен.",
    "Клиенты": "Кого и как вы привлекли и что с них списано.",
    "Деньги": "Что начислено, из чего это сложилось и что на балансе.",
    "Выплаты": "Заявки на вывод.",
    "События": "Для сервиса: регистрации, списания, возвраты. Открывает подпись, а не токен.",
}
_ABOUT = """\
Программы партнёра берут из портала то же, что видно в кабинете, и подают заявки на вывод.

**Токен** выпускается в профиле, раздел «API», и посылается в заголовке `Authorization: Bearer skp_…`. Любой токен
читает; заявки подаёт и отменяет только выпущенный с правом вывода.

**Деньги** — целые копейки, поля кончаются на `_kopecks`: 123450 — это 1 234,50 ₽. Месяцы — московские, `2026-10`.
Моменты — ISO 8601 со смещением.

**Списки** приходят страницами, до 100 строк (`limit`): адрес следующей — в `next`, у последней там `null`.

**Ошибки** — RFC 9457, `application/problem+json`: `title` говорит, что не так, `detail` — что делать, `code` — то же
для программы, `errors` — по полям.

**Не больше {limit} запросов в минуту** с одного токена. Сколько осталось, говорят заголовки `RateLimit-Limit`,
`RateLimit-Remaining` и `RateLimit-Reset` (секунды) каждого ответа; сверх — ответ 429 с `Retry-After`.
"""
_LIMIT_HEADERS = {
    "RateLimit-Limit": "Сколько запросов можно за минуту.",
    "RateLimit-Remaining": "Сколько ещё осталось.",
    "RateLimit-Reset": "Через сколько секунд счёт начнётся заново.",
}
# What a program tells problems by. An answer of any other code would be a breach of the description.
_CODES = {
    "no_token": "нет заголовка с токеном",
    "unknown_token": "токена нет, или он отозван",
    "not_admitted": "участие ещё не одобрено или отклонено",
    "read_only_token": "токен только для чтения",
    "blocked": "участие приостановлено: читать можно, менять нельзя",
    "too_many_requests": "исчерпан лимит, ждите Retry-After",
    "invalid": "поля или параметры неверны, каждый назван в errors",
    "not_json": "тело не прочитать как объект JSON",
    "too_large": "тело слишком большое",
    "unsupported_media_type": "тело не application/json",
    "not_acceptable": "Accept не допускает application/json",
    "method_not_allowed": "по этому адресу так не спрашивают, см. Allow",
    "not_found": "нет такой записи или такого адреса",
    "conditions_unmet": "условия вывода не выполнены, см. баланс",
    "wrong_sum": "столько вывести нельзя",
    "wrong_destination": "туда вывести нельзя",
    "key_reused": "этот Idempotency-Key занят заявкой с другим содержанием",
    "refused": "сейчас нельзя, см. detail",
    "too_late": "заявку уже не отменить",
    "busy": "занято, ничего не изменилось, ждите Retry-After",
    "not_signed": "события: нет подписи",
    "stale": "события: подписано не сейчас",
    "wrong_signature": "события: подпись неверна",
    "no_batch": "события: тело — не массив из 1–1 000 событий",
    "length_required": "события: нужен Content-Length",
    "broken_off": "события: тело оборвалось",
    "no_database": "события: база данных не отвечает, ждите Retry-After",
    "bad_request": "запрос устроен неверно",
    "server_error": "ошибка на нашей стороне",
}
_PROBLEM = {
    "type": "object",
    "description": "Почему не получилось (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Всегда `about:blank`: смотрите `code`."},
        "title": {"type": "string", "description": "Что не так."},
        "status": {"type": "integer", "description": "Номер ответа."},
        "detail": {"type": "string", "description": "Что делать."},
        "code": {
            "type": "string",
            "enum": list(_CODES),
            "description": "То же для программы.\n\n"
            + "\n".join(f"* `{code}` - {words}" for code, words in _CODES.items()),
        },
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Что исправить, по полям.",
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
# What each error looks like.
_EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "400": (
        "invalid",
        {"detail": "Исправьте поля, названные в errors.", "errors": {"month": ["Нужен месяц вида 2026-10."]}},
    ),
    "401": ("unknown_token", {"detail": "Такого токена нет: он отозван или скопирован не целиком."}),
    "403": ("read_only_token", {"detail": "Этот токен выпущен только для чтения."}),
    "404": ("not_found", {"detail": "Такой записи у вас нет. Проверьте адрес и номер."}),
    "409": ("conditions_unmet", {"detail": "Пока вывести нельзя. Договор подписан: не выполнено."}),
    "413": ("too_large", {"detail": "Тело запроса длиннее 65536 байт."}),
    "415": ("unsupported_media_type", {"detail": "Пошлите тело в JSON с заголовком Content-Type: application/json."}),
    "429": ("too_many_requests", {"detail": "Не больше 300 запросов в минуту. Повторите через 34 с."}),
    "503": ("busy", {"detail": "Сейчас много запросов, попробуйте ещё раз. Ничего не изменилось."}),
}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "partners.partner_api.access.Bearer"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "Токен из профиля, раздел «API»."}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook of drf-spectacular: adds what all addresses have in common, the errors and the headers of the limit.

    What doesn't ask for a token says by itself what it answers.
    """
    result["info"]["description"] = _ABOUT.format(limit=settings.API_REQUESTS_A_MINUTE)
    result["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    parts = result["components"]
    parts["schemas"]["Problem"] = _PROBLEM
    parts["headers"] = {
        name: {"description": text, "schema": {"type": "integer"}} for name, text in _LIMIT_HEADERS.items()
    }
    parts["responses"] = {f"Problem{status}": _problem(status) for status in _EXAMPLES}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if {"token": []} in operation.get("security", []):
                _complete(operation, path, is_writing=method == "post")
            elif "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return result


def _complete(operation: dict[str, Any], path: str, *, is_writing: bool) -> None:
    answers = operation["responses"]
    for answer in answers.values():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMIT_HEADERS}
    statuses = ["400", "401", "403", "429"]
    statuses += ["404"] if "{" in path else []
    statuses += ["409", "503"] if is_writing else []
    statuses += ["413", "415"] if "requestBody" in operation else []
    for status in sorted(statuses):
        answers[status] = {"$ref": f"#/components/responses/Problem{status}"}


def _problem(status: str) -> dict[str, Any]:
    code, words = _EXAMPLES[status]
    title = TITLES[int(status)]
    example = {"type": "about:blank", "title": title, "status": int(status), "code": code} | words
    headers: dict[str, Any] = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMIT_HEADERS}
    if status == "401":
        headers["WWW-Authenticate"] = {"description": "Как спрашивать.", "schema": {"type": "string"}}
    if status in ("429", "503"):
        headers["Retry-After"] = {"description": "Через сколько секунд повторить.", "schema": {"type": "integer"}}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {code: {"value": example}}}
    return {"description": f"{title}.", "headers": headers, "content": {problems.CONTENT_TYPE: content}}


@cache
def described() -> dict[str, Any]:
    """The whole description. It is the same for everybody and as long as the process lives."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI as JSON."""
    return HttpResponse(json.dumps(described(), ensure_ascii=False, indent=1), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    context = {"reference": _reference(), "profile_url": settings.PORTAL_URL + reverse("api_profile")}
    return render(request, "api_docs.html", context)


@cache
def _reference() -> Reference:
    return Reference(described())
