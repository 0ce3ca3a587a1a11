"""What people decide about a withdrawal: a partner cancels, staff approves, declines, and settles the doubtful ones.

Nobody of staff decides about its own: all but `cancel` raise `own_money.OwnMoney`.
"""

import datetime as dt

from django.db import transaction

from partners import own_money, reasons
from partners.models import User
from payouts import withdrawals
from payouts.models import Destination, Withdrawal

State = Withdrawal.State
_LOOK = "Обновите её страницу: там то, что можно сделать сейчас."


class TooLate(withdrawals.Refusal):
    """The withdrawal has moved on: what was to be decided is decided."""


class PartnerIsBlocked(withdrawals.Refusal):
    """A blocked partner can't withdraw (R25): its withdrawal waits, or staff gives the sum back."""


def approve(withdrawal: Withdrawal, *, by: User, now: dt.datetime) -> None:
    """Let a request be sent. Raises TooLate unless it was waiting for just that, PartnerIsBlocked."""
    with transaction.atomic():
        withdrawal = _lock(withdrawal, by=by)
        if withdrawal.state != State.REQUESTED:
            raise _too_late("Одобрить нельзя", withdrawal)
        _refuse_blocked(withdrawal, "одобрить заявку можно, когда его возобновят. Или отклоните её.")
        withdrawals.let_go(withdrawal, by=by, now=now)


def cancel(withdrawal: Withdrawal, *, by: User, now: dt.datetime, how: str = "") -> None:
    """The partner changed its mind before anything was sent; the sum is back on the balance. Raises TooLate.

    `how` says so, where it wasn't by hand: «через API, токен «CRM»».
    """
    with transaction.atomic():
        withdrawal = withdrawals.lock(withdrawal)
        if not withdrawal.can_be_cancelled:
            raise _too_late("Отменить уже нельзя", withdrawal, "Вопросы — на welcome@skorozvon.ru.")
        told = "вы отменили заявку"
        note = f"Отменено партнёром {how}".strip()
        withdrawals.give_back(withdrawal, by=by, note=note, told=told, now=now)


def decline(withdrawal: Withdrawal, *, by: User, reason: str, now: dt.datetime) -> None:
    """Staff refuses a request that hasn't been sent, with a reason that the partner reads; the sum is back on the
    balance. Raises TooLate, ReasonMissing.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        withdrawal = _lock(withdrawal, by=by)
        if not withdrawal.can_be_cancelled:
            raise _too_late("Отклонить уже нельзя", withdrawal)
        withdrawals.give_back(withdrawal, by=by, note=reason, now=now)


def take_back(withdrawal: Withdrawal, *, by: User, reason: str, now: dt.datetime) -> None:
    """Money that was sent has come back, also after it was paid (R21): staff returns it to the balance, once.

    What is still under way at a provider that answers for itself can't be taken back: it could be paid yet.
    Raises TooLate, ReasonMissing.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        withdrawal = _lock(withdrawal, by=by)
        is_decided = withdrawal.state == State.PAID or (
            withdrawal.state in (State.SENT, State.UNKNOWN)
            and (withdrawal.destination == Destination.BANK or withdrawal.question)
        )
        if not is_decided:
            raise _too_late("Вернуть на баланс нельзя", withdrawal)
        withdrawals.give_back(withdrawal, by=by, note=reason, now=now)


def confirm_paid(withdrawal: Withdrawal, *, by: User, reason: str, now: dt.datetime) -> None:
    """A person has seen that money which was sent has arrived; the reason says where.

    So it may be of an approved withdrawal to a settlement account: the bank has paid it past our files, or by one that
    was made after the backup which was restored. Raises TooLate, ReasonMissing.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        withdrawal = _lock(withdrawal, by=by)
        if not withdrawal.may_have_arrived:
            raise _too_late("Отметить выплату нельзя", withdrawal)
        withdrawals.pay(withdrawal, by=by, note=reason, now=now)


def send_again(withdrawal: Withdrawal, *, by: User, reason: str, now: dt.datetime) -> None:
    """A person has made sure that a payment never arrived at its provider: it is sent again, under the same key.

    Raises TooLate, PartnerIsBlocked, ReasonMissing.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        withdrawal = _lock(withdrawal, by=by)
        if withdrawal.state not in (State.SENT, State.UNKNOWN) or not withdrawal.question:
            raise _too_late("Отправить ещё раз нельзя", withdrawal)
        _refuse_blocked(withdrawal, "отправить ещё раз можно, когда его возобновят. Или верните сумму на баланс.")
        withdrawal.question, withdrawal.missing_since, withdrawal.next_try_at = "", now, now
        withdrawals.step(withdrawal, State.APPROVED, by=by, note=reason, now=now)


def _lock(withdrawal: Withdrawal, *, by: User) -> Withdrawal:
    own_money.refuse(withdrawal.partner, by=by)
    return withdrawals.lock(withdrawal)


def _too_late(what: str, withdrawal: Withdrawal, then: str = _LOOK) -> TooLate:
    return TooLate(f"{what}: заявка в состоянии «{withdrawal.get_state_display()}». {then}")


def _refuse_blocked(withdrawal: Withdrawal, what_then: str) -> None:
    if withdrawal.partner.is_blocked:
        raise PartnerIsBlocked(f"Участие партнёра приостановлено: {what_then}")
