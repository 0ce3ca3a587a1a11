"""The description of the API: valid, complete, true, and readable by people."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command
from django.test import Client as Browser

from skorozvon_partners import api_schema
from skorozvon_partners.api_reference import Reference, rich

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
    assert "приносит вознаграждение" in page  # a value has its meaning
    assert "$ref" not in page


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
