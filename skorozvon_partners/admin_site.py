"""Staff's part of the portal, /admin/: who gets in, its first page, and the subjects on the desk, in their order."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.cache import never_cache

from partners.admin import Desk
from partners.models import Correction, Partner, Terms
from payouts.admin.bank import BankFiles, BankStatements
from payouts.admin.contracts import Contracts
from payouts.admin.corrections import Corrections
from payouts.admin.partners import Partners
from payouts.admin.sending import Comparisons, Switches
from payouts.admin.withdrawals import Withdrawals
from payouts.models import BankFile, BankStatement, Comparison, Contract, SendingSwitch, Withdrawal
from referrals.admin.attach_requests import AttachRequests
from referrals.admin.clients import Clients
from referrals.admin.events import Events
from referrals.admin.months import Months
from referrals.admin.terms import TermsDesk
from referrals.models import AttachRequest, Client, Event, Month


class StaffSignInForm(AdminAuthenticationForm):
    """E-mail and password of the portal's own. A partner's read the same here as a wrong password."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "Неверный e-mail или пароль сотрудника. Проверьте раскладку и попробуйте ещё раз.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["username"]
        email.widget = forms.EmailInput(attrs={"autocomplete": "username", "maxlength": 254})
        email.error_messages["required"] = "Введите e-mail."
        self.fields["password"].error_messages["required"] = "Введите пароль."


class StaffSite(AdminSite):
    """The desk. Behind each address stands `admin_view`: the signed-out sign in and are brought back."""

    login_form = StaffSignInForm
    login_template = "admin/login.html"
    password_change_template = "admin/password_change.html"  # noqa: S105
    password_change_done_template = "admin/password_changed.html"  # noqa: S105

    # --- Who gets in --------------------------------------------------------------------------------------------------

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff whose session was opened at this door: one that lives longer was opened at the partners'."""
        return super().has_permission(request) and request.session.get_expiry_age() <= _session_seconds()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            request.session.set_expiry(_session_seconds())
        return response

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return LogoutView.as_view(next_page="admin:login")(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever is in reads refusals on the desk's own pages."""
        guarded = super().admin_view(view, cacheable)

        @never_cache
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return guarded(request, *args, **kwargs)
            except PermissionDenied:
                return render(request, "admin/403.html", self.each_context(request), status=403)
            except Http404:
                return render(request, "admin/404.html", self.each_context(request), status=404)

        return answered

    # --- Pages --------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = [
            path("", self.admin_view(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("logout/", self.admin_view(self.logout), name="logout"),
            path("password_change/", self.admin_view(self.password_change), name="password_change"),
            path("password_change/done/", self.admin_view(self.password_change_done), name="password_change_done"),
        ]
        urls += [
            path(f"{model._meta.app_label}/{model._meta.model_name}/", include(desk.urls))
            for model, desk in self._registry.items()
        ]
        # Signed out, an address that isn't there reads like one that is.
        return [*urls, re_path(r"(?P<url>.*)$", self.admin_view(self.catch_all_view), name="nowhere")]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        is_in = self.has_permission(request)
        return {"has_permission": is_in, "sections": self.sections(request) if is_in else []}

    def sections(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The subjects that whoever asks may view."""
        found = [
            {"url": desk.address("changelist"), "title": desk.section} for desk in self.desks(request) if desk.section
        ]
        return [each | {"is_current": request.path.startswith(each["url"])} for each in found]

    def desks(self, request: HttpRequest) -> list[Desk]:
        return [
            desk for desk in self._registry.values() if isinstance(desk, Desk) and desk.has_view_permission(request)
        ]

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """What waits for whoever asks."""
        queues = [queue for desk in self.desks(request) for queue in desk.queues(request)]
        context = {
            **self.each_context(request),
            "waiting": [queue for queue in queues if queue.number.number],
            "quiet": [queue for queue in queues if not queue.number.number],
        }
        return TemplateResponse(request, "admin/index.html", context)


def _session_seconds() -> int:
    return settings.STAFF_SESSION_HOURS * 3600


site = StaffSite(name="admin")
site.register(Partner, Partners)
site.register(AttachRequest, AttachRequests)
site.register(Client, Clients)
site.register(Withdrawal, Withdrawals)
site.register(BankFile, BankFiles)
site.register(BankStatement, BankStatements)
site.register(Contract, Contracts)
site.register(Correction, Corrections)
site.register(Month, Months)
site.register(Terms, TermsDesk)
site.register(Event, Events)
site.register(Comparison, Comparisons)
site.register(SendingSwitch, Switches)
