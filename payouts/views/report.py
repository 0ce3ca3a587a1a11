"""The monthly report on paper."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from partners import months
from partners.access import cabinet
from partners.models import Partner, Requisites, Tariff
from partners.templatetags.terms import called
from payouts.models import Contract
from referrals import forecast, monthly_report
from referrals.monthly_report import ReportLine, Side
from referrals.reports import MonthReport, months_of


@require_safe
@cabinet
def report_pdf(request: HttpRequest, partner: Partner, month: str) -> HttpResponse:
    """The report of a closed month of percentages for a partner's books, with both sides' requisites and the contract.

    Whoever has given no requisites is asked for them: what isn't known isn't printed.
    """
    now = timezone.now()
    found = months_of(partner, foretold=forecast.of(partner, now=now), now=now)
    sums = next((each for each in found if months.label(each.month) == month), None)
    of_month = MonthReport(partner, sums) if sums else None
    if of_month is None or not of_month.fits_on_paper():
        raise Http404
    requisites = Requisites.objects.filter(partner=partner).last()
    if requisites is None:
        if partner.tariff != Tariff.LEGAL:
            raise Http404  # individuals give none
        messages.error(request, "Укажите реквизиты, чтобы скачать отчёт в PDF: в нём стоят ИНН, банк и НДС.")
        return redirect("profile_requisites")
    contract = Contract.objects.filter(partner=partner, state=Contract.State.SIGNED).first()
    paper = monthly_report.pdf(
        of_month.sums.month,
        partner=Side(**{field: getattr(requisites, field) for field in Side.__dataclass_fields__}),
        skorozvon=Side(**settings.PROGRAMME_COMPANY),
        lines=(
            ReportLine(
                client=row.name,
                terms=called(row.assignment.terms),
                base_kopecks=row.base_kopecks,
                percent_bp=cast(int, row.assignment.terms.percent_bp),  # of each row that is printed
                reward_kopecks=row.reward_kopecks,
            )
            for row in of_month.all_rows()
        ),
        vat_percent=requisites.vat_percent,
        contract_number=contract.number if contract else "",
        contract_on=contract.signed_on if contract else None,
    )
    name = content_disposition_header(True, f"Отчёт за {months.name(of_month.sums.month)}.pdf")
    return HttpResponse(paper, content_type="application/pdf", headers={"Content-Disposition": name})
