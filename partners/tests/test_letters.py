"""What every letter says, word for word."""

from html import unescape
from typing import Any

import pytest

from partners import letters
from partners.models import Notice

URL = "https://localhost"
FOOT = "--\nПартнёрский портал Скорозвона. Есть вопрос — ответьте на это письмо или позвоните: 8 800 333 97 02\n"
STOP = "https://localhost/notices/stop/token/"

LETTERS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "registration_received",
        {},
        "Запрос на участие получен",
        f"""Запрос получен

Мы рассмотрим его и ответим письмом на этот адрес.

Посмотреть состояние: {URL}/cabinet/

{FOOT}""",
    ),
    (
        "registration_approved",
        {"code": "62b0"},
        "Вы — партнёр Скорозвона",
        f"""Вы — партнёр Скорозвона

Ваша ссылка: https://skorozvon.ru/p/62b0

Ваш промо-код: 62b0

Клиент закрепится за вами, если зарегистрируется по ссылке или введёт промо-код.

Войти в кабинет: {URL}/cabinet/

{FOOT}""",
    ),
    (
        "registration_declined",
        {"reason": "Такой партнёр уже есть."},
        "Запрос на участие отклонён",
        f"""Запрос отклонён

Причина: Такой партнёр уже есть.

Исправьте то, что помешало, и отправьте запрос ещё раз: форма уже заполнена. Если это ошибка, ответьте на это письмо.

Отправить запрос ещё раз: {URL}/registration/

{FOOT}""",
    ),
    (
        "client_attached",
        {"company": "ООО «Красные цветы»"},
        "Клиент прикреплён: ООО «Красные цветы»",
        f"""ООО «Красные цветы»

Теперь это ваш клиент. Его оплаты приносят вам вознаграждение по вашим условиям.

Посмотреть моих клиентов: {URL}/cabinet/clients/

{FOOT}
Больше не присылать письма «клиент прикреплён»: {STOP}
""",
    ),
    (
        "client_declined",
        {"company": "ООО «Красные цветы»", "reason": "компания пришла по другой ссылке"},
        "Клиент не прикреплён: ООО «Красные цветы»",
        f"""ООО «Красные цветы»

Прикрепить клиента не получилось.

Причина: компания пришла по другой ссылке.

Если это ошибка, ответьте на это письмо.

Посмотреть заявки: {URL}/cabinet/clients/attach/

{FOOT}
Больше не присылать письма «клиент не прикреплён»: {STOP}
""",
    ),
    (
        "month_credited",
        {"month": "2026-10", "reward_kopecks": 4_490_000, "clients": 17, "balance_kopecks": 14_827_550},
        "44 900,00 ₽ за октябрь 2026",
        f"""44 900,00 ₽

Столько начислено за октябрь 2026 — от 17 клиентов.

На балансе теперь 148 275,50 ₽.

Как посчитано: {URL}/cabinet/reports/2026-10/

{FOOT}
Больше не присылать письма «начислено вознаграждение»: {STOP}
""",
    ),
    (
        "month_credited",
        {"month": "2026-09", "reward_kopecks": -300_000, "clients": 1, "balance_kopecks": -120_050},
        "−3 000,00 ₽ за сентябрь 2026: возвраты",
        f"""−3 000,00 ₽

За сентябрь 2026 баланс уменьшился: оплаты, за которые вознаграждение уже начислено, вернули клиентам. Это касается \
1 клиента.

На балансе теперь −1 200,50 ₽. Следующие начисления сначала закроют эту сумму.

Как посчитано: {URL}/cabinet/reports/2026-09/

{FOOT}
Больше не присылать письма «начислено вознаграждение»: {STOP}
""",
    ),
    (
        "terms_offer",
        {
            "promise": "Клиент приносит вам 20 % от абонентской платы — 12 месяцев с его регистрации в сервисе",
            "changes": ["Наименьшая сумма вывода: сейчас 2 000 ₽, станет 5 000 ₽."],
        },
        "Новые условия: остаться на прежних или перейти",
        f"""Новые условия

Клиент приносит вам 20 % от абонентской платы — 12 месяцев с его регистрации в сервисе.

Что изменится, если перейти:

Наименьшая сумма вывода: сейчас 2 000 ₽, станет 5 000 ₽.

Для вас действуют прежние условия. В кабинете можно остаться на них или перейти на новые с 1-го числа следующего \
месяца. Пока вы не выбрали, ничего не меняется.

Сравнить и выбрать: {URL}/cabinet/profile/terms/

{FOOT}
Больше не присылать письма «предложены новые условия»: {STOP}
""",
    ),
    (
        "requisites_changed",
        {},
        "Реквизиты для выплат изменены",
        f"""Реквизиты изменены

В кабинете изменили реквизиты, на которые поступают ваши выплаты. Следующую выплату проверит сотрудник.

Если это сделали не вы, сразу смените пароль в Скорозвоне и позвоните нам.

Проверить реквизиты: {URL}/cabinet/profile/requisites/

{FOOT}""",
    ),
    (
        "card_changed",
        {"number": "•• 1234"},
        "Карта для выплат изменена",
        f"""Карта •• 1234

Теперь выплаты приходят на эту карту. Следующую выплату проверит сотрудник.

Если карту привязали не вы, сразу смените пароль в Скорозвоне и позвоните нам.

Проверить карту: {URL}/cabinet/payouts/card/

{FOOT}""",
    ),
    (
        "contract_offered",
        {},
        "Пора подписать договор",
        f"""Пора подписать договор

Ваши клиенты оплатили сервис, и вознаграждение скоро можно будет вывести. Для этого нужен договор, он уже заполнен: \
скачайте его, подпишите и загрузите подписанный экземпляр в кабинете.

Открыть договор: {URL}/cabinet/payouts/contract/

{FOOT}""",
    ),
    (
        "contract_signed",
        {"number": "118", "signed_on": "5 марта 2026"},
        "Договор № 118 подписан",
        f"""Договор подписан

Договор № 118 от 5 марта 2026 действует. Больше он для вывода не понадобится.

Посмотреть выплаты: {URL}/cabinet/payouts/

{FOOT}""",
    ),
    (
        "contract_declined",
        {"reason": "не видно подписи."},
        "Подписанный договор не принят",
        f"""Подписанный договор не принят

Причина: не видно подписи.

Исправьте это и загрузите подписанный экземпляр ещё раз.

Открыть договор: {URL}/cabinet/payouts/contract/

{FOOT}""",
    ),
    (
        "withdrawal_received",
        {
            "withdrawal": 17,
            "amount_kopecks": 3_000_00,
            "where": "на карту •• 1234",
            "due_on": "13 ноября 2026",
            "by_staff": False,
        },
        "Заявка на вывод 3 000,00 ₽",
        f"""3 000,00 ₽

Заявка получена. Деньги придут на карту •• 1234 не позже 13 ноября 2026.

Если это не вы просили вывести деньги, отмените заявку в кабинете, смените пароль в Скорозвоне и позвоните нам.

Посмотреть заявку: {URL}/cabinet/payouts/17/

{FOOT}""",
    ),
    (
        "withdrawal_sent",
        {"withdrawal": 17, "amount_kopecks": 2_500_50, "where": "на расчётный счёт •• 4567"},
        "Отправили 2 500,50 ₽",
        f"""2 500,50 ₽

Деньги отправлены на расчётный счёт •• 4567. Напишем, когда платёж пройдёт.

Посмотреть заявку: {URL}/cabinet/payouts/17/

{FOOT}
Больше не присылать письма «вывод отправлен»: {STOP}
""",
    ),
    (
        "withdrawal_paid",
        {"withdrawal": 17, "amount_kopecks": 2_500_50, "where": "на аккаунт в Скорозвоне"},
        "Выплачено 2 500,50 ₽",
        f"""2 500,50 ₽

Деньги выплачены на аккаунт в Скорозвоне. Если их ещё не видно, подождите день-другой.

Посмотреть заявку: {URL}/cabinet/payouts/17/

{FOOT}
Больше не присылать письма «вывод выплачен»: {STOP}
""",
    ),
    (
        "withdrawal_returned",
        {"withdrawal": 17, "amount_kopecks": 3_000_00, "reason": "Solar Staff не принял платёж"},
        "3 000,00 ₽ снова на балансе",
        f"""3 000,00 ₽

Вывод не состоялся, вся сумма снова на балансе.

Причина: Solar Staff не принял платёж.

Посмотреть заявку: {URL}/cabinet/payouts/17/

{FOOT}""",
    ),
    (
        "api_token_made",
        {"name": "1С «Отдел продаж»", "can_withdraw": True},
        "Выпущен токен API: 1С «Отдел продаж»",
        f"""Новый токен API

В кабинете выпустили токен «1С „Отдел продаж“». С ним можно читать ваши данные и выводить деньги. Следующую выплату\
 проверит сотрудник.

Если это сделали не вы, отзовите его, сразу смените пароль в Скорозвоне и позвоните нам.

Посмотреть токены: {URL}/cabinet/profile/tokens/

{FOOT}""",
    ),
    (
        "api_token_revoked",
        {"name": "CRM", "reason": "Токен лежит в открытом репозитории."},
        "Отозван токен API: CRM",
        f"""Токен API отозван

Сотрудник отозвал токен «CRM»: программа, которая с ним работала, больше не войдёт.

Причина: Токен лежит в открытом репозитории.

Если токен ещё нужен, выпустите другой.

Посмотреть токены: {URL}/cabinet/profile/tokens/

{FOOT}""",
    ),
    (
        "api_token_made",
        {"name": "CRM", "can_withdraw": False},
        "Выпущен токен API: CRM",
        f"""Новый токен API

В кабинете выпустили токен «CRM». С ним можно читать ваши данные, но не менять их.

Если это сделали не вы, отзовите его, сразу смените пароль в Скорозвоне и позвоните нам.

Посмотреть токены: {URL}/cabinet/profile/tokens/

{FOOT}""",
    ),
]
each_letter = pytest.mark.parametrize(("kind", "context", "subject", "text"), LETTERS)


