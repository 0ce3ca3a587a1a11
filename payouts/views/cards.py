"""The card of an individual: invited to Solar Staff, registered there, linked, changed, removed (R23, R26)."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from partners import visitors
from partners.access import cabinet
from partners.models import Partner, Tariff
from partners.money import in_text
from payouts import cards, solar_staff, withdrawals
from payouts.forms import CardForm
from payouts.models import Withdrawal
from payouts.views.withdrawals import Busy, in_turn

# When the password was last given to link a card: who comes back from Solar Staff within the hour isn't asked again.
_LINKING = "card_linking_since"
_LINKING_LASTS = dt.timedelta(hours=1)
_Refused = (cards.Refusal, Busy)


def _for_individuals(page: Callable[..., HttpResponse]) -> Any:
    """A page of the cabinet that a legal partner is led away from."""

    @cabinet
    @wraps(page)
    def guarded(request: HttpRequest, partner: Partner) -> HttpResponse:
        if partner.tariff != Tariff.INDIVIDUAL:
            messages.info(request, "Карта не нужна: юрлицам деньги приходят на счёт или на аккаунт в Скорозвоне.")
            return redirect("payouts")
        return page(request, partner)

    return guarded


@_for_individuals
@require_safe
def card(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Where the partner stands with its card, and the one next step."""
    standing = cards.standing(partner)
    in_use = Withdrawal.objects.open().filter(card=standing.card).exists() if standing.card else False
    context = {
        "partner": partner,
        "standing": standing,
        "is_linking": _is_linking(request),
        "in_use": in_use,
        "own_up_to": in_text(solar_staff.CARD_OVER_KOPECKS),
        "may_change": partner.status == Partner.Status.ACTIVE,
    }
    return render(request, "payouts/card.html", context)


@_for_individuals
@require_http_methods(["GET", "HEAD", "POST"])
def card_start(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Consent where it is missing, the password, and Solar Staff's invitation."""
    standing = cards.standing(partner)
    if standing.worker or partner.status != Partner.Status.ACTIVE:
        return redirect("card")
    form = CardForm(request.POST if request.method == "POST" else None, request=request, consent=standing.consent)
    if form.is_valid():
        try:
            with in_turn():
                worker = cards.invite(
                    partner, now=timezone.now(), agreed_to=form.agreed_to, ip=visitors.address(request)
                )
        except _Refused as refusal:
            return _refused(request, "payouts/card_start.html", form, refusal)
        if worker.registered_at:
            messages.success(request, "Вы уже зарегистрированы в Solar Staff: осталось привязать карту.")
        else:
            messages.success(request, f"Solar Staff отправил приглашение на {worker.email}.")
        return redirect("card")
    return render(request, "payouts/card_start.html", {"form": form, "email": partner.user.email}, status=form.status)


@_for_individuals
@require_POST
def card_check(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Whether the person has registered at Solar Staff by now."""
    try:
        with in_turn():
            is_registered = cards.check_registration(partner, now=timezone.now())
    except _Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if is_registered:
            messages.success(request, "Регистрация пройдена: осталось привязать карту.")
        else:
            sentence = "Solar Staff пока не видит регистрации. Закончите её по ссылке из письма и проверьте снова."
            messages.info(request, sentence)
    return redirect("card")


@_for_individuals
@require_http_methods(["GET", "HEAD", "POST"])
def card_link(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The password, then the way to Solar Staff's page for cards; or the card that was linked there before."""
    standing = cards.standing(partner)
    if not standing.is_registered or partner.status != Partner.Status.ACTIVE:
        return redirect("card")
    form = CardForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        request.session[_LINKING] = timezone.now().isoformat()
        if "linked" in request.POST:
            return redirect("card_return")
        try:
            url = cards.page(partner, return_url=settings.PORTAL_URL + reverse("card_return"))
        except _Refused as refusal:
            return _refused(request, "payouts/card_link.html", form, refusal, standing=standing)
        # A link: the policy of this page lets no form lead to another site, not by a redirect either.
        return render(request, "payouts/card_terminal.html", {"url": url})
    return render(request, "payouts/card_link.html", {"form": form, "standing": standing}, status=form.status)


@_for_individuals
@require_GET  # a HEAD, with which programs look where a link leads, must change nothing
def card_return(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The person comes back from Solar Staff. Repeatable: the card that is newest there is paid to from now on."""
    if not _is_linking(request):
        messages.info(request, "Чтобы взять карту, которую вы привязали в Solar Staff, введите пароль ещё раз.")
        return redirect("card_link")
    try:
        with in_turn():
            taken, is_other = cards.take_linked(partner, now=timezone.now())
    except _Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if is_other:
            messages.success(request, f"Карта {taken.shown} привязана. Мы написали вам об этом на почту.")
        else:
            messages.info(request, f"Выплаты, как и раньше, приходят на карту {taken.shown}.")
    return redirect("card")


@_for_individuals
@require_http_methods(["GET", "HEAD", "POST"])
def card_remove(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The password once more, then nothing is paid to the card."""
    current = withdrawals.current_card(partner)
    if current is None or partner.status != Partner.Status.ACTIVE:
        return redirect("card")
    form = CardForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        try:
            with in_turn():
                is_gone = cards.remove(partner, now=timezone.now())
        except _Refused as refusal:
            return _refused(request, "payouts/card_remove.html", form, refusal, card=current)
        request.session.pop(_LINKING, None)
        if is_gone:
            messages.success(request, f"Карта {current.shown} убрана. Чтобы вывести деньги, привяжите другую.")
        else:
            sentence = f"Карта {current.shown} убрана с портала. Solar Staff не ответил: уберите её и там, если хотите."
            messages.success(request, sentence)
        return redirect("card")
    return render(request, "payouts/card_remove.html", {"form": form, "card": current}, status=form.status)


def _refused(
    request: HttpRequest, template: str, form: CardForm, refusal: Exception, **context: object
) -> HttpResponse:
    """The form again, with the refusal on top."""
    form.add_error(None, str(refusal))
    status = 503 if isinstance(refusal, cards.NoAnswer | Busy) else 200
    context |= {"form": form, "email": getattr(request.user, "email", "")}
    return render(request, template, context, status=status)


def _is_linking(request: HttpRequest) -> bool:
    """Whether the password was given for it a moment ago."""
    since = request.session.get(_LINKING, "")
    return since != "" and timezone.now() - dt.datetime.fromisoformat(since) < _LINKING_LASTS
