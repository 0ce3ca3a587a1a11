"""Sending as a whole on the staff's desk: the switch that stops it, and the comparisons with Solar Staff."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest

from partners import keyset
from partners.admin import Desk
from partners.admin_actions import Action, ReasonForm
from partners.downloads import Column
from partners.models import User
from partners.templatetags.words import day
from partners.waiting import Queue
from payouts import comparison, providers, sending, solar_staff
from payouts.models import Comparison, Destination, SendingSwitch


class Switches(Desk):
    section = "Отправка"
    select = ("switched_by",)
    list_actions = [
        Action(
            name="off",
            title="Выключить отправку",
            permission="payouts.switch_sending",
            do=partial(sending.switch, False),
            said="Отправка выключена: ни одна выплата не уйдёт, пока её не включат.",
            form=ReasonForm,
            note="Перестанут уходить выплаты на карты и на аккаунты в сервисе и собираться файлы для банка."
            " Заявки можно одобрять дальше: они подождут. Об уже отправленных портал продолжит узнавать.",
            is_danger=True,
            fits=lambda row: sending.is_on(),
        ),
        Action(
            name="on",
            title="Включить отправку",
            permission="payouts.switch_sending",
            do=partial(sending.switch, True),
            said="Отправка включена: одобренные заявки уйдут в течение минуты.",
            form=ReasonForm,
            note="Одобренные заявки начнут уходить в течение минуты. После восстановления из резервной копии сначала"
            " дождитесь сверки с Solar Staff и загрузите выписку банка.",
            fits=lambda row: not sending.is_on(),
        ),
    ]

    columns = [Column("Когда", "moment"), Column("Кто", "text"), Column("Отправка", "text"), Column("Причина", "text")]

    def cells(self, row: SendingSwitch) -> Sequence[Any]:
        return [row.switched_at, row.switched_by and row.switched_by.email, f"{row}", row.reason]

    def name(self, row: SendingSwitch) -> str:
        return f"Отправка {row}"

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        return {"is_on": sending.is_on(), "latest": rows[0] if rows else None}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        if not sending.is_on():
            latest = SendingSwitch.objects.last()
            note = f"Выплаты не уходят. Причина: {latest.reason if latest else ''}"
            yield Queue("Отправка выключена", keyset.Count(1, False), self.address("changelist"), note, is_urgent=True)


# --- Comparisons ------------------------------------------------------------------------------------------------------


class ReviewForm(ReasonForm):
    """Which of the differences were looked into."""

    differences = forms.TypedMultipleChoiceField(
        label="Что разобрано",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Отметьте расхождения, о которых пишете."},
    )
    field_order = ["differences", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told: list[str] = self.row.differences
        left = comparison.left(self.row)
        field: Any = self.fields["differences"]
        field.choices = [(str(number), each) for number, each in enumerate(told) if each in left]
        field.coerce = lambda number: told[int(number)]
        self.fields["reason"].label = "Что выяснилось"


class SolarStaffIsNotSet(Exception):
    """There is nobody to compare with."""


def compare(*, by: User, now: dt.datetime) -> Comparison:
    if Destination.CARD not in providers.configured():
        raise SolarStaffIsNotSet
    return comparison.run(now=now)


def _said(row: None, result: Comparison) -> str:
    if len(result.differences) == 0:
        return f"Сверено операций: {result.payments}. Расхождений нет."
    return f"Сверено операций: {result.payments}. Расхождений: {len(result.differences)}."


class Comparisons(Desk):
    section = "Сверки"
    list_actions = [
        Action(
            name="run",
            title="Сверить сейчас",
            permission="payouts.run_comparison",
            do=compare,
            said=_said,
            in_one=False,
            note="Сверит все платежи Solar Staff с заявками. Обычно это делается само каждую ночь. Может занять"
            " минуту.",
            refusals={
                solar_staff.NoAnswer: "Solar Staff не отвечает. Ничего не изменено: попробуйте позже, ночью сверка"
                " повторится сама.",
                SolarStaffIsNotSet: "Выплаты на карты не настроены, сверять не с кем: нужны настройки SOLAR_STAFF_URL и"
                " другие SOLAR_STAFF_…",
            },
        )
    ]

    row_actions = [
        Action(
            name="review",
            title="Отметить разобранным",
            permission="payouts.review_comparison",
            do=comparison.review,
            said="Отмечено разобранным: портал об этом больше не напомнит.",
            form=ReviewForm,
            note="Ни в книгах, ни в Solar Staff ничего не изменится. Напишите, что выяснилось: портал больше об этом не"
            " напомнит, а прочитать можно будет здесь.",
            is_main=True,
            fits=lambda row: bool(comparison.left(row)),
        )
    ]

    columns = [
        Column("Ночь", "date"),
        Column("С", "moment"),
        Column("По", "moment"),
        Column("Проведена", "moment"),
        Column("Операций", "number"),
        Column("Расхождений", "number"),
    ]

    def cells(self, row: Comparison) -> Sequence[Any]:
        return [row.night, row.since, row.until, row.finished_at, row.payments, len(row.differences)]

    def name(self, row: Comparison) -> str:
        return f"Сверка {day(row.night)}"

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        known = comparison.reviews(*rows)
        return {"left": {row.pk for row in rows if not known.keys() >= set(row.differences)}}

    def page(self, request: HttpRequest, row: Comparison) -> dict[str, Any]:
        known = comparison.reviews(row)
        return {"told": [(each, known.get(each)) for each in row.differences]}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        """What the latest comparison left open."""
        latest = Comparison.objects.last()
        if latest is not None:
            found = comparison.left(latest)
            yield Queue(
                "Расхождения с Solar Staff",
                keyset.Count(len(found), False),
                self.address("change", latest.pk),
                rows=found[:5],
                template="admin/payouts/_differences.html",
                is_urgent=True,
            )
