"""All clients of the service on the staff's desk: who each is, who holds it and why, what it brought."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from partners import keyset
from partners.admin import Desk, Filters
from partners.admin_fields import PartnerField
from partners.downloads import Column
from partners.months import start_of_day
from partners.waiting import Queue, queue
from referrals import bursts, client_search, suspicions
from referrals.admin.client_actions import ACTIONS
from referrals.models import Client, Referral

_MONTHS = 36  # of rewards, the latest
_BURSTS_OF, _BURSTS = dt.timedelta(days=7), 20


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MinValueValidator(dt.date(2000, 1, 1)), MaxValueValidator(dt.date(2999, 1, 1))],
    )


class ClientFilters(Filters):
    q = forms.CharField(
        label="Название, аккаунт, ИНН или e-mail", required=False, max_length=200, widget=forms.SearchInput()
    )
    partner = PartnerField(label="E-mail или код партнёра", required=False, help_text="", widget=forms.TextInput())
    since = _day("Зарегистрирован с")
    until = _day("Зарегистрирован по")
    suspicious = forms.ChoiceField(label="Подозрение", required=False, choices=[("", "Все"), ("on", "Не разобрано")])


class Clients(Desk):
    section = "Клиенты"
    queues_for = "referrals.settle_suspicion"
    nothing_yet = "Клиент появится с первым событием о его регистрации в сервисе."
    filters = ClientFilters
    row_actions = ACTIONS
    columns = [
        Column("Аккаунт", "text"),
        Column("Название", "text"),
        Column("Зарегистрирован", "moment"),
        Column("E-mail", "text"),
        Column("Телефон", "text"),
        Column("ИНН", "text"),
        Column("Партнёр", "text"),
        Column("E-mail партнёра", "text"),
        Column("Как пришёл", "text"),
        Column("Закреплён с", "moment"),
        Column("Обучен", "date"),
    ]

    def cells(self, row: Any) -> Sequence[Any]:
        about = [row.account_id, row.name, row.registered_at, row.email, row.phone, row.inn]
        if not row.held:
            return [*about, None, None, None, None, None]
        (held,) = row.held
        who = [held.partner.full_name, held.partner.user.email]
        return [*about, *who, held.get_via_display(), held.held_since, held.trained_on]

    def name(self, row: Client) -> str:
        return row.name

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With who holds each now: nobody, or one."""
        holders = Referral.objects.filter(held_until=None).select_related("partner__user")
        return super().get_queryset(request).prefetch_related(Prefetch("referrals", holders, to_attr="held"))

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("-registered_at", "-pk")

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if partner := asked.get("partner"):
            rows = rows.filter(referrals__partner=partner)
        if since := asked.get("since"):
            rows = rows.filter(registered_at__gte=start_of_day(since))
        if until := asked.get("until"):
            rows = rows.filter(registered_at__lt=start_of_day(until, after=1))
        if asked.get("suspicious"):
            rows = rows.filter(suspicions.is_open())
        return client_search.narrowed(rows, words) if (words := asked.get("q", "")) else rows

    def page(self, request: HttpRequest, row: Client) -> dict[str, Any]:
        charges = row.charges.select_related("refund_of", "partner__user", "assignment__terms")
        page = keyset.page(charges, order=("-charged_at", "-pk"), token=request.GET.get("page"), size=25)
        attributions = row.attributions.select_related("partner__user", "code", "decided_by")
        rewards = row.rewards.select_related("partner__user", "assignment__terms").order_by("-month", "-pk")
        return {
            "attributions": attributions.order_by("-starts_at", "-pk"),
            "charges": page.rows,
            "pager": keyset.addresses(page, request.GET),
            "rewards": rewards[:_MONTHS],
            "referrals": row.referrals.select_related("partner__user", "progress").order_by("-held_since"),
            "suspicions": row.suspicions.told(),
        }

    def about(self, row: Client) -> dict[str, Any]:
        return {"suspicions": row.suspicions.open().told()}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        rows, url = suspicions.clients().order_by("registered_at", "pk"), f"{self.address('changelist')}?suspicious=on"
        how: Any = {"since": "registered_at", "template": "admin/referrals/_suspicious.html"}
        yield queue("Подозрительные клиенты", rows, url, **how)
        found = bursts.found(since=timezone.localdate() - _BURSTS_OF)
        yield Queue(
            "Всплески переходов по ссылкам",
            keyset.Count(len(found), False),
            reverse("admin:partners_partner_changelist"),
            "За неделю. Ничего не отклонено: посмотрите, люди это или программа",
            found[:_BURSTS],
            "admin/referrals/_bursts.html",
            "Партнёры",
        )
