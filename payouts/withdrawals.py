"""Withdrawals: asking for one, and the steps of its life (R21–R26).

Who takes the steps: people in `decisions`, machines in `sending`, the bank in `bank_files`. All lock the partner first,
then the withdrawal.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction

from partners import ledger, notices
from partners.models import ApiToken, LedgerLine, Notice, Partner, Tariff, User
from partners.money import in_text
from partners.templatetags.words import day
from payouts import conditions, providers, rules, solar_staff
from payouts.models import Card, Destination, Withdrawal, WithdrawalStep

State = Withdrawal.State


class Refusal(Exception):
    """A request that can't be. Its text is a sentence in Russian for whoever asked: what is wrong and what to do."""


class ConditionsUnmet(Refusal):
    """Something is missing before any withdrawal (R24)."""


class WrongDestination(Refusal):
    """This partner isn't paid there, or hasn't said where."""


class WrongSum(Refusal):
    """Less than the terms or the provider let out, or more than there is."""


class AskedOtherwise(Refusal):
    """The key of this request belongs to another one."""


# --- Asking -----------------------------------------------------------------------------------------------------------


def request(
    partner: Partner,
    *,
    amount_kopecks: int,
    destination: str,
    by: User,
    now: dt.datetime,
    key: str = "",
    asked_on: dt.date | None = None,
    note: str = "",
) -> Withdrawal:
    """Ask for money of the balance. Its sum is booked at once, so that it can't be asked for twice (R21).

    Repeatable by `key`: the same request again is the one that stands. Staff enters what came by letter with its
    day, `asked_on`, from which the promised term counts, and a `note` that the partner reads. Locks the partner.
    Raises ConditionsUnmet, WrongDestination, WrongSum, AskedOtherwise.
    """
    with transaction.atomic():
        partner = ledger.lock(partner)
        if key and (known := Withdrawal.objects.filter(partner=partner, request_key=key).first()):
            if (known.amount_kopecks, known.destination) != (amount_kopecks, destination):
                raise AskedOtherwise("Эта заявка уже отправлена с другой суммой. Откройте «Выплаты» и проверьте её.")
            return known
        if partner.status in (Partner.Status.PENDING, Partner.Status.DECLINED):
            raise ConditionsUnmet("Партнёр ещё не принят в программу: сначала одобрите его запрос на участие.")
        found = conditions.of(partner, now=now)
        _check_sum(amount_kopecks, destination, found)
        withdrawal = Withdrawal(
            partner=partner,
            amount_kopecks=amount_kopecks,
            destination=destination,
            request_key=key,
            requested_at=now,
            requested_by=by,
            due_on=rules.due_on(asked_on or rules.day_of(now)),
            question=_why_staff_looks(partner),
            **_where_to(partner, destination),
        )
        withdrawal.save(force_insert=True)
        ledger.book(
            partner,
            key=f"withdrawal:{withdrawal.pk}",
            kind=LedgerLine.Kind.WITHDRAWAL,
            amount_kopecks=-amount_kopecks,
            memo=f"Вывод {withdrawal.get_destination_display()}",
            now=now,
            booked_by=by,
        )
        step(withdrawal, State.REQUESTED, by=by, note=note, now=now)
        notices.add(
            partner,
            Notice.Kind.WITHDRAWAL_RECEIVED,
            key=f"withdrawal:{withdrawal.pk}:received",
            now=now,
            withdrawal=withdrawal.pk,
            amount_kopecks=amount_kopecks,
            where=where(withdrawal),
            due_on=day(withdrawal.due_on),
            by_staff=by.pk != partner.user_id,
        )
        if not settings.WITHDRAWALS_NEED_APPROVAL and not withdrawal.question:
            let_go(withdrawal, by=None, now=now)
    return withdrawal


def _check_sum(amount_kopecks: int, destination: str, found: conditions.Conditions) -> None:
    if unmet := [condition for condition in found.all if not condition.met and not condition.is_choice]:
        raise ConditionsUnmet(f"Пока вывести нельзя. {unmet[0].text}: не выполнено. {unmet[0].hint}.")
    least, available = max(found.terms.minimum_withdrawal_kopecks, solar_staff.LEAST_KOPECKS), found.available_kopecks
    if amount_kopecks < least:
        raise WrongSum(f"Наименьшая сумма вывода — {in_text(least)}. Укажите её или больше.")
    if amount_kopecks > available:
        raise WrongSum(f"Сейчас доступно {in_text(available)}. Укажите эту сумму или меньше.")
    if destination == Destination.CARD and amount_kopecks > solar_staff.CARD_MONTH_LIMIT_KOPECKS:
        limit = in_text(solar_staff.CARD_MONTH_LIMIT_KOPECKS)
        raise WrongSum(f"За один раз на карту можно вывести до {limit}. Остаток запросите ещё одной заявкой.")


def _where_to(partner: Partner, destination: str) -> dict[str, object]:
    """The column that says where the money goes, frozen as it stands now."""
    if (destination == Destination.CARD) != (partner.tariff == Tariff.INDIVIDUAL):
        raise WrongDestination("На этот способ выплаты ваш тариф не рассчитан. Выберите другой.")
    if destination == Destination.CARD:
        return {"card": current_card(partner)}  # there is one: the conditions say so
    if destination == Destination.BANK:
        if (requisites := partner.requisites.last()) is None:
            raise WrongDestination("Сначала укажите реквизиты: без них деньги на расчётный счёт не перевести.")
        return {"requisites": requisites}
    if destination == Destination.SERVICE and partner.user.account_id:
        if destination not in providers.configured():  # it would wait for nobody knows what
            raise WrongDestination("На аккаунт в Скорозвоне сейчас не вывести. Выберите расчётный счёт.")
        return {"account_id": partner.user.account_id}
    raise WrongDestination("Такого способа выплаты нет. Выберите один из предложенных.")


