"""A program that asks the API."""

from typing import Any

from django.test import Client as Browser

from partners import tokens
from partners.models import Partner
from tests.factories import NOW


class Program:
    """Has a token of a partner; `secret` says another."""

    def __init__(self, partner: Partner | None = None, *, scope: str = "read", secret: str = "") -> None:
        if partner:
            name = f"program {partner.api_tokens.count()}"
            _, secret = tokens.make(partner, name=name, scope=scope, by=partner.user, now=NOW)
        self.secret = secret
        self.browser = Browser(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.browser.get(f"/api/v1/{path}", query)

    def results(self, path: str, **query: Any) -> list[Any]:
        answered = self.get(path, **query)
        assert answered.status_code == 200, answered.content.decode()
        found: list[Any] = answered.json()["results"]
        return found

    def post(self, path: str, body: Any = None, *, key: str = "", raw: bytes | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        data = raw if raw is not None else body
        return self.browser.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)
