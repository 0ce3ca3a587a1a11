"""Corrections of balances on the staff's desk (R20): one asks, and above a sum another says yes."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from partners import corrections, finding, ledger
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ReasonForm
from partners.admin_fields import PartnerField, SumField
from partners.downloads import Column
from partners.models import Correction, LedgerLine
from partners.money import in_text
from partners.waiting import Queue, queue

State = Correction.State


class CorrectionFilters(Filters):
    q = forms.CharField(
        label="Партнёр: имя, e-mail, код или номер", required=False, max_length=200, widget=forms.SearchInput()
    )
    state = forms.ChoiceField(label="Состояние", required=False, choices=[("", "Любое"), *State.choices])


class EnterForm(ReasonForm):
    """Whose balance moves, which way and by how much."""

    partner = PartnerField()
    direction = forms.ChoiceField(
        label="Что сделать",
        widget=forms.RadioSelect,
        choices=[
            ("add", "Начислить\nБаланс вырастет"),
            ("take", "Списать\nБаланс уменьшится, может уйти ниже нуля"),
        ],
        error_messages={"required": "Выберите, начислить или списать."},
    )
    amount_kopecks = SumField(label="Сумма, ₽")
    memo = forms.CharField(
        label="Что прочитает партнёр",
        max_length=250,
        help_text="Строка в его движениях, без имён и контактов. Например: «возврат за август учтён дважды».",
        error_messages={"required": "Напишите, что прочитает партнёр."},
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    field_order = ["partner", "direction", "amount_kopecks", "memo", "reason", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Для сотрудников: откуда взялась сумма, кто просил. Партнёр её не увидит."
        self.initial.update(partner=self.asked.get("partner", ""), key=f"staff:{uuid.uuid4()}")

    def clean_amount_kopecks(self) -> int:
        kopecks: int = self.cleaned_data["amount_kopecks"]
        if kopecks <= 0:
            raise forms.ValidationError("Укажите сумму больше нуля: начислить или списать, выбирается выше.")
        return kopecks

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.pop("direction", "") == "take" and "amount_kopecks" in cleaned:
            cleaned["amount_kopecks"] *= -1
        return cleaned


def _said(row: None, result: Correction) -> str:
    if result.state == State.REQUESTED:
        return "Корректировка внесена и ждёт второго сотрудника: пока он не подтвердит, баланс прежний."
    return "Корректировка проведена, партнёр видит её в движениях баланса."


_REFUSALS: dict[type[Exception], str] = {
    corrections.AlreadyDecided: "Эту корректировку уже провели или отклонили. Обновите её страницу.",
    corrections.NeedsAnotherPerson: "Эту корректировку внесли вы: подтвердить её должен другой сотрудник.",
    corrections.HasNoBalance: "Партнёр ещё не участвует: баланса у него нет. Сначала одобрите его запрос.",
}


class Corrections(Desk):
    section = "Корректировки"
    queues_for = "partners.confirm_correction"
    nothing_yet = "Баланс ещё ни разу не правили руками."
    filters = CorrectionFilters
    select = ("partner__user", "asked_by", "decided_by")
    list_actions = [
        Action(
            name="enter",
            title="Внести корректировку",
            permission="partners.request_correction",
            do=corrections.request,
            said=_said,
            form=EnterForm,
            template="admin/partners/correction_enter.html",
            refusals=_REFUSALS,
        )
    ]
    row_actions = [
        Action(
            name="confirm",
            title="Провести",
            permission="partners.confirm_correction",
            do=corrections.confirm,
            said="Корректировка № {row.pk} проведена.",
            note="Баланс партнёра изменится сразу, отменить можно только другой корректировкой.",
            is_main=True,
            fits=lambda row: row.state == State.REQUESTED,
            refusals=_REFUSALS,
        ),
        Action(
            name="decline",
            title="Отклонить",
            permission="partners.confirm_correction",
            do=corrections.decline,
            said="Корректировка № {row.pk} отклонена, баланс прежний.",
            form=ReasonForm,
            is_danger=True,
            fits=lambda row: row.state == State.REQUESTED,
            refusals=_REFUSALS,
        ),
    ]
    columns = [
        Column("Номер", "number"),
        Column("Партнёр", "text"),
        Column("E-mail", "text"),
        Column("Сумма", "money"),
        Column("Состояние", "text"),
        Column("Прочитает партнёр", "text"),
        Column("Причина", "text"),
        Column("Внёс", "text"),
        Column("Внесена", "moment"),
        Column("Решил", "text"),
        Column("Решена", "moment"),
    ]

    def cells(self, row: Correction) -> Sequence[Any]:
        who = [row.asked_by.email, row.asked_at, row.decided_by and row.decided_by.email, row.decided_at]
        about = [row.amount_kopecks, row.get_state_display(), row.memo, row.reason]
        return [row.pk, row.partner.full_name, row.partner.user.email, *about, *who]

    def name(self, row: Correction) -> str:
        return f"Корректировка № {row.pk}"

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("state"):
            rows = rows.filter(state=asked["state"])
        return finding.narrowed(rows, words, path="partner__") if (words := asked.get("q", "")) else rows

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        return {"limit": in_text(settings.CORRECTION_NEEDS_SECOND_ABOVE)}

    def about(self, row: Correction) -> dict[str, Any]:
        return {"balance_kopecks": ledger.balance(row.partner)}

    def page(self, request: HttpRequest, row: Correction) -> dict[str, Any]:
        balance_kopecks = ledger.balance(row.partner)
        return {
            "balance_kopecks": balance_kopecks,
            "becomes_kopecks": balance_kopecks + row.amount_kopecks,
            "lines": LedgerLine.objects.filter(key=f"correction:{row.pk}").select_related("booked_by"),
            "is_own": row.asked_by_id == request.user.pk,
            "limit": in_text(settings.CORRECTION_NEEDS_SECOND_ABOVE),
        }

    def buttons(self, request: HttpRequest, row: Any = None) -> list[dict[str, Any]]:
        """Whoever asked for a correction is spared the button that would be refused."""
        found = super().buttons(request, row)
        is_own = row is not None and row.asked_by_id == request.user.pk
        return [each for each in found if not (is_own and each["action"].name == "confirm")]

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        waiting = self.get_queryset(request).filter(state=State.REQUESTED).order_by("pk")
        url = f"{self.address('changelist')}?state=requested"
        template = "admin/partners/_corrections.html"
        yield queue("Подтвердить корректировки", waiting, url, since="asked_at", template=template)
