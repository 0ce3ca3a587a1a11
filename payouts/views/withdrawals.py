"""A withdrawal's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from partners.access import cabinet
from partners.models import Partner


@require_safe
@cabinet
def withdrawal(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    get_object_or_404(partner.withdrawals, pk=pk)
    return redirect("payouts")
