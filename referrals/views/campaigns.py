"""Campaigns: which of them brings how much, one by one, and how they are made, changed and put away."""

import datetime as dt
from typing import NamedTuple

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import keyset, months
from partners.access import cabinet
from partners.models import Partner
from referrals import campaigns as process
from referrals import funnel, links
from referrals.campaign_forms import CampaignForm, LabelsForm
from referrals.models import Campaign

MONTHS_SHOWN = 12
NAME_TAKEN = "Кампания с таким названием у вас уже есть. Добавьте, чем эта отличается, например месяц."


class MonthOfClicks(NamedTuple):
    """A month of a campaign as one bar of its chart."""

    month: dt.date
    figures: funnel.Figures
    width: str  # of the bar, as a percent of the month with the most clicks


@cabinet
@require_safe
def campaigns(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Which campaign brings how much; the partner's main link beside them, also with UTM labels."""
    is_archive = "archived" in request.GET
    listed = partner.campaigns.filter(archived_at__isnull=not is_archive).select_related("code")
    page = keyset.page(listed, order=("-created_at", "-pk"), token=request.GET.get("page"))
    figures = funnel.by_code(partner)
    main = partner.codes.get(is_main=True)
    main_figures = figures.pop(main.pk, funnel.Figures())
    form = LabelsForm(request.GET if request.GET.keys() & LabelsForm.base_fields.keys() else None)
    labels = form.cleaned_data if form.is_valid() else {}
    context = {
        "rows": [(campaign, figures.get(campaign.code_id, funnel.Figures())) for campaign in page.rows],
        "pager": keyset.addresses(page, request.GET),
        "is_first_page": page.previous is None,
        "total": funnel.total(figures.values()),
        "is_archive": is_archive,
        "has_others": partner.campaigns.filter(archived_at__isnull=is_archive).exists(),
        "main": main,
        "main_figures": main_figures,
        "main_link": links.visible(main.value),
        "labels_form": form,
        "may_change": partner.gets_clients,
        "tariff": partner.tariff,
        "labelled_link": links.visible(main.value, **labels) if any(labels.values()) else "",
        "now": timezone.now(),
    }
    return render(request, "referrals/campaigns.html", context)


@cabinet
@require_safe
def campaign(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """What one campaign has brought; its link, code and QR to give away; where the link leads."""
    found = _own(partner, pk)
    now = timezone.now()
    by_month = funnel.by_month(found.code)
    context = {
        "campaign": found,
        "figures": funnel.total(by_month.values()),
        "months": _latest(by_month, since=months.month_of(found.created_at), until=months.month_of(now)),
        "link": links.of_campaign(found),
        "labels": [(name, getattr(found, name)) for name in links.LABELS],
        "may_change": partner.gets_clients,
        "target": links.target(ref=found.code.value, campaign=found),
        "now": now,
    }
    return render(request, "referrals/campaign.html", context)


@cabinet
def campaign_new(request: HttpRequest, partner: Partner) -> HttpResponse:
    """A form, and the new campaign's page."""
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            created = process.create(partner, **form.cleaned_data, now=timezone.now())
        except process.NameTaken:
            form.add_error("name", NAME_TAKEN)
        except process.TooManyCampaigns:
            pass  # the page says so, over what was typed
        else:
            messages.success(request, f"Кампания «{created.name}» создана. Ссылка и промо-код уже работают.")
            return redirect("campaign", pk=created.pk)
    context = {
        "form": form,
        "may_change": partner.gets_clients,
        "is_full": process.is_full(partner),
        "limit": process.LIMIT,
    }
    return render(request, "referrals/campaign_form.html", context)


@cabinet
def campaign_edit(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """The same form over what stands."""
    found = _own(partner, pk)
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=model_to_dict(found))
    if form.is_valid():
        try:
            process.change(found, **form.cleaned_data)
        except process.NameTaken:
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(request, "Сохранено. Ссылка и промо-код остались прежними.")
            return redirect("campaign", pk=found.pk)
    context = {"form": form, "may_change": partner.gets_clients, "campaign": found}
    return render(request, "referrals/campaign_form.html", context)


@cabinet
def campaign_archive(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """Put the campaign away, or take it out with `restore`. Who comes here by an address only gets to its page."""
    found = _own(partner, pk)
    if request.method == "POST" and "restore" in request.POST:
        process.restore(found)
        messages.success(request, f"Кампания «{found.name}» снова среди действующих.")
    elif request.method == "POST":
        process.archive(found, now=timezone.now())
        messages.success(request, f"Кампания «{found.name}» в архиве. Её ссылка и промо-код работают, как и раньше.")
    return redirect("campaign", pk=found.pk)


def _own(partner: Partner, pk: int) -> Campaign:
    found = get_object_or_404(partner.campaigns.select_related("code"), pk=pk)
    found.partner = partner
    return found


def _latest(by_month: dict[dt.date, funnel.Figures], *, since: dt.date, until: dt.date) -> list[MonthOfClicks]:
    """The last months, the newest first, those without a click too; none before the campaign's first."""
    first = min([since, *by_month])
    latest = [until]
    while latest[-1] > first and len(latest) < MONTHS_SHOWN:
        latest.append(months.preceding(latest[-1]))
    shown = [(month, by_month.get(month, funnel.Figures())) for month in latest]
    most = max(figures.clicks for _, figures in shown) or 1
    return [
        MonthOfClicks(month, figures, f"{100 * figures.clicks / most:.2f}%" if figures.clicks else "")
        for month, figures in shown
    ]
