"""«Выплаты»: what there is on the balance, what of it can be withdrawn, what is on its way, every movement of it."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import keyset
from partners.access import cabinet
from partners.models import LedgerLine, Partner
from payouts import conditions, rules, withdrawals
from payouts.views.withdrawals import unbroken
from referrals import forecast
from referrals.reports import sample

_WITHDRAWALS_A_PAGE = 10  # the ledger comes below them
_OF_WITHDRAWAL = re.compile(r"withdrawal:([0-9]{1,18})(:returned)?", re.ASCII)


@require_safe
@cabinet
def payouts(request: HttpRequest, partner: Partner) -> HttpResponse:
    """How much can be withdrawn now, why no more, how to ask for it, what was asked for, and the ledger."""
    now = timezone.now()
    foretold = forecast.of(partner, now=now)
    asked = keyset.page(
        partner.withdrawals.select_related("card", "requisites"),
        order=("-requested_at", "-pk"),
        token=request.GET.get("withdrawals"),
        size=_WITHDRAWALS_A_PAGE,
    )
    lines = keyset.page(partner.ledger_lines.all(), order=("-booked_at", "-pk"), token=request.GET.get("page"))
    found = conditions.of(partner, now=now, foretold=foretold)
    context = {
        "partner": partner,
        "conditions": found,
        "due_on": rules.due_on(rules.day_of(now)),
        "forecast": foretold,
        "credit_on": forecast.credited_on(foretold.month),
        "is_late": forecast.credited_on(foretold.month) < rules.day_of(now),
        "withdrawals": [(each, unbroken(withdrawals.where(each))) for each in asked.rows],
        "withdrawals_pager": keyset.addresses(asked, request.GET, name="withdrawals"),
        "lines": [(each, _withdrawal_of(each)) for each in lines.rows],
        "sample": sample(found.terms),
        "pager": keyset.addresses(lines, request.GET),
    }
    return render(request, "payouts/payouts.html", context)


def _withdrawal_of(line: LedgerLine) -> int | None:
    """Which withdrawal a line is about; its key says so."""
    found = _OF_WITHDRAWAL.fullmatch(line.key)
    return int(found[1]) if found else None
