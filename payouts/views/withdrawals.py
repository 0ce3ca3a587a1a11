"""Asking for money, what became of it, and changing one's mind."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.access import cabinet
from partners.models import Partner, Tariff
from partners.money import in_text
from payouts import conditions, decisions, providers, rules, solar_staff, withdrawals
from payouts.forms import WithdrawalForm
from payouts.models import Destination, Withdrawal, WithdrawalStep

State = Withdrawal.State

# Where on the form a refusal is shown; any other is about the whole of it.
_FIELDS: dict[type[Exception], str] = {
    withdrawals.WrongSum: "amount",
    withdrawals.WrongDestination: "destination",
}
# What happened, by the state that it led to.
_HAPPENED = {
    State.REQUESTED: "Заявка создана",
    State.APPROVED: "Одобрена",
    State.SENT: "Деньги отправлены",
    State.UNKNOWN: "Уточняем, дошёл ли платёж",
    State.PAID: "Выплачено",
    State.RETURNED: "Деньги вернулись на баланс",
}


class Busy(withdrawals.Refusal):
    """Others hold the database for too long; nothing has changed."""


class Told(NamedTuple):
    """A step as the partner reads it; what the provider said is for staff."""

    title: str
    step: WithdrawalStep
    who: str
    note: str


def unbroken(text: str) -> str:
    """The end of a card's or an account's number stays with its dots."""
    return text.replace("•• ", "••\u00a0")


@contextmanager
def in_turn() -> Iterator[None]:
    """Turns SQLite's "database is locked", after half a minute of waiting, into a sentence. Raises Busy."""
    try:
        yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise Busy("Сейчас много запросов, попробуйте ещё раз. Ничего не изменилось.") from error


@cabinet
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_new(request: HttpRequest, partner: Partner) -> HttpResponse:
    """The request: how much, where to, what happens then. The same form sent twice asks once."""
    now = timezone.now()
    found = conditions.of(partner, now=now)
    destinations = _destinations(partner)
    form = WithdrawalForm(
        request.POST if request.method == "POST" else None,
        destinations=destinations,
        least_kopecks=max(found.terms.minimum_withdrawal_kopecks, solar_staff.LEAST_KOPECKS),
        most_kopecks=_most(partner, found.available_kopecks),
    )
    status = 200
    if form.is_valid():
        given = form.cleaned_data
        try:
            with in_turn():
                withdrawal = withdrawals.request(
                    partner,
                    amount_kopecks=given["amount"],
                    destination=given["destination"],
                    by=partner.user,
                    now=now,
                    key=str(given["key"]),
                )
        except withdrawals.Refusal as refusal:
            form.add_error(_FIELDS.get(type(refusal)), str(refusal))
            status = 503 if isinstance(refusal, Busy) else 200
        else:
            if withdrawal.state == State.RETURNED:  # the form of one that has ended, by the button «back»
                sentence = "Эта заявка уже была, её сумма вернулась на баланс. Чтобы вывести деньги, создайте новую."
                messages.info(request, sentence)
                return redirect("withdrawal", withdrawal.pk)
            messages.success(request, "Заявка принята. Мы написали вам о ней на почту и напишем о каждом шаге.")
            return redirect("withdrawal", withdrawal.pk)
    context = {
        "partner": partner,
        "conditions": found,
        "form": form,
        "destinations": destinations,
        "has_account": any(value == Destination.BANK for value, _ in destinations),
        "due_on": rules.due_on(rules.day_of(now)),
        "needs_approval": settings.WITHDRAWALS_NEED_APPROVAL,
    }
    return render(request, "payouts/withdrawal_new.html", context, status=status)


