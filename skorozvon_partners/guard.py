"""What holds for every answer: headers that Django has no setting for; and how much may be sent to the portal."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from skorozvon_partners.request_log import Answering


class Guard:
    """Middleware: refuses bodies above MOST_BODY_BYTES before a byte is read, and completes the headers.

    A body without a length is none for Django, so nobody gets past this by leaving it out.
    """

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) > settings.MOST_BODY_BYTES:
            response = HttpResponse(render_to_string("413.html"), status=413)
        else:
            response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
