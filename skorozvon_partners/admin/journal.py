"""The journal on the desk: who of staff did what, when, why, sign-ins included."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern

from partners import downloads, money, months
from partners.admin import Desk, Filters
from partners.admin_actions import Action
from partners.admin_fields import PartnerField, SumField
from partners.downloads import Column
from partners.models import Deed
from partners.templatetags.words import day, moment, percent
from referrals.admin.terms import PercentField
from skorozvon_partners import sign_ins
from skorozvon_partners.models import StaffMember

_COLUMNS = [
    Column("Когда", "moment"),
    Column("Кто", "text"),
    Column("Что сделано", "text"),
    Column("Раздел", "text"),
    Column("№", "text"),
    Column("Причина", "text"),
    Column("Что указано", "text"),
]
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\S+)?")  # a moment, too
_SIGN_INS = {"code": "Чем вошёл", "phone": "приложение", "recovery": "код восстановления"}


class JournalFilters(Filters):
    q = forms.IntegerField(  # type: ignore[assignment]
        label="Номер", required=False, min_value=1, max_value=2**63 - 1, widget=forms.SearchInput()
    )
    by = forms.ModelChoiceField(StaffMember.objects.order_by("email"), label="Кто", required=False, empty_label="Любой")
    action = forms.ChoiceField(label="Что сделано", required=False)
    subject = forms.ChoiceField(label="Раздел", required=False)
    since = forms.DateField(label="С", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="По", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, desks: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        desks = list(desks)
        done = [(desk.section, [(_key(desk, each), each.title) for each in _actions(desk)]) for desk in desks]
        done.insert(0, ("Вход", list(sign_ins.TITLES.items())))
        choices: dict[str, list[Any]] = {
            "action": [("", "Что угодно"), *((section, actions) for section, actions in done if actions)],
            "subject": [("", "Любой"), *((desk.opts.label_lower, desk.section) for desk in desks)],
        }
        for name, given in choices.items():
            self.fields[name].choices = given  # type: ignore[attr-defined]


class Journal(Desk):
    section = "Журнал"
    nothing_yet = "Здесь будет видно, кто из сотрудников что сделал."
    select = ("by",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # Of what the desk can do: a new subject or action is there by itself.
        self.filters = lambda data: JournalFilters(data, desks=self._desks().values())  # type: ignore[assignment]

    def name(self, row: Deed) -> str:
        return row.title

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        for name, field in (("q", "subject_id"), ("by", "by"), ("action", "action"), ("subject", "subject")):
            if asked.get(name):
                rows = rows.filter(**{field: asked[name]})
        if asked.get("since"):
            rows = rows.filter(at__gte=_start_of(asked["since"]))
        if asked.get("until"):
            rows = rows.filter(at__lt=_start_of(asked["until"] + dt.timedelta(days=1)))
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("-at", "-pk")

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        desks = self._desks()
        for row in rows:
            self._tell(row, desks, request)
        return {"xlsx": self.address("download", "xlsx"), "csv": self.address("download", "csv")}

    def page(self, request: HttpRequest, row: Deed) -> dict[str, Any]:
        desks = self._desks()
        self._tell(row, desks, request)
        return {"asked": _asked(row, desks), "deeds": ()}

    # --- To take away -------------------------------------------------------------------------------------------------

    def more_urls(self) -> list[URLPattern]:
        return [self._path("download/<str:format>/", self.download, "download")]

    def download(self, request: HttpRequest, format: str) -> HttpResponseBase:
        """All rows that the filters leave, the latest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = self.filters(request.GET)
        form.is_valid()
        rows = self.found(self.get_queryset(request), form.cleaned_data).order_by("-at", "-pk")
        return downloads.response("journal", format, _COLUMNS, self._cells(rows))

    def _cells(self, rows: QuerySet[Any]) -> Iterator[list[Any]]:
        desks = self._desks()
        for row in rows.iterator(chunk_size=1000):
            desk = desks.get(row.subject)
            told = "; ".join(f"{label}: {value}" for label, value in _asked(row, desks))
            section = desk.section if desk else row.subject
            yield [row.at, str(row.by or ""), row.title, section, row.subject_id, row.reason, told]

    # --- What a row is about ------------------------------------------------------------------------------------------

    def _desks(self) -> dict[str, Desk]:
        """By what the journal calls their subjects."""
        found = (desk for desk in self.admin_site._registry.values() if isinstance(desk, Desk))
        return {desk.opts.label_lower: desk for desk in found}

    def _tell(self, row: Any, desks: dict[str, Desk], request: HttpRequest) -> None:
        """What it is about, in words, and where whoever asks may read that."""
        desk = desks.get(row.subject)
        row.section = desk.section if desk else row.subject
        is_to_read = desk and row.subject_id and desk.has_view_permission(request)
        row.address = desk.address("change", row.subject_id) if desk and is_to_read else ""


def _actions(desk: Desk) -> Iterator[Action]:
    yield from desk.list_actions
    yield from desk.row_actions


def _key(desk: Desk, action: Action) -> str:
    return f"{desk.opts.label_lower}.{action.name}"


def _asked(row: Deed, desks: dict[str, Desk]) -> list[tuple[str, str]]:
    """What was asked for, as the form calls it: «Новый вид выплат», «На карту физлица»."""
    desk = desks.get(row.subject)
    action = next((each for each in _actions(desk) if _key(desk, each) == row.action), None) if desk else None
    fields = action.form.base_fields if action else {}
    told = []
    for name, value in row.asked.items():
        field = fields.get(name)
        label = (field.label if field else None) or _SIGN_INS.get(name, name)
        told.append((str(label), _words(field, value)))
    return told


def _words(field: Any, value: Any) -> str:
    """As whoever was asked read and typed it: kopecks as roubles, days as days."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, int) and isinstance(field, SumField):
        return money.in_text(value)
    if isinstance(value, int) and isinstance(field, PercentField):
        return percent(value)
    if isinstance(field, PartnerField):
        return f"№ {value}"
    if isinstance(value, str) and _DAY.fullmatch(value):
        return moment(dt.datetime.fromisoformat(value)) if "T" in value else day(dt.date.fromisoformat(value))
    named = {str(key): str(title) for key, title in getattr(field, "choices", ()) if not isinstance(title, list)}
    return named.get(str(value), _SIGN_INS.get(str(value), str(value))).partition("\n")[0]


def _start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=months.MOSCOW)
