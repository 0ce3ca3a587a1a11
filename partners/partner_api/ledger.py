"""«Баланс», line by line."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import LedgerLine
from partners.partner_api.access import Endpoint
from partners.partner_api.fields import KopecksField, ListQuery, MomentField, MonthField, listed, page_of


class LedgerQuery(ListQuery):
    kind = serializers.ChoiceField(choices=LedgerLine.Kind.choices, required=False)
    since = MomentField(required=False, help_text="Не раньше этого момента.")
    until = MomentField(required=False, help_text="Раньше этого момента.")


class LedgerEntry(serializers.Serializer[LedgerLine]):
    """Движение по балансу. Их сумма — баланс; ни одно не меняется и не исчезает."""

    key = serializers.CharField(
        help_text="Имя движения, у каждого своё: accrual:2026-10:… — начисление за октябрь, withdrawal:7 — вывод № 7."
    )
    kind = serializers.ChoiceField(choices=LedgerLine.Kind.choices)
    amount_kopecks = KopecksField(help_text="Со знаком: вывод меньше нуля.")
    month = MonthField(allow_null=True, help_text="За какой месяц начислено; у остального null.")
    booked_at = serializers.DateTimeField()
    memo = serializers.CharField(help_text="То же словами.")


EXAMPLE = {
    "key": "accrual:2026-10:17",
    "kind": "accrual",
    "amount_kopecks": 187500,
    "month": "2026-10",
    "booked_at": "2026-11-01T06:00:00+03:00",
    "memo": "Вознаграждение за октябрь 2026",
}


class LedgerEndpoint(Endpoint):
    @extend_schema(
        operation_id="listLedger",
        tags=["Деньги"],
        summary="Движения по балансу",
        description="Всё, из чего сложился баланс, сначала новое.",
        parameters=[LedgerQuery],
        responses=page_of(LedgerEntry),
        examples=[OpenApiExample("Начисление", value={"results": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = LedgerQuery.asked(request)
        fields = {"kind": "kind", "since": "booked_at__gte", "until": "booked_at__lt"}
        wanted = {field: asked[name] for name, field in fields.items() if name in asked}
        lines = self.partner.ledger_lines.filter(**wanted)
        return listed(request, lines, LedgerEntry, asked, order=("-booked_at", "-pk"))
