"""What the letters say. Pure: a kind of notice and its context in, subject, text and HTML out.

Each kind is a function below; its arguments are what `notices.add` must be given for that kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from partners import months
from partners.models import Notice
from partners.money import roubles
from partners.templatetags.words import plural, quoted

Kind = Notice.Kind


@dataclass(frozen=True)
class Words:
    """A letter before it is laid out: the sum or the news first, then sentences, then what can be done about it."""

    subject: str
    news: str
    says: tuple[str, ...]
    action: str = ""
    page: str = ""  # the name of its address
    page_args: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def write(kind: str, context: dict[str, Any], *, stop_url: str = "") -> Letter:
    """The letter in its two forms; `stop_url` is the link that stops its kind. Raises TypeError like `words`."""
    return lay_out(words(kind, context), stop_url=stop_url, kind=Kind(kind).label)


def lay_out(said: Words, *, stop_url: str = "", kind: str = "") -> Letter:
    """The words of a letter in its two forms; `kind` is what `stop_url` stops."""
    url = settings.PORTAL_URL + reverse(said.page, args=said.page_args) if said.page else ""
    laid_out = {"letter": said, "url": url, "stop_url": stop_url, "kind": kind, "phone": settings.MANAGER["phone"]}
    return Letter(said.subject, *(render_to_string(f"letters/letter.{form}", laid_out) for form in ("txt", "html")))


def words(kind: str, context: dict[str, Any]) -> Words:
    """What a letter of this kind says. Raises TypeError when the context isn't what the kind needs."""
    # What people typed stays on its line: a name can add neither a header nor a sentence of its own.
    tidy = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in context.items()}
    return _WORDS[Kind(kind)](**tidy)


def _registration_received() -> Words:
    says = ("Мы рассмотрим его и ответим письмом на этот адрес.",)
    return Words("Запрос на участие получен", "Запрос получен", says, "Посмотреть состояние", "home")


def _registration_approved(*, code: str = "") -> Words:
    # No full stop: a mail program would take it for a part of the link.
    own = (f"Ваша ссылка: {settings.REFERRAL_BASE_URL}/p/{code}", f"Ваш промо-код: {code}") if code else ()
    return Words(
        "Вы — партнёр Скорозвона",
        "Вы — партнёр Скорозвона",
        (*own, "Клиент закрепится за вами, если зарегистрируется по ссылке или введёт промо-код."),
        "Войти в кабинет",
        "home",
    )


def _registration_declined(*, reason: str = "") -> Words:
    return Words(
        "Запрос на участие отклонён",
        "Запрос отклонён",
        (
            *_because(reason),
            "Исправьте то, что помешало, и отправьте запрос ещё раз: форма уже заполнена. Если это ошибка, ответьте на"
            " это письмо.",
        ),
        "Отправить запрос ещё раз",
        "registration",
    )


def _client_attached(*, company: str) -> Words:
    return Words(
        f"Клиент прикреплён: {company}",
        company,
        ("Теперь это ваш клиент. Его оплаты приносят вам вознаграждение по вашим условиям.",),
        "Посмотреть моих клиентов",
        "clients",
    )


def _client_declined(*, company: str, reason: str) -> Words:
    return Words(
        f"Клиент не прикреплён: {company}",
        company,
        ("Прикрепить клиента не получилось.", *_because(reason), "Если это ошибка, ответьте на это письмо."),
        "Посмотреть заявки",
        "attach",
    )


def _month_credited(*, month: str, reward_kopecks: int, clients: int, balance_kopecks: int) -> Words:
    """`clients`: those with a reward other than 0; `balance_kopecks`: with this credit in it."""
    credit, name = roubles(reward_kopecks), months.name(months.parse(month))
    balance = f"На балансе теперь {roubles(balance_kopecks)}."
    if balance_kopecks < 0:
        balance += " Следующие начисления сначала закроют эту сумму."
    of_clients = f"{clients}\u00a0{plural(clients, 'клиента,клиентов,клиентов')}"
    if reward_kopecks < 0:
        subject = f"{credit} за {name}: возвраты"
        why = (
            f"За {name} баланс уменьшился: оплаты, за которые вознаграждение уже начислено, вернули клиентам."
            f" Это касается {of_clients}."
        )
    else:
        subject = f"{credit} за {name}"
        why = f"Столько начислено за {name} — от {of_clients}."
    return Words(subject, credit, (why, balance), "Как посчитано", "report", (month,))


def _terms_offer(*, promise: str, changes: Sequence[str] = ()) -> Words:
    """`promise`: the new terms in a sentence without its full stop; `changes`: `terms_table.changes`."""
    become = ("Что изменится, если перейти:", *changes) if changes else ()
    return Words(
        "Новые условия: остаться на прежних или перейти",
        "Новые условия",
        (
            f"{promise}.",
            *become,
            "Для вас действуют прежние условия. В кабинете можно остаться на них или перейти на новые с 1-го числа"
            " следующего месяца. Пока вы не выбрали, ничего не меняется.",
        ),
        "Сравнить и выбрать",
        "profile_terms",
    )


def _requisites_changed() -> Words:
    return Words(
        "Реквизиты для выплат изменены",
        "Реквизиты изменены",
        (
            "В кабинете изменили реквизиты, на которые поступают ваши выплаты. Следующую выплату проверит сотрудник.",
            "Если это сделали не вы, сразу смените пароль в Скорозвоне и позвоните нам.",
        ),
        "Проверить реквизиты",
        "profile_requisites",
    )


