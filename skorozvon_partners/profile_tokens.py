"""Tokens of the API in the partner's profile: which there are, a new one, and how one stops working (R26)."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from partners import tokens
from partners.access import cabinet
from partners.models import ApiToken, Partner
from skorozvon_partners.profile_forms import TokenForm

# Of those that were revoked the page shows the latest.
_REVOKED_SHOWN = 20
_NAME_TAKEN = "Токен с таким названием у вас уже есть. Добавьте, чем этот отличается, или отзовите тот."
_TOO_MANY = f"У вас уже {tokens.MOST_LIVE} токенов, больше не бывает. Отзовите тот, который не нужен."


@cabinet
@require_safe
def overview(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The live tokens, and who made and revoked the others (M11)."""
    found = partner.api_tokens.select_related("created_by", "revoked_by")
    live = list(found.live())
    context = {
        "partner": partner,
        "live": live,
        "revoked": list(found.filter(revoked_at__isnull=False).order_by("-revoked_at", "-pk")[:_REVOKED_SHOWN]),
        "is_full": len(live) >= tokens.MOST_LIVE,
        "limit": tokens.MOST_LIVE,
        "may_change": partner.status == Partner.Status.ACTIVE,
    }
    return render(request, "profile/tokens.html", context)


@cabinet
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, partner: Partner) -> HttpResponse:
    """A form, and in answer to it the token, once: no redirect, for nothing may keep it until the next page."""
    form = TokenForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        name, scope = form.cleaned_data["name"], form.cleaned_data["scope"]
        try:
            token, secret = tokens.make(partner, name=name, scope=scope, by=partner.user, now=timezone.now())
        except tokens.NameTaken:
            form.add_error("name", _NAME_TAKEN)
        except tokens.TooManyTokens:
            form.add_error(None, _TOO_MANY)
        else:
            profile_url = settings.PORTAL_URL + reverse("api_profile")
            return render(
                request, "profile/token_made.html", {"token": token, "secret": secret, "profile_url": profile_url}
            )
    return render(request, "profile/token_new.html", {"form": form}, status=form.status)


@cabinet
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """Asks first: what works with the token stops at once. One that was revoked before is simply shown as such."""
    token: ApiToken = get_object_or_404(partner.api_tokens, pk=pk)
    if request.method == "POST":
        tokens.revoke(token, by=partner.user, now=timezone.now())
        messages.success(request, f"Токен «{token.name}» отозван: по нему больше не войти.")
        return redirect("profile_tokens")
    if token.revoked_at:
        return redirect("profile_tokens")
    may_change = partner.status == Partner.Status.ACTIVE
    return render(request, "profile/token_revoke.html", {"token": token, "may_change": may_change})
