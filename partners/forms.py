"""What people type into the portal to get in, and the words around it."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.urls import reverse
from django.utils.html import format_html

from partners import consents, lock_out, phones, plain_text, websites
from partners.models import Consent, Partner, Tariff, Terms
from partners.money import roubles
from partners.sign_in import EmailIsTaken
from partners.skorozvon import ServiceDoesNotAnswer, TooManyAttempts
from partners.templatetags.terms import promise
from partners.templatetags.words import day, plural


class SignInForm(AuthenticationForm):
    """The e-mail and password of an account in the service.

    A wrong password, an unknown e-mail and a closed account read the same: who is registered here is nobody's business.
    """

    # The names are Django's, the words the portal's.
    username = forms.EmailField(
        label="E-mail",
        help_text="E-mail, указанный при регистрации",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={
            "required": "Введите e-mail.",
            "invalid": "Это не похоже на e-mail. Нужен адрес вида name@example.ru.",
        },
    )
    password = forms.CharField(
        label="Пароль",
        help_text="Пароль, указанный при регистрации",
        strip=False,
        # The service judges the password; nobody's is longer.
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Введите пароль.", "max_length": "Слишком длинно: это не пароль."},
    )
    error_messages = {
        "invalid_login": (
            "Неверный e-mail или пароль. Подходят те же, что и в сервисе: проверьте раскладку и попробуйте ещё раз."
        ),
        "locked_out": (
            "Слишком много попыток. Подождите %(wait)s или войдите без пароля: в сервисе откройте меню профиля и"
            " выберите «Партнёрам»."
        ),
        "no_answer": (
            "Сервис сейчас не отвечает, поэтому проверить пароль не получилось. Попробуйте ещё раз через минуту."
        ),
        "taken": "С этим e-mail на портале работает сотрудник. Напишите на welcome@skorozvon.ru: мы это поправим.",
    }

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (email and password):
            return self.cleaned_data
        try:
            self.user_cache = authenticate(self.request, email=email, password=password)
        except TooManyAttempts as many:
            raise self._refusal("locked_out", wait=_minutes(-(-many.seconds // 60) or 5)) from None
        except ServiceDoesNotAnswer:
            raise self._refusal("no_answer") from None
        except EmailIsTaken:
            raise self._refusal("taken") from None
        if self.user_cache is None:
            if getattr(self.request, "axes_locked_out", False):
                raise self._refusal("locked_out", wait=_minutes(lock_out.minutes()))
            raise self.get_invalid_login_error()
        return self.cleaned_data

    def _refusal(self, code: str, **words: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code, params=words)


class ContactsForm(forms.Form):
    """Who the partner is and how to reach it: asked for at the registration, and changed in the profile."""

    full_name = forms.CharField(
        label="ФИО",
        max_length=200,
        validators=[plain_text.check],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Укажите фамилию, имя и отчество, если оно есть."},
    )
    phone = forms.CharField(
        label="Номер телефона",
        help_text="Как удобно: +7 900 000-00-00 или 89000000000.",
        max_length=60,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": "Укажите номер телефона."},
    )
    website = forms.CharField(
        label="Профиль в социальных сетях / сайт",
        required=False,
        max_length=300,
        validators=[plain_text.check, websites.check],
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_phone(self) -> str:
        try:
            return phones.from_text(self.cleaned_data["phone"])
        except phones.NotAPhone as error:
            raise forms.ValidationError(str(error)) from None


class RegistrationForm(ContactsForm):
    """«Регистрация партнёра». Each box of a consent carries its text's version in its name: when a text changes while
    the form is open, the box is empty again, and nobody agrees to what it hasn't been shown.
    """

    tariff = forms.ChoiceField(
        label="Вид выплат",
        help_text="Выбор делается один раз: при смене тарифа баланс обнуляется.",
        choices=Tariff.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Выберите, куда выводить вознаграждение.", "invalid_choice": "Выберите из двух."},
    )
    channels = forms.MultipleChoiceField(
        label="Как вы будете привлекать клиентов?",
        required=False,
        choices=Partner.Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Выберите из списка."},
    )
    comment = forms.CharField(
        label="Комментарий",
        required=False,
        max_length=2000,
        validators=[plain_text.check],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    field_order = ["full_name", "phone", "tariff", "website", "channels", "comment"]

    def __init__(self, *args: Any, terms: dict[str, Terms], **kwargs: Any) -> None:
        """`terms` are those in force for newcomers, by tariff: the cards tell them."""
        super().__init__(*args, **kwargs)
        tariff: Any = self.fields["tariff"]
        tariff.choices = [(value, f"{label}\n{card(terms[value])}") for value, label in Tariff.choices]
        self.texts = {_box(text): text for text in consents.current().values()}
        for box, text in self.texts.items():
            self.fields[box] = _consent(text)

    @property
    def boxes(self) -> list[forms.BoundField]:
        return [self[box] for box in self.texts]

    @property
    def agreed_to(self) -> list[consents.Text]:
        return [text for box, text in self.texts.items() if self.cleaned_data.get(box)]

    def clean(self) -> dict[str, Any]:
        if tariff := self.cleaned_data.get("tariff"):
            for box in map(_box, consents.needed(tariff)):
                if not self.cleaned_data.get(box) and box not in self.errors:
                    self.add_error(box, "Без этого согласия на карту не вывести. Отметьте или выберите счёт юрлица.")
        return self.cleaned_data


def card(terms: Terms) -> str:
    """Terms on a card of the tariff: what a client brings, and how it is paid out. All numbers come from the row."""
    is_legal = terms.tariff == Tariff.LEGAL
    least = terms.minimum_withdrawal_kopecks
    how_much = f"от {roubles(least).replace(',00', '')}" if least else "любой суммы"
    where = "на расчётный счёт или на аккаунт в Скорозвоне" if is_legal else "на банковскую карту через Solar Staff"
    many = terms.clients_needed
    needed = ["подписан договор"] if terms.contract_needed else []
    if many > 1:
        needed.insert(0, f"вознаграждение принесли {many}\u00a0{plural(many, 'клиент,клиента,клиентов')}")
    when = f"когда {' и '.join(needed)}" if needed else "с первого клиента"
    return f"{promise(terms)}. Вывод {how_much} {where}, {when}."


_WORDS: dict[str, str] = {
    Consent.Kind.OFFER: "Принимаю условия партнёрской программы",
    Consent.Kind.PERSONAL_DATA: "Даю согласие на обработку персональных данных",
    Consent.Kind.SOLAR_STAFF: "Даю согласие на передачу данных в Solar Staff",
}


def _consent(text: consents.Text) -> forms.BooleanField:
    address = reverse("consent_text", args=[text.kind, text.version])
    link = format_html(
        '<a href="{}" target="_blank" rel="noopener">Текст от {}</a>, откроется в новой вкладке.',
        address,
        day(text.offered_from),
    )
    for_cards = text.kind == Consent.Kind.SOLAR_STAFF
    return forms.BooleanField(
        label=_WORDS[text.kind],
        help_text=format_html("Для выплат на карту физлица. {}", link) if for_cards else link,
        required=not for_cards,
        error_messages={"required": "Без этого согласия партнёром стать нельзя. Прочитайте текст и отметьте."},
    )


def _box(text: consents.Text) -> str:
    return f"{text.kind}_{text.version}"


def _minutes(count: int) -> str:
    return f"{count}\u00a0{plural(count, 'минуту,минуты,минут')}"
