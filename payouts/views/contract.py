"""The contract of a legal partner: how it stands, the paper to sign, the signed copy in and out (R22)."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from partners.access import cabinet
from partners.models import Partner, Tariff, Terms, TermsAssignment
from partners.rules import in_force
from payouts import contract_paper, contracts, uploads
from payouts.models import Contract, SignedCopy
from payouts.views.withdrawals import Busy, in_turn
from referrals.models import Progress
from referrals.monthly_report import Side

State = Contract.State

# Which contract was downloaded in this session: the next step is to upload it.
_DOWNLOADED = "contract_downloaded"


class CopyForm(forms.Form):
    """The file with the signed contract; what it is, its content says."""

    copy = forms.FileField(
        label="Подписанный экземпляр",
        help_text=f"Все страницы одним файлом: {uploads.FORMATS}, до {uploads.MOST_BYTES // 1024**2}\u00a0МБ.",
        allow_empty_file=True,  # refused below, in our own words
        widget=forms.FileInput(
            attrs={"accept": ",".join([*uploads.SUFFIXES, *uploads.SUFFIXES.values()]), "class": "file"}
        ),
        error_messages={"required": "Выберите файл с подписанным договором.", "invalid": "Выберите файл ещё раз."},
    )

    def clean_copy(self) -> bytes:
        """The content. Its size is looked at first: a film isn't read into memory."""
        given: UploadedFile = self.cleaned_data["copy"]
        try:
            uploads.check_size(given.size or 0)
            content = given.read()
            uploads.content_type(content)
        except uploads.Unacceptable as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return content


def _for_legal(page: Callable[..., HttpResponse]) -> Any:
    """A page of the cabinet that an individual is led away from."""

    @cabinet
    @wraps(page)
    def guarded(request: HttpRequest, partner: Partner) -> HttpResponse:
        if partner.tariff != Tariff.LEGAL:
            messages.info(request, "Договор не нужен: физлицам вознаграждение приходит на карту без него.")
            return redirect("payouts")
        return page(request, partner)

    return guarded


@_for_legal
@require_safe
def contract(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Where the partner stands with its contract, and the one next step. Offers it at once where it is due."""
    return _page(request, partner, CopyForm())


@_for_legal
@require_safe
def contract_pdf(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The contract to sign, by the terms in force. Whoever has given no requisites is asked for them.

    One that is signed isn't made anew: the terms may be others by now, the signed copy is what holds.
    """
    now = timezone.now()
    found = contracts.of(partner, now=now)
    if found is None or found.state == State.SIGNED:
        return redirect("contract")
    requisites = partner.requisites.last()
    if requisites is None:
        messages.error(request, "Укажите реквизиты: ими мы заполним договор.")
        return redirect("profile_requisites")
    paper = contract_paper.pdf(
        partner=Side(**{field: getattr(requisites, field) for field in Side.__dataclass_fields__}),
        skorozvon=Side(**settings.PROGRAMME_COMPANY),
        vat=requisites.get_vat_display(),
        terms=_terms(partner, now),
        made_at=now,
    )
    request.session[_DOWNLOADED] = found.pk
    return _attachment(paper, "application/pdf", "Договор со Скорозвоном")


@_for_legal
@require_http_methods(["GET", "POST"])
def contract_upload(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Take the signed copy in."""
    if request.method == "GET":
        return redirect("contract")  # a session ended when the button was pressed, and sign-in leads here
    now = timezone.now()
    found = contracts.of(partner, now=now)
    if found is None:
        return redirect("contract")  # which says when it is offered
    form = CopyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, partner, form)
    try:
        with in_turn():
            contracts.upload(found, content=form.cleaned_data["copy"], by=partner.user, now=now)
    except (contracts.Refusal, Busy) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Экземпляр загружен. Проверим его и ответим письмом.")
    return redirect("contract")


@cabinet
@require_safe
def contract_copy(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """A signed copy of the partner's own; also of who has changed tariff since."""
    return attachment(get_object_or_404(SignedCopy, pk=pk, contract__partner=partner))


def attachment(copy: SignedCopy) -> HttpResponse:
    """A signed copy to keep, never to be opened in the portal's own name: strangers' files are strangers' code."""
    return _attachment(bytes(copy.content), copy.content_type, "Подписанный договор")


def _attachment(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(True, name + uploads.SUFFIXES[content_type]) or "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def _page(request: HttpRequest, partner: Partner, form: CopyForm) -> HttpResponse:
    now = timezone.now()
    terms = _terms(partner, now)
    found = contracts.of(partner, now=now)
    steps = list(found.steps.all()) if found else []
    last_copy = found.copies.defer("content").last() if found else None
    is_declined = found is not None and found.state == State.OFFERED and last_copy is not None
    paid = Progress.objects.filter(partner=partner, paid_at__isnull=False).values("pk")[: terms.clients_needed]
    context = {
        "partner": partner,
        "contract": found,
        "terms": terms,
        "clients_paid": 0 if found or not terms.clients_needed else paid.count(),
        "requisites": partner.requisites.last(),
        "steps": [(step, _who(step.taken_by_id, partner)) for step in reversed(steps)],
        "last_copy": last_copy,
        "declined": steps[-1] if is_declined else None,
        # What was sent back was downloaded before: the next step is to upload another.
        "is_downloaded": is_declined or (found is not None and request.session.get(_DOWNLOADED) == found.pk),
        "may_change": partner.status == Partner.Status.ACTIVE,
        "form": form,
    }
    return render(request, "payouts/contract.html", context)


def _terms(partner: Partner, now: dt.datetime) -> Terms:
    timeline = TermsAssignment.objects.filter(partner=partner).timelines()[partner.pk]
    return (in_force(timeline, now) or timeline[0]).terms


def _who(user_id: int | None, partner: Partner) -> str:
    return "портал" if user_id is None else "вы" if user_id == partner.user_id else "сотрудник"
