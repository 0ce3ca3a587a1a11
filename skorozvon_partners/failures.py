"""What is answered when no view can: a page to a visitor, a problem to a program (RFC 9457)."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from partners import problems
from partners.partner_api.refusals import TITLES

_API = "/api/v1/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(400, "Запрос устроен неверно. Проверьте адрес и заголовки.", "bad_request")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return no_such_address(request)
    return defaults.page_not_found(request, exception)


@csrf_exempt
def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Of the API: a program that posts is not led on, since what it posts would get lost on the way."""
    slash = "" if request.path.endswith("/") else " Адреса кончаются косой чертой."
    return _problem(404, f"Такого адреса в API нет.{slash} Проверьте его по описанию: /api/docs/.", "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(500, "Мы уже знаем об этом. Повторите запрос позже.", "server_error")
    # The page asks nothing of what broke; its number finds the lines in the log.
    number = getattr(request, "request_id", "")
    return HttpResponse(render_to_string("500.html", {"request_id": number}), status=500)


def _problem(status: int, detail: str, code: str) -> HttpResponse:
    return problems.answer(status, TITLES[status], detail=detail, code=code)
