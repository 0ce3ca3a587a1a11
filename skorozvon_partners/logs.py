"""How log lines look, for all processes alike, and what never stands in one: no e-mail, phone, ИНН, account or token.

In production a line is JSON with `request_id` or `task_id`, and who it was by number; in development people read it.
Imports nothing of Django: gunicorn.conf.py reads it before Django begins.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_MONTH = re.compile(r"\d{4}-\d\d")
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_TOKEN = r"[^\s\"'&]+"  # noqa: S105
# (what betrays somebody, what is left of it)
_PRIVATE = [
    (re.compile(r"\n(?:DETAIL|CONTEXT):[^\n]*"), ""),  # PostgreSQL repeats the row there
    (re.compile(rf"\b(?:eyJ[\w-]+\.[\w-]+\.[\w-]*|whsec_{_TOKEN})"), "…"),
    (re.compile(rf"\b(Bearer|Basic|Token) {_TOKEN}", re.IGNORECASE), r"\1 …"),
    (re.compile(r"\?[\w%.\[\]-]+=[^\s\"']*"), "?…"),  # queries of addresses
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]?\d\d[\s-]?\d\d\b"), "…"),
    # Phones, ИНН, ОГРН, accounts; but not moments, versions and parts of a UUID.
    (re.compile(r"(?<![\w.:-])\+?\d{10,20}(?!\w|[.:-]\w)"), "…"),
]
_OURS = ("timestamp", "level", "logger", "request_id", "task_id", "parent_task_id")


def config(*, level: str, is_plain: bool) -> dict[str, Any]:
    """The logging configuration (`dictConfig`) of every process: lines of JSON, or plain ones for people."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if is_plain else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_plain else "iso", utc=not is_plain),
    ]
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": common,
        "processors": [
            _addresses,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_people,
            renderer,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},
            "django.request": {"level": "ERROR"},  # every request has its own line (request_log.py)
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners
            "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            # The development server has a line for each request, too.
            "skorozvon_partners.request_log": {"level": "WARNING" if is_plain else "INFO"},
            "django_structlog": {"level": "CRITICAL"},  # what became of a task is told by Celery itself
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "axes": {"level": "ERROR"},  # wrong passwords are everyday life
            "fontTools": {"level": "WARNING"},  # tells every letter that a PDF is written with
            "httpx2": {"level": "WARNING"},  # tells every address it asks
        },
        "root": {"handlers": ["stderr"], "level": level},
    }


def scrubbed(text: str) -> str:
    """The text without what betrays a person or opens a door."""
    for private, left in _PRIVATE:
        text = private.sub(left, text)
    return text


def address(request: Any) -> str:
    """A request's path for a log: numbers and months stand in it, words don't; some of them are keys.

    '/cabinet/clients/17/', '/p/…'; of an address that leads nowhere nothing is known, so nothing is told.
    """
    match = getattr(request, "resolver_match", None)
    if match is None:
        return request.path if request.path.startswith("/static/") else "(no such address)"
    return "/" + _ARGUMENT.sub(lambda argument: _shown(match.kwargs.get(argument[1])), match.route)


def _plain() -> structlog.dev.ConsoleRenderer:
    """For people at a terminal. Exceptions were written out, and scrubbed, before."""
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, int) or _MONTH.fullmatch(str(value)) else "…"


def _addresses(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Django's own lines about a request name its whole path."""
    request = getattr(event.get("_record"), "request", None)
    if request is not None and hasattr(request, "path"):
        event["event"] = event["event"].replace(request.path, address(request))
    return event


def _without_people(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    return {
        key: scrubbed(value) if isinstance(value, str) and key not in _OURS else value for key, value in event.items()
    }
