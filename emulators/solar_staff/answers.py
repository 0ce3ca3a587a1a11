"""How answers look: the envelope, errors in it, numbers as strings and names in another case where tests ask for it.

Of the codes only 200 and 302 are known; the others are this emulator's own, and nobody should rely on them.
"""

import re
from collections.abc import Callable
from typing import Any

from emulators.messages import Response, json_response

OK = 200
NO_MONEY = 301
OVER_LIMIT = 302
BAD_REQUEST = 400
BAD_SIGNATURE = 401
NOT_FOUND = 404
NOT_READY = 406
REPEATED = 409

Content = dict[str, Any] | list[Any]


class Refused(Exception):
    """What was asked for is not done. `more` goes into the answer beside the text, as a task's id would."""

    def __init__(self, code: int, text: str, **more: Any) -> None:
        super().__init__(code, text)
        self.code = code
        self.content = {"error_text": text, **more}


def envelope(code: int, content: Content, modes: dict[str, str]) -> Response:
    """The whole answer. Its HTTP status says nothing."""
    if modes["names"] != "usual":
        content = _renamed(content, _camel if modes["names"] == "camel" else _snake)
    whole: Any = {"success": code == OK, "code": code, "response": content}
    return json_response(200, _strings(whole) if modes["numbers"] == "strings" else whole)


def roubles(kopecks: int) -> int | float:
    """A sum as a number: 3000, 3000.5."""
    return kopecks // 100 if kopecks % 100 == 0 else kopecks / 100


def _renamed(content: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(content, dict):
        return {rename(name): _renamed(value, rename) for name, value in content.items()}
    return [_renamed(each, rename) for each in content] if isinstance(content, list) else content


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def _strings(content: Any) -> Any:
    match content:
        case dict():
            return {name: _strings(value) for name, value in content.items()}
        case list():
            return [_strings(each) for each in content]
        case bool() | None | str():
            return content
    return str(content)
