"""The pages for everyone: what the programme is, with its calculator, and its rules."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners.models import Partner, Tariff, Terms
from partners.money import NotRoubles, from_typed, in_text
from partners.months import MOSCOW
from partners.templatetags.words import percent, plural
from partners.terms_table import lines
from referrals.rules import GRACE, percent_reward
from skorozvon_partners.calculator import Earnings, earnings

_MOST_CLIENTS = 10_000
_MOST_KOPECKS = 10_000_000_00
_EXAMPLE = {"tariff": Tariff.LEGAL.value, "clients": "5", "payment": "12 500"}
_EXAMPLE_KOPECKS = 12_500_00

# The help page: its chapters, each in templates/help/_<name>.html, and their rules. A rule's anchor: /help/#r12.
CHAPTERS: list[tuple[str, str, dict[str, str]]] = [
    (
        "Начало",
        "start",
        {
            "r1": "Партнёр и клиент",
            "r2": "Кто может участвовать",
            "r3": "Два тарифа",
            "r4": "Условия",
            "r5": "Новые условия",
        },
    ),
    (
        "Чей это клиент",
        "clients",
        {
            "r6": "Ссылка и промо-код",
            "r7": "Клиент пришёл без ссылки",
            "r8": "Пригласить себя нельзя",
            "r9": "Клиента передали",
        },
    ),
    (
        "Что приносит вознаграждение",
        "reward",
        {
            "r10": "Какие списания учитываются",
            "r11": "К какому месяцу относится списание",
            "r12": "Вознаграждение юрлиц",
            "r13": "Вознаграждение физлиц",
            "r14": "Возвраты",
            "r15": "Какие условия применяются",
            "r16": "Почему списание ничего не принесло",
            "r17": "Обученный клиент",
        },
    ),
    ("Когда начисляют", "credit", {"r18": "В начале месяца за предыдущий", "r19": "Прогноз"}),
    ("Примеры", "examples", {"example_legal": "Пример для юрлиц", "example_individual": "Пример для физлиц"}),
    (
        "Как вывести деньги",
        "withdrawal",
        {
            "r20": "Баланс",
            "r21": "Заявка на вывод",
            "r22": "Юрлица",
            "r23": "Физлица",
            "r24": "Почему сейчас нельзя",
            "r25": "Пока запрос не одобрен и при блокировке",
            "r26": "Чьи данные кому видны",
        },
    ),
]


class CalculatorForm(forms.Form):
    """Numbers as people type them. Bound with the example where nothing was asked yet."""

    tariff = forms.ChoiceField(
        label="Вид выплат",
        choices=Tariff.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Выберите вид выплат.", "invalid_choice": "Выберите один из двух видов выплат."},
    )
    clients = forms.CharField(
        label="Сколько клиентов",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Введите число клиентов, например 5."},
    )
    payment = forms.CharField(
        label="Платит каждый в месяц, ₽",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "Введите сумму, например 12 500."},
    )
    use_required_attribute = False

    def __init__(self, asked: Mapping[str, str], terms: Mapping[str, Terms]) -> None:
        super().__init__({name: asked.get(name, example) for name, example in _EXAMPLE.items()})
        self.terms = terms
        tariff = self.fields["tariff"]
        assert isinstance(tariff, forms.ChoiceField)
        tariff.choices = [(value, f"{label}\n{_in_short(terms[value])}") for value, label in Tariff.choices]

    def clean_clients(self) -> int:
        typed = "".join(self.cleaned_data["clients"].split())
        if not re.fullmatch(r"[0-9]{1,9}", typed, re.ASCII) or not 1 <= int(typed) <= _MOST_CLIENTS:
            raise forms.ValidationError("Нужно целое число от 1 до 10 000.")
        return int(typed)

    def clean_payment(self) -> int:
        try:
            kopecks = from_typed(self.cleaned_data["payment"])
        except NotRoubles:
            raise forms.ValidationError("Нужна сумма в рублях, например 12 500 или 4 990,50.") from None
        if not 1_00 <= kopecks <= _MOST_KOPECKS:
            raise forms.ValidationError("Нужна сумма от 1 ₽ до 10 000 000 ₽.")
        return kopecks

    @property
    def earned(self) -> Earnings | None:
        """None where there is nothing to reckon with."""
        if not self.is_valid():
            return None
        asked = self.cleaned_data
        return earnings(self.terms[asked["tariff"]], clients=asked["clients"], payment_kopecks=asked["payment"])


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The programme: what it is, both tariffs, what one would earn, how to begin."""
    terms = _in_force()
    form = CalculatorForm(request.GET, terms)
    context = _told(terms) | {
        "form": form,
        "earned": form.earned,
        "chosen": terms[form.cleaned_data["tariff"]] if form.is_valid() else None,
        "is_partner": Partner.objects.filter(user=request.user.pk).exists() if request.user.is_authenticated else False,
    }
    return render(request, "programme.html", context)


@require_safe
def help(request: HttpRequest) -> HttpResponse:
    """The rules for partners, each with an anchor by its number."""
    titles = {anchor: title for *_, rules in CHAPTERS for anchor, title in rules.items()}
    chapters = [
        {"title": title, "anchor": name, "part": f"help/_{name}.html", "rules": rules.items()}
        for title, name, rules in CHAPTERS
    ]
    return render(request, "help.html", _told(_in_force()) | {"chapters": chapters, "titles": titles})


def _in_force() -> dict[str, Terms]:
    """By tariff, the terms of those who join today."""
    today = timezone.now().astimezone(MOSCOW).date()
    return {tariff: Terms.objects.started(tariff, today)[0] for tariff in Tariff.values}


def _told(terms: Mapping[str, Terms]) -> dict[str, Any]:
    """The programme's numbers as sentences need them."""
    legal, individual = terms[Tariff.LEGAL], terms[Tariff.INDIVIDUAL]
    return {
        "legal": legal,
        "individual": individual,
        "compared": lines([legal, individual]),
        "once": in_text(individual.one_time_kopecks or 0),
        "threshold": in_text(individual.threshold_kopecks),
        "minimum": in_text(legal.minimum_withdrawal_kopecks),
        "grace_days": GRACE.days,
        "cookie_days": settings.REFERRAL_COOKIE_DAYS,
        "close_hour": f"{settings.CLOSE_DUE_HOUR:02}:00",
        "example_base": in_text(_EXAMPLE_KOPECKS),
        "example_reward": in_text(percent_reward(_EXAMPLE_KOPECKS, legal.percent_bp or 0)),
    }


def _in_short(terms: Terms) -> str:
    """What the card of a tariff says."""
    if terms.percent_bp is None:
        return f"{in_text(terms.one_time_kopecks or 0)} за клиента, один раз"
    if terms.window_months is None:
        return f"{percent(terms.percent_bp)} от оплат"
    window = f"{terms.window_months}\u00a0{plural(terms.window_months, 'месяц,месяца,месяцев')}"
    return f"{percent(terms.percent_bp)} от оплат, {window}"
