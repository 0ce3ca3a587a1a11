"""«Подключенные клиенты»: all of them, one of them, one reward explained, and asking for one more."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from partners import downloads, keyset, months
from partners.access import cabinet
from partners.models import Partner
from referrals import attach_requests, attribution, client_history, explanation, forecast, links, training
from referrals.client_forms import AttachForm, ClientFilter, TrainedForm
from referrals.client_list import COLUMNS, ORDERS, ClientList, Wanted
from referrals.models import AttachRequest, Referral

_REFUSALS = {
    attach_requests.TooManyOpen: (
        f"На рассмотрении уже {attach_requests.MOST_OPEN} ваших заявок — больше сразу не бывает. Дождитесь ответа"
        " хотя бы на одну из них: о каждом мы пишем на почту."
    ),
    attach_requests.AlreadyAsked: (
        "Такая заявка уже есть, она на рассмотрении. Второй не нужно: ответ появится ниже и придёт на почту."
    ),
    attribution.GetsNoClients: "Участие приостановлено, поэтому новые клиенты не прикрепляются.",
}
_YOURS = (
    'Этот клиент уже ваш: <a href="{}">{}</a>. Если речь о другой компании с тем же названием, добавьте к нему,'
    " чем она отличается, например город."
)


@cabinet
@require_safe
def clients(request: HttpRequest, partner: Partner) -> HttpResponse:
    """All clients of the partner, and what each has brought; who will soon bring nothing more."""
    listed, form = _asked(request, partner)
    made = forecast.of(partner, now=listed.now)  # before its rows are read
    wanted = form.wanted()
    page = keyset.page(listed.shown(listed.found(wanted)), order=ORDERS[wanted.sort], token=request.GET.get("page"))
    is_filtered = wanted._replace(sort="") != Wanted()
    all_of_them = listed.count(Wanted())
    context = {
        "form": form,
        "rows": listed.rows(page.rows),
        "credited_on": forecast.credited_on(made.month),
        "pager": keyset.addresses(page, request.GET),
        "number": listed.count(wanted) if is_filtered else all_of_them,
        "is_filtered": is_filtered,
        "all": all_of_them,
        "paid": listed.count_paid(),
        "ending": [] if is_filtered else listed.ending_soon(),
        "terms": listed.terms,
        "may_ask": partner.gets_clients,
        "link": "" if all_of_them.number else _link(partner),
        "now": listed.now,
    }
    return render(request, "referrals/clients.html", context)


@cabinet
@require_safe
def clients_download(request: HttpRequest, partner: Partner, format: str) -> HttpResponseBase:
    """The same clients in the same order as a file, all of them."""
    listed, form = _asked(request, partner)
    name = f"Клиенты {listed.now.astimezone(months.MOSCOW):%Y-%m-%d}"
    return downloads.response(name, format, COLUMNS, listed.table(form.wanted()))


@cabinet
@require_safe
def client(request: HttpRequest, partner: Partner, client_id: int) -> HttpResponse:
    """What one client has brought and until when, its months, and what became of each of its charges."""
    return _client(request, partner, client_id)


@cabinet
@require_http_methods(["GET", "POST"])
def trained(request: HttpRequest, partner: Partner, client_id: int) -> HttpResponse:
    """Mark a client as trained, or take the mark back (R17)."""
    referral = _own(partner.referrals.all(), client_id)
    if request.method == "GET":
        return redirect("client", client_id)  # a session ended when the button was pressed, and sign-in leads here
    form = TrainedForm(request.POST, referral=referral, today=timezone.localdate())
    if not form.is_valid():
        return _client(request, partner, client_id, form)
    trained_on = form.cleaned_data["trained_on"]
    try:
        training.mark(referral, trained_on=trained_on)
    except training.NotHeld:
        messages.error(request, "Клиент передан другому партнёру, поэтому отметка не изменена.")
    else:
        messages.success(request, "Отмечено: клиент обучен." if trained_on else "Отметка об обучении снята.")
    return redirect("client", client_id)


@cabinet
@require_safe
def reward(request: HttpRequest, partner: Partner, client_id: int, month: str) -> HttpResponse:
    """Which charges made the sum of a client's month, and how (R16)."""
    referral = _own(partner.referrals.all(), client_id)
    try:
        starts_on = months.parse(month)
    except months.NotAMonth:
        raise Http404 from None
    found = explanation.of(referral, starts_on, now=timezone.now())
    if found is None:
        raise Http404
    posted = explanation.charges(referral, starts_on).select_related("refund_of", "assignment__terms")
    page = keyset.page(posted, order=("charged_at", "pk"), token=request.GET.get("page"))
    context = {"referral": referral, "found": found, "charges": page.rows, "pager": keyset.addresses(page, request.GET)}
    return render(request, "referrals/reward.html", context)


@cabinet
def attach(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Ask for a client that came without the code, and read what became of earlier requests (R7)."""
    form = AttachForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            attach_requests.request(partner, **form.cleaned_data, now=timezone.now())
        except attach_requests.AlreadyYours as refusal:
            (held,) = refusal.args
            form.add_error(None, format_html(_YOURS, reverse("client", args=[held.pk]), held.name))
        except tuple(_REFUSALS) as refusal:
            form.add_error(None, _REFUSALS[type(refusal)])
        else:
            messages.success(request, "Заявка отправлена. Ответ появится здесь и придёт на почту.")
            return redirect("attach")
    requests = AttachRequest.objects.filter(partner=partner).select_related("client")
    page = keyset.page(requests, order=("-requested_at", "-pk"), token=request.GET.get("page"))
    context = {
        "form": form,
        "requests": page.rows,
        "pager": keyset.addresses(page, request.GET),
        "may_ask": partner.gets_clients,
        "code": partner.codes.get(is_main=True).value,
    }
    return render(request, "referrals/attach.html", context)


def _asked(request: HttpRequest, partner: Partner) -> tuple[ClientList, ClientFilter]:
    listed = ClientList(partner, now=timezone.now())
    campaigns = list(partner.campaigns.all())
    return listed, ClientFilter(request.GET, tariff=listed.terms.tariff, campaigns=campaigns)


def _own(referrals: QuerySet[Referral], client_id: int) -> Referral:
    """One of a partner's clients; Http404 for anybody else's."""
    return get_object_or_404(referrals.select_related("client"), client__pk=client_id)


def _client(request: HttpRequest, partner: Partner, client_id: int, form: TrainedForm | None = None) -> HttpResponse:
    now = timezone.now()
    listed = ClientList(partner, now=now)
    referral = _own(listed.shown(partner.referrals.all()), client_id)
    rewards = list(client_history.rewards(referral))
    expected = client_history.expected(referral, now=now)
    page = keyset.page(client_history.charges(referral), order=("-charged_at", "-pk"), token=request.GET.get("page"))
    context = {
        "row": listed.rows([referral])[0],
        "holdings": client_history.holdings(referral),
        "rewards": rewards,
        "credited": {each.month for each in rewards},
        "expected": expected,
        "chart": client_history.chart(rewards, expected),
        "charges": client_history.by_month(page.rows),
        "pager": keyset.addresses(page, request.GET),
        "form": form or TrainedForm(referral=referral, today=timezone.localdate()),
        "now": now,
    }
    return render(request, "referrals/client.html", context)


def _link(partner: Partner) -> str:
    """The link to give away, for who has nobody yet and gets clients (R25)."""
    return links.visible(partner.codes.get(is_main=True).value) if partner.gets_clients else ""
