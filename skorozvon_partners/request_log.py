"""One log line for each request, and the number by which its lines are found: a page of failure shows it."""

import re
import secrets
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from skorozvon_partners.logs import address

logger = structlog.get_logger(__name__)
Answering = Callable[[HttpRequest], HttpResponse]

_GIVEN = re.compile(r"[A-Za-z0-9_.-]{8,64}", re.ASCII)
# Asked for every few seconds by machines that watch.
QUIET = ("/healthz", "/readyz", "/metrics")


class RequestLog:
    """Middleware, the outermost: gives the request its number, and tells what was answered, to whom, how fast.

    No query, no address of the visitor, no name: persons stand in it by their keys in the database.
    """

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.monotonic()
        number = _given(request) or secrets.token_hex(6)  # short enough to be read out on the phone
        vars(request)["request_id"] = number
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            vars(response)["_has_been_logged"] = True  # Django would tell of failures once more
            if request.path not in QUIET:
                _tell(request, response, round(1000 * (time.monotonic() - begun)))
            return response
        finally:
            structlog.contextvars.clear_contextvars()


def _given(request: HttpRequest) -> str:
    """The number that a proxy of ours gave the request; anybody else's word is as good as none."""
    given = request.headers.get("X-Request-ID", "") if settings.PROXY_COUNT else ""
    return given if _GIVEN.fullmatch(given) else ""


def _tell(request: HttpRequest, response: HttpResponse, ms: int) -> None:
    said = {"method": request.method, "path": address(request), "status": response.status_code, "ms": ms}
    # Only who was looked up anyway: a log line is worth no query.
    if user := getattr(getattr(request, "_cached_user", None), "pk", None):
        said["user"] = user
    (logger.error if response.status_code >= 500 else logger.info)("request", **said)
