"""Signing in by password and by the service's menu, and out."""

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from partners import sign_on as tokens
from partners.forms import SignInForm
from partners.models import Partner
from partners.sign_in import EmailIsTaken
from partners.skorozvon import TokenHasExpired, TokenIsForeign

_STATUSES = {"locked_out": 429, "no_answer": 503}
_REFUSALS: dict[type[Exception], str] = {
    TokenHasExpired: "expired",
    tokens.TokenWasUsed: "used",
    TokenIsForeign: "foreign",
    EmailIsTaken: "taken",
    tokens.PersonIsShutOut: "shut_out",
}


class SignIn(LoginView):
    """Asks for e-mail and password, and brings the partner to where it wanted to go."""

    template_name = "partners/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        codes = {error.code for error in form.non_field_errors().as_data()}
        status = next((status for code, status in _STATUSES.items() if code in codes), 200)
        return self.render_to_response(self.get_context_data(form=form), status=status)


# Django's own takes nothing but POST: a link or an image on another site can't sign anybody out.
sign_out = LogoutView.as_view()


@never_cache
@require_GET  # a HEAD, with which programs look where a link leads, must not use the token up
def sign_on(request: HttpRequest) -> HttpResponse:
    """Signs in whoever comes from the service's menu. The token is in the address: the answer leads away from it."""
    response: HttpResponse
    try:
        with transaction.atomic():
            user = tokens.redeem(request.GET.get("token", ""), now=timezone.now())
            # Whoever else was signed in in this browser is signed out, with all that its session held.
            login(request, user, backend="partners.backends.ServiceBackend")
            request.session.save()  # the token is used up if and only if the session stands
        response = redirect("home" if Partner.objects.filter(user=user).exists() else "registration")
    except tuple(_REFUSALS) as refusal:
        why = {"why": _REFUSALS[type(refusal)]}
        response = render(request, "partners/sign_on_refused.html", why, status=403)
    response["Referrer-Policy"] = "no-referrer"
    return response
