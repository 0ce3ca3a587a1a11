"""Solar Staff's web pages."""

import html
from pathlib import Path
from urllib.parse import urlsplit

from emulators import fields
from emulators.messages import Response
from emulators.pages import Given, Markup, Pages, join, lines, message
from emulators.solar_staff.cards import STATUSES, Card
from emulators.solar_staff.clock import shown
from emulators.solar_staff.tasks import OPEN, Task
from emulators.solar_staff.workers import Worker

PAGES = Pages(
    Path(__file__).parent / "pages",
    "Solar Staff",
    "Это не настоящий Solar Staff, а его эмулятор для разработки и проверки партнёрского портала.",
)
_SAID = {"topped-up": "Баланс пополнен.", "settled": "Сделано."}
_STATES = {
    "waiting": "ждёт",
    "paid": "выплачено",
    "declined": "отклонено",
    "refunded": "деньги вернулись",
    "partly": "выплачено частично",
}
_SETTLEMENTS = {"paid": "Выплатить", "declined": "Отклонить", "refunded": "Вернуть деньги"}


def home(
    *,
    balance_kopecks: int,
    now: str,
    workers: list[tuple[Worker, list[Card]]],
    payments: list[tuple[Task, Worker]],
    given: Given,
    errors: Given,
    done: str = "",
) -> Response:
    """A developer's overview: who is paid what, and with what money."""
    attributes = 'inputmode="decimal" placeholder="100 000,00" required'
    content = PAGES.fill(
        "home.html",
        message=message(_SAID.get(done, "")),
        now=shown(now),
        balance=fields.as_roubles(balance_kopecks),
        amount=PAGES.field("amount", "Сумма, ₽", given, errors, attributes),
        workers=lines([_worker(*each) for each in workers], "Пока никого нет."),
        payments=lines([_payment(*each) for each in payments], "Пока ничего не выплачено."),
    )
    return PAGES.page("Выплаты", content, status=422 if errors else 200)


def _worker(worker: Worker, cards: list[Card]) -> Markup:
    state = "Зарегистрирован" if worker.registered else "Приглашён"
    shown = [f"{card.number or 'без номера'}: {STATUSES[card.verify_status_id]}" for card in cards]
    link = "" if worker.registered else f'<a href="/invite/{worker.token}">Зарегистрироваться по приглашению</a>'
    return PAGES.fill(
        "worker.html",
        email=worker.email,
        balance=fields.as_roubles(worker.balance_kopecks),
        id=worker.id,
        state=f"{state}. Карты: {', '.join(shown)}" if shown else state,
        actions=Markup(f'<div class="actions">{link}</div>' if link else ""),
    )


def _payment(task: Task, worker: Worker) -> Markup:
    ways = ("paid", "declined") if task.state in OPEN else ("refunded",) if task.state == "paid" else ()
    actions = join(PAGES.fill("settle.html", id=task.id, state=way, label=_SETTLEMENTS[way]) for way in ways)
    no_money = ", не хватает денег компании" if task.waits_for_money else ""
    return PAGES.fill(
        "payment.html",
        email=worker.email,
        amount=fields.as_roubles(task.amount_kopecks),
        created_at=shown(task.created_at),
        id=task.id,
        state=_STATES[task.state] + no_money,
        where="На баланс" if task.card_id is None else f"На карту {task.card_id}",
        merchant_transaction=task.merchant_transaction,
        actions=Markup(f'<div class="actions">{actions}</div>' if actions else ""),
    )


def terminal(card: Card, given: Given, errors: Given) -> Response:
    """Where a person enters a card's number. Its form leads back to who sent them, which the page must allow."""
    attributes = 'inputmode="numeric" autocomplete="off" placeholder="0000 0000 0000 0000" required'
    number = PAGES.field("number", "Номер карты", given, errors, attributes, "Любые 16 цифр")
    content = PAGES.fill("terminal.html", number=number, back=card.redirect_url)
    back = urlsplit(card.redirect_url)
    status = 422 if errors else 200
    return PAGES.page("Привязка карты", content, status=status, returns_to=f"{back.scheme}://{back.netloc}")


def invitation(worker: Worker, given: Given, errors: Given) -> Response:
    form = [
        PAGES.field("first_name", "Имя", given, errors, 'autocomplete="given-name" required'),
        PAGES.field("last_name", "Фамилия", given, errors, 'autocomplete="family-name" required'),
        PAGES.field("phone", "Телефон", given, errors, 'type="tel" autocomplete="tel" required'),
    ]
    content = PAGES.fill("invitation.html", email=worker.email, fields=join(form))
    return PAGES.page("Регистрация", content, status=422 if errors else 200)


def told(title: str, text: str, *, link: str = "", status: int = 200) -> Response:
    """A page that only says something; `link` leads on."""
    on = Markup(f'<p class="note"><a href="{html.escape(link)}">Вернуться</a></p>' if link else "")
    return PAGES.page(title, PAGES.fill("told.html", title=title, text=text, link=on), status=status)
