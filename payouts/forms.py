"""What a partner types and agrees to so that money leaves: how much and where to, its password, a consent."""

import uuid
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from partners import consents
from partners.money import NotRoubles, from_typed, in_text
from partners.password_again import PasswordAgainForm
from partners.templatetags.words import day


class WithdrawalForm(forms.Form):
    """A request for money of the balance: all that is available, unless another sum is typed."""

    amount = forms.CharField(
        label="Сумма, ₽",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "Укажите сумму.", "max_length": "Слишком длинно: это не сумма."},
    )
    destination = forms.ChoiceField(
        label="Куда",
        widget=forms.RadioSelect,
        error_messages={"required": "Выберите, куда вывести.", "invalid_choice": "Выберите из предложенного."},
    )
    # By which a second click is known: the same form asks once.
    key = forms.UUIDField(
        initial=uuid.uuid4,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "Форма устарела. Откройте «Выплаты» и начните сначала."),
    )

    def __init__(
        self, *args: Any, destinations: list[tuple[str, str]], least_kopecks: int, most_kopecks: int, **kwargs: Any
    ) -> None:
        """`destinations` with what stands on their cards; the sums say what may be asked for now."""
        super().__init__(*args, **kwargs)
        destination: Any = self.fields["destination"]
        destination.choices = destinations
        destination.initial = next((value for value, _ in destinations), None)
        self.fields["amount"].initial = in_text(most_kopecks).removesuffix("\u202f₽")
        if least_kopecks < most_kopecks:
            self.fields["amount"].help_text = f"От {in_text(least_kopecks)} до {in_text(most_kopecks)}."

    def clean_amount(self) -> int:
        """Kopecks. Whether there is so much, and whether it is enough, is decided under the lock."""
        try:
            return from_typed(self.cleaned_data["amount"])
        except NotRoubles:
            raise forms.ValidationError("Нужна сумма в рублях, например 12 500 или 4 990,50.") from None


class CardForm(PasswordAgainForm):
    """What decides which card is paid asks for the password again (R26), and for the consent where it is missing.

    The box carries its text's version in its name: when the text changes while the form is open, the box is empty
    again.
    """

    def __init__(self, *args: Any, consent: consents.Text | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].error_messages["required"] = "Введите пароль: без него карту не изменить."
        self.text, self.box = consent, ""
        if consent:
            self.box = f"{consent.kind}_{consent.version}"
            self.fields[self.box] = _box(consent)
            self.order_fields([self.box, "password"])

    @property
    def agreed_to(self) -> consents.Text | None:
        return self.text if self.box and self.cleaned_data.get(self.box) else None


def _box(text: consents.Text) -> forms.BooleanField:
    return forms.BooleanField(
        label="Даю согласие на передачу данных в Solar Staff",
        help_text=format_html(
            '<a href="{}" target="_blank" rel="noopener">Текст от {}</a>, откроется в новой вкладке.',
            reverse("consent_text", args=[text.kind, text.version]),
            day(text.offered_from),
        ),
        error_messages={"required": "Без этого согласия на карту не вывести. Прочитайте текст и отметьте."},
    )
