"""What the service says to the portal over HTTP (feed.md, section 1)."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from partners import problems, webhooks
from partners.partner_api.refusals import TITLES
from referrals import books, event_delivery
from referrals.api_description import described


class Events(APIView):
    """Takes in a batch of events. Who asks is known by the signature of the whole body: no account, session or cookie.

    Whatever is answered but 200 has changed nothing, and may be sent again; so may what was answered with 200.
    """

    http_method_names = ["post"]
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = ()  # the signature is over the bytes as they came
    renderer_classes = (JSONRenderer,)

    @described
    def post(self, request: Request) -> HttpResponse:
        now = timezone.now()
        try:
            body = _body(request)
            webhooks.verify(webhooks.Signature.of(request.headers), body, secrets=settings.SKOROZVON_SECRET, now=now)
            results = event_delivery.take(body, now=now)
        except _TooLarge:
            limit = f"Больше {event_delivery.MAX_BODY_BYTES} байт: пришлите меньше событий за раз."
            return _problem(413, "too_large", limit)
        except _LengthMissing:
            return _problem(411, "length_required", "Нужен заголовок Content-Length.")
        except UnreadablePostError:
            return _problem(400, "broken_off", "Поставка оборвалась, повторите её.")
        except tuple(_SIGNATURE) as bad:
            return _with("WWW-Authenticate", "Webhook", _problem(401, *_SIGNATURE[type(bad)]))
        except event_delivery.NoBatch as bad:
            return _problem(400, "no_batch", f"Поставку не прочитать: {bad}."[:500])
        except books.AreBusy:
            return _with("Retry-After", "5", _problem(429, "busy", "Принимаются другие события, повторите позже."))
        except (OperationalError, InterfaceError):
            return _with("Retry-After", "10", _problem(503, "no_database", "База данных не отвечает, повторите позже."))
        return _accepted(results)


# By what is wrong with it: a word for programs, and a sentence.
_SIGNATURE: dict[type[Exception], tuple[str, str]] = {
    webhooks.NotSigned: ("not_signed", "Нет подписи: нужны webhook-id, webhook-timestamp и webhook-signature."),
    webhooks.SignedAtAnotherTime: ("stale", "Подписано больше пяти минут назад или будущим временем."),
    webhooks.SignedByAnother: ("wrong_signature", "Подпись неверна."),
}
_TITLES = TITLES | {401: "Нужна подпись", 411: "Нужна длина"}


class _TooLarge(Exception):
    pass


class _LengthMissing(Exception):
    pass


def _body(request: Request) -> bytes:
    """The body as it came. Raises _TooLarge before reading more than the limit, _LengthMissing, UnreadablePostError."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "HTTP_TRANSFER_ENCODING" in request.META:
        raise _LengthMissing  # Django would read nothing of it
    if length.isdigit() and int(length) > event_delivery.MAX_BODY_BYTES:
        raise _TooLarge
    body: bytes = request.read(event_delivery.MAX_BODY_BYTES + 1)
    if len(body) > event_delivery.MAX_BODY_BYTES:
        raise _TooLarge
    return body


def _accepted(results: list[Any]) -> JsonResponse:
    answers = [{"id": each.id, "result": each.result, "errors": each.errors} for each in results]
    return JsonResponse(answers, safe=False, json_dumps_params={"ensure_ascii": False})


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    return problems.answer(status, _TITLES[status], detail=detail, code=code)


def _with(header: str, value: str, response: HttpResponse) -> HttpResponse:
    response[header] = value
    return response
