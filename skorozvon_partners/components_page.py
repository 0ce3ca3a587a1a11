"""All components together, in all their states: a page for who builds pages, served only when DEBUG is on."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners import months
from skorozvon_partners.charts import MonthSum

LONG_NAME = "Общество с ограниченной ответственностью «Первая межрегиональная телемаркетинговая группа»"
NOW = dt.datetime(2026, 11, 22, 14, 5, tzinfo=months.MOSCOW)
THIS_MONTH = dt.date(2026, 11, 1)


class Registration(forms.Form):
    """One field of every kind, in the words of the registration."""

    full_name = forms.CharField(label="ФИО")
    phone = forms.CharField(
        label="Номер телефона",
        help_text="Как удобно: +7 900 000-00-00 или 89000000000",
        widget=forms.TelInput(attrs={"autocomplete": "tel"}),
    )
    tariff = forms.ChoiceField(
        label="Вид выплат",
        help_text="Выбирается один раз: при смене баланс обнуляется.",
        widget=forms.RadioSelect,
        choices=[
            (
                "legal",
                "На счет юрлица\nПроцент от оплат. Начисляем 15 % от абонентской платы приглашенных Клиентов два года"
                " после их регистрации в сервисе. Начисления с первого клиента.",
            ),
            (
                "individual",
                "На карту физлица\nНачисляем 3 000 ₽ за каждого приглашенного Клиента, который потратил на услуги"
                " сервиса 5 000 ₽ и более. Выплаты на карту физлица.",
            ),
        ],
    )
    destination = forms.ChoiceField(
        label="Куда вывести",
        widget=forms.RadioSelect,
        required=False,
        choices=[("account", "На расчетный счет\n40702810…4567"), ("service", "На аккаунт в Скорозвоне")],
    )
    channels = forms.MultipleChoiceField(
        label="Как вы будете привлекать клиентов?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (word, word)
            for word in (
                "Рассылка",
                "Блог",
                "Сайт",
                "Семинары и тренинги",
                "Медийная реклама",
                "Контекстная реклама",
            )
        ],
    )
    channel = forms.ChoiceField(label="Канал", required=False, choices=[("blog", "Блог"), ("site", "Сайт")])
    started_on = forms.DateField(
        label="Дата начала", required=False, widget=forms.DateInput(attrs={"type": "date"}), disabled=True
    )
    comment = forms.CharField(label="Комментарий", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    consent = forms.BooleanField(
        label="Принимаю условия партнерской программы", help_text="Текст от 1 сентября 2026, две страницы."
    )

    def clean_phone(self) -> str:
        raise forms.ValidationError("В номере 9 цифр, а нужно 11. Проверьте, не потерялись ли две.")


class ClientFilters(forms.Form):
    q = forms.CharField(label="Название", required=False, widget=forms.SearchInput)
    state = forms.ChoiceField(
        label="Состояние",
        required=False,
        choices=[("", "Любое"), ("registered", "Зарегистрировался"), ("earning", "Приносит вознаграждение")],
    )
    source = forms.ChoiceField(label="Пришёл", required=False, choices=[("", "Как угодно"), ("link", "По ссылке")])


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component with everything that could break it: nothing, one, many, the longest and the largest."""
    messages.success(request, "Заявка № 118 принята. Деньги придут до 4 декабря.")
    messages.error(request, "Солар Стафф не отвечает. Заявка цела, повторите через минуту.")
    return render(
        request,
        "components_page.html",
        {
            "user": SimpleNamespace(full_name="Анна Юрлицова", email="anna.yurlitsova@krasnye-tsvety.example"),
            "sums": [0, 5, -150_00, 148_275_50, 999_999_999_999_99],
            "now": NOW,
            "empty_form": Registration(initial={"tariff": "legal"}),
            "wrong_form": Registration({"full_name": "Анна Юрлицова", "phone": "900 000 000"}, auto_id="wrong_%s"),
            "filters_form": ClientFilters(request.GET or {"q": ""}),
            "conditions": [
                SimpleNamespace(met=True, text="Оплатили два клиента", hint="", url=""),
                SimpleNamespace(met=True, text="Договор № 118 подписан", hint="", url=""),
                SimpleNamespace(
                    met=False,
                    text="На балансе меньше 2 000 ₽",
                    hint="Не хватает 640,50 ₽, ближе всего 1 декабря",
                    url="",
                ),
                SimpleNamespace(
                    met=False,
                    text="Укажите расчётный счёт",
                    hint="или выводите на аккаунт в Скорозвоне",
                    url="#",
                ),
            ],
            "clients": _clients(),
            "charts": _charts(),
            "funnels": [(1284, 961, 212, 61, 23), (1, 1, 0, 1, 1), (2, 0, 2, 3, 1), (0, 0, 0, 0, 0)],
            "columns": ["Клиент", "Состояние", "Списано в ноябре", "Вознаграждение"],
        },
    )


def _clients() -> list[dict[str, Any]]:
    def row(name: str, source: str, state: str, words: str, charged: int | None, reward: int | None) -> dict[str, Any]:
        return {
            "name": name,
            "source": source,
            "state": state,
            "words": words,
            "charged": charged,
            "reward": reward,
        }

    return [
        row("ООО «Красные цветы»", "по ссылке, кампания «Блог»", "ok", "до 15 сентября 2027", 48_000_00, 7_200_00),
        row("ИП Сергеев А. В.", "по промокоду", "ok", "до 30 сентября 2027", 12_500_00, 1_875_00),
        row("ООО «Северный ветер»", "по ссылке", "plain", "зарегистрировался", None, None),
        row("АО «Телемаркет»", "по ссылке", "end", "срок закончился", 96_000_00, 0),
        row(LONG_NAME, "по ссылке, кампания «Осенняя рассылка по базе»", "wait", "на проверке", -1_000_00, -150_00),
        row("Ж" * 47, "по промокоду", "ok", "до 1 января 2028", 999_999_999_999_99, 149_999_999_999_99),
    ]


def _charts() -> list[tuple[str, str, list[MonthSum]]]:
    growing = [10_200, 14_300, 13_100, 20_400, 24_100, 22_500, 28_400, 27_050, 34_100, 36_900, 44_900, 21_630]
    mixed = [12_000, 0, 3_000, -4_500, 0, 9_000, 15_000, 0, -1_200, 6_000, 18_000, 4_000]
    return [
        ("year", "Вознаграждение за 12 месяцев", _year(growing)),
        ("mixed", "С возвратами и пустыми месяцами", _year(mixed)),
        ("open", "Открытый месяц выше прежних", _year([*mixed[:-1], 25_000])),
        ("large", "Очень много", _year([roubles * 1_000_000 for roubles in growing])),
        ("short", "Первые месяцы", _year(growing)[-3:]),
        ("zero", "Пока ничего", _year([0] * 12)),
    ]


def _year(roubles: list[int]) -> list[MonthSum]:
    month, sums = THIS_MONTH, []
    for sum_of_month in reversed(roubles):
        sums.append((month, sum_of_month * 100, month == THIS_MONTH))
        month = months.preceding(month)
    return sums[::-1]
