"""The contract of a legal partner."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from partners.access import cabinet
from partners.models import Partner


@require_safe
@cabinet
def contract(request: HttpRequest, partner: Partner) -> HttpResponse:
    return redirect("payouts")