def _card_changed(*, number: str) -> Words:
    """`number`: as people know their cards, •• 1234."""
    return Words(
        "Карта для выплат изменена",
        f"Карта {number}",
        (
            "Теперь выплаты приходят на эту карту. Следующую выплату проверит сотрудник.",
            "Если карту привязали не вы, сразу смените пароль в Скорозвоне и позвоните нам.",
        ),
        "Проверить карту",
        "card",
    )


def _contract_offered() -> Words:
    return Words(
        "Пора подписать договор",
        "Пора подписать договор",
        (
            "Ваши клиенты оплатили сервис, и вознаграждение скоро можно будет вывести. Для этого нужен договор, он уже"
            " заполнен: скачайте его, подпишите и загрузите подписанный экземпляр в кабинете.",
        ),
        "Открыть договор",
        "contract",
    )


def _contract_signed(*, number: str, signed_on: str) -> Words:
    """`signed_on`: as people write dates."""
    return Words(
        f"Договор № {number} подписан",
        "Договор подписан",
        (f"Договор № {number} от {signed_on} действует. Больше он для вывода не понадобится.",),
        "Посмотреть выплаты",
        "payouts",
    )


def _contract_declined(*, reason: str) -> Words:
    return Words(
        "Подписанный договор не принят",
        "Подписанный договор не принят",
        (*_because(reason), "Исправьте это и загрузите подписанный экземпляр ещё раз."),
        "Открыть договор",
        "contract",
    )


def _withdrawal_received(*, withdrawal: int, amount_kopecks: int, where: str, due_on: str, by_staff: bool) -> Words:
    """`where`: «на карту •• 1234»; `due_on`: as people write dates."""
    asked = "Заявку с ваших слов внёс сотрудник." if by_staff else "Заявка получена."
    return Words(
        f"Заявка на вывод {roubles(amount_kopecks)}",
        roubles(amount_kopecks),
        (
            f"{asked} Деньги придут {where} не позже {due_on}.",
            "Если это не вы просили вывести деньги, отмените заявку в кабинете, смените пароль в Скорозвоне и позвоните"
            " нам.",
        ),
        "Посмотреть заявку",
        "withdrawal",
        (str(withdrawal),),
    )


def _withdrawal_sent(*, withdrawal: int, amount_kopecks: int, where: str) -> Words:
    return Words(
        f"Отправили {roubles(amount_kopecks)}",
        roubles(amount_kopecks),
        (f"Деньги отправлены {where}. Напишем, когда платёж пройдёт.",),
        "Посмотреть заявку",
        "withdrawal",
        (str(withdrawal),),
    )


def _withdrawal_paid(*, withdrawal: int, amount_kopecks: int, where: str) -> Words:
    return Words(
        f"Выплачено {roubles(amount_kopecks)}",
        roubles(amount_kopecks),
        (f"Деньги выплачены {where}. Если их ещё не видно, подождите день-другой.",),
        "Посмотреть заявку",
        "withdrawal",
        (str(withdrawal),),
    )


def _withdrawal_returned(*, withdrawal: int, amount_kopecks: int, reason: str) -> Words:
    return Words(
        f"{roubles(amount_kopecks)} снова на балансе",
        roubles(amount_kopecks),
        ("Вывод не состоялся, вся сумма снова на балансе.", *_because(reason)),
        "Посмотреть заявку",
        "withdrawal",
        (str(withdrawal),),
    )


def _api_token_made(*, name: str, can_withdraw: bool) -> Words:
    may = "С ним можно читать ваши данные, но не менять их."
    if can_withdraw:
        may = "С ним можно читать ваши данные и выводить деньги. Следующую выплату проверит сотрудник."
    warning = "Если это сделали не вы, отзовите его, сразу смените пароль в Скорозвоне и позвоните нам."
    says = (f"В кабинете выпустили токен {quoted(name)}. {may}", warning)
    return Words(f"Выпущен токен API: {name}", "Новый токен API", says, "Посмотреть токены", "profile_tokens")


def _api_token_revoked(*, name: str, reason: str) -> Words:
    what = f"Сотрудник отозвал токен {quoted(name)}: программа, которая с ним работала, больше не войдёт."
    says = (what, *_because(reason), "Если токен ещё нужен, выпустите другой.")
    return Words(f"Отозван токен API: {name}", "Токен API отозван", says, "Посмотреть токены", "profile_tokens")


def _because(reason: str) -> list[str]:
    return [f"Причина: {reason.rstrip('.')}."] if reason else []


_WORDS: dict[str, Callable[..., Words]] = {
    Kind.REGISTRATION_RECEIVED: _registration_received,
    Kind.REGISTRATION_APPROVED: _registration_approved,
    Kind.REGISTRATION_DECLINED: _registration_declined,
    Kind.CLIENT_ATTACHED: _client_attached,
    Kind.CLIENT_DECLINED: _client_declined,
    Kind.MONTH_CREDITED: _month_credited,
    Kind.TERMS_OFFER: _terms_offer,
    Kind.REQUISITES_CHANGED: _requisites_changed,
    Kind.CARD_CHANGED: _card_changed,
    Kind.CONTRACT_OFFERED: _contract_offered,
    Kind.CONTRACT_SIGNED: _contract_signed,
    Kind.CONTRACT_DECLINED: _contract_declined,
    Kind.WITHDRAWAL_RECEIVED: _withdrawal_received,
    Kind.WITHDRAWAL_SENT: _withdrawal_sent,
    Kind.WITHDRAWAL_PAID: _withdrawal_paid,
    Kind.WITHDRAWAL_RETURNED: _withdrawal_returned,
    Kind.API_TOKEN_MADE: _api_token_made,
    Kind.API_TOKEN_REVOKED: _api_token_revoked,
}
