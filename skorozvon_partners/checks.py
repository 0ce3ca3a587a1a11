"""What must be set before the portal may start, each told in a sentence that says how to set it."""

import base64
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from partners import webhooks

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
NO_EMAIL_URL = Warning(
    "Не задан EMAIL_URL: письма уйдут, только если почтовый сервер есть на этой же машине, иначе будут ждать в базе.",
    hint="Задайте переменную окружения EMAIL_URL (или строку в .env): почтовый сервер, например"
    " EMAIL_URL=smtp+tls://user:password@smtp.example.ru:587. Тогда уйдут и те письма, что уже ждут.",
    id="skorozvon.W001",
)
NOBODY_IS_TOLD = Warning(
    "Не задан STAFF_ALERT_EMAILS: о расхождении в книгах или просроченном выводе никто не узнает, пока не посмотрит.",
    hint="Задайте переменную окружения STAFF_ALERT_EMAILS (или строку в .env): почту сотрудников через запятую.",
    id="skorozvon.W002",
)
NO_DATABASE_URL = Warning(
    "Не задан DATABASE_URL: книги будут в файле var/db.sqlite3 рядом с кодом.",
    hint="Задайте переменную окружения DATABASE_URL (или строку в .env), например"
    " DATABASE_URL=postgres://partners:password@127.0.0.1:5432/partners. Если SQLite и нужен, назовите и его файл:"
    " DATABASE_URL=sqlite:////var/lib/partners/db.sqlite3.",
    id="skorozvon.W003",
)
BAD_METRICS_TOKEN = Error(
    "METRICS_TOKEN слишком короткий: его можно подобрать.",
    hint="Задайте хотя бы 32 случайных знака, например вывод команды"
    " python -c 'import secrets; print(secrets.token_urlsafe(32))'. Без /metrics уберите переменную.",
    id="skorozvon.E008",
)
NO_SERVICE_SECRET = Error(
    "SKOROZVON_SECRET не задан или испорчен: сервис и портал не поверят друг другу, не войти и не принять событий.",
    hint="Задайте переменную окружения SKOROZVON_SECRET (или строку в .env): секрет вида whsec_…, тот же, что знает"
    " сервис; на время смены два через пробел. Без сервиса уберите и её, и SKOROZVON_URL: пароли будет проверять сам"
    " портал, события можно принять из файла.",
    id="skorozvon.E003",
)
BAD_SERVICE_URL = Error(
    "SKOROZVON_URL — не адрес: по нему не спросить, чей это пароль.",
    hint="Укажите адрес сервиса целиком, например SKOROZVON_URL=https://app.skorozvon.ru. Без сервиса уберите"
    " переменную: пароли будет проверять сам портал.",
    id="skorozvon.E004",
)
BAD_SSO_KEY = Error(
    "SKOROZVON_SSO_PUBLIC_KEY — не ключ: вход из меню сервиса работать не будет.",
    hint="Нужен открытый ключ Ed25519 одной строкой: его 32 байта в base64. Его даёт сервис. Без входа из меню уберите"
    " переменную.",
    id="skorozvon.E005",
)
BAD_SOLAR_STAFF_URL = Error(
    "SOLAR_STAFF_URL — не адрес, которому можно доверить выплаты.",
    hint="Укажите адрес API Solar Staff целиком: SOLAR_STAFF_URL=https://api.solar-staff.com. Без https годится только"
    " эмулятор на этой же машине. Без выплат на карты уберите переменную.",
    id="skorozvon.E006",
)
_ADDRESS = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?")
# What Solar Staff can't be asked without: it gives the keys, and the contract with it names the type of work.
_SOLAR_STAFF = ("SOLAR_STAFF_CLIENT_ID", "SOLAR_STAFF_SALT", "SOLAR_STAFF_TODO_TYPE")


