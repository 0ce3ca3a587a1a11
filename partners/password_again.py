"""Forms that decide where money goes ask for the password again (R26): a session left open must not be enough."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from partners import lock_out
from partners.sign_in import EmailIsTaken
from partners.skorozvon import ServiceDoesNotAnswer, TooManyAttempts

_WORDS = {
    "wrong": "Неверный пароль. Подходит тот же, что и при входе: проверьте раскладку и введите ещё раз.",
    "locked_out": "Слишком много попыток. Подождите {minutes} мин. и введите пароль ещё раз: остальное уже заполнено.",
    "no_answer": "Сервис сейчас не отвечает, поэтому проверить пароль не получилось. Попробуйте ещё раз через минуту.",
}
_STATUSES = {"locked_out": 429, "no_answer": 503}


class PasswordAgainForm(forms.Form):
    """Its last field is the password of whoever is signed in. Subclasses add what it is asked for.

    The password is judged when all else is in order, by whatever judges it at the sign-in; wrong ones count towards the
    same lock-out.
    """

    password = forms.CharField(
        label="Пароль",
        help_text="Тот же, что и при входе: так мы знаем, что это вы.",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={
            "required": "Введите пароль: без него сохранить нельзя.",
            "max_length": "Слишком длинно: это не пароль.",
        },
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.order_fields([name for name in self.fields if name != "password"])

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if not self.errors:
            self._judge_password()
        elif "password" not in self.errors:
            self["password"].help_text = "Введите ещё раз: пароль никогда не возвращается на страницу."

    @property
    def status(self) -> int:
        """Of the HTTP response that shows this form."""
        codes = {error.code for error in self.errors.as_data().get("password", [])}
        return next((status for code, status in _STATUSES.items() if code in codes), 200)

    def _judge_password(self) -> None:
        user: Any = self.request.user
        try:
            found = authenticate(self.request, email=user.email, password=self.cleaned_data["password"])
        except TooManyAttempts as many:
            self._refuse("locked_out", minutes=-(-many.seconds // 60) or 5)
        except (ServiceDoesNotAnswer, EmailIsTaken):
            self._refuse("no_answer")
        else:
            if getattr(self.request, "axes_locked_out", False):
                self._refuse("locked_out", minutes=lock_out.minutes())
            elif found is None or found.pk != user.pk:
                self._refuse("wrong")

    def _refuse(self, code: str, **words: int) -> None:
        self.add_error("password", forms.ValidationError(_WORDS[code].format(**words), code=code))
