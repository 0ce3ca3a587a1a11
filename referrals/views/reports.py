"""«Отчеты»: what each month came to, and how one month's sum came about."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import downloads, keyset, months
from partners.access import cabinet
from partners.models import LedgerLine, Partner, Requisites, Tariff
from referrals import forecast, quiet_months
from referrals import reports as reading
from referrals.reports import MonthReport, MonthSum


@require_safe
@cabinet
def reports(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The partner's months, a year at a time, with what all of them came to; quiet ones are folded together."""
    now = timezone.now()
    foretold = forecast.of(partner, now=now)
    sums = reading.months_of(partner, foretold=foretold, now=now)
    eventful = quiet_months.eventful_years(sums)
    asked = {str(each.month.year): each.month.year for each in sums}
    year = asked.get(request.GET.get("year", ""), eventful[0])
    years = sorted({*eventful, year}, reverse=True)
    elsewhere = [each for each in sums if each.month.year not in years]
    chart = reading.latest(partner, foretold=foretold)
    context = {
        "forecast": foretold,
        "credited_kopecks": sum(each.reward_kopecks for each in sums if each.is_final),
        "credited_months": sum(1 for each in sums if each.is_final and each.clients),
        "chart": chart,
        "has_rewards": any(kopecks for _, kopecks, _ in chart),
        "years": years,
        "year": year,
        "months": quiet_months.fold([each for each in sums if each.month.year == year]),
        "quiet": quiet_months.Quiet(elsewhere) if elsewhere else None,
        "year_kopecks": sum(each.reward_kopecks for each in sums if each.month.year == year and each.is_final),
    }
    return render(request, "referrals/reports.html", context)


@require_safe
@cabinet
def reports_download(request: HttpRequest, partner: Partner, format: str) -> HttpResponseBase:
    """All months as a file."""
    now = timezone.now()
    sums = reading.months_of(partner, foretold=forecast.of(partner, now=now), now=now)
    return downloads.response("Отчёты по месяцам", format, reading.MONTHS_COLUMNS, reading.months_table(sums))


@require_safe
@cabinet
def report(request: HttpRequest, partner: Partner, month: str) -> HttpResponse:
    """How a month's sum came about: by which clients, from what, on what terms, and when it was credited."""
    previous, sums, following = _month(partner, month)
    of_month = MonthReport(partner, sums)
    page = keyset.page(of_month.found(), order=reading.ORDER, token=request.GET.get("page"))
    rows = of_month.rows(page.rows)
    terms = of_month.terms(rows)
    has_paper = of_month.fits_on_paper()
    context = {
        "sums": sums,
        "label": months.label(sums.month),
        "previous": previous,
        "following": following,
        "credit_on": forecast.credited_on(sums.month),
        "terms": terms,
        "rows": rows,
        "pager": keyset.addresses(page, request.GET),
        "sample": reading.sample(terms[-1]),
        "has_paper": has_paper,
        "has_requisites": has_paper and Requisites.objects.filter(partner=partner).exists(),
        "may_give_requisites": partner.tariff == Tariff.LEGAL,
        "why_nothing": _why_nothing(partner, sums),
        "line": LedgerLine.objects.filter(key=f"accrual:{months.label(sums.month)}:{partner.pk}").first(),
    }
    return render(request, "referrals/report.html", context)


@require_safe
@cabinet
def report_download(request: HttpRequest, partner: Partner, month: str, format: str) -> HttpResponseBase:
    """All clients of a month as a file."""
    _, sums, _ = _month(partner, month)
    name = f"{'Отчёт' if sums.is_final else 'Прогноз'} за {months.name(sums.month)}"
    return downloads.response(name, format, reading.COLUMNS, MonthReport(partner, sums).table())


def _why_nothing(partner: Partner, sums: MonthSum) -> str:
    if sums.is_final or not reading.brings_nothing(sums):
        return ""
    return reading.why_nothing(sums.clients, Partner.objects.filter(pk=partner.pk).values(**reading.of_nothing()).get())


def _month(partner: Partner, label: str) -> tuple[MonthSum | None, MonthSum, MonthSum | None]:
    """The month of an address between its neighbours. Http404 for what is no month of this partner's."""
    now = timezone.now()
    sums = reading.months_of(partner, foretold=forecast.of(partner, now=now), now=now)
    for place, each in enumerate(sums):
        if months.label(each.month) == label:
            earlier = sums[place + 1] if place + 1 < len(sums) else None
            return earlier, each, sums[place - 1] if place else None
    raise Http404
