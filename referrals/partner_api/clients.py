"""«Подключенные клиенты»: what each has brought. A client is known by its name only (R26)."""

from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner
from partners.partner_api.access import Endpoint
from partners.partner_api.fields import IdField, KopecksField, ListQuery, Query, listed, page_of
from referrals import forecast
from referrals.client_list import ENDING, ORDERS, ClientList, Row, Wanted
from referrals.models import Attribution, Campaign
from referrals.standing import State

_SORTS = {
    "-registered": "сначала новые",
    "registered": "сначала старые",
    "name": "по названию",
    "-reward": "сначала те, что принесли больше",
}
STATES = [*State.choices, (ENDING, "срок скоро закончится")]


class CampaignRef(serializers.Serializer[Campaign]):
    id = IdField(source="pk")
    name = serializers.CharField()


class ClientRef(serializers.Serializer[Any]):
    id = IdField(source="pk")
    name = serializers.CharField()


class ClientQuery(ListQuery):
    q = serializers.CharField(required=False, max_length=200, help_text="Часть названия, в любом регистре.")
    state = serializers.ChoiceField(choices=STATES, required=False)
    via = serializers.ChoiceField(choices=Attribution.Via.choices, required=False, help_text="Как пришёл.")
    campaign = IdField(required=False, help_text="Номер кампании.")
    sort = serializers.ChoiceField(choices=list(_SORTS.items()), default="-registered", help_text="Порядок.")

    def validate_campaign(self, pk: int) -> int:
        """Its code; of no campaign of the partner's, one that nobody has."""
        partner: Partner = self.context["partner"]
        code: int | None = partner.campaigns.filter(pk=pk).values_list("code", flat=True).first()
        return code or 0

    @property
    def wanted(self) -> Wanted:
        asked = self.validated_data
        sort = asked["sort"]
        return Wanted(
            text=asked.get("q", ""),
            state=asked.get("state", ""),
            via=asked.get("via", ""),
            code_id=asked.get("campaign"),
            sort="" if sort == "-registered" else sort,
        )


class Client(serializers.Serializer[Row]):
    """Клиент, как его видит партнёр."""

    id = IdField(source="referral.client_id")
    name = serializers.CharField(source="referral.client.name")
    registered_at = serializers.DateTimeField(source="referral.registered_at", help_text="В сервисе.")
    via = serializers.ChoiceField(source="referral.via", choices=Attribution.Via.choices, help_text="Как пришёл.")
    code = serializers.CharField(source="referral.code.value", allow_null=True)
    campaign = CampaignRef(source="referral.code.campaign", allow_null=True)
    held_since = serializers.DateTimeField(source="referral.held_since", help_text="С этого момента он ваш.")
    held_until = serializers.DateTimeField(
        source="referral.held_until", allow_null=True, help_text="Когда передан другому партнёру."
    )
    state = serializers.ChoiceField(source="standing.state", choices=State.choices)
    state_text = serializers.CharField(source="standing.words", help_text="Состояние словами.")
    earns_until = serializers.DateTimeField(
        source="standing.ends_at",
        allow_null=True,
        help_text="С этого момента вознаграждения больше нет; null — без срока.",
    )
    counted_kopecks = KopecksField(help_text="Сколько у него списано и учтено за всё время, пока он ваш.")
    reward_kopecks = KopecksField(help_text="Начислено за него в закрытых месяцах.")
    expected_kopecks = KopecksField(help_text="Ждём в следующем начислении, по прогнозу.")
    trained_on = serializers.DateField(source="referral.trained_on", allow_null=True, help_text="Когда вы его обучили.")


EXAMPLE = {
    "id": 41,
    "name": "ООО «Красные цветы»",
    "registered_at": "2026-09-15T12:00:00+03:00",
    "via": "link",
    "code": "62b0",
    "campaign": None,
    "held_since": "2026-09-15T12:00:00+03:00",
    "held_until": None,
    "state": "earning",
    "state_text": "приносит вознаграждение до 15 сентября 2028",
    "earns_until": "2028-09-15T12:00:00+03:00",
    "counted_kopecks": 1250000,
    "reward_kopecks": 187500,
    "expected_kopecks": 0,
    "trained_on": "2026-09-20",
}


# What holds for every list.
_SAMPLE = f"""\
import json
from urllib.request import Request, urlopen

page = "{settings.PORTAL_URL}/api/v1/clients/?state=earning&limit=100"
while page:
    answer = json.load(urlopen(Request(page, headers={{"Authorization": "Bearer skp_…"}})))
    for client in answer["results"]:
        print(client["name"], client["reward_kopecks"])
    page = answer["next"]"""


class ClientsEndpoint(Endpoint):
    @extend_schema(
        operation_id="listClients",
        tags=["Клиенты"],
        summary="Клиенты",
        description="Все ваши клиенты, и те, кого потом передали другому партнёру. Из данных клиента здесь только"
        " название: почты, телефона и ИНН портал не отдаёт.",
        parameters=[ClientQuery],
        extensions={"x-codeSamples": [{"lang": "Python", "source": _SAMPLE}]},
        responses=page_of(Client),
        examples=[OpenApiExample("Клиент", value={"results": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        query = ClientQuery.of(request, partner=self.partner)
        wanted = query.wanted
        found = ClientList(self.partner, now=self.now)
        forecast.of(self.partner, now=self.now)  # before its rows are read
        referrals = found.shown(found.found(wanted))
        return listed(request, referrals, Client, query.validated_data, order=ORDERS[wanted.sort], rows=found.rows)


class ClientEndpoint(Endpoint):
    @extend_schema(
        operation_id="getClient",
        tags=["Клиенты"],
        summary="Один клиент",
        description="То же, что в списке, об одном клиенте.",
        responses=Client,
        examples=[OpenApiExample("Клиент", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, id: int) -> Response:
        Query.asked(request)
        found = ClientList(self.partner, now=self.now)
        forecast.of(self.partner, now=self.now)
        referral = found.shown(self.partner.referrals.all()).filter(client__pk=id).first()
        if referral is None:
            raise Http404
        return Response(Client(found.rows([referral])[0]).data)
