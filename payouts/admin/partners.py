"""Partners on the staff's desk: all of them, who waits to be let in, and the whole story of one on one page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partners import finding, ledger
from partners.admin import Desk, Filters
from partners.downloads import Column
from partners.models import Correction, Partner, Tariff
from partners.waiting import Queue, queue
from payouts import conditions, partner_story
from payouts.admin.partner_actions import ACTIONS
from payouts.admin.rows import shown

_LINES, _WITHDRAWALS, _CLIENTS, _LETTERS, _CODES = 50, 20, 10, 10, 20  # the latest


class PartnerFilters(Filters):
    q = forms.CharField(
        label="Имя, e-mail, код, ИНН или аккаунт", required=False, max_length=200, widget=forms.SearchInput()
    )
    tariff = forms.ChoiceField(label="Вид выплат", required=False, choices=[("", "Любой"), *Tariff.choices])
    status = forms.ChoiceField(label="Состояние", required=False, choices=[("", "Любое"), *Partner.Status.choices])


class Partners(Desk):
    section = "Партнёры"
    queues_for = "partners.admit_partner"
    nothing_yet = "Партнёр появится, когда кто-то отправит запрос на участие."
    filters = PartnerFilters
    select = ("user", "contract", "worker")
    row_actions = ACTIONS
    columns = [
        Column("Номер", "number"),
        Column("Имя", "text"),
        Column("E-mail", "text"),
        Column("Телефон", "text"),
        Column("ИНН", "text"),
        Column("Аккаунт в сервисе", "text"),
        Column("Вид выплат", "text"),
        Column("Состояние", "text"),
        Column("Участвует с", "moment"),
    ]

    def cells(self, row: Partner) -> Sequence[Any]:
        return [
            row.pk,
            row.full_name,
            row.user.email,
            row.phone,
            row.inn,
            row.user.account_id,
            row.get_tariff_display(),
            row.get_status_display(),
            row.registered_at,
        ]

    def name(self, row: Partner) -> str:
        return row.full_name

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        for name in ("tariff", "status"):
            if asked.get(name):
                rows = rows.filter(**{name: asked[name]})
        return finding.narrowed(rows, words) if (words := asked.get("q", "")) else rows

    def about(self, row: Partner) -> dict[str, Any]:
        return {"balance_kopecks": ledger.balance(row)}

    def page(self, request: HttpRequest, row: Partner) -> dict[str, Any]:
        """What the cabinet tells the partner itself, by the same functions; and what staff knows besides."""
        now = timezone.now()
        is_admitted = row.status not in (Partner.Status.PENDING, Partner.Status.DECLINED)
        clients = row.referrals.select_related("client", "progress").order_by("-registered_at", "-pk")
        return {
            "conditions": conditions.of(row, now=now) if is_admitted else None,
            "requisites": row.requisites.select_related("entered_by").last(),
            "contract": getattr(row, "contract", None),
            "worker": getattr(row, "worker", None),
            "codes": row.codes.select_related("campaign").order_by("-is_main", "pk")[:_CODES],
            "clients": clients[:_CLIENTS],
            "withdrawals": shown(row.withdrawals.order_by("-pk"))[:_WITHDRAWALS],
            "lines": row.ledger_lines.select_related("booked_by").order_by("-booked_at", "-pk")[:_LINES],
            "correction_waits": row.corrections.filter(state=Correction.State.REQUESTED).exists(),
            "tokens": row.api_tokens.live(),
            "story": partner_story.of(row),
            "letters": row.notices.order_by("-pk")[:_LETTERS],
        }

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        waiting = self.get_queryset(request).filter(status=Partner.Status.PENDING).order_by("registered_at", "pk")
        url = f"{self.address('changelist')}?status=pending"
        yield queue("Одобрить партнёров", waiting, url, since="registered_at", template="admin/partners/_waiting.html")