def _why_staff_looks(partner: Partner) -> str:
    """Why a person has to look at the partner's next withdrawal (R26); empty when nothing calls for it.

    A change is looked at once: with the first request that a person approves after it.
    """
    seen = Withdrawal.objects.filter(
        partner=partner, steps__state=State.APPROVED, steps__taken_by__isnull=False
    ).order_by("-requested_at")[:1]
    since = seen[0].requested_at if seen else dt.datetime.min.replace(tzinfo=dt.UTC)
    changes = [
        ("Изменены реквизиты", partner.requisites.filter(entered_at__gt=since).last(), "entered_at"),
        ("Изменена карта", Card.objects.filter(worker__partner=partner, linked_at__gt=since).last(), "linked_at"),
        # A revoked one, too: whoever made it may have asked for this withdrawal before.
        (
            "Выпущен токен API с правом вывода",
            partner.api_tokens.filter(scope=ApiToken.Scope.WITHDRAW, created_at__gt=since).first(),
            "created_at",
        ),
    ]
    return ". ".join(f"{what} {day(getattr(row, when))}" for what, row, when in changes if row)


def current_card(partner: Partner) -> Card | None:
    """The card that the partner is paid to now."""
    return Card.objects.filter(worker__partner=partner, removed_at=None).select_related("worker").first()


def is_to_provider(withdrawal: Withdrawal) -> bool:
    """Too little for the card: it goes to the person's balance at Solar Staff (R23)."""
    return withdrawal.card is not None and withdrawal.amount_kopecks <= solar_staff.CARD_OVER_KOPECKS


def where(withdrawal: Withdrawal) -> str:
    """Where a withdrawal goes, in the middle of a sentence: «на карту •• 1234»."""
    if withdrawal.card:
        if is_to_provider(withdrawal):
            return "на ваш баланс в Solar Staff"
        return f"на карту {withdrawal.card.shown}"
    if withdrawal.requisites:
        return f"на расчётный счёт •• {withdrawal.requisites.account[-4:]}"
    return "на аккаунт в Скорозвоне"


# --- Its life. Called in a transaction that holds both locks. ---------------------------------------------------------


def lock(withdrawal: Withdrawal) -> Withdrawal:
    """The withdrawal as it stands, its partner's row and its own locked until the transaction ends."""
    ledger.lock(withdrawal.partner)
    locked = Withdrawal.objects.select_for_update(of=("self",)).select_related("partner__user", "requisites")
    return locked.select_related("card__worker").get(pk=withdrawal.pk)


def step(
    withdrawal: Withdrawal, state: str, *, by: User | None, now: dt.datetime, note: str = "", said: str = ""
) -> None:
    """Put it into a state and write down who did, when and why. Its other fields are saved with it."""
    withdrawal.state = state
    withdrawal.save()
    WithdrawalStep.objects.create(
        withdrawal=withdrawal, state=state, taken_by=by, taken_at=now, note=note, said=said[:300]
    )


def pay(withdrawal: Withdrawal, *, by: User | None, now: dt.datetime, note: str = "", said: str = "") -> None:
    """It is paid: nothing is left to do."""
    withdrawal.question, withdrawal.next_try_at, withdrawal.missing_since = "", None, None
    withdrawal.ended_at = now
    step(withdrawal, State.PAID, by=by, note=note, said=said, now=now)
    notices.add(
        withdrawal.partner,
        Notice.Kind.WITHDRAWAL_PAID,
        key=f"withdrawal:{withdrawal.pk}:paid",
        now=now,
        withdrawal=withdrawal.pk,
        amount_kopecks=withdrawal.amount_kopecks,
        where=where(withdrawal),
    )


def give_back(
    withdrawal: Withdrawal, *, by: User | None, note: str, now: dt.datetime, said: str = "", told: str = ""
) -> None:
    """Return the sum to the balance, once: the ledger's key sees to it. The letter gives the note as the reason, or
    `told`, where the partner needs other words than staff.
    """
    withdrawal.question, withdrawal.next_try_at, withdrawal.missing_since = "", None, None
    withdrawal.ended_at = now
    ledger.book(
        withdrawal.partner,
        key=f"withdrawal:{withdrawal.pk}:returned",
        kind=LedgerLine.Kind.WITHDRAWAL_RETURNED,
        amount_kopecks=withdrawal.amount_kopecks,
        memo="Возврат вывода на баланс",
        now=now,
        booked_by=by,
    )
    step(withdrawal, State.RETURNED, by=by, note=note, said=said, now=now)
    notices.add(
        withdrawal.partner,
        Notice.Kind.WITHDRAWAL_RETURNED,
        key=f"withdrawal:{withdrawal.pk}:returned",
        now=now,
        withdrawal=withdrawal.pk,
        amount_kopecks=withdrawal.amount_kopecks,
        reason=told or note,
    )


def let_go(withdrawal: Withdrawal, *, by: User | None, now: dt.datetime) -> None:
    """It may be sent: at once, or when staff collects it into a file for the bank."""
    withdrawal.question, withdrawal.approved_at = "", now
    withdrawal.next_try_at = None if withdrawal.destination == Destination.BANK else now
    step(withdrawal, State.APPROVED, by=by, now=now)
