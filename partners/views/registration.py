"""«Регистрация партнёра», and the texts that are agreed to there."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from partners import consents, months, phones, visitors
from partners import registration as process
from partners.forms import RegistrationForm
from partners.models import Partner, Tariff, Terms, User

# What somebody typed whose session had ended, until it is sent after all.
_TYPED = "registration"
_LONGEST = 50_000
_salt = "partners.views.registration"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registration(request: HttpRequest) -> HttpResponse:
    """The form for account holders who are no partners yet. Sent while signed out, it is kept over the sign-in."""
    user = request.user
    if not isinstance(user, User):
        if request.method == "POST":
            _keep(request)
        return redirect_to_login(request.path)
    partner = Partner.objects.filter(user=user).first()
    if partner and partner.status != Partner.Status.DECLINED:
        return redirect("home")
    if user.account_id is None:
        return render(request, "not_a_partner.html", status=403)
    today = timezone.now().astimezone(months.MOSCOW).date()
    terms = {tariff: Terms.objects.started(tariff, today)[0] for tariff in Tariff.values}
    if request.method != "POST":
        form = RegistrationForm(terms=terms, initial=_told(user, partner))
        form.initial = {**form.initial, **_kept(request, user, form)}
        return _page(request, form, partner)
    form = RegistrationForm(request.POST, terms=terms)
    if not form.is_valid():
        return _page(request, form, partner)
    partner = _send(request, user, form)
    request.session.pop(_TYPED, None)
    if partner.status == Partner.Status.ACTIVE:
        messages.success(request, "Готово, партнёр! Ниже ваши ссылка и промо-код.")
    return redirect("home")


@require_safe
def consent_text(request: HttpRequest, kind: str, version: str) -> HttpResponse:
    """A text as people agreed to it, also where a newer one holds."""
    text = consents.find(kind, version)
    if text is None:
        raise Http404
    context = {"text": text, "current": consents.current()[text.kind]}
    return render(request, text.template, context)


def _send(request: HttpRequest, user: User, form: RegistrationForm) -> Partner:
    given = form.cleaned_data
    return process.request(
        user,
        **{name: given[name] for name in ("tariff", "full_name", "phone", "website", "channels", "comment")},
        agreed_to=form.agreed_to,
        ip=visitors.address(request),
        now=timezone.now(),
        needs_approval=settings.REGISTRATION_NEEDS_APPROVAL,
    )


def _page(request: HttpRequest, form: RegistrationForm, declined: Partner | None) -> HttpResponse:
    context = {
        "form": form,
        "holder": signing.dumps(request.user.pk, salt=_salt),
        "declined": declined,
        "status_change": declined.status_changes.last() if declined else None,
    }
    return render(request, "partners/registration.html", context)


def _told(user: User, partner: Partner | None) -> dict[str, Any]:
    """What the form starts from: the declined request, or what the service tells of the account."""
    if partner is None:
        return {"full_name": user.full_name, "phone": phones.shown(user.phone)}
    told = {name: getattr(partner, name) for name in ("full_name", "tariff", "website", "channels", "comment")}
    return told | {"phone": phones.shown(partner.phone)}


# --- A session that ended while somebody typed ------------------------------------------------------------------------


def _keep(request: HttpRequest) -> None:
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    if len(text := typed.urlencode()) <= _LONGEST:
        request.session[_TYPED] = text
        messages.info(request, "Сеанс закончился, пока вы заполняли форму. Войдите: всё, что вы ввели, на месте.")


def _kept(request: HttpRequest, user: User, form: RegistrationForm) -> dict[str, Any]:
    """What the same person typed before; what somebody else did is forgotten."""
    if _TYPED not in request.session:
        return {}
    typed = QueryDict(request.session[_TYPED])
    try:
        is_the_same = signing.loads(typed.get("holder", ""), salt=_salt) == user.pk
    except signing.BadSignature:
        is_the_same = False
    if not is_the_same:
        del request.session[_TYPED]
        return {}
    return {name: field.widget.value_from_datadict(typed, {}, name) for name, field in form.fields.items()}
