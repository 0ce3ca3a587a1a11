"""Staff's part of the portal, /admin/: who gets in, its first page, and the subjects on the desk, in their order."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout as end_session
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from partners.admin import Desk
from partners.models import Correction, Deed, Partner, Terms, User
from partners.rules import normal_email
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
from skorozvon_partners import doors, second_factor, sign_ins, staff_session
from skorozvon_partners.admin.journal import Journal
from skorozvon_partners.admin.people import People
from skorozvon_partners.admin.staff import StaffMembers
from skorozvon_partners.audits_desk import Audits
from skorozvon_partners.models import AuditRun, Person, StaffMember


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
        """Staff whose session was opened at this door, goes on, and has the code that it needs."""
        if not self.has_password(request):
            return False
        user: Any = request.user
        return getattr(user, "otp_device", None) is not None or not staff_session.needs_code(request.session)

    def has_password(self, request: HttpRequest) -> bool:
        """Whether all is in order but, maybe, for the code."""
        is_staff = super().has_permission(request) and staff_session.is_begun(request.session)
        return is_staff and not staff_session.is_over(request.session, now=timezone.now())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_password(request) and not self.has_permission(request):
            return redirect("admin:second_factor")
        response = super().login(request, extra_context)
        if request.method == "POST":
            self._note_sign_in(request, is_in=response.status_code == 302)
        return response

    def _note_sign_in(self, request: HttpRequest, *, is_in: bool) -> None:
        now = timezone.now()
        if is_in:
            user: Any = request.user
            staff_session.begin(request.session, needs_code=second_factor.is_set_up(user), now=now)
            needs_code = staff_session.needs_code(request.session)
            sign_ins.note(sign_ins.PASSWORD_ACCEPTED if needs_code else sign_ins.SIGNED_IN, user, now=now)
        elif not getattr(request, "axes_locked_out", False):
            # Of somebody who isn't staff nothing is kept but what the lock-out counts.
            email = normal_email(request.POST.get("username", ""))
            if meant := User.objects.filter(email=email, is_staff=True).first():
                sign_ins.note(sign_ins.PASSWORD_FAILED, meant, got_in=False, now=now)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        if request.method == "POST" and self.has_permission(request):
            user: Any = request.user
            sign_ins.note(sign_ins.SIGNED_OUT, user, now=timezone.now())
        return LogoutView.as_view(next_page="admin:login")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            user: Any = request.user
            sign_ins.note(sign_ins.PASSWORD_CHANGED, user, now=timezone.now())
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever is in reads refusals on the desk's own pages; whoever is half in is asked for what is missing."""
        guarded = super().admin_view(view, cacheable)

        @never_cache
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self._end_when_over(request)
            if self.has_password(request):
                if not self.has_permission(request):
                    return doors.way_in(request)
                staff_session.see(request.session, now=timezone.now())
            try:
                return guarded(request, *args, **kwargs)
            except PermissionDenied:
                return render(request, "admin/403.html", self.each_context(request), status=403)
            except Http404:
                return render(request, "admin/404.html", self.each_context(request), status=404)

        return answered

    def door(self, page: Any) -> Any:
        """A page for whoever has the password but not the code yet; others sign in first."""

        @never_cache
        @csrf_protect
        def answered(request: HttpRequest) -> HttpResponse:
            self._end_when_over(request)
            if not self.has_password(request):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if page is doors.code and self.has_permission(request):
                return redirect("admin:index")
            return page(request, self.each_context(request))

        return answered

    def _end_when_over(self, request: HttpRequest) -> None:
        if staff_session.is_begun(request.session) and staff_session.is_over(request.session, now=timezone.now()):
            end_session(request)
            messages.info(request, "Сеанс закончился. Войдите ещё раз.")

    # --- Pages --------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = [
            path("", self.admin_view(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("logout/", self.logout, name="logout"),  # also for who gives up half-way
            path("invitation/<uidb64>/<token>/", doors.Invitation.as_view(), name="invitation"),
            path("second_factor/", self.door(doors.code), name="second_factor"),
            path("second_factor/new/", self.door(doors.new), name="second_factor_new"),
            path("second_factor/new/qr.svg", self.door(doors.qr), name="second_factor_qr"),
            path("second_factor/codes/", self.admin_view(self.recovery_codes), name="second_factor_codes"),
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

    def recovery_codes(self, request: HttpRequest) -> HttpResponse:
        return doors.codes(request, self.each_context(request))

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """What waits for whoever asks: of others' work nothing."""
        has_perm = request.user.has_perm
        desks = [desk for desk in self.desks(request) if not desk.queues_for or has_perm(desk.queues_for)]
        queues = [queue for desk in desks for queue in desk.queues(request)]
        context = {
            **self.each_context(request),
            "waiting": [queue for queue in queues if queue.number.number],
            "quiet": [queue for queue in queues if not queue.number.number],
        }
        return TemplateResponse(request, "admin/index.html", context)


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
site.register(AuditRun, Audits)
site.register(Person, People)
site.register(StaffMember, StaffMembers)
site.register(Deed, Journal)
