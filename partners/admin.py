"""The desk where staff works: what its lists, pages and actions share. The one place that knows Django's ModelAdmin.

Of Django's ModelAdmin a subject of the desk (withdrawals, contracts …) takes the registration, the addresses and the
permission to view. Nobody edits rows here: whatever is done about one is an `Action`, a page whose POST makes one call.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from partners import deeds, downloads, journal, keyset, months, own_money
from partners.admin_actions import Action, ActionForm
from partners.waiting import Queue

DEEDS = 20  # on a row's own page; the journal has all of them
_CHUNK = 2_000  # rows of a file read at once


class Filters(forms.Form):
    """What a list can be narrowed by. Empty fields narrow nothing."""

    q = forms.CharField(label="Найти", required=False, max_length=200, widget=forms.SearchInput())


class Desk(ModelAdmin):
    """A subject of the desk: a list of rows, a page for each, actions. Rows are added, changed and deleted nowhere."""

    section = ""  # its name in the navigation
    queues_for = ""  # the right of those whose work its queues are; empty: of all who may view it
    nothing_yet = ""  # what an empty list is empty for
    filters: type[Filters] = Filters
    select: Sequence[str] = ()  # the rows that a row is shown with
    row_actions: Sequence[Action] = ()
    list_actions: Sequence[Action] = ()  # not about one row
    columns: Sequence[downloads.Column] = ()  # of the list as a file, which `cells` fills; none: it has no file
    key = "int"  # how an address names a row
    page_size = 50

    # --- What a subject says by itself --------------------------------------------------------------------------------

    def name(self, row: Any) -> str:
        """What a row is called over its page."""
        return f"{row}"

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that the filters leave."""
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        # Without names it would select everything that is required.
        return rows.select_related(*self.select) if self.select else rows

    def count(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> keyset.Count:
        """How many the filters leave, counted no further than is cheap."""
        return keyset.count(rows, limit=1_000)

    def cells(self, row: Any) -> Sequence[Any]:
        """The row under `columns`."""
        raise NotImplementedError

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        """What else the list needs."""
        return {}

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the row's page tells."""
        return {}

    def about(self, row: Any) -> dict[str, Any]:
        """What else `summary` tells of a row, above the form of an action."""
        return {}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        """What waits for whoever asks."""
        return ()

    # --- Nobody edits -------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    # --- Addresses ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """The list, the pages, the actions, and what a subject adds in `more_urls`. None of Django's own."""
        row = f"<{self.key}:pk>/"
        urls = [self._path("", self.changelist_view, "changelist"), self._path(row, self.page_view, "change")]
        urls += [self._path(f"{each.name}/", self._acting(each), each.name) for each in self.list_actions]
        urls += [self._path(f"{row}{each.name}/", self._acting(each), each.name) for each in self.row_actions]
        if self.columns:
            urls.append(self._path("export.xlsx", self.export_view, "export"))
        return [*urls, *self.more_urls()]

    def more_urls(self) -> list[URLPattern]:
        return []

    def address(self, name: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def _path(self, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        return path(
            route, self.admin_site.admin_view(view), name=f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        )

    def _acting(self, action: Action) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int | None = None) -> HttpResponse:
            return self.act(request, action, pk)

        return view

    @property
    def summary(self) -> str:
        """The template that tells what a row is, above the form of an action."""
        return f"admin/{self.opts.app_label}/_{self.opts.model_name}_summary.html"

    # --- Pages --------------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The rows that the filters leave, a page at a time: it costs the same wherever it is."""
        form, rows = self._asked(request)
        asked = form.cleaned_data
        page = keyset.page(rows, order=self.order(asked), token=request.GET.get("page"), size=self.page_size)
        context = {
            "filters": form,
            "rows": page.rows,
            "number": self.count(rows, asked),
            "pager": keyset.addresses(page, request.GET),
            "buttons": self.buttons(request),
            "file": self.address("export") if self.columns else "",
            "is_narrowed": any(asked.values()),
            **self.list_page(request, page.rows),
        }
        return self._answer(request, "list", self.section, context)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The same rows in the same order as a file, all of them, in flat memory."""
        form, rows = self._asked(request)
        rows = rows.order_by(*self.order(form.cleaned_data))
        name = f"{self.section} {timezone.now().astimezone(months.MOSCOW):%Y-%m-%d}"
        cells = (self.cells(row) for row in rows.iterator(chunk_size=_CHUNK))
        return downloads.response(name, "xlsx", self.columns, cells)

    def page_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that is known of a row, and what can be done about it."""
        row = self.row(request, pk)
        told = {"row": row, "buttons": self.buttons(request, row), "deeds": deeds.about(row)[:DEEDS]}
        return self._answer(request, "page", self.name(row), {**told, **self.page(request, row)})

    def act(self, request: HttpRequest, action: Action, pk: int | None = None) -> HttpResponse:
        """An action's page, and the action itself by POST."""
        row = self.row(request, pk) if pk is not None else None
        if not self.has_view_permission(request) or not request.user.has_perm(action.permission):
            raise PermissionDenied
        form = action.form(request.POST or None, request.FILES or None, row=row, asked=request.GET)
        if request.method == "POST":
            # Also without a single field: what was pressed is the button.
            form.is_bound = True
            if form.is_valid() and (done := self._done(request, action, form, row)):
                return done
        context = {
            "form": form,
            "action": action,
            "row": row,
            **(self.about(row) if row else {}),
            "back": self.address("change", row.pk) if row else self.address("changelist"),
            "back_name": self.name(row) if row else self.section,
        }
        return self._answer(request, "", action.title, context, template=action.template)

    def row(self, request: HttpRequest, pk: int) -> Any:
        """The row of that number, for whoever may view it. Raises PermissionDenied, Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def buttons(self, request: HttpRequest, row: Any = None) -> list[dict[str, Any]]:
        """The actions that whoever asks may take about the row, or about none."""
        user: Any = request.user
        actions = self.list_actions if row is None else self.row_actions
        args = [] if row is None else [row.pk]
        return [
            # What asks for nothing is done at once: the row's own page tells what it is about.
            {"action": each, "url": self.address(each.name, *args), "at_once": bool(row) and each.form is ActionForm}
            for each in actions
            if each.fits(row) and user.has_perm(each.permission)
        ]

    def _done(self, request: HttpRequest, action: Action, form: ActionForm, row: Any) -> HttpResponse | None:
        """The way on after the call, which the journal tells of; None when it was refused, and the form says why."""
        about, now = [] if row is None else [row], timezone.now()
        by: Any = request.user
        refused: tuple[type[Exception], ...] = (own_money.OwnMoney, *action.refusals)
        try:
            with transaction.atomic() if action.in_one else nullcontext():
                result = action.do(*about, by=by, now=now, **form.cleaned_data)
                journal.note(self, action, form, row, result, by=by, now=now)
        except refused as refusal:
            form.add_error(None, action.sentence(refusal))
            return None
        if isinstance(result, HttpResponse):
            return result  # a file to take away
        messages.success(request, action.message(row, result))
        made = result if isinstance(result, self.model) else row
        return redirect(self.address("change", made.pk) if made else self.address("changelist"))

    def _asked(self, request: HttpRequest) -> tuple[Filters, QuerySet[Any]]:
        """What the list was asked for, and the rows that this leaves. Raises PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = self.filters(request.GET)
        form.is_valid()  # what can't be understood narrows nothing
        return form, self.found(self.get_queryset(request), form.cleaned_data)

    def _answer(
        self, request: HttpRequest, kind: str, title: str, context: dict[str, Any], template: str = ""
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        template = template or f"admin/{self.opts.app_label}/{self.opts.model_name}_{kind}.html"
        context = {**self.admin_site.each_context(request), "desk": self, "title": title, **context}
        return TemplateResponse(request, template, context)
