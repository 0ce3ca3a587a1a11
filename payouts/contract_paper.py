"""The contract of a legal partner as PDF, filled with both sides' requisites and the terms; signed, it is uploaded.

Plain data in, bytes out; the same data always give the same bytes. Every number of the programme is the terms'. Number
and date stay blank: staff gives them when it accepts the signed copy.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict

from partners.models import Terms
from partners.money import in_text
from partners.templatetags.terms import called
from partners.templatetags.words import percent, plural
from referrals.monthly_report import LINE, MARGIN, WIDTH, Paper, Side, sides, signatures

MAILBOX = "welcome@skorozvon.ru"
_BLANK = "________"
_HEADING = "Договор о сотрудничестве по партнёрской программе"
_SIZE = 9.0  # points
_NUMBER_WIDTH = 9.0  # millimetres, left of a clause
_CLOSING_HEIGHT = 165.0  # of the longest requisites and the signatures, which are never torn apart
_ENTREPRENEUR = 15  # digits of an ОГРНИП

Part = tuple[str, list[str]]


def pdf(*, partner: Side, skorozvon: Side, vat: str, terms: Terms, made_at: dt.datetime) -> bytes:
    """The contract on A4. What isn't known of Skorozvon is left to be filled in by hand.

    `vat` is the partner's mode in words («НДС не облагается»); `terms` are those that it is under at `made_at`.
    """
    paper = Paper(_HEADING, made_at=made_at)
    paper.add_page()
    skorozvon = Side(**{field: value or _BLANK for field, value in asdict(skorozvon).items()})
    _title(paper)
    _paragraph(paper, paper.printable(_preamble(partner, skorozvon)))
    for number, (heading, clauses) in enumerate(_parts(terms, vat), start=1):
        _part(paper, number, heading, clauses)
    paper.keep_together(_CLOSING_HEIGHT)
    paper.set_y(paper.y + 4)
    sides(paper, partner, skorozvon)
    signatures(paper, partner, skorozvon)
    return bytes(paper.output())


# --- Words ------------------------------------------------------------------------------------------------------------


def _preamble(partner: Side, skorozvon: Side) -> str:
    return (
        f"{skorozvon.name}{_representative(skorozvon)} (далее — Скорозвон), и {partner.name}{_representative(partner)}"
        " (далее — Партнёр), заключили договор о следующем."
    )


def _representative(side: Side) -> str:
    """Who signs: an entrepreneur for itself, a company by somebody whom only paper knows."""
    if len(side.ogrn) == _ENTREPRENEUR:
        return f", ОГРНИП {side.ogrn}"
    return f", в лице {3 * _BLANK}, действующего на основании {2 * _BLANK}"


def _parts(terms: Terms, vat: str) -> Iterator[Part]:
    """The headings and clauses; the rules of the programme that each follows stand beside it."""
    yield (
        "Предмет договора",
        [
            "Партнёр рассказывает о сервисе «Скорозвон» (далее — сервис) и приглашает в него новых пользователей, а"
            " Скорозвон платит Партнёру вознаграждение за тех, кто стал клиентом.",  # R1
            "Пользователь закрепляется за Партнёром, если регистрируется в сервисе по его ссылке или промо-коду. Кто"
            " зарегистрировался без них, может быть закреплён позже: если сам введёт промо-код в сервисе или если"
            " Партнёр попросит об этом в личном кабинете партнёрского портала (далее — кабинет) и Скорозвон"
            " согласится.",  # R6, R7
            "Пользователь становится клиентом, когда сервис спишет внесённую им оплату. За собственные аккаунты"
            " Партнёра вознаграждение не платится.",  # R1, R8, R10
            "Партнёр действует от своего имени: не заключает договоры от имени Скорозвона и не принимает от клиентов"
            " оплату.",
        ],
    )
    yield "Вознаграждение", _reward(terms, vat)
    yield "Порядок расчётов", _settling(terms)
    yield (
        "Обязанности сторон",
        [
            "Скорозвон выдаёт Партнёру ссылку и промо-код, учитывает регистрации и списания, показывает их в кабинете,"
            " начисляет и выплачивает вознаграждение.",
            "Партнёр сообщает о сервисе достоверные сведения, не рассылает сообщения без согласия получателей, не"
            " выдаёт себя за Скорозвон и соблюдает законодательство о рекламе, в том числе о её маркировке.",
            "Скорозвон передаёт Партнёру названия клиентов, но не их контакты. Стороны не раскрывают третьим лицам"
            " сведения о клиентах и друг о друге, которые узнали по этому договору.",  # R26
            "Скорозвон вправе приостановить участие Партнёра, который нарушает договор, и сообщает ему причину. Пока"
            " участие приостановлено, новые пользователи не закрепляются и вывод закрыт; прежние клиенты приносят"
            " вознаграждение.",  # R25
        ],
    )
    yield (
        "Срок действия",
        [
            "Договор действует с даты подписания, срок его не ограничен.",
            "Каждая сторона может прекратить договор, письменно предупредив другую. Вознаграждение, начисленное до"
            " этого, выплачивается в порядке раздела 3.",
        ],
    )
    yield (
        "Заключительные положения",
        [
            "Подписанный экземпляр, загруженный в кабинет как скан или фотография, имеет ту же силу, что и бумажный."
            " Номер и дату договору даёт Скорозвон, когда принимает подписанный экземпляр; они видны в кабинете.",
            f"Письма по договору стороны направляют: Скорозвон — на e-mail, под которым Партнёр входит в кабинет,"
            f" Партнёр — на {MAILBOX}.",
            "Споры стороны решают переговорами, а если не договорились — в порядке, установленном законодательством"
            " Российской Федерации.",
        ],
    )


def _reward(terms: Terms, vat: str) -> list[str]:
    kinds = ["абонентскую плату"] * terms.counts_subscription + ["телефонию"] * terms.counts_telephony
    window = "Время, в течение которого учитываются списания клиента, не ограничено."
    if terms.window_months:
        within = f"{terms.window_months}\u00a0{plural(terms.window_months, 'месяца,месяцев,месяцев')}"
        window = f"Списания учитываются в течение {within} с регистрации клиента в сервисе."
    return [
        # R10, R12. Legal terms always have a percentage.
        f"Вознаграждение — {percent(terms.percent_bp or 0)} от суммы учтённых списаний клиента. Учитываются списания за"
        f" {' и '.join(kinds)} из денег, которые клиент внёс, когда оплата подтверждена. Обзвон роботом, бонусы и"
        " прочие списания не учитываются.",
        window,
        "Вознаграждение считается за календарный месяц по московскому времени, по каждому клиенту, с округлением до"
        " копейки, и в начале следующего месяца начисляется на баланс Партнёра в кабинете.",  # R12, R18
        "Возврат оплаты клиенту уменьшает вознаграждение, в том числе начисленное раньше. Если баланс от этого стал"
        " меньше нуля, разницу сначала закрывают следующие начисления.",  # R14
        f"Вознаграждение включает НДС, если Партнёр его платит. По реквизитам Партнёра сейчас: {vat}. Когда это"
        " меняется, Партнёр указывает новые реквизиты в кабинете.",
        # R5, R15
        f"Выше приведены условия {called(terms)}, которые действуют для Партнёра. К каждому списанию применяются"
        " условия, действовавшие в его день. О новых условиях Скорозвон сообщает до начала их действия; Партнёр, у"
        " которого уже есть клиенты, может остаться на прежних.",
    ]


def _settling(terms: Terms) -> list[str]:
    clients, least = terms.clients_needed, terms.minimum_withdrawal_kopecks
    of_clients = f"начислено вознаграждение за {clients}\u00a0{plural(clients, 'клиента,клиентов,клиентов')} и "
    return [
        f"Вывод вознаграждения доступен, когда {of_clients if clients else ''}подписан договор. Сумма вывода —"
        f" {f'от {in_text(least)} до' if least else 'любая в пределах'} остатка на балансе.",  # R22
        f"Партнёр подаёт заявку в кабинете или письмом на {MAILBOX} и выбирает, куда перевести деньги: на расчётный"
        " счёт, указанный в кабинете, или на свой аккаунт в сервисе. Срок выплаты указан в заявке.",  # R21
        "За каждый закрытый месяц в кабинете есть отчёт: клиенты, учтённые списания, ставка и вознаграждение. О"
        " несогласии с отчётом Партнёр пишет Скорозвону; подтверждённая ошибка исправляется отдельной записью на"
        " балансе.",  # R20
        "Если вид выплат (тариф) меняется по просьбе Партнёра, баланс обнуляется.",  # R3
    ]


# --- Layout -----------------------------------------------------------------------------------------------------------


def _title(paper: Paper) -> None:
    paper.set_y(18)
    paper.put(MARGIN, WIDTH, [_HEADING], size=15, bold=True)
    paper.set_y(28)
    paper.put(MARGIN, WIDTH, [f"№ {2 * _BLANK}"], size=_SIZE)
    paper.put(MARGIN, WIDTH, [f"«____» {2 * _BLANK} 20____ г."], align="R", size=_SIZE)
    paper.set_y(paper.y + LINE + 5)


def _part(paper: Paper, number: int, heading: str, clauses: list[str]) -> None:
    for position, clause in enumerate(clauses, start=1):
        lines = paper.wrapped(clause, WIDTH - _NUMBER_WIDTH, size=_SIZE)
        if position == 1:
            paper.keep_together(10 + len(lines) * LINE)  # a heading never ends a page
            paper.set_y(paper.y + 2.5)
            paper.put(MARGIN, WIDTH, [f"{number}. {heading}"], size=10.5, bold=True)
            paper.set_y(paper.y + LINE + 2)
        paper.keep_together(len(lines) * LINE)
        paper.put(MARGIN, _NUMBER_WIDTH, [f"{number}.{position}."], size=_SIZE)
        paper.put(MARGIN + _NUMBER_WIDTH, WIDTH - _NUMBER_WIDTH, lines, size=_SIZE)
        paper.set_y(paper.y + len(lines) * LINE + 1.2)


def _paragraph(paper: Paper, text: str) -> None:
    lines = paper.wrapped(text, WIDTH, size=_SIZE)
    paper.put(MARGIN, WIDTH, lines, size=_SIZE)
    paper.set_y(paper.y + len(lines) * LINE + 1.5)
