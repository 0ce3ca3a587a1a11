"""The partner's profile: contacts, requisites, letters, and the terms it is under, with the offer to move (R5)."""

import datetime as dt
from collections.abc import Sequence

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import months, notices, phones, terms_table
from partners import profile as process
from partners.access import cabinet
from partners.forms import ContactsForm
from partners.models import Notice, Partner, Tariff, Terms, TermsAssignment, TermsOffer
from partners.rules import in_force
from partners.templatetags.words import day
from referrals import new_terms
from skorozvon_partners.profile_forms import NoticesForm, RequisitesForm

# Of what goes on for years the page shows the latest.
_SHOWN = 20
_COMPARED = 3


@cabinet
@require_safe
def overview(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Everything that the portal knows about the partner, and where to change what can be changed."""
    now = timezone.now()
    timeline, offer = _timeline(partner), _open_offer(partner)
    standing = in_force(timeline, now)
    context = {
        "partner": partner,
        "phone": phones.shown(partner.phone),
        "is_legal": partner.tariff == Tariff.LEGAL,
        "requisites": partner.requisites.last(),
        "standing": standing,
        "coming": _coming(timeline, now),
        "offer": offer,
        "offer_changes": terms_table.changes(standing.terms, offer.terms) if offer and standing else [],
        "letters": [Notice.Kind(kind).label for kind in notices.CAN_BE_STOPPED if kind not in partner.muted_notices],
        "live_tokens": partner.api_tokens.live().count(),
        "changes": list(partner.status_changes.order_by("-changed_at", "-pk")[:_SHOWN]),
    }
    return render(request, "profile/overview.html", context)


@cabinet
def contacts(request: HttpRequest, partner: Partner) -> HttpResponse:
    """ФИО, phone and site."""
    standing = {"full_name": partner.full_name, "phone": phones.shown(partner.phone), "website": partner.website}
    form = ContactsForm(request.POST if request.method == "POST" else None, initial=standing)
    if form.is_valid():
        process.change_contacts(partner, **form.cleaned_data)
        messages.success(request, "Контакты сохранены.")
        return redirect("profile")
    return render(request, "profile/contacts.html", {"form": form})


@cabinet
def requisites(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Where a legal partner is paid; the password again (R26). Earlier ones by their dates."""
    if partner.tariff != Tariff.LEGAL:
        messages.info(request, "Реквизиты не нужны: вознаграждение физлицам приходит на карту через Solar Staff.")
        return redirect("profile")
    versions = list(partner.requisites.order_by("-pk")[:_SHOWN])
    standing = model_to_dict(versions[0]) if versions else None
    form = RequisitesForm(request.POST if request.method == "POST" else None, initial=standing, request=request)
    if form.is_valid():
        typed = {field: value for field, value in form.cleaned_data.items() if field != "password"}
        entered = process.enter_requisites(partner, by=partner.user, now=timezone.now(), **typed)
        if entered:
            messages.success(request, "Реквизиты сохранены. Мы написали вам об этом на почту.")
        else:
            messages.info(request, "Реквизиты остались прежними: вы ничего в них не изменили.")
        return redirect("profile")
    context = {"form": form, "versions": versions}
    return render(request, "profile/requisites.html", context, status=form.status)


@cabinet
def notices_choice(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Which letters the partner gets."""
    wanted = [kind.value for kind in notices.CAN_BE_STOPPED if kind not in partner.muted_notices]
    form = NoticesForm(request.POST if request.method == "POST" else None, initial={"wanted": wanted})
    if form.is_valid():
        process.choose_notices(partner, wanted=form.cleaned_data["wanted"])
        messages.success(request, "Выбор писем сохранён.")
        return redirect("profile")
    context = {"form": form, "email": partner.user.email, "is_legal": partner.tariff == Tariff.LEGAL}
    return render(request, "profile/notices.html", context)


@cabinet
def terms(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The terms by date; an open offer side by side with what holds, answered in two steps."""
    now = timezone.now()
    if request.method == "POST":
        _answer(request, partner, now=now)
        return redirect("profile_terms")
    timeline = _timeline(partner)
    standing = in_force(timeline, now)
    offer = _open_offer(partner)
    versions = _distinct([assignment.terms for assignment in timeline])[-_COMPARED:]
    if offer and standing:
        versions = [standing.terms, offer.terms]
    context = {
        "partner": partner,
        "timeline": timeline,
        "standing": standing,
        "coming": _coming(timeline, now),
        "offer": offer,
        "moves_on": months.following(months.month_of(now)),
        "answer": request.GET.get("answer") if offer else None,
        "versions": versions,
        "lines": terms_table.lines(versions),
    }
    return render(request, "profile/terms.html", context)


def _answer(request: HttpRequest, partner: Partner, *, now: dt.datetime) -> None:
    """Carry out the answer to the offer that the form was about. A second click changes nothing."""
    answer, offered = request.POST.get("answer"), request.POST.get("terms", "")
    offers = partner.terms_offers.select_related("terms")
    read = next((offer for offer in offers if str(offer.terms_id) == offered), None)
    if read is None:
        return  # no form of ours
    try:
        if answer == "accept":
            moved = new_terms.accept(partner, terms=read.terms, now=now)
            messages.success(request, f"Вы перешли на новые условия: они действуют с {day(moved.starts_at)}.")
        elif answer == "decline":
            new_terms.decline(partner, terms=read.terms, now=now)
            messages.success(request, "Вы остались на прежних условиях.")
    except new_terms.AnotherOffer:
        messages.error(request, "Пока вы выбирали, условия обновились, поэтому ничего не изменено. Сравните ещё раз.")
    except new_terms.NoOpenOffer:
        read.refresh_from_db()  # accepting may have made it lapse
        messages.info(request, _answered(partner, read))


def _answered(partner: Partner, offer: TermsOffer) -> str:
    """Which answer stands to the offer that the form was about: the first click's own message may never be seen."""
    if offer.state == TermsOffer.State.DECLINED:
        return f"Ответ уже принят {day(offer.answered_at)}: вы остались на прежних условиях."
    move = next((move for move in _timeline(partner) if move.terms_id == offer.terms_id), None)
    if move:
        return f"Ответ уже принят: вы перешли на новые условия, они действуют с {day(move.starts_at)}."
    return "Это предложение больше не действует, поэтому ничего не изменилось."


def _timeline(partner: Partner) -> list[TermsAssignment]:
    return TermsAssignment.objects.filter(partner=partner).timelines().get(partner.pk, [])


def _coming(timeline: Sequence[TermsAssignment], now: dt.datetime) -> TermsAssignment | None:
    """The next that hasn't begun."""
    return next((assignment for assignment in timeline if assignment.starts_at > now), None)


def _open_offer(partner: Partner) -> TermsOffer | None:
    return partner.terms_offers.filter(state=TermsOffer.State.OPEN).select_related("terms").first()


def _distinct(versions: Sequence[Terms]) -> list[Terms]:
    return list({terms.pk: terms for terms in versions}.values())
