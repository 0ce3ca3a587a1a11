"""What must be set before the portal may start, each told in a sentence that says how to set it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

NO_SECRET_KEY = Error(
    "Не задан SECRET_KEY: без него нельзя подписывать сессии и ссылки.",
    hint="Задайте переменную окружения SECRET_KEY (или строку в .env): длинную случайную строку, например вывод"
    " команды python -c 'import secrets; print(secrets.token_urlsafe(50))'.",
    id="skorozvon.E001",
)
NO_ALLOWED_HOSTS = Error(
    "Не задан ALLOWED_HOSTS: портал не ответит ни на один запрос.",
    hint="Задайте переменную окружения ALLOWED_HOSTS (или строку в .env): домены портала через запятую, например"
    " ALLOWED_HOSTS=partners.example.ru. Для своего компьютера вместо этого хватит DEBUG=1.",
    id="skorozvon.E002",
)


def production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A system check: what Django itself notices only when a visitor comes."""
    errors: list[CheckMessage] = []
    try:
        settings.SECRET_KEY  # noqa: B018 - reading an empty one raises
    except ImproperlyConfigured:
        errors.append(NO_SECRET_KEY)
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        errors.append(NO_ALLOWED_HOSTS)
    return errors


def refuse_to_start() -> None:
    """Raises ImproperlyConfigured, naming all that is missing at once."""
    if errors := production_settings(None):
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))
