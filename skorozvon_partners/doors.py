"""The pages between the password and the desk: the code of a phone, setting up a phone, recovery codes, invitations."""

import io
from typing import Any
from urllib.parse import urlencode

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as remember_device

from skorozvon_partners import invitations, second_factor, sign_ins, staff_session

_NEW_PHONE = "staff_new_phone"  # in the session: nobody else's secret is ever confirmed
_WRONG = "Код не подошёл. Введите тот, что приложение показывает сейчас: каждый действует один раз."


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Код",
        max_length=30,
        help_text="Шесть цифр из приложения или код восстановления.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": "Введите код."},
    )


class FirstCodeForm(CodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "Шесть цифр, которые приложение показывает сейчас."
        del self.fields["code"].widget.attrs["autofocus"]  # it stands below what has to be read first


def way_in(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the code, and from there to where the person wanted to go."""
    name = "second_factor" if second_factor.is_set_up(_user(request)) else "second_factor_new"
    return redirect(f"{reverse(f'admin:{name}')}?{urlencode({'next': request.get_full_path()})}")


def code(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Asks for the code of the phone, or for a recovery code."""
    user, now = _user(request), timezone.now()
    if not second_factor.is_set_up(user):
        return redirect(f"{reverse('admin:second_factor_new')}?{request.GET.urlencode()}")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = second_factor.check(user, form.cleaned_data["code"])
        except (second_factor.WrongCode, second_factor.TooManyWrongCodes) as refusal:
            return _refused(request, "admin/second_factor.html", context, form, refusal)
        _let_in(request, device)
        left = second_factor.codes_left(user)
        by_recovery_code = device.name != "Приложение"
        sign_ins.note(sign_ins.SIGNED_IN, user, now=now, code="recovery" if by_recovery_code else "phone")
        if by_recovery_code:
            messages.warning(request, f"Вы вошли по коду восстановления. Осталось: {left}.")
        return redirect(_wanted(request))
    return render(request, "admin/second_factor.html", {**context, "form": form})


def new(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Sets up a phone: the picture and the secret, the first code, then the recovery codes, once."""
    user, now = _user(request), timezone.now()
    if second_factor.is_set_up(user):
        return redirect("admin:second_factor_codes")
    device = second_factor.begun(user, request.session.get(_NEW_PHONE))
    if device is None:
        device = second_factor.begin(user)
        request.session[_NEW_PHONE] = device.pk
    form = FirstCodeForm(request.POST or None)
    context = {**context, "secret": second_factor.secret(device)}
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.finish(user, device, form.cleaned_data["code"])
        except second_factor.AlreadySetUp:
            return redirect("admin:second_factor_codes")
        except (second_factor.WrongCode, second_factor.TooManyWrongCodes) as refusal:
            return _refused(request, "admin/second_factor_new.html", context, form, refusal)
        del request.session[_NEW_PHONE]
        device.confirmed = True
        _let_in(request, device)
        sign_ins.note(sign_ins.PHONE_SET_UP, user, now=now)
        return _shown_once(request, context, codes)
    return render(request, "admin/second_factor_new.html", {**context, "form": form})


def qr(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What the phone reads, as a picture. Its address tells nothing; without a phone being set up there is none."""
    device = second_factor.begun(_user(request), request.session.get(_NEW_PHONE))
    if device is None:
        return render(request, "admin/404.html", context, status=404)
    drawn = io.BytesIO()
    # On a ground of its own: cameras don't read light on dark.
    segno.make(device.config_url, micro=False).save(drawn, kind="svg", border=4, scale=4, dark="#000", light="#fff")
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def codes(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """How many recovery codes are left, and new ones for a code of the phone."""
    user, now = _user(request), timezone.now()
    if not second_factor.is_set_up(user):
        return redirect("admin:second_factor_new")
    form = FirstCodeForm(request.POST or None)
    context = {**context, "left": second_factor.codes_left(user)}
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.check(user, form.cleaned_data["code"])
        except (second_factor.WrongCode, second_factor.TooManyWrongCodes) as refusal:
            return _refused(request, "admin/second_factor_codes.html", context, form, refusal)
        sign_ins.note(sign_ins.CODES_ISSUED, user, now=now)
        return _shown_once(request, context, second_factor.issue_codes(user))
    return render(request, "admin/second_factor_codes.html", {**context, "form": form})


class Invitation(PasswordResetConfirmView):
    """Where the link of an invitation leads: a password is set, and the person is in, as far as a password goes."""

    template_name = "admin/invitation.html"
    token_generator = invitations.tokens
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"

    def get_user(self, uidb64: str) -> Any:
        user: Any = super().get_user(uidb64)
        return user if user is not None and user.is_staff and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        now = timezone.now()
        staff_session.begin(self.request.session, needs_code=second_factor.is_set_up(form.user), now=now)
        sign_ins.note(sign_ins.JOINED, form.user, now=now)
        return response

    def get_success_url(self) -> str:
        return reverse("admin:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "title": "Приглашение", "has_permission": False}


def _user(request: HttpRequest) -> Any:
    return request.user


def _let_in(request: HttpRequest, device: Any) -> None:
    """The session is worth more now: under its old name it is of no use to whoever knew that."""
    request.session.cycle_key()
    remember_device(request, device)


def _refused(
    request: HttpRequest, template: str, context: dict[str, Any], form: forms.Form, refusal: Exception
) -> HttpResponse:
    status = 200
    if isinstance(refusal, second_factor.TooManyWrongCodes):
        status = 429
        form.add_error("code", f"Слишком много неверных кодов. Следующий можно ввести через {_wait(refusal.args[0])}.")
    else:
        sign_ins.note(sign_ins.CODE_FAILED, _user(request), got_in=False, now=timezone.now())
        form.add_error("code", _WRONG)
    return render(request, template, {**context, "form": form}, status=status)


def _wait(seconds: int) -> str:
    return f"{seconds} с" if seconds < 60 else f"{-(-seconds // 60)} мин"


def _shown_once(request: HttpRequest, context: dict[str, Any], recovery_codes: list[str]) -> HttpResponse:
    shown = {**context, "codes": recovery_codes, "next": _wanted(request)}
    return render(request, "admin/recovery_codes.html", shown)


def _wanted(request: HttpRequest) -> str:
    """Where the person was going; never to another site."""
    url = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_ours else reverse("admin:index")
