"""What the API answers when it can't do what was asked: every exception becomes a problem of RFC 9457."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from rest_framework import exceptions, status

from partners import json_lines, problems

# By status: what is wrong. What to do about it stands in `detail`.
TITLES = {
    400: "Запрос не понят",
    401: "Нужен токен",
    403: "Так нельзя",
    404: "Не найдено",
    405: "Здесь так не спрашивают",
    406: "В таком виде ответа нет",
    409: "Сейчас это невозможно",
    413: "Слишком большой запрос",
    415: "Нужен JSON",
    429: "Слишком много запросов",
    500: "Ошибка на нашей стороне",
    503: "Сервер занят",
}
_DETAILS = {
    404: "Такой записи у вас нет. Проверьте адрес и номер.",
    406: "Ответы бывают только в application/json.",
    415: "Пошлите тело в JSON с заголовком Content-Type: application/json.",
}


class Refusal(exceptions.APIException):
    """Something that can't be done, said in a sentence that helps. `code` is for programs."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str,
        errors: dict[str, list[str]] | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.headers = headers or {}
        self.more = more | ({"errors": errors} if errors else {})


def answer(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Django REST framework's `EXCEPTION_HANDLER`; None for what nobody expected: that is an answer 500."""
    if isinstance(error, Refusal):
        response = _problem(error.status_code, str(error.detail), code=error.code, **error.more)
        for name, value in error.headers.items():
            response[name] = value
        return response
    if isinstance(error, exceptions.ValidationError):
        return _problem(400, "Исправьте поля, названные в errors.", code="invalid", errors=_by_field(error.detail))
    if isinstance(error, RequestDataTooBig):  # so large that Django doesn't even read it
        return _problem(413, f"Тело запроса длиннее {json_lines.MAX_LINE_BYTES} байт.", code="too_large")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    number = error.status_code
    response = _problem(number, _DETAILS.get(number, str(error.detail)), code=_code(error))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(wait)
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _problem(number: int, detail: str, **more: Any) -> HttpResponse:
    return problems.answer(number, TITLES.get(number, TITLES[400]), detail=detail, **more)


def _code(error: exceptions.APIException) -> str:
    if error.status_code == status.HTTP_400_BAD_REQUEST:
        return "not_json"
    return str(error.default_code)


def _by_field(detail: Any) -> dict[str, list[str]]:
    """{'month': ['…']} — with the path of what lies deeper."""
    if not isinstance(detail, dict):
        return {"": [str(each) for each in detail]}
    found: dict[str, list[str]] = {}
    for name, errors in detail.items():
        if isinstance(errors, dict):
            found |= {f"{name}.{deeper}": said for deeper, said in _by_field(errors).items()}
        else:
            found[name] = [str(each) for each in errors]
    return found
