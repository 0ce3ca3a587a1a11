"""A partner on the staff's desk: the whole story of its money on one page, and the change of its tariff."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partners import ledger
from partners.admin import Action, Desk, Filters, ReasonForm
from partners.models import Partner, Tariff
from payouts import conditions, tariff_change
from payouts.admin.fields import found_by
from payouts.admin.rows import shown
from payouts.models import Contract, Worker

_LINES, _WITHDRAWALS = 50, 20  # the latest


class PartnerFilters(Filters):
    q = forms.CharField(label="E-mail, код, номер или имя", required=False, max_length=200, widget=forms.SearchInput())
    tariff = forms.ChoiceField(label="Вид выплат", required=False, choices=[("", "Любой"), *Tariff.choices])
    status = forms.ChoiceField(label="Состояние", required=False, choices=[("", "Любое"), *Partner.Status.choices])


class TariffForm(ReasonForm):
    """The tariff that the partner doesn't have."""

    tariff = forms.ChoiceField(
        label="Новый вид выплат",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Выберите новый вид выплат.",
            "invalid_choice": "Этот вид выплат у партнёра и сейчас.",
        },
    )
    field_order = ["tariff", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others: Any = [choice for choice in Tariff.choices if choice[0] != self.row.tariff]
        self.fields["tariff"].choices = others  # type: ignore[attr-defined]
        self.initial["tariff"] = others[0][0]
        self.fields["reason"].help_text = "Например: «Открыл ООО, заявление от 15 ноября». Партнёр её не увидит."


class Partners(Desk):
    section = "Партнёры"
    filters = PartnerFilters
    select = ("user",)
    row_actions = [
        Action(
            name="change-tariff",
            title="Сменить вид выплат",
            permission="payouts.change_tariff",
            do=tariff_change.change,
            said="Вид выплат изменён, баланс обнулён.",
            form=TariffForm,
            note="Баланс обнулится, в том числе отрицательный: «При смене тарифа баланс обнуляется». Списания,"
            " сделанные до смены, будут вознаграждены по прежним условиям. Отменить это нельзя.",
            is_danger=True,
            refusals={
                tariff_change.NotAdmitted: "Партнёр ещё не принят: вид выплат он выбирает в заявке на участие.",
                tariff_change.SameTariff: "Этот вид выплат у партнёра и сейчас. Выберите другой.",
                tariff_change.WithdrawalOpen: "У партнёра есть незавершённая заявка на вывод. Дождитесь выплаты или"
                " отклоните заявку, потом меняйте вид выплат.",
                tariff_change.CloseUnderWay: "Сейчас закрывается месяц. Попробуйте через несколько минут.",
            },
        )
    ]

    def name(self, row: Partner) -> str:
        return row.full_name

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        for name in ("tariff", "status"):
            if asked.get(name):
                rows = rows.filter(**{name: asked[name]})
        if words := asked.get("q", ""):
            rows = rows.filter(Q(pk__in=found_by(words).values("pk")) | Q(full_name__icontains=words))
        return rows

    def about(self, row: Partner) -> dict[str, Any]:
        return {"balance_kopecks": ledger.balance(row)}

    def page(self, request: HttpRequest, row: Partner) -> dict[str, Any]:
        """What the cabinet tells the partner itself, by the same functions."""
        now = timezone.now()
        is_admitted = row.terms_assignments.exists()
        return {
            "conditions": conditions.of(row, now=now) if is_admitted else None,
            "requisites": row.requisites.last(),
            "contract": Contract.objects.filter(partner=row).first(),
            "worker": Worker.objects.filter(partner=row).first(),
            "code": row.codes.filter(is_main=True).first(),
            "withdrawals": shown(row.withdrawals.order_by("-pk"))[:_WITHDRAWALS],
            "lines": row.ledger_lines.select_related("booked_by").order_by("-booked_at", "-pk")[:_LINES],
            "assignments": row.terms_assignments.select_related("terms", "decided_by").order_by("-pk"),
            "changes": row.status_changes.select_related("changed_by"),
        }
