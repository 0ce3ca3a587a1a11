"""What machines ask that watch the portal: whether it is alive, whether it does its work, and its figures."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from skorozvon_partners import readiness
from skorozvon_partners.metrics import Figures
from skorozvon_partners.request_log import Answering


class Probes:
    """Middleware that answers them before sessions are opened and the host is looked at.

    Containers ask by 127.0.0.1 and Prometheus by names inside, which aren't in ALLOWED_HOSTS; nothing in these answers
    is made of the host that was asked for.
    """

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = _ANSWERS.get(request.path) if request.method in ("GET", "HEAD") else None
        if answer is None or (answer is metrics and not settings.METRICS_TOKEN):
            return self.get_response(request)
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing: who restarts it for a dead database helps nobody."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything that matters works, else 503, with each check."""
    checks = readiness.look(now=timezone.now())
    is_ready = readiness.is_ready(checks)
    told = {check.name: {"state": check.state, **check.figures} for check in checks}
    return JsonResponse({"ready": is_ready, "checks": told}, status=200 if is_ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus, out of the database: right whichever process answers. For bearers of the token."""
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(now=timezone.now()))
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")


_ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": alive,
    "/readyz": ready,
    "/metrics": metrics,
}
