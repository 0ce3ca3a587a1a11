"""The pages that see all floors: the cabinet's home, and the one when something broke."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners.access import cabinet
from partners.models import Partner
from payouts import conditions
from referrals import forecast, links, reports
from skorozvon_partners import home as reading


@require_safe
@cabinet(any_status=True)
def home(request: HttpRequest, partner: Partner) -> HttpResponse:
    """How much can be taken now, what comes on the 1st, what to give away, and who brings it."""
    now = timezone.now()
    if partner.status in (Partner.Status.PENDING, Partner.Status.DECLINED):
        return render(request, "home.html", {"partner": partner, "status_change": partner.status_changes.last()})
    foretold = forecast.of(partner, now=now)
    outline = reading.outline(partner)
    money = conditions.of(partner, now=now, foretold=foretold)
    earners = reading.earners(partner, now=now) if foretold.reward_kopecks > 0 else []
    chart = reports.latest(partner, foretold=foretold)
    is_new = partner.gets_clients and not outline.registered.number and not money.account.accrued_kopecks
    context = {
        "partner": partner,
        "status_change": outline.status_change,
        "outline": outline,
        "link": links.visible(outline.code),
        "conditions": money,
        "forecast": foretold,
        "credit_on": forecast.credited_on(foretold.month),
        "is_late": forecast.credited_on(foretold.month) < timezone.localdate(now),
        "chart": chart,
        "has_rewards": any(kopecks for _, kopecks, _ in chart),
        "sample": reading.sample_chart(foretold.month, money.terms),
        "earners": earners,
        "newcomers": [] if earners or not outline.registered.number else reading.newcomers(partner, now=now),
        "is_new": is_new,
    }
    return render(request, "home.html", context)
