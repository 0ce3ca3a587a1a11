"""Withdrawals on the staff's desk: what waits, what became of each, and what a person decides about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from partners import finding, keyset, ledger
from partners.admin import Desk, Filters
from partners.downloads import Column
from partners.models import LedgerLine
from partners.waiting import Queue
from payouts import withdrawals
from payouts.admin.rows import late, shown
from payouts.admin.withdrawal_actions import LIST_ACTIONS, ROW_ACTIONS, UNDER_WAY
from payouts.models import Destination, Withdrawal

State = Withdrawal.State
_ROWS = "admin/payouts/_withdrawals.html"


# --- The list ---------------------------------------------------------------------------------------------------------

_DESTINATIONS = {Destination.CARD: "на карту", Destination.BANK: "на счёт", Destination.SERVICE: "на аккаунт"}
_MARKS = {
    "late": "срочные",
    "question": "неясно, что с платежом",
    "changed": "новые реквизиты или карта",
    "held": "отложенные",
    "suspended": "участие приостановлено",
}


class WithdrawalFilters(Filters):
    q = forms.CharField(
        label="Номер, e-mail или код партнёра", required=False, max_length=200, widget=forms.SearchInput()
    )
    state = forms.ChoiceField(
        label="Состояние", required=False, choices=[("", "Любое"), ("open", "в работе"), *State.choices]
    )
    destination = forms.ChoiceField(label="Куда", required=False, choices=[("", "Куда угодно"), *_DESTINATIONS.items()])
    mark = forms.ChoiceField(label="Особое", required=False, choices=[("", "Всё"), *_MARKS.items()])


def _marked(rows: QuerySet[Any], mark: str) -> QuerySet[Any]:
    match mark:
        case "late":
            return rows.filter(late())
        case "question":
            return rows.filter(state__in=UNDER_WAY).exclude(question="")
        case "changed":
            return rows.filter(state=State.REQUESTED).exclude(question="")
        case "held":
            return rows.filter(state=State.APPROVED, held_until__isnull=False)
        case "suspended":
            return rows.filter(pk__in=Withdrawal.objects.suspended().values("pk"))
    return rows


# --- The subject ------------------------------------------------------------------------------------------------------


class Withdrawals(Desk):
    section = "Выводы"
    queues_for = "payouts.approve_withdrawal"
    nothing_yet = "Заявку подаёт партнёр в своём кабинете. Ту, что пришла письмом, можно внести здесь."
    filters = WithdrawalFilters
    row_actions = ROW_ACTIONS
    list_actions = LIST_ACTIONS
    columns = [
        Column("Заявка", "number"),
        Column("Партнёр", "text"),
        Column("E-mail", "text"),
        Column("Сумма", "money"),
        Column("Состояние", "text"),
        Column("Куда", "text"),
        Column("Подана", "moment"),
        Column("Выплатить до", "date"),
        Column("Что решить", "text"),
    ]

    def cells(self, row: Withdrawal) -> Sequence[Any]:
        who = [row.partner.full_name, row.partner.user.email, row.amount_kopecks]
        state = [row.get_state_display(), row.get_destination_display(), row.requested_at, row.due_on]
        return [row.pk, *who, *state, row.question]

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("state"):
            state = asked["state"]
            rows = rows.filter(state__in=Withdrawal.OPEN if state == "open" else [state])
        if asked.get("destination"):
            rows = rows.filter(destination=asked["destination"])
        rows = _marked(rows, asked.get("mark", ""))
        if words := asked.get("q", ""):
            number = finding.number_in(words)
            if number is not None and rows.filter(pk=number).exists():
                return rows.filter(pk=number)
            rows = finding.narrowed(rows, words, path="partner__")
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        """What is still to be paid by its day; of everything the latest first."""
        if asked.get("state") in ("open", *Withdrawal.OPEN) or asked.get("mark"):
            return ("due_on", "pk")
        return ("-pk",)

    def name(self, row: Withdrawal) -> str:
        return f"Заявка № {row.pk}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return shown(super().get_queryset(request))

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        waiting = any(row.state == State.REQUESTED and not row.is_suspended for row in rows)
        return {
            "may_choose": waiting and request.user.has_perm("payouts.approve_withdrawal"),
            "ticked": "all" in request.GET,
        }

    def page(self, request: HttpRequest, row: Withdrawal) -> dict[str, Any]:
        keys = [f"withdrawal:{row.pk}", f"withdrawal:{row.pk}:returned"]
        return {
            "where": withdrawals.where(row),
            "steps": row.steps.select_related("taken_by"),
            "lines": LedgerLine.objects.filter(key__in=keys),
            "balance_kopecks": ledger.balance(row.partner),
            "orders": row.orders.select_related("file"),
        }

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        rows = shown(Withdrawal.objects.open()).order_by("due_on", "pk")
        waiting, doubtful = rows.filter(state=State.REQUESTED), _marked(rows, "question")
        hurried = keyset.count(waiting.filter(late()))
        url = self.address("changelist")
        yield Queue(
            "Одобрить заявки",
            keyset.count(waiting),
            f"{url}?state=requested",
            f"Срочных: {hurried.number}" if hurried.number else "",
            waiting[:10],
            _ROWS,
            is_urgent=hurried.number > 0,
        )
        yield Queue(
            "Решить, что с платежом",
            keyset.count(doubtful),
            f"{url}?mark=question",
            rows=doubtful[:5],
            template=_ROWS,
            is_urgent=True,
        )
