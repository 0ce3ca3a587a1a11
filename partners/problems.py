"""What an API answers when it can't do what was asked: RFC 9457, the same form everywhere."""

from typing import Any

from django.http import JsonResponse

CONTENT_TYPE = "application/problem+json"


def answer(status: int, title: str, *, detail: str = "", **more: Any) -> JsonResponse:
    """A problem as JSON: `title` says what is wrong, `detail` what to do, both in Russian; `more` are its own members.

    Example: {"type": "about:blank", "title": "Подпись неверна", "status": 401}.
    """
    about = {"type": "about:blank", "title": title, "status": status}
    if detail:
        about["detail"] = detail
    return JsonResponse(
        about | more, status=status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}
    )
