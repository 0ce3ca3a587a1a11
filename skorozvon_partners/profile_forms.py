"""What a partner types and chooses on the pages of its profile."""

from typing import Any

from django import forms

from partners import notices, plain_text, profile, requisites
from partners.models import ApiToken, Notice, Requisites
from partners.password_again import PasswordAgainForm
from payouts import bank_file


def _text(label: str, *, limit: int, required: str, help_text: str = "", autocomplete: str = "off") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        help_text=help_text,
        validators=[plain_text.check],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": required},
    )


def _number(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=60,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Заполните это поле: без этого номера деньги не перечислить."},
    )


class RequisitesForm(PasswordAgainForm):
    """Where a legal partner is paid. Numbers may be typed with spaces and hyphens."""

    name = _text(
        "Название",
        limit=160,
        required="Укажите название компании или ФИО предпринимателя.",
        help_text="Как в документах: ООО «Красные цветы» или ИП Сергеев Андрей Викторович.",
        autocomplete="organization",
    )
    inn = _number("ИНН", "10 цифр у компании, 12 у ИП: по длине мы поймём, кто вы.")
    kpp = forms.CharField(
        label="КПП",
        max_length=60,
        required=False,  # the check knows of whom it is wanted
        help_text="9 знаков. Есть только у компании, ИП оставляет пустым.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ogrn = _number("ОГРН или ОГРНИП", "13 цифр ОГРН у компании, 15 цифр ОГРНИП у ИП.")
    address = _text(
        "Юридический адрес",
        limit=300,
        required="Укажите адрес: он нужен в договоре и отчётах.",
        help_text="Из ЕГРЮЛ; у ИП — адрес регистрации.",
        autocomplete="street-address",
    )
    bank_name = _text(
        "Банк", limit=160, required="Укажите банк, в котором открыт счёт.", help_text="Например: АО «Банк»."
    )
    bik = _number("БИК", "9 цифр, начинается с 04.")
    account = _number("Расчётный счёт", "20 цифр в рублях: у компании с 405, 406 или 407, у ИП с 40802.")
    corr_account = _number("Корреспондентский счёт", "20 цифр счёта банка, заканчивается как БИК.")
    vat = forms.ChoiceField(
        label="НДС",
        choices=[("", "Выберите"), *Requisites.Vat.choices],
        help_text="Какой НДС вы платите с вознаграждения: он входит в сумму и печатается в отчёте и платёжке.",
        error_messages={"required": "Выберите режим НДС. На упрощёнке без НДС — «НДС не облагается»."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            requisites.check(**{field: cleaned.get(field, "") for field in profile.NUMBERS})
        except requisites.BadRequisites as bad:
            for field, sentence in bad.errors.items():
                if field not in self.errors:
                    self.add_error(field, sentence)
        for field in ("name", "bank_name"):
            if field not in self.errors:
                self._check_for_bank_file(field, cleaned[field])
        return cleaned

    def _check_for_bank_file(self, field: str, value: str) -> None:
        try:
            bank_file.check_name(field, value)
        except bank_file.CannotBeWritten as refusal:
            self.add_error(field, refusal.reason[0].upper() + refusal.reason[1:])


class NoticesForm(forms.Form):
    wanted = forms.MultipleChoiceField(
        label="Присылать письмо, когда",
        required=False,
        choices=[(kind.value, Notice.Kind(kind).label) for kind in notices.CAN_BE_STOPPED],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Выберите из списка."},
    )


class TokenForm(PasswordAgainForm):
    """A new token of the API. The password is asked for whatever it may do: it goes on opening when nobody is there."""

    name = _text(
        "Название",
        limit=100,
        required="Назовите токен: так вы узнаете его в списке.",
        help_text="Где он будет работать. Например: 1С или CRM.",
    )
    scope = forms.ChoiceField(
        label="Что можно",
        choices=[
            (ApiToken.Scope.READ, "Только чтение\nКлиенты, списания, вознаграждение, баланс"),
            (ApiToken.Scope.WITHDRAW, "Чтение и вывод денег\nТо же, и заявки на вывод. Первую проверит сотрудник"),
        ],
        initial=ApiToken.Scope.READ,
        widget=forms.RadioSelect,
        error_messages={"required": "Выберите, что можно с этим токеном.", "invalid_choice": "Выберите из двух."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].error_messages["required"] = "Введите пароль: без него токен не выпустить."

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
