"""«Кампании» and the codes to give away, with what each has brought."""

from typing import Any, NamedTuple

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Code, Partner
from partners.partner_api.access import Endpoint
from partners.partner_api.fields import IdField, KopecksField, ListQuery, Query, all_of, listed, page_of
from referrals import funnel, links
from referrals.models import Campaign
from referrals.partner_api.clients import CampaignRef


class FoundCode(NamedTuple):
    code: Code
    campaign: Campaign | None
    figures: funnel.Figures

    @property
    def link(self) -> str:
        return links.of_campaign(self.campaign) if self.campaign else links.visible(self.code.value)


class FoundCampaign(NamedTuple):
    campaign: Campaign
    figures: funnel.Figures

    @property
    def link(self) -> str:
        return links.of_campaign(self.campaign)


class Figures(serializers.Serializer[funnel.Figures]):
    """Что принесли ссылка и промо-код."""

    clicks = serializers.IntegerField(help_text="Переходов по ссылке, всех.")
    unique = serializers.IntegerField(help_text="Из них посетителей, каждый раз в день.")
    bots = serializers.IntegerField(help_text="Из них роботов.")
    registered = serializers.IntegerField(help_text="Клиентов зарегистрировалось.")
    paid = serializers.IntegerField(help_text="Из них оплатили.")
    reward_kopecks = KopecksField(help_text="Начислено за них.")


class ReferralCode(serializers.Serializer[FoundCode]):
    """Код ссылки, он же промо-код."""

    code = serializers.CharField(source="code.value")
    link = serializers.URLField()
    is_main = serializers.BooleanField(source="code.is_main", help_text="Ваш основной; остальные — кампаний.")
    campaign = CampaignRef(allow_null=True)
    figures = Figures()


class CampaignQuery(ListQuery):
    archived = serializers.BooleanField(
        required=False,
        help_text="true — только архив, false — только действующие.",
        error_messages={"invalid": "Нужно true или false."},
    )


class CampaignItem(serializers.Serializer[FoundCampaign]):
    """Кампания: способ, которым вы приглашаете, со своей ссылкой."""

    id = IdField(source="campaign.pk")
    name = serializers.CharField(source="campaign.name")
    channel = serializers.ChoiceField(source="campaign.channel", choices=Partner.Channel.choices, allow_blank=True)
    code = serializers.CharField(source="campaign.code.value")
    link = serializers.URLField()
    landing_path = serializers.CharField(source="campaign.landing_path", allow_blank=True)
    utm_source = serializers.CharField(source="campaign.utm_source", allow_blank=True)
    utm_medium = serializers.CharField(source="campaign.utm_medium", allow_blank=True)
    utm_campaign = serializers.CharField(source="campaign.utm_campaign", allow_blank=True)
    erid = serializers.CharField(source="campaign.erid", allow_blank=True)
    created_at = serializers.DateTimeField(source="campaign.created_at")
    archived_at = serializers.DateTimeField(source="campaign.archived_at", allow_null=True)
    figures = Figures()


_FIGURES = {"clicks": 240, "unique": 180, "bots": 12, "registered": 12, "paid": 3, "reward_kopecks": 562500}
CODE_EXAMPLE = {
    "code": "62b0",
    "link": "https://skorozvon.ru/p/62b0",
    "is_main": True,
    "campaign": None,
    "figures": _FIGURES,
}
EXAMPLE = {
    "id": 5,
    "name": "Статья в блоге, октябрь",
    "channel": "blog",
    "code": "k7m2qx",
    "link": "https://skorozvon.ru/p/k7m2qx",
    "landing_path": "/tarify",
    "utm_source": "blog",
    "utm_medium": "post",
    "utm_campaign": "autumn",
    "erid": "",
    "created_at": "2026-10-01T10:00:00+03:00",
    "archived_at": None,
    "figures": _FIGURES,
}


class CodesEndpoint(Endpoint):
    @extend_schema(
        operation_id="listCodes",
        tags=["Клиенты"],
        summary="Ссылки и промо-коды",
        description="Все ваши коды: основной и кампаний, и что принёс каждый. Код ссылки годится и как промо-код.",
        responses=page_of(ReferralCode),
        examples=[OpenApiExample("Основной", value={"results": [CODE_EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        Query.asked(request)
        figures = funnel.by_code(self.partner)
        codes = self.partner.codes.select_related("campaign__code").order_by("-is_main", "pk")
        found = [
            FoundCode(code, getattr(code, "campaign", None), figures.get(code.pk, funnel.Figures())) for code in codes
        ]
        return all_of(found, ReferralCode)


class CampaignsEndpoint(Endpoint):
    @extend_schema(
        operation_id="listCampaigns",
        tags=["Клиенты"],
        summary="Кампании",
        description="Ваши кампании, сначала новые, и что принесла каждая. Создают и меняют их в кабинете.",
        parameters=[CampaignQuery],
        responses=page_of(CampaignItem),
        examples=[OpenApiExample("Кампания", value={"results": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = CampaignQuery.asked(request)
        campaigns = self.partner.campaigns.select_related("code")
        if "archived" in asked:
            campaigns = campaigns.filter(archived_at__isnull=not asked["archived"])
        figures = funnel.by_code(self.partner)

        def rows(found: list[Any]) -> list[FoundCampaign]:
            return [FoundCampaign(each, figures.get(each.code_id, funnel.Figures())) for each in found]

        return listed(request, campaigns, CampaignItem, asked, order=("-created_at", "-pk"), rows=rows)


class CampaignEndpoint(Endpoint):
    @extend_schema(
        operation_id="getCampaign",
        tags=["Клиенты"],
        summary="Одна кампания",
        description="То же, что в списке, об одной кампании.",
        responses=CampaignItem,
        examples=[OpenApiExample("Кампания", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, id: int) -> Response:
        Query.asked(request)
        campaign = self.partner.campaigns.select_related("code").filter(pk=id).first()
        if campaign is None:
            raise Http404
        figures = funnel.by_code(self.partner).get(campaign.code_id, funnel.Figures())
        return Response(CampaignItem(FoundCampaign(campaign, figures)).data)
