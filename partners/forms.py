"""What people type into the portal, and the words around it."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm


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
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Введите пароль."},
    )
    error_messages = {
        "invalid_login": (
            "Неверный e-mail или пароль. Подходят те же, что и в сервисе: проверьте раскладку и попробуйте ещё раз."
        ),
    }
