"""Puts web pages together: the files of `pages/`, filled with values that can't break out of their place."""

import html
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Template

from emulators.service import fields
from emulators.service.accounts import Account
from emulators.service.charges import KINDS, Charge
from emulators.service.messages import Response

FOLDER = Path(__file__).parent / "pages"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
_SAID = {
    "registered": "Вы зарегистрированы.",
    "charged": "Списано.",
    "confirmed": "Оплата подтверждена.",
    "refunded": "Возвращено.",
    "promo-code": "Промокод применён.",
}
_AMOUNT = 'inputmode="decimal" placeholder="12 500,00" required'

Given = Mapping[str, str]


class Markup(str):
    """Text that is HTML already; all other text is escaped."""


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / name).read_text(encoding="utf-8"))


def fill(name: str, /, **values: object) -> Markup:
    """One of the files with its $names replaced."""
    escaped = {key: value if isinstance(value, Markup) else html.escape(str(value)) for key, value in values.items()}
    return Markup(_template(name).substitute(escaped))


def join(parts: Iterable[Markup]) -> Markup:
    return Markup("\n".join(parts))


def _page(status: int, title: str, bar: Markup, content: Markup) -> Response:
    body = fill("layout.html", title=title, bar=bar, content=content).encode()
    return Response(status, body, "text/html; charset=utf-8", [("Content-Security-Policy", _POLICY)])


def _field(name: str, label: str, given: Given, errors: Given, attributes: str, hint: str = "") -> Markup:
    error = errors.get(name, "")
    return fill(
        "field.html",
        name=name,
        label=label,
        value=given.get(name, ""),
        note=error or hint,
        tone="note--bad" if error else "",
        attributes=Markup(attributes + (' aria-invalid="true"' if error else "")),
    )


def _site_bar(account: Account | None) -> Markup:
    link, link_text = ("/app", "В сервис") if account else ("/login", "Войти")
    return fill("site_bar.html", link=link, link_text=link_text)


def site(account: Account | None, given: Given, errors: Given) -> Response:
    """The site with its registration form; nothing typed is lost but the password."""
    form = [
        _field("name", "Компания или имя", given, errors, 'autocomplete="name" required'),
        _field("email", "E-mail", given, errors, 'type="email" autocomplete="email" required'),
        _field(
            *("phone", "Телефон", given, errors),
            'type="tel" autocomplete="tel" placeholder="+7 900 000-00-00" required',
        ),
        _field("inn", "ИНН", given, errors, 'inputmode="numeric"', "Необязательно"),
        _field(
            *("password", "Пароль", {}, errors),
            'type="password" autocomplete="new-password" required',
            "Хотя бы 8 знаков",
        ),
        _field("promo_code", "Промокод", given, errors, 'autocomplete="off"', "Если вам дали его"),
    ]
    content = fill("site.html", fields=join(form))
    return _page(422 if errors else 200, "Регистрация", _site_bar(account), content)


def sign_in(given: Given, error: str = "", *, status: int = 200) -> Response:
    form = [
        _field("email", "E-mail", given, {}, 'type="email" autocomplete="username" required'),
        _field("password", "Пароль", {}, {}, 'type="password" autocomplete="current-password" required'),
    ]
    said = Markup(f'<p class="note note--bad" role="alert">{html.escape(error)}</p>') if error else Markup()
    return _page(status, "Вход", _site_bar(None), fill("sign_in.html", error=said, fields=join(form)))


def app(
    account: Account,
    charges: list[Charge],
    credits: list[tuple[int, str, str]],
    *,
    given: Given,
    errors: Given,
    done: str = "",
) -> Response:
    """The page behind the sign-in: what was charged, and the forms that charge. `credits` are sums, moments, keys."""
    said = Markup(f'<p class="message" role="status">{_SAID[done]}</p>') if done in _SAID else Markup()
    content = fill(
        "app.html",
        message=said,
        account=f"Аккаунт {account.id}, {account.email}",
        charges=_list([_charge(each, given, errors) for each in charges], "Пока ничего не списано."),
        kinds=join(_option(kind, name, chosen=given.get("kind")) for kind, name in KINDS.items()),
        amount=_field("amount", "Сумма, ₽", given, errors, _AMOUNT),
        confirmed="" if given and "amount" in given and "confirmed" not in given else "checked",
        promo_code=_field("promo_code", "Промокод", given, errors, 'autocomplete="off" required'),
        credits=_list([_credit(*each) for each in credits], "Пока ничего не зачислено."),
    )
    partners = "Партнёрам" if account.went_to_portal else "Стать партнером"
    bar = fill("app_bar.html", name=account.name, partners=partners)
    return _page(422 if errors else 200, "Списания", bar, content)


def _list(lines: list[Markup], empty: str) -> Markup:
    return Markup(f"<ul>{join(lines)}</ul>" if lines else f'<p class="note">{empty}</p>')


def _option(kind: str, name: str, *, chosen: str | None) -> Markup:
    return Markup(f'<option value="{kind}"{" selected" if kind == chosen else ""}>{name}</option>')


def _charge(charge: Charge, given: Given, errors: Given) -> Markup:
    state = "оплата подтверждена" if charge.confirmed else "оплата не подтверждена"
    if charge.refunded_kopecks:
        state += f", возвращено {fields.as_roubles(charge.refunded_kopecks)}"
    actions = [] if charge.confirmed else [fill("confirm.html", id=charge.id)]
    if charge.left_kopecks:
        error = errors.get(f"refund-{charge.id}", "")
        left = fields.as_decimal(charge.left_kopecks).replace(".", ",")
        value = given.get(f"refund-{charge.id}", left)
        invalid = Markup('aria-invalid="true"' if error else "")
        actions.append(fill("refund.html", id=charge.id, value=value, error=error, invalid=invalid))
    return fill(
        "charge.html",
        kind=KINDS[charge.kind],
        occurred_at=_shown(charge.occurred_at),
        amount=fields.as_roubles(charge.amount_kopecks),
        state=state,
        actions=Markup(f'<div class="actions">{join(actions)}</div>' if actions else ""),
    )


def _credit(amount_kopecks: int, created_at: str, key: str) -> Markup:
    amount = fields.as_roubles(amount_kopecks)
    return fill("credit.html", amount=amount, created_at=_shown(created_at), key=key)


def _shown(moment: str) -> str:
    return fields.moment(moment).astimezone(fields.MOSCOW).strftime("%d.%m.%Y %H:%M")


def lost(account: Account | None) -> Response:
    return _page(404, "Нет такой страницы", _site_bar(account), fill("lost.html"))


def file(name: str, content_type: str) -> Response:
    return Response(200, (FOLDER / name).read_bytes(), content_type)
