"""The API keeps what its description promises, whatever is sent to it: schemathesis plays against the whole schema,
with a token and without (its check `ignored_auth`).
"""

from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck
from pytest_django import Settings
from schemathesis.specs.openapi.checks import missing_required_header, negative_data_rejection

from partners import tokens, webhooks
from partners.models import ApiToken
from payouts import withdrawals
from payouts.tests.people import legal
from referrals import campaigns
from skorozvon_partners import api_schema
from skorozvon_partners.wsgi import application
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def without_cursors(described: dict[str, Any]) -> dict[str, Any]:
    """A place in a list can't be made up: with one in every request, all of them would be refused for it."""
    described = deepcopy(described)
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [each for each in operation.get("parameters", []) if each["name"] != "cursor"]
    return described


def signing(app: Any) -> Any:
    """The same portal, asked by the service: every body is signed as it is sent."""

    def signed(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        signature = webhooks.sign(SECRET, message_id="msg-1", body=body, now=timezone.now())
        for name, value in signature.as_headers().items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return app(environ | {"wsgi.input": BytesIO(body)}, start_response)

    return signed


SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBzZXJ2aWNl"
schema = schemathesis.openapi.from_dict(without_cursors(api_schema.described()))
schema.app = application
service = schemathesis.openapi.from_dict(api_schema.described()).include(path="/api/v1/events/")
service.app = signing(application)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As with Django's own test client: the end of a request leaves the test's transaction alone."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def secret(settings: Settings) -> str:
    """A token that may withdraw, of a partner with something in every list."""
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    anna = legal(1_000_000)
    withdrawals.request(anna, amount_kopecks=200_000, destination="bank", by=anna.user, now=NOW)
    campaigns.create(anna, name="Статья", channel="blog", now=NOW)
    return tokens.make(anna, name="CRM", scope=ApiToken.Scope.WITHDRAW, by=anna.user, now=NOW)[1]


@schema.parametrize()
@hypothesis.settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_as_described(case: Any, secret: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"})


# What is wrong with one event is said in its place, and the answer is 200 (feed.md): no reason for 4xx.
@service.parametrize()
@hypothesis.settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_to_signed_events_is_as_described(case: Any, settings: Settings) -> None:
    settings.SKOROZVON_SECRET = SECRET
    case.call_and_validate(excluded_checks=[negative_data_rejection, missing_required_header])
