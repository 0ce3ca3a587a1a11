"""What staff does about withdrawals: it enters them, approves, declines, and settles the doubtful ones (R21)."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.utils import timezone

from partners import own_money
from partners.admin_actions import Action, ActionForm, ReasonForPartnerForm
from partners.admin_fields import PartnerField, RowsField, SumField
from partners.finding import number_in
from partners.models import Partner, User
from payouts import decisions, rules, withdrawals
from payouts.admin.rows import shown
from payouts.models import Destination, Withdrawal

State = Withdrawal.State
UNDER_WAY = (State.SENT, State.UNKNOWN)


class SelectedForm(ActionForm):
    """The requests that were ticked in the list."""

    chosen = RowsField(
        Withdrawal.objects.order_by("due_on", "pk"),
        widget=forms.MultipleHiddenInput,
        error_messages={"required": "Ничего не отмечено. Вернитесь к списку и отметьте заявки."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["chosen"] = self.rows

    @cached_property
    def rows(self) -> list[Withdrawal]:
        """What is about to be decided."""
        given = (self.data if self.is_bound else self.asked).getlist("chosen")  # type: ignore[union-attr]
        numbers = [number_in(each) for each in given]
        return list(shown(Withdrawal.objects.filter(pk__in=filter(None, numbers))).order_by("due_on", "pk"))

    @property
    def total_kopecks(self) -> int:
        return sum(each.amount_kopecks for each in self.rows)


@dataclass(frozen=True)
class Approved:
    """What became of the requests that were ticked."""

    rows: list[Withdrawal] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # which, and why

    def __str__(self) -> str:
        return " ".join([f"Одобрено заявок: {len(self.rows)}.", *self.refused])


def approve_chosen(*, chosen: Iterable[Withdrawal], by: User, now: dt.datetime) -> Approved:
    """Approve each by itself; tells which, and which were refused and why."""
    done = Approved()
    for withdrawal in chosen:
        try:
            decisions.approve(withdrawal, by=by, now=now)
            done.rows.append(withdrawal)
        except (withdrawals.Refusal, own_money.OwnMoney) as refusal:
            done.refused.append(f"№ {withdrawal.pk}: {refusal}")
    return done


class EnterForm(ActionForm):
    """A request that came by letter (R21)."""

    partner = PartnerField()
    amount_kopecks = SumField(label="Сумма, ₽")
    destination = forms.ChoiceField(label="Куда", choices=Destination.choices)
    asked_on = forms.DateField(
        label="День письма",
        help_text="От него считается обещанный срок.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Укажите день письма.", "invalid": "Это не дата: нужна, например, 15.11.2026."},
    )
    note = forms.CharField(
        label="Примечание",
        required=False,
        max_length=1000,
        help_text="Его прочитает партнёр. Например: «По письму от 15 ноября».",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # By which a second click on the button is known from a second request.
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(partner=self.asked.get("partner", ""), key=f"staff:{uuid.uuid4()}")

    def clean_asked_on(self) -> dt.date:
        asked_on: dt.date = self.cleaned_data["asked_on"]
        if asked_on > rules.day_of(timezone.now()):
            raise forms.ValidationError("Этот день ещё не наступил. Укажите день, которым письмо пришло.")
        return asked_on


def enter(*, partner: Partner, by: User, now: dt.datetime, **asked: Any) -> Withdrawal:
    return withdrawals.request(partner, by=by, now=now, **asked)


def _entered(row: None, result: Withdrawal) -> str:
    if result.state == State.RETURNED:  # the form of one that has ended, by the button «back»
        return f"Эта заявка уже была, № {result.pk}: её сумма вернулась на баланс. Чтобы внести новую, начните сначала."
    return f"Заявка № {result.pk} внесена, партнёру ушло письмо."


_REFUSALS: dict[type[Exception], str] = {withdrawals.Refusal: ""}
ROW_ACTIONS = [
    Action(
        name="approve",
        title="Одобрить",
        permission="payouts.approve_withdrawal",
        do=decisions.approve,
        said="Заявка № {row.pk} одобрена.",
        is_main=True,
        note="Деньги уйдут сами: на карту и на аккаунт — сразу, на расчётный счёт — со следующим файлом для банка.",
        fits=lambda row: row.state == State.REQUESTED and not row.is_suspended,
        refusals=_REFUSALS,
    ),
    Action(
        name="decline",
        title="Отклонить",
        permission="payouts.decline_withdrawal",
        do=decisions.decline,
        said="Заявка № {row.pk} отклонена, сумма снова на балансе партнёра.",
        form=ReasonForPartnerForm,
        note="Вся сумма сразу вернётся на баланс партнёра.",
        is_danger=True,
        fits=lambda row: row.can_be_cancelled,
        refusals=_REFUSALS,
    ),
    Action(
        name="confirm-paid",
        title="Отметить выплаченной",
        permission="payouts.settle_withdrawal",
        do=decisions.confirm_paid,
        said="Заявка № {row.pk} отмечена выплаченной.",
        form=ReasonForPartnerForm,
        note="Только если вы видели, что деньги дошли: в кабинете Solar Staff, в банке или в сервисе. Отменить нельзя,"
        " можно лишь вернуть сумму на баланс.",
        fits=lambda row: row.may_have_arrived,
        refusals=_REFUSALS,
    ),
    Action(
        name="send-again",
        title="Отправить ещё раз",
        permission="payouts.settle_withdrawal",
        do=decisions.send_again,
        said="Заявка № {row.pk} будет отправлена ещё раз.",
        form=ReasonForPartnerForm,
        note="Только если вы убедились, что прежний платёж не дошёл до получателя. Уйдёт с тем же"
        " ключом, что и в первый раз.",
        is_danger=True,
        fits=lambda row: row.state in UNDER_WAY and bool(row.question) and not row.partner.is_blocked,
        refusals=_REFUSALS,
    ),
    Action(
        name="take-back",
        title="Вернуть на баланс",
        permission="payouts.settle_withdrawal",
        do=decisions.take_back,
        said="Сумма заявки № {row.pk} снова на балансе партнёра.",
        form=ReasonForPartnerForm,
        note="Только если деньги точно у нас: вернулись или не уходили. Партнёр сможет запросить их снова.",
        is_danger=True,
        fits=lambda row: (
            row.state == State.PAID
            or (row.state in UNDER_WAY and (row.destination == Destination.BANK or bool(row.question)))
        ),
        refusals=_REFUSALS,
    ),
]
LIST_ACTIONS = [
    Action(
        name="enter",
        title="Внести заявку",
        permission="payouts.enter_withdrawal",
        do=enter,
        said=_entered,
        form=EnterForm,
        note="За партнёра, который попросил о выплате письмом. Проверяются те же условия, что и в кабинете.",
        refusals=_REFUSALS,
    ),
    Action(
        name="approve-chosen",
        title="Одобрить отмеченные",
        permission="payouts.approve_withdrawal",
        do=approve_chosen,
        said="{result}",
        form=SelectedForm,
        template="admin/payouts/withdrawal_approve_chosen.html",
        subjects=lambda row, result: result.rows,
        in_one=False,
    ),
]
