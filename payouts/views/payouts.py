"""«Выплаты»: what there is on the balance, what of it can be withdrawn, and every movement of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import keyset
from partners.access import cabinet
from partners.models import Partner
from payouts import conditions
from referrals import forecast
from referrals.reports import sample


@require_safe
@cabinet
def payouts(request: HttpRequest, partner: Partner) -> HttpResponse:
    """How much can be withdrawn now, why no more, how to ask for it, and the ledger."""
    now = timezone.now()
    foretold = forecast.of(partner, now=now)
    found = conditions.of(partner, now=now, foretold=foretold)
    page = keyset.page(partner.ledger_lines.all(), order=("-booked_at", "-pk"), token=request.GET.get("page"))
    context = {
        "partner": partner,
        "conditions": found,
        "forecast": foretold,
        "credit_on": forecast.credited_on(foretold.month),
        "lines": page.rows,
        "sample": sample(found.terms),
        "pager": keyset.addresses(page, request.GET),
    }
    return render(request, "payouts/payouts.html", context)
