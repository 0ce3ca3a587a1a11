"""«Отчеты»: what each month came to, by which clients, and what the next credit will bring."""

import datetime as dt
from typing import Any

from django.db.models import OuterRef, Subquery, Sum
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.partner_api.access import Endpoint
from partners.partner_api.fields import (
    IdField,
    KopecksField,
    ListQuery,
    MonthField,
    Query,
    all_of,
    listed,
    page_of,
)
from partners.templatetags.terms import how_earned
from referrals import forecast, reports
from referrals.models import Forecast, Reward
from referrals.partner_api.clients import ClientRef


class RewardQuery(ListQuery):
    month = MonthField(required=False, help_text="За какой месяц.")
    client = IdField(required=False, help_text="Номер клиента.")


class RewardItem(serializers.Serializer[Reward]):
    """Что клиент принёс за закрытый месяц."""

    month = MonthField()
    client = ClientRef()
    terms = serializers.CharField(source="assignment.terms.name", help_text="По каким условиям.")
    base_kopecks = KopecksField(help_text="Списано и учтено.")
    reward_kopecks = KopecksField(help_text="Вознаграждение; меньше нуля — из-за возвратов.")
    how = serializers.SerializerMethodField(help_text="Как посчитано.")

    def get_how(self, reward: Any) -> str:
        return how_earned(reward)


class MonthItem(serializers.Serializer[reports.MonthSum]):
    """Месяц: сколько списано и учтено и сколько это принесло."""

    month = MonthField()
    state = serializers.ChoiceField(choices=reports.State.choices)
    closed_at = serializers.DateTimeField(allow_null=True)
    is_final = serializers.BooleanField(help_text="false — суммы по прогнозу, месяц ещё не начислен.")
    is_counted = serializers.BooleanField(help_text="false — ещё не считался: сначала закроется предыдущий месяц.")
    clients = serializers.IntegerField(help_text="По скольким клиентам было учтённое.")
    base_kopecks = KopecksField(help_text="Списано и учтено.")
    reward_kopecks = KopecksField(help_text="Вознаграждение.")


class ForecastItem(serializers.Serializer[Forecast]):
    """Что принесёт следующее начисление, если больше ничего не изменится."""

    month = MonthField(help_text="За какой месяц.")
    credited_on = serializers.SerializerMethodField(help_text="Когда он начислится.")
    made_at = serializers.DateTimeField(help_text="На какой момент посчитано; хранится до десяти минут.")
    clients = serializers.IntegerField(help_text="По скольким клиентам есть учтённое.")
    base_kopecks = KopecksField(help_text="Списано и учтено.")
    reward_kopecks = KopecksField(help_text="Вознаграждение.")

    def get_credited_on(self, made: Forecast) -> dt.date:
        return forecast.credited_on(made.month)


REWARD_EXAMPLE = {
    "month": "2026-10",
    "client": {"id": 41, "name": "ООО «Красные цветы»"},
    "terms": "legal-2026",
    "base_kopecks": 1250000,
    "reward_kopecks": 187500,
    "how": "15 % от суммы",
}
MONTH_EXAMPLE = {
    "month": "2026-10",
    "state": "closed",
    "closed_at": "2026-11-01T06:00:12+03:00",
    "is_final": True,
    "is_counted": True,
    "clients": 1,
    "base_kopecks": 1250000,
    "reward_kopecks": 187500,
}
FORECAST_EXAMPLE = {
    "month": "2026-11",
    "credited_on": "2026-12-01",
    "made_at": "2026-11-20T14:05:00+03:00",
    "clients": 2,
    "base_kopecks": 3100000,
    "reward_kopecks": 465000,
}


class RewardsEndpoint(Endpoint):
    @extend_schema(
        operation_id="listRewards",
        tags=["Деньги"],
        summary="Вознаграждения",
        description="Из чего сложилось каждое начисление: клиент за закрытый месяц, сначала новые. Нули тоже здесь:"
        " учтённое было, а вознаграждения за него нет.",
        parameters=[RewardQuery],
        responses=page_of(RewardItem),
        examples=[OpenApiExample("15 %", value={"results": [REWARD_EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = RewardQuery.asked(request)
        wanted = {name: asked[name] for name in ("month", "client") if name in asked}
        so_far = Reward.objects.filter(
            partner=OuterRef("partner"),
            client=OuterRef("client"),
            assignment=OuterRef("assignment"),
            month__lte=OuterRef("month"),
        )
        sums = so_far.order_by().values("client").annotate(sum=Sum("base_kopecks")).values("sum")
        rewards = Reward.objects.filter(partner=self.partner, **wanted).annotate(base_so_far=Subquery(sums))
        rewards = rewards.select_related("client", "assignment__terms")
        return listed(request, rewards, RewardItem, asked, order=("-month", "-reward_kopecks", "-pk"))


class MonthsEndpoint(Endpoint):
    @extend_schema(
        operation_id="listMonths",
        tags=["Деньги"],
        summary="Месяцы",
        description="Все месяцы с вашей регистрации, сначала текущий. Закрытый больше не меняется; суммы открытого —"
        " прогноз.",
        responses=page_of(MonthItem),
        examples=[OpenApiExample("Закрытый", value={"results": [MONTH_EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        Query.asked(request)
        foretold = forecast.of(self.partner, now=self.now)
        return all_of(reports.months_of(self.partner, foretold=foretold, now=self.now), MonthItem)


class ForecastEndpoint(Endpoint):
    @extend_schema(
        operation_id="getForecast",
        tags=["Деньги"],
        summary="Прогноз",
        description="Что начислится следующим и когда. Сколько ждём от каждого клиента — в списке клиентов.",
        responses=ForecastItem,
        examples=[OpenApiExample("Прогноз", value=FORECAST_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        Query.asked(request)
        return Response(ForecastItem(forecast.of(self.partner, now=self.now)).data)