@cabinet
@require_safe
def withdrawal(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """One withdrawal: where it has got to, by when, and every step. `?cancel` asks whether to cancel it."""
    found = get_object_or_404(partner.withdrawals.select_related("card", "requisites"), pk=pk)
    today = rules.day_of(timezone.now())
    may_cancel = found.can_be_cancelled and partner.status == Partner.Status.ACTIVE
    steps = _told(list(found.steps.all()), partner)
    context = {
        "withdrawal": found,
        "where": unbroken(withdrawals.where(found)),
        "is_to_provider": withdrawals.is_to_provider(found),
        "steps": steps,
        "why_returned": steps[-1].note.rstrip(".") if found.state == State.RETURNED else "",
        "may_cancel": may_cancel,
        "is_cancelling": may_cancel and "cancel" in request.GET,
        "held_until": _held_until(found, today),
        "card_limit": in_text(solar_staff.CARD_MONTH_LIMIT_KOPECKS),
        "is_overdue": found.is_open and found.due_on < today,
    }
    return render(request, "payouts/withdrawal.html", context)


@cabinet
@require_POST
def withdrawal_cancel(request: HttpRequest, partner: Partner, pk: int) -> HttpResponse:
    """The partner has changed its mind. A second click finds the money back on the balance, and says so."""
    found = get_object_or_404(partner.withdrawals, pk=pk)
    try:
        with in_turn():
            decisions.cancel(found, by=partner.user, now=timezone.now())
    except withdrawals.Refusal as refusal:
        found.refresh_from_db()
        if found.state == State.RETURNED:
            messages.info(request, "Заявка уже отменена, деньги на балансе.")
        else:
            messages.error(request, str(refusal))
    else:
        messages.success(request, f"Заявка отменена, {in_text(found.amount_kopecks)} снова на балансе.")
    return redirect("withdrawal", pk)


def _destinations(partner: Partner) -> list[tuple[str, str]]:
    """Where this partner can be paid, with what stands on each card of the form."""
    if partner.tariff == Tariff.INDIVIDUAL:
        card = withdrawals.current_card(partner)
        own, limit = in_text(solar_staff.CARD_OVER_KOPECKS), in_text(solar_staff.CARD_MONTH_LIMIT_KOPECKS)
        note = f"До {own} — на ваш баланс в Solar Staff, больше — на карту, до {limit} в месяц"
        return [(Destination.CARD.value, unbroken(f"На карту {card.shown}\n{note}"))] if card else []
    found = []
    if requisites := partner.requisites.last():
        note = f"{requisites.name}, {requisites.bank_name}"
        found.append((Destination.BANK.value, unbroken(f"На расчётный счёт •• {requisites.account[-4:]}\n{note}")))
    if partner.user.account_id and Destination.SERVICE in providers.configured():
        found.append((Destination.SERVICE.value, f"На аккаунт в Скорозвоне\n{partner.user.email}"))
    return found


def _most(partner: Partner, available_kopecks: int) -> int:
    if partner.tariff == Tariff.INDIVIDUAL:
        return min(available_kopecks, solar_staff.CARD_MONTH_LIMIT_KOPECKS)
    return available_kopecks


def _told(steps: Sequence[WithdrawalStep], partner: Partner) -> list[Told]:
    """The steps in words; a note that says it all, or tells of a state that lasts, stands in their place."""
    told: list[Told] = []
    for step in steps:
        who = "портал" if step.taken_by_id is None else "вы" if step.taken_by_id == partner.user_id else "сотрудник"
        says_it_all = step.state == State.UNKNOWN or (told and told[-1].step.state == step.state)
        title, note = (step.note, "") if step.note and says_it_all else (_HAPPENED[State(step.state)], step.note)
        if step.state == State.RETURNED and who == "вы":
            title, note = "Вы отменили заявку", ""
        told.append(Told(title, step, who, note))
    return told


def _held_until(withdrawal: Withdrawal, today: dt.date) -> dt.date | None:
    """Until when the month's limit of the card keeps it waiting."""
    if withdrawal.state == State.APPROVED and withdrawal.held_until and withdrawal.held_until > today:
        return withdrawal.held_until
    return None
