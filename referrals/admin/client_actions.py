"""What staff does about a client: attaches it, passes it on, marks it as trained (R7, R9, R17)."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from partners import reasons
from partners.admin_actions import Action, ActionForm, ReasonForm
from partners.admin_fields import PartnerField
from partners.models import Partner, User
from partners.months import MOSCOW
from partners.templatetags.words import day
from referrals import attribution, suspicions, training
from referrals.models import Client

REFUSALS: dict[type[Exception], str] = {
    attribution.AlreadyAttributed: "Клиент уже закреплён за партнёром. Сменить партнёра можно только передачей.",
    attribution.NotAttributed: "Клиент ни за кем не закреплён: не передайте его, а прикрепите.",
    attribution.SelfReferral: "Это сам партнёр: тот же аккаунт, ИНН, e-mail или телефон. Сам себе он не клиент.",
    attribution.GetsNoClients: "Этот партнёр сейчас не получает клиентов: участие приостановлено или не одобрено.",
    reasons.ReasonMissing: "Для другого момента напишите причину.",
}


class MomentField(forms.DateTimeField):
    """A moment that has come, by the clock of Moscow; empty where the rules' own holds."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            label="С какого момента",
            help_text="Только если должен быть другой: по правилам он считается сам. Тогда нужна и причина.",
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={"invalid": "Это не момент: нужны день и время, например, 15.11.2026 14:30."},
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"],
            **given,
        )

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment and moment > timezone.now():
            raise forms.ValidationError("Этот момент ещё не наступил.")
        return moment


class AttachForm(ReasonForm):
    partner = PartnerField()
    starts_at = MomentField()
    field_order = ["partner", "starts_at", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Откуда известно, что его привёл этот партнёр. Партнёр её не увидит."


class TransferForm(ReasonForm):
    partner = PartnerField(label="Новый партнёр")
    field_order = ["partner", "reason"]


class TrainedForm(ActionForm):
    trained_on = forms.DateField(
        label="Когда обучили",
        required=False,
        help_text="Пустое поле снимет отметку.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Нужна дата: день, месяц и год, например 15.09.2026."},
    )

    def clean_trained_on(self) -> dt.date | None:
        trained_on: dt.date | None = self.cleaned_data["trained_on"]
        first = self.row.registered_at.astimezone(MOSCOW).date()
        if trained_on and trained_on > timezone.localdate():
            raise forms.ValidationError("Этот день ещё не наступил. Отметьте обучение, когда оно пройдёт.")
        if trained_on and trained_on < first:
            raise forms.ValidationError(f"Клиент зарегистрировался {day(first)}: укажите этот день или более поздний.")
        return trained_on


def attach(client: Client, *, partner: Partner, by: User, now: dt.datetime, **how: Any) -> Any:
    return attribution.attach(client, partner, requested_at=now, by=by, **how)


def train(client: Client, *, trained_on: dt.date | None, by: User, now: dt.datetime) -> None:
    """Mark it for the partner that holds it now."""
    referral = client.referrals.filter(held_until=None).first()
    if referral is None:
        raise training.NotHeld
    training.mark(referral, trained_on=trained_on)


ACTIONS = [
    Action(
        name="attach",
        title="Прикрепить к партнёру",
        permission="referrals.attach_client",
        do=attach,
        said="Клиент прикреплён.",
        form=AttachForm,
        note="Если с регистрации прошло не больше 30 дней, закрепление действует с неё, иначе с этой минуты."
        " Списания, которые ни за кем не числились, будут учтены.",
        is_main=True,
        fits=lambda row: not row.held,
        refusals=REFUSALS,
    ),
    Action(
        name="transfer",
        title="Передать другому партнёру",
        permission="referrals.transfer_client",
        do=attribution.transfer,
        said="Клиент передан: списания с этой минуты принадлежат новому партнёру.",
        form=TransferForm,
        note="Действует с этой минуты и никогда раньше: прошлые списания остаются прежнему партнёру, срок"
        " вознаграждения не начинается заново.",
        is_danger=True,
        fits=lambda row: bool(row.held),
        refusals=REFUSALS,
    ),
    Action(
        name="train",
        title="Отметить обучение",
        permission="referrals.train_client",
        do=train,
        said="Отметка об обучении сохранена.",
        form=TrainedForm,
        note="Отметка видна партнёру и ни на что не влияет.",
        fits=lambda row: bool(row.held),
        refusals={training.NotHeld: "Клиент ни за кем не закреплён: отмечать обучение некому."},
    ),
    Action(
        name="settle",
        title="Подозрение разобрано",
        permission="referrals.settle_suspicion",
        do=suspicions.settle,
        said="Подозрение разобрано, причина записана.",
        form=ReasonForm,
        note="Подозрение ничего не отклоняет: клиент числится за партнёром и приносит вознаграждение. Напишите,"
        " что выяснилось; если клиента нужно передать или поправить баланс, это отдельные действия.",
        fits=lambda row: row.suspicions.open().exists(),
        refusals={suspicions.NothingToSettle: "Это подозрение уже разобрал кто-то другой."},
    ),
]
