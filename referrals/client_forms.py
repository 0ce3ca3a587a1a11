"""What partners type about their clients: filters of the list, requests to attach one, when one was trained."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from partners import plain_text
from partners.months import MOSCOW
from partners.templatetags.words import day
from referrals import rules
from referrals.client_list import ENDING, STATES, Wanted
from referrals.models import Attribution, Campaign, Referral
from referrals.standing import State

_COMPANY_MISSING = "Назовите компанию, которую нужно прикрепить."


class ClientFilter(forms.Form):
    """The filters above the list of clients. What makes no sense is left out of `wanted`."""

    q = forms.CharField(
        label="Название",
        required=False,
        widget=forms.SearchInput(attrs={"placeholder": "Найти по части названия", "maxlength": 200}),
    )
    state = forms.ChoiceField(label="Состояние", required=False)
    via = forms.ChoiceField(label="Как пришёл", required=False, choices=[("", "любым путём"), *Attribution.Via.choices])
    campaign = forms.ChoiceField(label="Кампания", required=False)
    sort = forms.ChoiceField(
        label="Порядок",
        required=False,
        choices=[
            ("", "сначала новые"),
            ("registered", "сначала старые"),
            ("name", "по названию"),
            ("-reward", "по вознаграждению"),
        ],
    )

    def __init__(self, data: Any, *, tariff: str, campaigns: Sequence[Campaign]) -> None:
        super().__init__(data)
        labels = dict(State.choices) | {ENDING: "срок скоро закончится"}
        self._offer("state", [("", "любое"), *((state, labels[state]) for state in STATES[tariff])])
        self.codes = {str(campaign.pk): campaign.code_id for campaign in campaigns}
        if self.codes:
            self._offer("campaign", [("", "любая"), *((campaign.pk, campaign.name) for campaign in campaigns)])
        else:
            del self.fields["campaign"]

    def wanted(self) -> Wanted:
        self.is_valid()
        chosen = {name: self.cleaned_data.get(name, "") for name in ("state", "via", "sort")}
        code = self.codes.get(self.cleaned_data.get("campaign", ""))
        return Wanted(self.cleaned_data.get("q", ""), code_id=code, **chosen)

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class AttachForm(forms.Form):
    """«Прикрепите ООО Красные цветы, промо-код 3456» (R7)."""

    company = forms.CharField(
        label="Компания",
        max_length=200,
        validators=[plain_text.check],
        help_text="Название, под которым клиент зарегистрировался в сервисе. Например: ООО Красные цветы.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _COMPANY_MISSING,
            "max_length": "Слишком длинно: хватит названия до 200 знаков, остальное напишите в комментарии.",
        },
    )
    comment = forms.CharField(
        label="Комментарий",
        required=False,
        max_length=1_000,
        validators=[plain_text.check],
        help_text="Почта или телефон, с которыми он регистрировался, помогут найти его быстрее.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Слишком длинно: оставьте до 1 000 знаков."},
    )

    def clean_company(self) -> str:
        company: str = self.cleaned_data["company"]
        if not rules.search_name(company):
            raise ValidationError(_COMPANY_MISSING)
        return company


class TrainedForm(forms.Form):
    """When a client was trained (R17); an empty date takes the mark back."""

    trained_on = forms.DateField(
        label="Когда обучили",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Нужна дата: день, месяц и год, например 15.09.2026."},
    )

    def __init__(self, data: Any = None, *, referral: Referral, today: dt.date) -> None:
        super().__init__(data, initial={"trained_on": referral.trained_on or today})
        self.first = referral.registered_at.astimezone(MOSCOW).date()
        self.today = today
        self.fields["trained_on"].widget.attrs |= {"min": self.first.isoformat(), "max": today.isoformat()}

    def clean_trained_on(self) -> dt.date | None:
        trained_on: dt.date | None = self.cleaned_data["trained_on"]
        if trained_on and trained_on > self.today:
            raise ValidationError("Этот день ещё не наступил. Отметьте обучение, когда оно пройдёт.")
        if trained_on and trained_on < self.first:
            raise ValidationError(f"Клиент зарегистрировался {day(self.first)}: укажите этот день или более поздний.")
        return trained_on
