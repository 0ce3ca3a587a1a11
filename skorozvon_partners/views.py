"""The pages that see all floors: the cabinet's home."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F, Sum, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from partners import ledger
from partners.models import LedgerLine, Partner, Terms, TermsAssignment
from partners.rules import in_force
from referrals.models import Month, Reward, RewardQuerySet

REWARDS_A_PAGE = 50


@dataclass(frozen=True)
class MonthOfRewards:
    """A month as one page of the table shows it."""

    starts_on: dt.date
    closed_at: dt.datetime | None
    reward_kopecks: int  # of the whole month, also where the page shows a part of it
    rewards: list[Reward]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return redirect("home" if request.user.is_authenticated else "sign_in")


@never_cache  # after signing out, "back" must not bring the sums up again
@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How much there is on the balance, and how it came about."""
    partner = Partner.objects.filter(user=request.user.pk).first()
    if partner is None:
        return render(request, "not_a_partner.html", {"site_url": settings.REFERRAL_BASE_URL})
    page = Paginator(_rewards(partner), REWARDS_A_PAGE).get_page(request.GET.get("page"))
    months = _by_month(partner, list(page))
    accrued = partner.ledger_lines.filter(kind=LedgerLine.Kind.ACCRUAL).aggregate(sum=Sum("amount_kopecks"))["sum"]
    context = {
        "partner": partner,
        "code": partner.codes.filter(is_main=True).first(),
        "link_start": f"{settings.REFERRAL_BASE_URL}/p/",
        "balance_kopecks": ledger.balance(partner),
        "accrued_kopecks": accrued or 0,
        "page": page,
        "months": months,
        # Only the empty page says what a client will bring.
        "terms": None if months else _terms_in_force(partner, timezone.now()),
        "lines": partner.ledger_lines.order_by("-booked_at", "-pk"),
    }
    return render(request, "home.html", context)


def _rewards(partner: Partner) -> RewardQuerySet:
    """The partner's rewards, the newest month and the largest sum first, each with its client's base up to then."""
    so_far = Window(Sum("base_kopecks"), partition_by=[F("client"), F("assignment")], order_by="month")
    return (
        Reward.objects.for_partner(partner)
        .select_related("client", "assignment__terms")
        .annotate(base_so_far=so_far)
        .order_by("-month", "-reward_kopecks", "client__name", "pk")
    )


def _by_month(partner: Partner, rewards: list[Reward]) -> list[MonthOfRewards]:
    """The rewards of one page under their months. Two queries, however many months these are."""
    starts = {reward.month for reward in rewards}
    months = Month.objects.in_bulk(starts)
    of_months = Reward.objects.for_partner(partner).filter(month__in=starts).order_by().values("month")
    totals = dict(of_months.annotate(sum=Sum("reward_kopecks")).values_list("month", "sum"))
    return [
        MonthOfRewards(start, months[start].closed_at, totals[start], list(of_month))
        for start, of_month in groupby(rewards, key=lambda reward: reward.month)
    ]


def _terms_in_force(partner: Partner, now: dt.datetime) -> Terms | None:
    timelines = TermsAssignment.objects.filter(partner=partner).timelines()
    assignment = in_force(timelines.get(partner.pk, []), now)
    return assignment.terms if assignment else None
