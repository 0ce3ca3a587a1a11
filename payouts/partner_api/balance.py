"""The balance, and whether it can be withdrawn: the same checklist as in the cabinet (R24)."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.partner_api.access import Endpoint
from partners.partner_api.fields import KopecksField, Query
from payouts import conditions
from payouts.checklist import Condition
from referrals import forecast

WORDS = [
    ("clients", "вознаграждение начислено за нужное число клиентов"),
    ("contract", "договор подписан"),
    ("minimum", "на балансе не меньше наименьшей суммы"),
    ("requisites", "указан расчётный счёт"),
    ("card", "привязана карта"),
    ("blocked", "участие не приостановлено"),
]


class ConditionItem(serializers.Serializer[Condition]):
    """Условие вывода."""

    word = serializers.ChoiceField(choices=WORDS)
    met = serializers.BooleanField()
    text = serializers.CharField()
    hint = serializers.CharField(allow_blank=True, help_text="Чего не хватает и когда это изменится.")
    nearest_on = serializers.DateField(allow_null=True, help_text="Раньше этого дня не выполнится.")
    is_choice = serializers.BooleanField(help_text="true — без него деньги можно получить другим способом.")


class Balance(serializers.Serializer[conditions.Conditions]):
    """Баланс и можно ли его вывести."""

    balance_kopecks = KopecksField(source="account.balance_kopecks", help_text="Сумма всех движений.")
    available_kopecks = KopecksField(help_text="Сколько можно вывести сейчас: 0, пока не выполнено хоть одно условие.")
    on_the_way_kopecks = KopecksField(source="account.on_the_way_kopecks", help_text="В заявках, ещё не выплачено.")
    accrued_kopecks = KopecksField(source="account.accrued_kopecks", help_text="Начислено за всё время.")
    withdrawn_kopecks = KopecksField(source="account.withdrawn_kopecks", help_text="Выплачено за всё время.")
    is_allowed = serializers.BooleanField(help_text="Можно ли сейчас подать заявку.")
    unmet = serializers.ListField(child=serializers.ChoiceField(choices=WORDS), help_text="Что мешает.")
    nearest_on = serializers.DateField(allow_null=True, help_text="Ближайший день, когда вывод может открыться.")
    conditions = ConditionItem(source="all", many=True)


EXAMPLE = {
    "balance_kopecks": 187500,
    "available_kopecks": 0,
    "on_the_way_kopecks": 0,
    "accrued_kopecks": 187500,
    "withdrawn_kopecks": 0,
    "is_allowed": False,
    "unmet": ["minimum"],
    "nearest_on": "2026-12-01",
    "conditions": [
        {
            "word": "minimum",
            "met": False,
            "text": "На балансе от 2 000 ₽",
            "hint": "Не хватает 125 ₽, по прогнозу хватит 1 декабря",
            "nearest_on": "2026-12-01",
            "is_choice": False,
        }
    ],
}


class BalanceEndpoint(Endpoint):
    @extend_schema(
        operation_id="getBalance",
        tags=["Деньги"],
        summary="Баланс и условия вывода",
        description="Сколько на балансе, сколько из этого можно вывести сейчас, а если нельзя — чего не хватает и"
        " когда это может измениться.",
        responses=Balance,
        examples=[OpenApiExample("Не хватает до наименьшей суммы", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        Query.asked(request)
        foretold = forecast.of(self.partner, now=self.now)
        return Response(Balance(conditions.of(self.partner, now=self.now, foretold=foretold)).data)
