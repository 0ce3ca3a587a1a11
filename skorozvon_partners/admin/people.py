"""Whose personal data the portal holds, on the administrator's desk: handed over or erased on request (152-ФЗ)."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partners import ledger
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ReasonForm
from partners.finding import number_in
from partners.models import Partner, User
from partners.rules import normal_email
from payouts import personal_data as of_payouts
from payouts.admin.files import attachment
from referrals.models import Client
from skorozvon_partners import personal_data


class PersonFilters(Filters):
    q = forms.CharField(
        label="E-mail, аккаунт или номер партнёра", required=False, max_length=200, widget=forms.SearchInput()
    )
    state = forms.ChoiceField(
        label="Данные", required=False, choices=[("", "Любые"), ("held", "на месте"), ("erased", "стёрты")]
    )


class ExportForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Например: «Запрос от 28 ноября, вх. № 17». Без персональных данных."


class EraseForm(ExportForm):
    despite_balance = forms.CharField(
        label="Почему остаток не мешает",
        required=False,
        max_length=300,
        help_text="Только если на балансе не ноль: после стирания вывести его будет некому.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kept = ("despite_balance",)
    field_order = ["reason", "despite_balance"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not _balance(self.row):
            del self.fields["despite_balance"]


class ClientField(forms.CharField):
    """A client of the service, named by its account."""

    def clean(self, value: Any) -> Any:
        client = Client.objects.filter(account_id=super().clean(value)).first()
        if client is None:
            raise forms.ValidationError("Такого клиента портал не знает. Проверьте номер аккаунта.")
        return client


class ClientForm(ExportForm):
    client = ClientField(
        label="Аккаунт в сервисе",
        max_length=200,
        error_messages={"required": "Укажите номер аккаунта: его знает сервис."},
    )
    field_order = ["client", "reason"]


def _balance(person: User) -> int:
    partner = Partner.objects.filter(user=person.pk).first()
    return ledger.balance(partner) if partner else 0


def export(person: User, *, reason: str, by: User, now: dt.datetime) -> HttpResponse:
    held = personal_data.export(person, now=now)
    text = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return attachment(text.encode(), f"person-{person.pk}.json", "application/json")


def export_client(*, client: Client, reason: str, by: User, now: dt.datetime) -> HttpResponse:
    held = personal_data.export_client(client, now=now)
    text = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return attachment(text.encode(), f"client-{client.pk}.json", "application/json")


def erase_client(*, client: Client, reason: str, by: User, now: dt.datetime) -> None:
    personal_data.erase_client(client, reason=reason)


_OF_CLIENTS: dict[type[Exception], str] = {
    personal_data.IsInTheList: "Этот клиент входил в портал: найдите его в списке, там все его данные сразу.",
}


class People(Desk):
    section = "Персональные данные"
    nothing_yet = "Здесь будут все, кто входил в портал."
    filters = PersonFilters
    select = ("partner",)
    list_actions = [
        Action(
            name="export-client",
            title="Выгрузить данные клиента",
            permission="skorozvon_partners.export_person",
            do=export_client,
            said="",
            form=ClientForm,
            note="Клиента сервиса, который в портал не входил: всё, что сообщил о нём сервис, файлом JSON.",
            refusals=_OF_CLIENTS,
        ),
        Action(
            name="erase-client",
            title="Стереть данные клиента",
            permission="skorozvon_partners.erase_person",
            do=erase_client,
            said="E-mail, телефон и ИНН клиента стёрты.",
            form=ClientForm,
            note="Клиента сервиса, который в портал не входил. Пропадут e-mail, телефон и ИНН; название останется в"
            " отчётах партнёра, списания и вознаграждения останутся. Отменить это нельзя.",
            is_danger=True,
            refusals=_OF_CLIENTS,
        ),
    ]
    row_actions = [
        Action(
            name="export",
            title="Выгрузить данные",
            permission="skorozvon_partners.export_person",
            do=export,
            said="",
            form=ExportForm,
            note="Файл JSON со всем, что портал хранит о человеке: его отдают ему самому по запросу (152-ФЗ), и никому"
            " больше.",
        ),
        Action(
            name="erase",
            title="Стереть данные",
            permission="skorozvon_partners.erase_person",
            do=personal_data.erase,
            said="Персональные данные стёрты.",
            form=EraseForm,
            note="Имя, адреса, телефон, реквизиты и тексты пропадут, вход закроется, писем больше не будет. Движения"
            " баланса, вознаграждения и выводы останутся под номером. Отменить это нельзя.",
            is_danger=True,
            refusals={
                personal_data.WithdrawalOpen: "У партнёра есть незавершённая заявка на вывод. Дождитесь выплаты или"
                " отклоните заявку, потом стирайте данные.",
                personal_data.BalanceIsNotZero: "На балансе остались деньги. Напишите, почему это не мешает, или"
                " дождитесь вывода.",
            },
        ),
    ]

    def name(self, row: Any) -> str:
        return "Данные стёрты" if row.erased_at else row.full_name or row.email

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("state"):
            rows = rows.filter(erased_at__isnull=asked["state"] == "held")
        if words := asked.get("q", ""):
            named = Q(email__startswith=normal_email(words)) | Q(account_id=words)
            if (number := number_in(words)) is not None:
                named |= Q(pk__in=Partner.objects.filter(pk=number).values("user"))
            rows = rows.filter(named)
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("email",)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        partner = getattr(row, "partner", None)
        return {
            **self.about(row),
            "phone": row.phone or (partner.phone if partner else ""),
            "inn": row.inn or (partner.inn if partner else ""),
            "consents": row.consents.order_by("-pk"),
            "kept_until": of_payouts.kept_until(partner, now=timezone.now()) if partner else None,
        }

    def about(self, row: Any) -> dict[str, Any]:
        return {"partner": getattr(row, "partner", None), "balance_kopecks": _balance(row)}
