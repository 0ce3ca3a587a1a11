"""Puts web pages together: files of `pages/`, filled with values that can't break out of their place."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from emulators import fields
from emulators.messages import Response

SHARED = Path(__file__).parent / "pages"
_FILES = {
    "/site.css": "text/css; charset=utf-8",
    "/brand.css": "text/css; charset=utf-8",
    "/favicon.svg": "image/svg+xml",
}

Given = Mapping[str, str]


class Markup(str):
    """Text that is HTML already; all other text is escaped."""


@dataclass(frozen=True)
class Pages:
    """An emulator's pages: its own folder, and for what is not there the one that all emulators share."""

    folder: Path
    brand: str
    foot: str

    def fill(self, name: str, /, **values: object) -> Markup:
        """One of the files with its $names replaced."""
        escaped = {
            key: value if isinstance(value, Markup) else html.escape(str(value)) for key, value in values.items()
        }
        return Markup(_template(self._path(name)).substitute(escaped))

    def page(
        self, title: str, content: Markup, *, bar: Markup | None = None, status: int = 200, returns_to: str = ""
    ) -> Response:
        """A whole page. Its forms may lead to this site only, and where given to another one, `returns_to`."""
        body = self.fill(
            "layout.html", title=title, brand=self.brand, foot=self.foot, bar=bar or Markup(), content=content
        )
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            f"form-action 'self'{f' {returns_to}' if returns_to else ''}"
        )
        headers = [("Content-Security-Policy", policy)]
        return Response(status, body.encode(), "text/html; charset=utf-8", headers)

    def field(self, name: str, label: str, given: Given, errors: Given, attributes: str, hint: str = "") -> Markup:
        """A line of a form: what was typed, and what is wrong with it."""
        error = errors.get(name, "")
        return self.fill(
            "field.html",
            name=name,
            label=label,
            value=given.get(name, ""),
            note=error or hint,
            tone="note--bad" if error else "",
            attributes=Markup(attributes + (' aria-invalid="true"' if error else "")),
        )

    def file(self, path: str) -> Response | None:
        """The style sheet or picture at this path of the site, where there is one."""
        if path not in _FILES:
            return None
        return Response(200, self._path(path[1:]).read_bytes(), _FILES[path])

    def _path(self, name: str) -> Path:
        own = self.folder / name
        return own if own.exists() else SHARED / name


@cache
def _template(path: Path) -> Template:
    return Template(path.read_text(encoding="utf-8"))


def join(parts: Iterable[Markup]) -> Markup:
    return Markup("\n".join(parts))


def lines(parts: list[Markup], empty: str) -> Markup:
    """A list of lines, or what to say where there are none."""
    return Markup(f"<ul>{join(parts)}</ul>" if parts else f'<p class="note">{html.escape(empty)}</p>')


def option(value: str, name: str, *, chosen: str | None) -> Markup:
    return Markup(f'<option value="{value}"{" selected" if value == chosen else ""}>{name}</option>')


def message(text: str) -> Markup:
    """What has been done, above the page; nothing for an empty text."""
    return Markup(f'<p class="message" role="status">{html.escape(text)}</p>' if text else "")


def alert(text: str) -> Markup:
    """What is wrong with a form as a whole; nothing for an empty text."""
    return Markup(f'<p class="note note--bad" role="alert">{html.escape(text)}</p>' if text else "")


def shown(moment: str) -> str:
    """A moment as people read it, in Moscow time: "10.10.2026 09:30"."""
    return fields.moment(moment).astimezone(fields.MOSCOW).strftime("%d.%m.%Y %H:%M")
