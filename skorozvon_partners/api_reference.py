"""The description of the API as a page shows it: pure, OpenAPI in, rows for a template out.

Swagger UI needs images out of its styles, which the policy of the pages forbids, and two megabytes; this needs neither.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_MARKED = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_VALUE = re.compile(r"^\* `(.*)` - (.*)$", re.MULTILINE)
_TYPES = {"integer": "целое число", "boolean": "true или false", "string": "строка", "array": "список"}
_FORMATS = {"date-time": "момент", "date": "день", "uri": "адрес", "email": "e-mail"}


@dataclass(frozen=True)
class Field:
    """Something that is sent or answered; `name` with its path: conditions[].word."""

    name: str
    kind: str
    text: SafeString
    values: list[tuple[str, str]]  # where there is a choice, each with its meaning
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for."""

    anchor: str
    method: str
    path: str
    title: str
    text: SafeString
    asked: list[Field]  # in the address and the headers
    body: list[Field]
    sample: str  # of a body
    code: str  # that asks
    answered: list[Field]
    is_page: bool  # the fields are of one row
    answer: str  # an example
    statuses: list[tuple[str, str]]


@dataclass(frozen=True)
class Chapter:
    anchor: str
    title: str
    text: str
    operations: list[Operation]


class Reference:
    """The whole of it."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described
        self.about = [rich(" ".join(part.split())) for part in described["info"]["description"].split("\n\n")]
        self.errors = self._fields(described["components"]["schemas"]["Problem"])
        self.chapters = list(self._chapters())

    def _chapters(self) -> Iterator[Chapter]:
        by_tag: dict[str, list[Operation]] = {}
        for path, operations in self._described["paths"].items():
            for method, operation in operations.items():
                by_tag.setdefault(operation["tags"][0], []).append(self._operation(method, path, operation))
        texts = {tag["name"]: tag["description"] for tag in self._described["tags"]}
        for number, title in enumerate([*texts, *(set(by_tag) - set(texts))], start=1):
            if title in by_tag:
                yield Chapter(f"part-{number}", title, texts.get(title, ""), by_tag[title])

    def _operation(self, method: str, path: str, operation: Mapping[str, Any]) -> Operation:
        done = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        body, answered = self._content(operation.get("requestBody")), self._content(done[-1] if done else None)
        row, is_page = self._row(answered)
        return Operation(
            anchor=operation["operationId"],
            method=method.upper(),
            path=path,
            title=operation.get("summary", path),
            text=rich(" ".join(operation.get("description", "").split())),
            asked=self._asked(operation.get("parameters", [])),
            body=self._fields(body.get("schema", {})),
            sample=_sample(body),
            code="\n\n".join(each["source"] for each in operation.get("x-codeSamples", [])),
            answered=self._fields(row),
            is_page=is_page,
            answer=_sample(answered),
            statuses=[
                (status, self._resolved(each).get("description", "")) for status, each in operation["responses"].items()
            ],
        )

    def _asked(self, parameters: Sequence[Mapping[str, Any]]) -> list[Field]:
        """Filters first, then what every list has."""
        told = [each for each in parameters if each["in"] != "path"]
        told.sort(key=lambda each: each["name"] in ("cursor", "limit"))
        return [self._field(each["name"], {**each, **each["schema"]}, each) for each in told]

    def _content(self, said: Mapping[str, Any] | None) -> Mapping[str, Any]:
        contents: Mapping[str, Mapping[str, Any]] = self._resolved(said or {}).get("content", {})
        return next(iter(contents.values()), {})

    def _row(self, content: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """Of a page, what one of its rows looks like."""
        schema = self._resolved(content.get("schema", {}))
        properties = schema.get("properties", {})
        if set(properties) == {"results", "next"}:
            return properties["results"]["items"], True
        return schema, False

    def _fields(self, schema: Mapping[str, Any], path: str = "") -> list[Field]:
        """All fields of an object, or of the objects of a list, and of those within them."""
        if len(either := [each for each in schema.get("oneOf", []) if each != {"type": "null"}]) > 1:
            return self._of_either(either, path)
        schema = self._resolved(schema)
        if "items" in schema:
            return self._fields(schema["items"], "[].")
        found = []
        for name, said in schema.get("properties", {}).items():
            inner = self._resolved(said)
            found.append(self._field(path + name, inner, {"required": name in schema.get("required", [])}))
            items = self._resolved(inner.get("items", {}))
            found += self._fields(items, f"{path}{name}[].") if items else self._fields(inner, f"{path}{name}.")
        return found

    def _of_either(self, forms: Sequence[Mapping[str, Any]], path: str) -> list[Field]:
        """The fields of several forms, each once; of one that not all of them have, in which it is."""
        found: dict[str, list[tuple[str, Field]]] = {}
        for form in forms:
            for each in self._fields(form, path):
                found.setdefault(each.name, []).append((form["title"], each))
        told = []
        for has in found.values():
            first = has[0][1]
            values = list(dict.fromkeys(value for _, each in has for value in each.values))
            where = format_html_join(", ", "<code>{}</code>", ((title,) for title, _ in has))
            text = first.text if len(has) == len(forms) else format_html("В {}. {}", where, first.text)
            told.append(replace(first, text=text, values=values))
        return told

    def _field(self, name: str, schema: Mapping[str, Any], said: Mapping[str, Any]) -> Field:
        text = schema.get("description", "")
        choices = self._resolved(schema.get("items", {})) if "items" in schema else schema
        meanings = dict(_VALUE.findall(f"{text}\n\n{choices.get('description', '')}"))
        one_of = [choices["const"]] if "const" in choices else choices.get("enum", [])
        values = [(str(each), meanings.get(str(each), "")) for each in one_of if each is not None]
        words = " ".join(_VALUE.sub("", text).split())
        return Field(name, _kind(schema), rich(words), values, bool(said.get("required")))

    def _resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Without references: what stands beside one goes before what it leads to."""
        parts = [{"$ref": schema["$ref"]}] if "$ref" in schema else schema.get("allOf", [])
        is_nullable = {"type": "null"} in (either := schema.get("oneOf", []))
        parts = [*parts, *(each for each in either if each != {"type": "null"})]
        found: dict[str, Any] = {"nullable": True} if is_nullable else {}
        for part in parts:
            if "$ref" in part:
                part = self._resolved(self._at(part["$ref"]))
            found = dict(part) | found
        return found | {name: value for name, value in schema.items() if name not in ("$ref", "allOf", "oneOf")}

    def _at(self, reference: str) -> Any:
        found: Any = self._described
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return found


def rich(text: str) -> SafeString:
    """Text in which `this` is code and **this** is bold."""
    parts, end = [], 0
    for marked in _MARKED.finditer(text):
        code, bold = marked.groups()
        element = format_html("<code>{}</code>", code) if code else format_html("<b>{}</b>", bold)
        parts += [(text[end : marked.start()],), (element,)]
        end = marked.end()
    return format_html_join("", "{}", [*parts, (text[end:],)])


def _kind(schema: Mapping[str, Any]) -> str:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    nullable = schema.get("nullable") or "null" in types
    names = [_FORMATS.get(schema.get("format", "")) or _TYPES.get(name, "") for name in types if name != "null"]
    kind = "объект" if "properties" in schema else next(filter(None, names), "")
    if schema.get("pattern", "").startswith("^2[0-9]{3}-"):
        kind = "месяц"
    return f"{kind} или null" if nullable else kind


def _sample(content: Mapping[str, Any]) -> str:
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], ensure_ascii=False, indent=2)
    return ""
