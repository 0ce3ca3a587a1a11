"""Who may ask the API: whoever brings a live token, for its partner's own data, as often as the limit lets it."""

import datetime as dt
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.parsers import JSONParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from partners import json_lines, tokens, visitors
from partners.access import BLOCKED
from partners.models import ApiToken, Partner, User
from partners.partner_api import limits
from partners.partner_api.refusals import Refusal

_CHALLENGE = 'Bearer realm="api"'
_MISSING = "Пошлите токен в заголовке: Authorization: Bearer skp_… Выпустить его можно в профиле, раздел «API»."
_UNKNOWN = "Такого токена нет: он отозван или скопирован не целиком. Выпустите другой в профиле, раздел «API»."
_NOT_ADMITTED = "Участие в программе ещё не одобрено или отклонено. Состояние видно в кабинете."
_MAY_NOT_WITHDRAW = "Этот токен выпущен только для чтения. Для вывода денег выпустите другой, с правом вывода."


class Bearer(BaseAuthentication):
    """`Authorization: Bearer skp_…`. No cookie opens the API, so no other site can ask it for a visitor."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """None: there is no such header. Raises Refusal for a token that opens nothing."""
        kind, _, secret = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"bearer":
            return None
        token = tokens.find(secret.strip().decode("latin-1"), now=timezone.now())
        if token is None:
            challenge = {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'}
            raise Refusal(401, _UNKNOWN, code="unknown_token", headers=challenge)
        return token.partner.user, token

    def authenticate_header(self, request: Request) -> str:
        return _CHALLENGE


class SmallJson(JSONParser):
    """JSON that can be understood in one way only, and no more of it than a request of this API needs."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(json_lines.MAX_LINE_BYTES + 1)
        if len(body) > json_lines.MAX_LINE_BYTES:
            raise Refusal(413, f"Тело запроса длиннее {json_lines.MAX_LINE_BYTES} байт.", code="too_large")
        try:
            found = json_lines.parse(body)
        except json_lines.BadLine as error:
            raise exceptions.ParseError(f"Тело запроса — {error}.") from None
        if not isinstance(found, dict):
            raise exceptions.ParseError("Тело запроса — не объект JSON.")
        return found


class Endpoint(APIView):
    """An address of the API. `partner` is whose data may be told, `token` by which it was asked for.

    Reading needs any token, everything else one that may withdraw; a blocked partner reads and changes nothing (R25).
    """

    authentication_classes = [Bearer]
    parser_classes = [SmallJson]
    http_method_names = ["get", "head", "post"]

    format_kwarg = None  # there is only JSON
    token: ApiToken
    now: dt.datetime
    spent: limits.Spent | None = None

    @property
    def partner(self) -> Partner:
        return self.token.partner

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Lets in or raises. Counted are also those who don't get in: by the address that they come from."""
        self.now = timezone.now()
        try:
            token = cast(ApiToken | None, request.auth)
        except Refusal:
            self._spend(visitors.network(request._request) or "nobody")
            raise
        self._spend(token.digest if token else visitors.network(request._request) or "nobody")
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        if token is None:
            raise Refusal(401, _MISSING, code="no_token", headers={"WWW-Authenticate": _CHALLENGE})
        self.token = token
        self._admit(is_reading=request.method in SAFE_METHODS)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answered = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.spent.headers if self.spent else {}).items():
            answered[name] = value
        answered["Cache-Control"] = "no-store"  # sums are nobody else's, and change
        return answered

    def http_method_not_allowed(self, request: HttpRequest | Request, *args: Any, **kwargs: Any) -> Any:
        allowed = ", ".join(self.allowed_methods)
        raise Refusal(405, f"По этому адресу можно: {allowed}.", code="method_not_allowed", headers={"Allow": allowed})

    def _spend(self, whose: str) -> None:
        self.spent = limits.spend(whose, now=self.now)
        if self.spent.is_over:
            wait = self.spent.reset_seconds
            detail = f"Не больше {self.spent.limit} запросов в минуту. Повторите через {wait} с."
            raise Refusal(429, detail, code="too_many_requests", headers={"Retry-After": str(wait)})

    def _admit(self, *, is_reading: bool) -> None:
        if self.partner.status in (Partner.Status.PENDING, Partner.Status.DECLINED):
            raise Refusal(403, _NOT_ADMITTED, code="not_admitted")
        if is_reading:
            return
        if self.token.scope != ApiToken.Scope.WITHDRAW:
            challenge = {"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="withdraw"'}
            raise Refusal(403, _MAY_NOT_WITHDRAW, code="read_only_token", headers=challenge)
        if self.partner.status == Partner.Status.BLOCKED:
            raise Refusal(403, BLOCKED, code="blocked")
