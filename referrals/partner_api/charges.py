"""Charges of the partner's own time (R9), each with what became of it (R16)."""

from typing import Any, NamedTuple

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.partner_api.access import Endpoint
from partners.partner_api.fields import (
    IdField,
    KopecksField,
    ListQuery,
    MomentField,
    MonthField,
    listed,
    page_of,
)
from referrals import client_history, explanation
from referrals.models import Charge, Outcome
from referrals.partner_api.clients import ClientRef

# The others are of charges that belong to nobody.
OUTCOMES = [(each.value, each.label) for each in Outcome if each != Outcome.NOT_ATTRIBUTED]


class FoundCharge(NamedTuple):
    charge: Charge
    why: explanation.Why

    @property
    def reason(self) -> str:
        return f"{self.why.words}. {self.why.note}" if self.why.note else self.why.words

    @property
    def rule(self) -> str:
        return f"R{self.why.rule}"


class ChargeQuery(ListQuery):
    client = IdField(required=False, help_text="Номер клиента.")
    month = MonthField(required=False, help_text="Месяц, в котором списание учтено.")
    outcome = serializers.ChoiceField(choices=OUTCOMES, required=False)
    kind = serializers.ChoiceField(choices=Charge.Kind.choices, required=False)
    since = MomentField(required=False, help_text="Списано не раньше этого момента.")
    until = MomentField(required=False, help_text="Списано раньше этого момента.")


class ChargeItem(serializers.Serializer[FoundCharge]):
    """Списание с клиента или его возврат."""

    id = IdField(source="charge.pk")
    client = ClientRef(source="charge.client")
    kind = serializers.ChoiceField(source="charge.kind", choices=Charge.Kind.choices)
    amount_kopecks = KopecksField(source="charge.amount_kopecks", help_text="Возврат меньше нуля.")
    charged_at = serializers.DateTimeField(source="charge.charged_at")
    confirmed_at = serializers.DateTimeField(
        source="charge.confirmed_at", allow_null=True, help_text="Когда подтверждена оплата; у возврата null."
    )
    refund_of = IdField(source="charge.refund_of_id", allow_null=True, help_text="Номер списания, которое возвращено.")
    outcome = serializers.ChoiceField(source="charge.outcome", choices=OUTCOMES)
    reason = serializers.CharField(help_text="Что стало со списанием, и почему.")
    rule = serializers.CharField(help_text="Номер правила программы.")
    month = MonthField(source="charge.month", allow_null=True, help_text="В каком месяце учтено; null — не учтено.")


EXAMPLE = {
    "id": 903,
    "client": {"id": 41, "name": "ООО «Красные цветы»"},
    "kind": "subscription",
    "amount_kopecks": 1250000,
    "charged_at": "2026-10-10T09:30:00+03:00",
    "confirmed_at": "2026-10-10T09:30:00+03:00",
    "refund_of": None,
    "outcome": "counted",
    "reason": "Учтено в октябре 2026",
    "rule": "R11",
    "month": "2026-10",
}


class ChargesEndpoint(Endpoint):
    @extend_schema(
        operation_id="listCharges",
        tags=["Клиенты"],
        summary="Списания",
        description="Списания с ваших клиентов и возвраты за то время, пока клиенты ваши, сначала новые: что учтено,"
        " что нет и почему. Сервис может прислать списание позже его собственного момента.",
        parameters=[ChargeQuery],
        responses=page_of(ChargeItem),
        examples=[OpenApiExample("Учтено", value={"results": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = ChargeQuery.asked(request)
        fields = {"since": "charged_at__gte", "until": "charged_at__lt"}
        names = ("client", "month", "outcome", "kind", "since", "until")
        wanted = {fields.get(name, name): asked[name] for name in names if name in asked}
        charges = client_history.charges_of(self.partner.pk).filter(**wanted)

        def rows(found: list[Any]) -> list[FoundCharge]:
            return [FoundCharge(each, explanation.why(each, given_kopecks=each.given_kopecks)) for each in found]

        return listed(request, charges, ChargeItem, asked, order=("-charged_at", "-pk"), rows=rows)
