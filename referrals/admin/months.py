"""Months on the staff's desk: what each came to, how far a close has come, a dry run, the proof, a close by hand."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, register_converter
from django.utils import timezone

from partners import keyset, months
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ActionForm
from partners.downloads import Column
from partners.models import User
from partners.waiting import Queue
from referrals import books, close, month_totals, rewards
from referrals.models import Client, Month, PartnerMonth

_DIFFERENCES = 100  # shown of those that a proof finds


class MonthConverter:
    """A month in an address: 2026-10."""

    regex = "2[0-9]{3}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> dt.date:
        return months.parse(value)

    def to_url(self, value: dt.date | str) -> str:
        """Of a month, or of what the journal calls one: '2026-10-01'."""
        return months.label(dt.date.fromisoformat(value) if isinstance(value, str) else value)


register_converter(MonthConverter, "month")


class MonthFilters(Filters):
    q = None  # type: ignore[assignment]
    year = forms.IntegerField(label="Год", required=False, min_value=2000, max_value=2999)


class OpenMonthForm(ActionForm):
    """A month that is over and not closed, the earliest first."""

    month = forms.ChoiceField(
        label="Месяц",
        error_messages={
            "required": "Закрывать нечего: все месяцы, которые кончились, закрыты.",
            "invalid_choice": "Этот месяц уже закрыт или ещё не кончился.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(months.label(each), months.name(each)) for each in ended(timezone.now())]
        nothing = [("", "Закрывать нечего: все месяцы, которые кончились, закрыты")]
        self.fields["month"].choices = choices or nothing  # type: ignore[attr-defined]

    def clean_month(self) -> dt.date:
        return months.parse(self.cleaned_data["month"])


def ended(now: dt.datetime) -> list[dt.date]:
    """The months that are over and whose close has not ended, oldest first; a new portal has at least the last one."""
    last = months.preceding(months.month_of(now))
    unfinished = Month.objects.unfinished().first()
    first = unfinished.starts_on if unfinished else books.first_open_month() or last
    found = []
    while first <= last:
        found.append(first)
        first = months.following(first)
    return found


def close_by_hand(*, month: dt.date, by: User, now: dt.datetime) -> list[dt.date]:
    return close.run(month, now=now)


def _said(row: None, closed: list[dt.date]) -> str:
    if not closed:
        return "Месяц уже закрыт, менять нечего."
    return f"Закрыто: {', '.join(map(months.name, closed))}. Вознаграждение начислено."


class Months(Desk):
    section = "Месяцы"
    queues_for = "referrals.close_month"
    key = "month"
    page_size = 12
    filters = MonthFilters
    list_actions = [
        Action(
            name="close",
            title="Закрыть месяц",
            permission="referrals.close_month",
            do=close_by_hand,
            said=_said,
            form=OpenMonthForm,
            note="Обычно месяц закрывается сам, 1-го числа. Вместе с выбранным закроются и более ранние. Закрытый месяц"
            " не меняется и не открывается. Большой закрывается минуты: если страница не дождалась, он докроется сам.",
            is_danger=True,
            fits=lambda row: bool(ended(timezone.now())),
            refusals={close.MonthNotEnded: "Этот месяц ещё не кончился."},
        )
    ]
    columns = [
        Column("Месяц", "month"),
        Column("Закрыт", "moment"),
        Column("Партнёров", "number"),
        Column("Клиентов", "number"),
        Column("Учтено списаний", "money"),
        Column("Вознаграждение", "money"),
    ]

    def cells(self, row: Month) -> Sequence[Any]:
        totals = month_totals.of([row.starts_on]).get(row.starts_on, month_totals.Totals())
        return [row.starts_on, row.closed_at, *totals]

    def name(self, row: Month) -> str:
        return months.name(row.starts_on).capitalize()

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("-starts_on",)

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        return rows.filter(starts_on__year=year) if (year := asked.get("year")) else rows

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        now, shown = timezone.now(), [row.starts_on for row in rows]
        totals, shards = month_totals.of(shown), month_totals.shards(shown)
        told = [(row, totals.get(row.starts_on), shards.get(row.starts_on)) for row in rows]
        return {
            "told": told,
            "open": books.first_open_month() or months.month_of(now),
            "may_preview": request.user.has_perm("referrals.preview_month"),
        }

    def page(self, request: HttpRequest, row: Month) -> dict[str, Any]:
        credited = PartnerMonth.objects.filter(month=row.starts_on).select_related("partner__user")
        page = keyset.page(credited, order=("-reward_kopecks", "-pk"), token=request.GET.get("page"))
        return {
            "totals": month_totals.of([row.starts_on]).get(row.starts_on, month_totals.Totals()),
            "tariffs": month_totals.by_tariff(row.starts_on),
            "shards": month_totals.shards([row.starts_on]).get(row.starts_on),
            "partners": page.rows,
            "pager": keyset.addresses(page, request.GET),
            "may_verify": row.closed_at and request.user.has_perm("referrals.verify_month"),
        }

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        """The months that are due and not closed: the sweep closes them within minutes, so these are in trouble."""
        now = timezone.now()
        due = close.last_due(now)
        late = [each for each in ended(now) if due and each <= due]
        yield Queue(
            "Закрыть месяц",
            keyset.Count(len(late), False),
            self.address("changelist"),
            f"Не закрыто: {', '.join(map(months.name, late))}. Обычно это делается само за минуты." if late else "",
            is_urgent=bool(late),
        )

    # --- Reckoning that changes nothing -------------------------------------------------------------------------------

    def more_urls(self) -> list[URLPattern]:
        return [
            self._path("dry-run/", self.dry_run, "dry-run"),
            self._path("<month:pk>/verify/", self.verify, "verify"),
        ]

    def dry_run(self, request: HttpRequest) -> HttpResponse:
        """What closing the open month, and those before it, would credit (R19); by a button, for it takes a while."""
        self._require(request, "referrals.preview_month")
        now = timezone.now()
        month = (ended(now) or [months.month_of(now)])[-1]
        runs = month_totals.dry_runs(close.preview(month, now=now)) if request.method == "POST" else None
        context = {"month": month, "is_over": month < months.month_of(now), "runs": runs, "made_at": now}
        return self._answer(request, "", "Пробный расчёт", context, template="admin/referrals/month_dry_run.html")

    def verify(self, request: HttpRequest, pk: dt.date) -> HttpResponse:
        """The month computed anew from its charges and compared row by row (M7); by a button, for it takes a while."""
        self._require(request, "referrals.verify_month")
        row = self.row(request, pk)  # type: ignore[arg-type]
        differences = None
        if request.method == "POST":
            unlike = list(islice(rewards.unlike(row.starts_on), _DIFFERENCES))
            names = Client.objects.in_bulk([each.client_id for _, each in unlike])
            differences = [(side, each, names[each.client_id]) for side, each in unlike]
        context = {"row": row, "differences": differences, "most": _DIFFERENCES, "made_at": timezone.now()}
        title = f"Проверка: {months.name(row.starts_on)}"
        return self._answer(request, "", title, context, template="admin/referrals/month_verify.html")

    def _require(self, request: HttpRequest, permission: str) -> None:
        if not self.has_view_permission(request) or not request.user.has_perm(permission):
            raise PermissionDenied
