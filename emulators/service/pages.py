"""The service's web pages."""

from pathlib import Path

from emulators import fields
from emulators.messages import Response
from emulators.pages import Given, Markup, Pages, alert, join, lines, message, option, shown
from emulators.service.accounts import Account
from emulators.service.charges import KINDS, Charge

PAGES = Pages(
    Path(__file__).parent / "pages",
    "Скорозвон",
    "Это не настоящий Скорозвон, а его эмулятор для разработки и проверки партнёрского портала.",
)
_SAID = {
    "registered": "Вы зарегистрированы.",
    "charged": "Списано.",
    "confirmed": "Оплата подтверждена.",
    "refunded": "Возвращено.",
    "promo-code": "Промокод применён.",
}
_AMOUNT = 'inputmode="decimal" placeholder="12 500,00" required'


def _site_bar(account: Account | None) -> Markup:
    link, link_text = ("/app", "В сервис") if account else ("/login", "Войти")
    return PAGES.fill("site_bar.html", link=link, link_text=link_text)


def site(account: Account | None, given: Given, errors: Given) -> Response:
    """The site with its registration form; nothing typed is lost but the password."""
    form = [
        PAGES.field("name", "Компания или имя", given, errors, 'autocomplete="name" required'),
        PAGES.field("email", "E-mail", given, errors, 'type="email" autocomplete="email" required'),
        PAGES.field(
            *("phone", "Телефон", given, errors),
            'type="tel" autocomplete="tel" placeholder="+7 900 000-00-00" required',
        ),
        PAGES.field("inn", "ИНН", given, errors, 'inputmode="numeric"', "Необязательно"),
        PAGES.field(
            *("password", "Пароль", {}, errors),
            'type="password" autocomplete="new-password" required',
            "Хотя бы 8 знаков",
        ),
        PAGES.field("promo_code", "Промокод", given, errors, 'autocomplete="off"', "Если вам дали его"),
    ]
    content = PAGES.fill("site.html", fields=join(form))
    return PAGES.page("Регистрация", content, bar=_site_bar(account), status=422 if errors else 200)


def sign_in(given: Given, error: str = "", *, status: int = 200) -> Response:
    form = [
        PAGES.field("email", "E-mail", given, {}, 'type="email" autocomplete="username" required'),
        PAGES.field("password", "Пароль", {}, {}, 'type="password" autocomplete="current-password" required'),
    ]
    content = PAGES.fill("sign_in.html", error=alert(error), fields=join(form))
    return PAGES.page("Вход", content, bar=_site_bar(None), status=status)


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
    content = PAGES.fill(
        "app.html",
        message=message(_SAID.get(done, "")),
        account=f"Аккаунт {account.id}, {account.email}",
        charges=lines([_charge(each, given, errors) for each in charges], "Пока ничего не списано."),
        kinds=join(option(kind, name, chosen=given.get("kind")) for kind, name in KINDS.items()),
        amount=PAGES.field("amount", "Сумма, ₽", given, errors, _AMOUNT),
        confirmed="" if given and "amount" in given and "confirmed" not in given else "checked",
        promo_code=PAGES.field("promo_code", "Промокод", given, errors, 'autocomplete="off" required'),
        credits=lines([_credit(*each) for each in credits], "Пока ничего не зачислено."),
    )
    partners = "Партнёрам" if account.went_to_portal else "Стать партнером"
    bar = PAGES.fill("app_bar.html", name=account.name, partners=partners)
    return PAGES.page("Списания", content, bar=bar, status=422 if errors else 200)


def _charge(charge: Charge, given: Given, errors: Given) -> Markup:
    state = "оплата подтверждена" if charge.confirmed else "оплата не подтверждена"
    if charge.refunded_kopecks:
        state += f", возвращено {fields.as_roubles(charge.refunded_kopecks)}"
    actions = [] if charge.confirmed else [PAGES.fill("confirm.html", id=charge.id)]
    if charge.left_kopecks:
        error = errors.get(f"refund-{charge.id}", "")
        left = fields.as_decimal(charge.left_kopecks).replace(".", ",")
        value = given.get(f"refund-{charge.id}", left)
        invalid = Markup('aria-invalid="true"' if error else "")
        actions.append(PAGES.fill("refund.html", id=charge.id, value=value, error=error, invalid=invalid))
    return PAGES.fill(
        "charge.html",
        kind=KINDS[charge.kind],
        occurred_at=shown(charge.occurred_at),
        amount=fields.as_roubles(charge.amount_kopecks),
        state=state,
        actions=Markup(f'<div class="actions">{join(actions)}</div>' if actions else ""),
    )


def _credit(amount_kopecks: int, created_at: str, key: str) -> Markup:
    amount = fields.as_roubles(amount_kopecks)
    return PAGES.fill("credit.html", amount=amount, created_at=shown(created_at), key=key)


def lost(account: Account | None) -> Response:
    return PAGES.page("Нет такой страницы", PAGES.fill("lost.html"), bar=_site_bar(account), status=404)
