"""«Выплаты»: asking for money, what became of it, changing one's mind."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.partner_api.access import Endpoint
from partners.partner_api.fields import IdField, KopecksField, ListQuery, Query, listed, page_of
from partners.partner_api.refusals import Refusal
from partners.templatetags.words import quoted
from payouts import decisions, withdrawals
from payouts.models import Destination, Withdrawal
from payouts.views.withdrawals import Busy, in_turn

State = Withdrawal.State

_KEY = re.compile(r"[!-~]{1,100}", re.ASCII)
_CODES: dict[type[Exception], str] = {
    withdrawals.ConditionsUnmet: "conditions_unmet",
    withdrawals.WrongSum: "wrong_sum",
    withdrawals.WrongDestination: "wrong_destination",
    decisions.TooLate: "too_late",
}
_KEY_REUSED = (
    "С этим Idempotency-Key уже подана заявка с другой суммой или другим способом. Для новой нужен новый ключ."
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,100}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Ваше имя заявки: до 100 печатных знаков ASCII, для новой — новое, например UUID. Повтор с тем"
    " же ключом не создаёт второй заявки, а возвращает первую.",
    examples=[OpenApiExample("UUID", value="0b6f3c5e-8a58-4a53-9d55-3c1e4b0f6a11")],
)


class WithdrawalQuery(ListQuery):
    state = serializers.ChoiceField(choices=State.choices, required=False)


class WithdrawalRequest(serializers.Serializer[Any]):
    """Заявка на вывод."""

    amount_kopecks = KopecksField(
        min_value=1, max_value=10**15, help_text="Сколько вывести: не больше `available_kopecks` баланса."
    )
    destination = serializers.ChoiceField(
        choices=Destination.choices, help_text="Физлицу — card; юрлицу — bank или service."
    )


class WithdrawalItem(serializers.Serializer[Withdrawal]):
    """Заявка и что с ней."""

    id = IdField(source="pk")
    amount_kopecks = KopecksField()
    destination = serializers.ChoiceField(choices=Destination.choices)
    where = serializers.SerializerMethodField(help_text="Куда, словами.")
    state = serializers.ChoiceField(choices=State.choices)
    state_text = serializers.CharField(source="get_state_display")
    requested_at = serializers.DateTimeField()
    due_on = serializers.DateField(help_text="Выплатим не позже этого дня.")
    sent_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Когда выплачена или вернулась на баланс.")
    can_be_cancelled = serializers.SerializerMethodField(help_text="Ещё не отправлена, и участие не приостановлено.")

    def get_can_be_cancelled(self, withdrawal: Withdrawal) -> bool:
        return withdrawal.can_be_cancelled and not withdrawal.is_suspended

    def get_where(self, withdrawal: Withdrawal) -> str:
        return withdrawals.where(withdrawal)


EXAMPLE = {
    "id": 7,
    "amount_kopecks": 1250000,
    "destination": "bank",
    "where": "на расчётный счёт •• 4567",
    "state": "requested",
    "state_text": "на проверке",
    "requested_at": "2026-12-01T10:00:00+03:00",
    "due_on": "2026-12-13",
    "sent_at": None,
    "ended_at": None,
    "can_be_cancelled": True,
}
_SAMPLE = f"""\
curl {settings.PORTAL_URL}/api/v1/withdrawals/ \\
  -H "Authorization: Bearer skp_…" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: 0b6f3c5e-8a58-4a53-9d55-3c1e4b0f6a11" \\
  -d '{{"amount_kopecks": 1250000, "destination": "bank"}}'"""
_ONE = [OpenApiExample("На счёт", value=EXAMPLE, response_only=True)]


class WithdrawalsEndpoint(Endpoint):
    @extend_schema(
        operation_id="listWithdrawals",
        tags=["Выплаты"],
        summary="Заявки на вывод",
        description="Все заявки, сначала новые, и те, что поданы в кабинете или письмом.",
        parameters=[WithdrawalQuery],
        responses=page_of(WithdrawalItem),
        examples=[OpenApiExample("На счёт", value={"results": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = WithdrawalQuery.asked(request)
        found = self.partner.withdrawals.select_related("card", "requisites")
        if "state" in asked:
            found = found.filter(state=asked["state"])
        return listed(request, found, WithdrawalItem, asked, order=("-requested_at", "-pk"))

    @extend_schema(
        operation_id="requestWithdrawal",
        tags=["Выплаты"],
        summary="Подать заявку на вывод",
        description="Просит вывести деньги с баланса. Сумма уходит с баланса сразу; придёт она не позже `due_on`."
        " Нужен токен с правом вывода. Первую заявку после выпуска такого токена проверит сотрудник. Если связь"
        " оборвалась, повторите запрос с тем же Idempotency-Key: второй заявки не будет. Тот же ключ с другой"
        " суммой или другим способом — ответ 409, `key_reused`. Когда вывести нельзя,"
        " ответ 409 говорит почему.",
        parameters=[KEY],
        extensions={"x-codeSamples": [{"lang": "Shell", "source": _SAMPLE}]},
        request=WithdrawalRequest,
        responses={
            201: OpenApiResponse(WithdrawalItem, description="Заявка принята."),
            200: OpenApiResponse(WithdrawalItem, description="Заявка с этим ключом уже была, вот она."),
        },
        examples=[
            OpenApiExample(
                "12 500 ₽ на счёт", value={"amount_kopecks": 1250000, "destination": "bank"}, request_only=True
            ),
            *_ONE,
        ],
    )
    def post(self, request: Request) -> Response:
        Query.asked(request)
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            said = "Нужен ключ заявки: от 1 до 100 печатных знаков ASCII, для новой заявки новый."
            raise serializers.ValidationError({"Idempotency-Key": [said]})
        given = WithdrawalRequest(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            with in_turn():
                withdrawal = withdrawals.request(
                    self.partner,
                    **given.validated_data,
                    by=self.partner.user,
                    now=self.now,
                    key=key,
                    note=f"Через API, токен {quoted(self.token.name)}",
                )
        except withdrawals.Refusal as refusal:
            raise _refused(refusal) from None
        is_new = withdrawal.requested_at == self.now
        return Response(WithdrawalItem(withdrawal).data, status=201 if is_new else 200)


class WithdrawalEndpoint(Endpoint):
    @extend_schema(
        operation_id="getWithdrawal",
        tags=["Выплаты"],
        summary="Одна заявка",
        description="То же, что в списке, об одной заявке.",
        responses=WithdrawalItem,
        examples=_ONE,
    )
    def get(self, request: Request, id: int) -> Response:
        Query.asked(request)
        return Response(WithdrawalItem(_own(self, id)).data)


class CancelEndpoint(Endpoint):
    @extend_schema(
        operation_id="cancelWithdrawal",
        tags=["Выплаты"],
        summary="Отменить заявку",
        description="Пока деньги не отправлены, заявку можно отменить: вся сумма сразу вернётся на баланс. Повтор"
        " ничего не меняет. Нужен токен с правом вывода. Отправленную отменить нельзя: ответ 409.",
        request=None,
        responses=WithdrawalItem,
        examples=[
            OpenApiExample(
                "Отменена",
                value=EXAMPLE
                | {
                    "state": "returned",
                    "state_text": "возвращён на баланс",
                    "ended_at": "2026-12-01T10:05:00+03:00",
                    "can_be_cancelled": False,
                },
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, id: int) -> Response:
        Query.asked(request)
        withdrawal = _own(self, id)
        how = f"через API, токен {quoted(self.token.name)}"
        try:
            with in_turn():
                decisions.cancel(withdrawal, by=self.partner.user, now=self.now, how=how)
        except withdrawals.Refusal as refusal:
            if _own(self, id).state != State.RETURNED:
                raise _refused(refusal) from None
        return Response(WithdrawalItem(_own(self, id)).data)


def _own(endpoint: Endpoint, pk: int) -> Withdrawal:
    found = endpoint.partner.withdrawals.select_related("card", "requisites").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _refused(refusal: withdrawals.Refusal) -> Refusal:
    """What the process refuses is a conflict with how things stand: asked again later, it may be done."""
    if isinstance(refusal, Busy):
        return Refusal(503, str(refusal), code="busy", headers={"Retry-After": "5"})
    if isinstance(refusal, withdrawals.AskedOtherwise):
        return Refusal(409, _KEY_REUSED, code="key_reused")
    return Refusal(409, str(refusal), code=_CODES.get(type(refusal), "refused"))