def plain(text: str) -> str:
    """Every kind of space as a plain one."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@each_letter
def test_text_says_what_happened_first_and_then_what_can_be_done(
    kind: str, context: dict[str, Any], subject: str, text: str
) -> None:
    letter = letters.write(kind, context, stop_url=STOP if STOP in text else "")
    assert plain(letter.subject) == subject
    assert plain(letter.text).strip() == text.strip()


@each_letter
def test_html_says_the_same_as_the_text(kind: str, context: dict[str, Any], subject: str, text: str) -> None:
    letter = letters.write(kind, context, stop_url=STOP if STOP in text else "")
    html = plain(unescape(letter.html))
    for line in filter(None, text.splitlines()):
        said, _, link = line.partition(": https://localhost")
        assert said in html or line == "--"
        assert not link or f'href="{URL}{link}"' in html


def test_every_kind_has_a_letter_here() -> None:
    assert {kind for kind, *_ in LETTERS} == set(Notice.Kind.values)


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 клиента"), (2, "2 клиентов"), (21, "21 клиента"), (11, "11 клиентов")]
)
def test_the_number_of_clients_stands_in_the_right_case(number: int, words: str) -> None:
    context = {"month": "2026-10", "reward_kopecks": 100, "clients": number, "balance_kopecks": 100}
    assert f"начислено за октябрь 2026 — от {words}." in plain(letters.write("month_credited", context).text)


def test_a_name_with_markup_stays_a_name() -> None:
    letter = letters.write("client_attached", {"company": "<a href='https://evil.example'>ООО</a> & Ко"})
    assert "<a href='https" not in letter.html
    assert "&lt;a href=&#x27;https://evil.example&#x27;&gt;ООО&lt;/a&gt; &amp; Ко" in letter.html
    assert letter.text.startswith("<a href='https://evil.example'>ООО</a> & Ко\n")
