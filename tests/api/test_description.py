"""The description of the API: valid, complete, true, and readable by people."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client as Browser
from django.utils.html import escape
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import tokens
from payouts.tests.people import legal
from referrals import feed
from skorozvon_partners import api_schema
from skorozvon_partners.api_reference import Reference, rich
from tests.delivering import SECRET
from tests.factories import NOW, PartnerFactory, deliver, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]
DESCRIBED = api_schema.described()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, of_path in DESCRIBED["paths"].items():
        for method, operation in of_path.items():
            yield path, method, operation


def examples() -> Iterator[tuple[Any, Any]]:
    """Each example with the form that it must have."""
    for _, _, operation in operations():
        contents = [answer.get("content", {}) for answer in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        yield from of_contents(contents)
    yield from of_contents(answer["content"] for answer in DESCRIBED["components"]["responses"].values())


def of_contents(contents: Any) -> Iterator[tuple[Any, Any]]:
    for content in contents:
        for said in content.values():
            for example in said.get("examples", {}).values():
                yield said["schema"], example["value"]


def test_it_is_valid_and_made_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_anybody_reads_it_as_openapi_3_1() -> None:
    response = Browser().get("/api/schema/")
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)["openapi"] == "3.1.1"


def test_every_operation_says_in_russian_what_it_does_and_shows_it() -> None:
    for path, method, operation in operations():
        assert re.search("[а-я]", operation["summary"]), path
        assert re.search("[а-я]", operation["description"]), path
        assert operation["tags"], path
        done = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert all(content["examples"] for answer in done for content in answer["content"].values()), (path, method)


def test_every_operation_with_a_token_says_what_can_go_wrong() -> None:
    for path, method, operation in operations():
        if {"token": []} in operation.get("security", []):
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), path
            assert ("404" in operation["responses"]) == ("{" in path)
            assert ("409" in operation["responses"]) == (method == "post")


def test_examples_are_true_to_the_forms() -> None:
    found = list(examples())
    assert len(found) > 25
    for schema, value in found:
        whole = {**schema, "components": DESCRIBED["components"]}
        jsonschema_rs.validator_for(whole).validate(value)


def test_sums_are_whole_kopecks_by_name() -> None:
    for name, schema in DESCRIBED["components"]["schemas"].items():
        for field, said in schema.get("properties", {}).items():
            if field.endswith("_kopecks"):
                assert "integer" in said["type"], f"{name}.{field}"
            assert "number" not in said.get("type", ""), f"{name}.{field}"


def test_page_tells_every_operation_and_every_field() -> None:
    page = Browser().get("/api/docs/").content.decode()
    for path, _, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
        assert f"<code>{path}</code>" in page
    for field in ("conditions[].nearest_on", "client.name", "Idempotency-Key", "figures.clicks"):
        assert f"<code>{field}</code>" in page
    told = {name.rpartition(".")[2].removesuffix("[]") for name in re.findall("<code>([^<]+)</code>", page)}
    assert set(names(DESCRIBED)) - told == {"results"}  # of a page: what its rows have is told
    assert "приносит вознаграждение" in page  # a value has its meaning
    assert "$ref" not in page


def names(schema: Any) -> Iterator[str]:
    """Of every field anywhere in it."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties if isinstance(properties, dict) else ()
        for each in schema.values():
            yield from names(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from names(each)


def test_every_field_and_answer_of_the_feed_and_of_a_problem_says_what_it_is() -> None:
    reference = Reference(DESCRIBED)
    (events,) = [each for chapter in reference.chapters for each in chapter.operations if each.anchor == "events"]
    assert [status for status, text in events.statuses if not text] == ["200"]
    for field in (*events.asked, *events.body, *events.answered, *reference.errors):
        assert field.text or field.values or field.name == "[].data", field.name
        assert all(meaning for _, meaning in field.values), field.name


def test_fields_that_only_some_types_of_events_have_say_of_which() -> None:
    reference = Reference(DESCRIBED)
    (events,) = [each for chapter in reference.chapters for each in chapter.operations if each.anchor == "events"]
    told = {field.name: field for field in events.body}
    assert [value for value, _ in told["[].type"].values] == list(feed._TYPES)
    assert told["[].data.charge_id"].text.startswith(
        "В <code>charge.created</code>, <code>charge.confirmed</code>, <code>charge.refunded</code>. "
    )
    assert set(feed._TYPES["charge.created"].fields) <= {name.removeprefix("[].data.") for name in told}


def sample(operation_id: str) -> str:
    """The code that asks, as a reader copies it."""
    (operation,) = [each for _, _, each in operations() if each["operationId"] == operation_id]
    source: str = operation["x-codeSamples"][0]["source"]
    assert settings.PORTAL_URL in source
    assert escape(source) in Browser().get("/api/docs/").content.decode()
    return source


@pytest.mark.django_db(transaction=True)
def test_example_of_the_feed_delivers_an_event(
    live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = sample("events").replace(settings.PORTAL_URL, live_server.url)
    settings.SKOROZVON_SECRET = SECRET
    monkeypatch.setenv("SKOROZVON_SECRET", SECRET)
    exec(source, {})
    assert capsys.readouterr().out == "evt-0001 accepted {}\n"


@pytest.mark.django_db(transaction=True)
def test_example_of_a_list_walks_to_its_end(
    live_server: LiveServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = PartnerFactory(code="anna")
    deliver(*(registered(f"c-{n}", ref="anna") for n in range(3)))
    _, secret = tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    source = sample("listClients").replace(settings.PORTAL_URL, live_server.url).replace("skp_…", secret)
    exec(source.replace("state=earning&limit=100", "limit=2"), {})
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_example_of_a_withdrawal_asks_for_one() -> None:
    anna = legal(2_000_000)
    curl, url, *options = shlex.split(sample("requestWithdrawal").replace("\\\n", ""))
    assert (curl, url) == ("curl", f"{settings.PORTAL_URL}/api/v1/withdrawals/")
    said = dict(option.split(": ") for flag, option in zip(options[::2], options[1::2], strict=True) if flag == "-H")
    _, secret = tokens.make(anna, name="CRM", scope="withdraw", by=anna.user, now=NOW)
    said["Authorization"] = said["Authorization"].replace("skp_…", secret)
    answer = Browser().post("/api/v1/withdrawals/", options[-1], content_type=said.pop("Content-Type"), headers=said)
    assert (answer.status_code, answer.json()["amount_kopecks"]) == (201, 1_250_000)


def test_text_with_marks_is_shown_as_meant_and_nothing_of_it_is_markup() -> None:
    assert rich("**Токен** `a<b>` & <i>") == "<b>Токен</b> <code>a&lt;b&gt;</code> &amp; &lt;i&gt;"


def test_address_that_asks_for_no_token_is_told_as_well() -> None:
    """Of another floor's address, which says by itself what it answers."""
    event = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    operation = {
        "operationId": "receiveEvents",
        "tags": ["События"],
        "requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": event}}}},
        "responses": {"200": {"description": "Принято."}},
    }
    described = DESCRIBED | {"paths": {"/api/v1/events/": {"post": operation}}}
    (chapter,) = Reference(described).chapters
    (told,) = chapter.operations
    assert (chapter.title, told.title, told.statuses) == ("События", "/api/v1/events/", [("200", "Принято.")])
    assert [(field.name, field.kind, field.is_required) for field in told.body] == [("[].id", "строка", True)]
