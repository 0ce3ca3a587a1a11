"""What is answered when no view can: a page to a visitor, a problem to a program (RFC 9457)."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from partners import problems
from partners.partner_api.refusals import TITLES

_API = "/api/v1/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(400, "Запрос устроен неверно. Проверьте адрес и заголовки.", "bad_request")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(404, "Такого адреса в API нет. Проверьте его по описанию: /api/docs/.", "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(500, "Мы уже знаем об этом. Повторите запрос позже.", "server_error")
    # The page asks nothing of what broke; its number finds the lines in the log.
    number = getattr(request, "request_id", "")
    return HttpResponse(render_to_string("500.html", {"request_id": number}), status=500)


def _problem(status: int, detail: str, code: str) -> HttpResponse:
    return problems.answer(status, TITLES[status], detail=detail, code=code)
