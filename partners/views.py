"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView

from partners.forms import SignInForm


class SignIn(LoginView):
    """Asks for e-mail and password, and brings the partner to where it wanted to go."""

    template_name = "partners/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(site_url=settings.REFERRAL_BASE_URL, **kwargs)


# Django's own takes nothing but POST: a link or an image on another site can't sign anybody out.
sign_out = LogoutView.as_view()
