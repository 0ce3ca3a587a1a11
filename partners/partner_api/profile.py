"""«Профиль»: whose token it is, on what terms."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import ApiToken, Partner, Tariff, Terms, TermsAssignment
from partners.partner_api.access import Endpoint
from partners.partner_api.fields import KopecksField, Query
from partners.rules import in_force
from partners.templatetags.terms import promise

# Nobody else gets in.
STATUSES = [(each.value, each.label) for each in (Partner.Status.ACTIVE, Partner.Status.BLOCKED)]


class TermsSummary(serializers.Serializer[Terms]):
    """Условия, по которым начисляется вознаграждение."""

    name = serializers.CharField(help_text="Версия условий.")
    text = serializers.SerializerMethodField(help_text="То же словами.")
    percent_bp = serializers.IntegerField(allow_null=True, help_text="Процент в сотых долях: 1500 — это 15 %.")
    window_months = serializers.IntegerField(allow_null=True, help_text="Сколько месяцев с регистрации клиента.")
    one_time_kopecks = KopecksField(allow_null=True, help_text="Разовое вознаграждение за клиента.")
    threshold_kopecks = KopecksField(help_text="Сколько должно списаться у клиента, чтобы оно начислилось.")
    minimum_withdrawal_kopecks = KopecksField(help_text="Наименьший вывод.")

    def get_text(self, terms: Terms) -> str:
        return promise(terms)


class TokenSummary(serializers.Serializer[ApiToken]):
    """Токен, с которым пришёл запрос."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.choices))


class Profile(serializers.Serializer[Partner]):
    """Партнёр, чей это токен."""

    full_name = serializers.CharField()
    email = serializers.EmailField(source="user.email")
    tariff = serializers.ChoiceField(choices=Tariff.choices, help_text="Вид выплат, выбран при регистрации.")
    status = serializers.ChoiceField(choices=STATUSES)
    registered_at = serializers.DateTimeField(help_text="С этого момента он партнёр.")
    terms = TermsSummary(help_text="Условия, которые действуют сейчас.")
    token = TokenSummary()


EXAMPLE = {
    "full_name": "Анна Юрлицова",
    "email": "anna@example.ru",
    "tariff": "legal",
    "status": "active",
    "registered_at": "2026-09-01T00:00:00+03:00",
    "terms": {
        "name": "legal-2026",
        "text": "Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе",
        "percent_bp": 1500,
        "window_months": 24,
        "one_time_kopecks": None,
        "threshold_kopecks": 0,
        "minimum_withdrawal_kopecks": 200000,
    },
    "token": {"name": "CRM", "scopes": ["read"]},
}


class ProfileEndpoint(Endpoint):
    @extend_schema(
        operation_id="getProfile",
        tags=["Профиль"],
        summary="Партнёр и его условия",
        description="Кому принадлежит токен, что ему можно и на каких условиях начисляется вознаграждение."
        " Удобно, чтобы проверить токен.",
        responses=Profile,
        examples=[OpenApiExample("Юрлицо", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        Query.asked(request)
        partner = self.partner
        timeline = TermsAssignment.objects.filter(partner=partner).timelines()[partner.pk]
        partner.terms = (in_force(timeline, self.now) or timeline[0]).terms  # type: ignore[attr-defined]
        partner.token = self.token  # type: ignore[attr-defined]
        return Response(Profile(partner).data)
