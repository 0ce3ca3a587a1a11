"""Requests and responses, without the socket they come and go by."""

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from emulators.fields import BadValue


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    def after(self, prefix: str) -> str:
        """What the path holds after a prefix, decoded: /credits/withdrawal%3A7 → withdrawal:7."""
        return unquote(self.path.removeprefix(prefix))

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """The object in the body. Raises BadValue where there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise BadValue("Нужен объект JSON.")
        return found

    def cookie(self, name: str) -> str:
        """A cookie's decoded value, empty when it isn't there."""
        for each in self.headers.get("Cookie", "").split(";"):
            found, _, value = each.strip().partition("=")
            if found == name:
                return unquote(value)
        return ""


@dataclass
class Response:
    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)


def json_response(status: int, content: Any, *headers: tuple[str, str]) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(status, body, "application/json; charset=utf-8", list(headers))


def redirect(location: str, *headers: tuple[str, str], status: int = 303) -> Response:
    return Response(status, headers=[("Location", location), *headers])
