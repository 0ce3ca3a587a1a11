"""Events on the staff's desk: contradictions to look at, and those that wait for another (feed.md)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partners.admin import Desk, Filters
from partners.admin_actions import Action, ReasonForm
from partners.downloads import Column
from partners.waiting import PATIENCE, Queue, queue
from referrals import conflicts
from referrals.models import Event

State = Event.State
_WAITING, _REVIEWED = "waiting", "reviewed"
_ROWS = "admin/referrals/_events.html"


class EventFilters(Filters):
    q = forms.CharField(
        label="Номер события, клиента или списания", required=False, max_length=220, widget=forms.SearchInput()
    )
    state = forms.ChoiceField(
        label="Какие",
        required=False,
        choices=[("", "противоречат, не разобраны"), (_WAITING, "ждут"), (_REVIEWED, "противоречат, разобраны")],
    )


class Events(Desk):
    section = "События"
    queues_for = "referrals.review_event"
    filters = EventFilters
    select = ("batch", "rival_of", "review__reviewed_by")
    row_actions = [
        Action(
            name="review",
            title="Отметить разобранным",
            permission="referrals.review_event",
            do=conflicts.review,
            said="Противоречие отмечено разобранным.",
            form=ReasonForm,
            note="В книгах ничего не изменится: останется то, что пришло первым. Напишите, что выяснилось.",
            is_main=True,
            fits=lambda row: row.state == State.CONFLICT and not hasattr(row, "review"),
            refusals={
                conflicts.NotAConflict: "Это событие больше не противоречие. Обновите страницу.",
                conflicts.AlreadyReviewed: "Это противоречие уже разобрали.",
            },
        )
    ]
    columns = [
        Column("Событие", "text"),
        Column("Что", "text"),
        Column("О чём", "text"),
        Column("Получено", "moment"),
        Column("Состояние", "text"),
        Column("Причина", "text"),
        Column("Ждёт", "text"),
        Column("Разобрал", "text"),
        Column("Когда", "moment"),
        Column("Что выяснилось", "text"),
    ]

    def cells(self, row: Event) -> Sequence[Any]:
        about = [self.number(row), conflicts.type_of(row), conflicts.about(row), row.batch.received_at]
        review = getattr(row, "review", None)
        looked = [review.reviewed_by.email, review.reviewed_at, review.reason] if review else [None, None, None]
        return [*about, row.get_state_display(), row.reason, row.waits_for, *looked]

    @staticmethod
    def number(row: Event) -> str:
        return row.event_id or (row.rival_of.event_id if row.rival_of else "") or ""

    def name(self, row: Event) -> str:
        return f"Событие {self.number(row)}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(state__in=[State.WAITING, State.CONFLICT])

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        match asked.get("state", ""):
            case "waiting":
                rows = rows.filter(state=State.WAITING)
            case "reviewed":
                rows = rows.filter(state=State.CONFLICT, review__isnull=False)
            case _:
                rows = rows.filter(state=State.CONFLICT, review=None)
        if words := asked.get("q", "").strip():
            named = (
                Q(event_id=words)
                | Q(rival_of__event_id=words)
                | Q(waits_for__in=[f"client:{words}", f"charge:{words}"])
            )
            about = Q(content__data__client_id=words) | Q(content__data__charge_id=words)
            rows = rows.filter(named | about)
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        """What waits by its age; what was looked at the latest first."""
        return ("-pk",) if asked.get("state") == _REVIEWED else ("pk",)

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        return {"shown": shown(rows)}

    def page(self, request: HttpRequest, row: Event) -> dict[str, Any]:
        return {"told": conflicts.told(row), "review": getattr(row, "review", None), "number": self.number(row)}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        rows, url = self.get_queryset(request).order_by("pk"), self.address("changelist")
        unreviewed, waiting = rows.filter(state=State.CONFLICT, review=None), rows.filter(state=State.WAITING)
        how: Any = {"since": "batch__received_at", "template": _ROWS, "shown": shown}
        yield queue("Разобрать противоречия", unreviewed, url, **how)
        yield queue("Ждут другого события", waiting, f"{url}?state=waiting", **how)


def shown(rows: Iterable[Event]) -> list[dict[str, Any]]:
    """With what each is called and about, and whether it is late."""
    late_before = timezone.now() - PATIENCE
    return [
        {
            "event": row,
            "number": Events.number(row),
            "what": conflicts.type_of(row),
            "about": conflicts.about(row),
            "is_late": row.batch.received_at < late_before and not hasattr(row, "review"),
        }
        for row in rows
    ]
