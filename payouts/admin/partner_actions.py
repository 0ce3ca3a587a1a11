"""What staff does about a partner: lets it in or not, stops it, changes its tariff, revokes a token (R3, R25, R26)."""

from typing import Any

from django import forms

from partners import registration, tokens
from partners.admin_actions import Action, ReasonForm, ReasonForPartnerForm
from partners.models import ApiToken, Partner, Tariff
from payouts import tariff_change

Status = Partner.Status


class TariffForm(ReasonForm):
    """The tariff that the partner doesn't have."""

    tariff = forms.ChoiceField(
        label="Новый вид выплат",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Выберите новый вид выплат.",
            "invalid_choice": "Этот вид выплат у партнёра и сейчас.",
        },
    )
    field_order = ["tariff", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others: Any = [choice for choice in Tariff.choices if choice[0] != self.row.tariff]
        self.fields["tariff"].choices = others  # type: ignore[attr-defined]
        self.initial["tariff"] = others[0][0]
        self.fields["reason"].help_text = "Например: «Открыл ООО, заявление от 15 ноября». Партнёр её не увидит."


class TokenField(forms.ModelChoiceField):
    def label_from_instance(self, token: Any) -> str:
        return f"{token.name} ({token.shown}): {token.get_scope_display()}"


class TokenForm(ReasonForPartnerForm):
    """Which of the partner's live tokens: the one that was pressed on its page, or the only one, is chosen already."""

    token = TokenField(
        label="Токен",
        queryset=ApiToken.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Выберите токен.", "invalid_choice": "Этот токен уже отозван."},
    )
    field_order = ["token", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = self.row.api_tokens.live()
        self.fields["token"].queryset = live  # type: ignore[attr-defined]
        self.initial["token"] = self.asked.get("token") or (live[0].pk if len(live) == 1 else None)


_REFUSALS: dict[type[Exception], str] = {
    registration.StatusHasChanged: "Состояние партнёра уже изменилось. Обновите страницу."
}
ACTIONS = [
    Action(
        name="approve",
        title="Одобрить запрос",
        permission="partners.admit_partner",
        do=registration.approve,
        said="Запрос одобрен: партнёр получил код и письмо.",
        note="Партнёр начнёт участвовать с этой минуты: получит ссылку, промокод и письмо.",
        is_main=True,
        fits=lambda row: row.status == Status.PENDING,
        refusals=_REFUSALS,
    ),
    Action(
        name="decline",
        title="Отклонить запрос",
        permission="partners.admit_partner",
        do=registration.decline,
        said="Запрос отклонён, партнёру ушло письмо с причиной.",
        form=ReasonForPartnerForm,
        note="Партнёр получит письмо с причиной и сможет отправить запрос ещё раз.",
        is_danger=True,
        fits=lambda row: row.status == Status.PENDING,
        refusals=_REFUSALS,
    ),
    Action(
        name="block",
        title="Приостановить участие",
        permission="partners.block_partner",
        do=registration.block,
        said="Участие приостановлено.",
        form=ReasonForPartnerForm,
        note="Новые клиенты перестанут закрепляться за партнёром, вывод станет недоступен, а заявки, которые ещё не"
        " отправлены, подождут. Прежние клиенты продолжат приносить вознаграждение, кабинет останется открыт.",
        is_danger=True,
        fits=lambda row: row.status == Status.ACTIVE,
        refusals=_REFUSALS,
    ),
    Action(
        name="unblock",
        title="Возобновить участие",
        permission="partners.block_partner",
        do=registration.unblock,
        said="Партнёр снова участвует, с прежними кодами и условиями.",
        form=ReasonForPartnerForm,
        note="Коды партнёра снова закрепляют клиентов, вывод снова доступен. Одобренные заявки, которые ждали, уйдут"
        " сами.",
        fits=lambda row: row.status == Status.BLOCKED,
        refusals=_REFUSALS,
    ),
    Action(
        name="revoke-token",
        title="Отозвать токен API",
        permission="partners.revoke_token",
        do=tokens.revoke_for,
        said="Токен {result.shown} отозван, партнёру ушло письмо с причиной.",
        form=TokenForm,
        note="Программа партнёра, которая работает с этим токеном, больше не войдёт: ни прочитать, ни подать заявку на"
        " вывод. Вернуть токен нельзя, партнёр может выпустить другой.",
        is_danger=True,
        fits=lambda row: False,  # its buttons stand beside the tokens
        refusals={tokens.RevokedBefore: "Этот токен уже отозван."},
    ),
    Action(
        name="change-tariff",
        title="Сменить вид выплат",
        permission="payouts.change_tariff",
        do=tariff_change.change,
        said="Вид выплат изменён, баланс обнулён.",
        form=TariffForm,
        note="Баланс обнулится, в том числе отрицательный: «При смене тарифа баланс обнуляется». Списания,"
        " сделанные до смены, будут вознаграждены по прежним условиям. Отменить это нельзя.",
        is_danger=True,
        fits=lambda row: row.status in (Status.ACTIVE, Status.BLOCKED),
        refusals={
            tariff_change.NotAdmitted: "Партнёр ещё не принят: вид выплат он выбирает в заявке на участие.",
            tariff_change.SameTariff: "Этот вид выплат у партнёра и сейчас. Выберите другой.",
            tariff_change.WithdrawalOpen: "У партнёра есть незавершённая заявка на вывод. Дождитесь выплаты или"
            " отклоните заявку, потом меняйте вид выплат.",
            tariff_change.CloseUnderWay: "Сейчас закрывается месяц. Попробуйте через несколько минут.",
        },
    ),
]