def production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A system check: what Django itself notices only when a visitor comes."""
    problems: list[CheckMessage] = []
    try:
        settings.SECRET_KEY  # noqa: B018 - reading an empty one raises
    except ImproperlyConfigured:
        problems.append(NO_SECRET_KEY)
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        problems.append(NO_ALLOWED_HOSTS)
    problems += of_the_database(settings.DATABASES["default"])
    problems += _of_the_service()
    problems += _of_solar_staff()
    if 0 < len(settings.METRICS_TOKEN) < 32:
        problems.append(BAD_METRICS_TOKEN)
    if not settings.EMAIL_URL:
        problems.append(NO_EMAIL_URL)
    return problems


def of_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A system check of `--deploy`: whether anybody is written to when something is wrong, and where the books are."""
    problems: list[CheckMessage] = []
    if not settings.DEBUG and not settings.STAFF_ALERT_EMAILS:
        problems.append(NOBODY_IS_TOLD)
    if not settings.DEBUG and not settings.DATABASE_URL:
        problems.append(NO_DATABASE_URL)
    return problems


def of_the_database(database: dict[str, Any]) -> list[CheckMessage]:
    """SQLite makes the file of a database, but not its folder."""
    file = str(database["NAME"])
    if not database["ENGINE"].endswith("sqlite3") or "memory" in file or Path(file).parent.is_dir():
        return []
    return [
        Error(
            f"Нет папки {Path(file).parent}, где должен лежать файл базы.",
            hint="Создайте её, или задайте переменную окружения DATABASE_URL (или строку в .env), например"
            " DATABASE_URL=postgres://partners:password@127.0.0.1:5432/partners.",
            id="skorozvon.E009",
        )
    ]


def _of_the_service() -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.SKOROZVON_URL and not _ADDRESS.fullmatch(settings.SKOROZVON_URL):
        problems.append(BAD_SERVICE_URL)
    if (settings.SKOROZVON_URL or settings.SKOROZVON_SECRET) and not _are_secrets(settings.SKOROZVON_SECRET):
        problems.append(NO_SERVICE_SECRET)
    if settings.SKOROZVON_SSO_PUBLIC_KEY and len(_bytes_of(settings.SKOROZVON_SSO_PUBLIC_KEY)) != 32:
        problems.append(BAD_SSO_KEY)
    return problems


def _of_solar_staff() -> list[CheckMessage]:
    if not settings.SOLAR_STAFF_URL:
        return []
    problems: list[CheckMessage] = []
    if not _is_safe(settings.SOLAR_STAFF_URL):
        problems.append(BAD_SOLAR_STAFF_URL)
    if missing := [name for name in _SOLAR_STAFF if not getattr(settings, name)]:
        problems.append(
            Error(
                f"Задан SOLAR_STAFF_URL, но не {', '.join(missing)}: Solar Staff не примет ни одной выплаты.",
                hint="Задайте эти переменные окружения (или строки в .env). CLIENT_ID и SALT — из кабинета Solar Staff,"
                " раздел «Интеграция», TODO_TYPE — вид работ по договору. Без выплат на карты уберите SOLAR_STAFF_URL.",
                id="skorozvon.E007",
            )
        )
    return problems


def _is_safe(address: str) -> bool:
    """Whether nobody on the way could answer instead: a forged «paid» would be believed."""
    try:
        url = urlsplit(address)
        on_this_machine = url.hostname in ("127.0.0.1", "localhost")
    except ValueError:
        return False
    return bool(_ADDRESS.fullmatch(address)) and (url.scheme == "https" or on_this_machine or settings.DEBUG)


def _are_secrets(text: str) -> bool:
    try:
        return bool(webhooks.keys(text))
    except ValueError:
        return False


def _bytes_of(text: str) -> bytes:
    """What base64 stands for; nothing where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def refuse_to_start() -> None:
    """Raises ImproperlyConfigured, naming at once all that the portal can't do without."""
    if errors := [problem for problem in production_settings(None) if problem.is_serious()]:
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))
