"""Sending withdrawals, and asking about those whose end is not known: claim → commit → call → settle (M8, M9).

A call is made outside of any transaction, and what it was about is written down before. So whoever dies on the way
leaves a withdrawal that is *sent* and due again; it is asked about, and sent a second time only when the provider has
said twice that it knows nothing of it. Celery wakes, the rows say what is to be done.
"""

import datetime as dt
import logging
import time
from typing import Literal, NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Sum

from partners import months, notices, reasons
from partners.models import Notice, User
from partners.money import in_text
from partners.templatetags.words import day
from payouts import providers, rules, solar_staff, withdrawals
from payouts.models import Destination, SendingSwitch, Withdrawal, WithdrawalQuerySet
from payouts.providers import Answer, NoAnswer

logger = logging.getLogger(__name__)
State = Withdrawal.State

# One call of `run_due` ends after about so long, so that a slow provider doesn't hold up what else is to be done.
_SECONDS_AT_ONCE = 45
# Longer than any call: until then nobody else attends to a withdrawal that is being sent or asked about.
_LEASE = dt.timedelta(minutes=2)
# Who was held up for so long between its claim and its call doesn't call any more.
_LATEST_CALL_SECONDS = 30

_ASK_AGAIN_IN = dt.timedelta(minutes=2)  # nobody answered
_PROCESSING_IN = dt.timedelta(minutes=10)  # it was taken and will end by itself
_FOR_STAFF_IN = dt.timedelta(hours=1)  # a person is to decide, but the provider may still tell
_MISSING_FOR = dt.timedelta(minutes=10)  # between the two answers after which it may be sent again
_MISSING_HOLDS = dt.timedelta(hours=1)  # after which that it is missing has to be said anew
_SENT_AGAIN_WITHIN = dt.timedelta(days=1)  # later a person decides


class Claim(NamedTuple):
    """A withdrawal that this process attends to, and what it is to do about it."""

    withdrawal: Withdrawal
    call: Literal["send", "ask"]
    claimed_at: float  # by the monotonic clock


def is_on() -> bool:
    """Whether anything may be sent. Asking about what was sent goes on."""
    latest = SendingSwitch.objects.last()
    return latest is None or latest.is_on


def switch(is_on: bool, *, reason: str, by: User | None, now: dt.datetime) -> None:
    """Switch all sending on or off from now on; `by` nobody: an operator, by command.

    Asking about what was sent goes on. Raises ReasonMissing.
    """
    reason = reasons.required(reason)
    SendingSwitch.objects.create(is_on=is_on, switched_at=now, switched_by=by, reason=reason)


def run_due(*, now: dt.datetime) -> None:
    """Send what is due to be sent and ask about what is due to be asked about, for less than a minute.

    Repeatable, and harmless beside others doing the same: each withdrawal is claimed by one of them.
    """
    until = time.monotonic() + _SECONDS_AT_ONCE
    for withdrawal in _callable(Withdrawal.objects.due(now)).values_list("pk", flat=True).iterator(chunk_size=500):
        if time.monotonic() > until:
            return
        attend(withdrawal, now=now)


def overdue(*, now: dt.datetime) -> QuerySet[Withdrawal]:
    """What a machine should have attended to and nobody did; what waits for a switch or a setting isn't among it."""
    return _callable(Withdrawal.objects.overdue(now)).order_by("pk")


def _callable(rows: WithdrawalQuerySet) -> WithdrawalQuerySet:
    """Those whose provider can be called; none that waits while sending is off or it's suspended."""
    rows = rows.not_suspended().filter(destination__in=providers.configured())
    return rows if is_on() else rows.exclude(state=State.APPROVED)


def attend(withdrawal: int, *, now: dt.datetime) -> None:
    """Do what is due about one withdrawal, unless somebody else does."""
    claim = _claim(withdrawal, now=now)
    if claim is None:
        return
    answer: Answer | None
    try:
        answer = _call(claim)
    except NoAnswer as error:
        logger.warning("withdrawal %s: no answer to %s: %s", withdrawal, claim.call, error)
        _settle_silence(claim, now=now)
    else:
        if answer is None:
            _settle_missing(claim, now=now)
        else:
            _settle(claim, answer, now=now)


# --- Claim ------------------------------------------------------------------------------------------------------------


def _claim(pk: int, *, now: dt.datetime) -> Claim | None:
    """Take a withdrawal for one call, which is written down before it is made; None when nothing is to be called."""
    with transaction.atomic():
        withdrawal = withdrawals.lock(Withdrawal(pk=pk, partner_id=_partner_of(pk)))
        if withdrawal.next_try_at is None or withdrawal.next_try_at > now:
            return None
        withdrawal.next_try_at = now + _LEASE
        if withdrawal.state in (State.SENT, State.UNKNOWN):
            withdrawal.save(update_fields=["next_try_at"])
            return Claim(withdrawal, "ask", time.monotonic())
        if withdrawal.state != State.APPROVED or withdrawal.is_suspended or not is_on():
            return None  # whoever changed it in between has said when it is due
        if (missing := withdrawal.missing_since) and (withdrawal.partner.is_blocked or now - missing > _MISSING_HOLDS):
            # It was held up on its way to be sent again, and may have turned up meanwhile.
            withdrawal.missing_since = None
            _unknown(withdrawal, now=now)
            return Claim(withdrawal, "ask", time.monotonic())
        if until := _held_until(withdrawal, now=now):
            _hold(withdrawal, until, now=now)
            return None
        withdrawal.sendings += 1
        withdrawal.sent_at, withdrawal.missing_since, withdrawal.held_until = now, None, None
        withdrawals.step(withdrawal, State.SENT, by=None, now=now)
        return Claim(withdrawal, "send", time.monotonic())


def _partner_of(pk: int) -> int:
    return Withdrawal.objects.values_list("partner_id", flat=True).get(pk=pk)


def _held_until(withdrawal: Withdrawal, *, now: dt.datetime) -> dt.date | None:
    """The 1st until which a payment to a card waits, by what went to cards this month."""
    if not withdrawal.card_id or withdrawal.amount_kopecks <= solar_staff.CARD_OVER_KOPECKS:
        return None
    sent = Withdrawal.objects.filter(
        partner=withdrawal.partner,
        destination=Destination.CARD,
        amount_kopecks__gt=solar_staff.CARD_OVER_KOPECKS,
        state__in=[State.SENT, State.UNKNOWN, State.PAID],
        sent_at__gte=months.start_of(months.month_of(now)),
    ).aggregate(sum=Sum("amount_kopecks", default=0))["sum"]
    limit = solar_staff.CARD_MONTH_LIMIT_KOPECKS
    return rules.held_until(withdrawal.amount_kopecks, sent_kopecks=sent, limit_kopecks=limit, now=now)


def _hold(withdrawal: Withdrawal, until: dt.date, *, now: dt.datetime, said: str = "") -> None:
    limit = in_text(solar_staff.CARD_MONTH_LIMIT_KOPECKS)
    withdrawal.held_until, withdrawal.next_try_at = until, months.start_of(until)
    note = f"На карту за месяц можно перевести до {limit}. Отправим {day(until)}"
    withdrawals.step(withdrawal, State.APPROVED, by=None, note=note, said=said, now=now)


# --- Call -------------------------------------------------------------------------------------------------------------


def _call(claim: Claim) -> Answer | None:
    """Send it, or ask about it; None: the provider knows no such payment. Raises NoAnswer."""
    if time.monotonic() - claim.claimed_at > _LATEST_CALL_SECONDS:
        raise NoAnswer("held up before the call")
    if claim.call == "ask":
        return providers.ask(claim.withdrawal)
    answer = providers.send(claim.withdrawal)
    if answer.is_refusal:
        # Perhaps it refuses only the second of two, or everything because of our keys: what became of the first one
        # decides. There may have been one also where we know of none, after a backup was restored.
        return providers.ask(claim.withdrawal) or answer
    return answer


# --- Settle -----------------------------------------------------------------------------------------------------------


def _settle(claim: Claim, answer: Answer, *, now: dt.datetime) -> None:
    """Write down what the provider said."""
    with transaction.atomic():
        withdrawal = _locked_if_still_ours(claim)
        if withdrawal is None:
            return
        withdrawal.missing_since = None
        withdrawal.provider_id = answer.provider_id or withdrawal.provider_id
        if answer.commission_kopecks is not None:
            withdrawal.commission_kopecks = answer.commission_kopecks
        if answer.amount_kopecks not in (None, withdrawal.amount_kopecks):
            other = in_text(answer.amount_kopecks or 0)
            _ask_staff(withdrawal, f"У получателя платежа другая сумма: {other}", answer.said, now=now)
        elif answer.outcome == "paid":
            withdrawals.pay(withdrawal, by=None, said=answer.said, now=now)
        elif answer.outcome == "processing":
            _wait(withdrawal, answer.said, now=now)
        elif answer.outcome == "refused":
            withdrawals.give_back(withdrawal, by=None, note=answer.note, said=answer.said, now=now)
        elif answer.outcome == "over_limit":
            _hold(withdrawal, rules.held_by_provider_until(now), said=answer.said, now=now)
        else:
            _ask_staff(withdrawal, answer.note, answer.said, now=now)


def _settle_missing(claim: Claim, *, now: dt.datetime) -> None:
    """The provider knows no such payment: said twice with ten minutes between, it may be sent again, within a day."""
    with transaction.atomic():
        withdrawal = _locked_if_still_ours(claim)
        if withdrawal is None:
            return
        if withdrawal.question:
            withdrawal.next_try_at = now + _FOR_STAFF_IN
            withdrawal.save(update_fields=["next_try_at"])
        elif withdrawal.missing_since is None:
            withdrawal.missing_since, withdrawal.next_try_at = now, now + _MISSING_FOR
            _unknown(withdrawal, now=now)
        elif now - withdrawal.missing_since < _MISSING_FOR:
            withdrawal.next_try_at = withdrawal.missing_since + _MISSING_FOR
            withdrawal.save(update_fields=["next_try_at"])
        elif _is_old(withdrawal, now=now):
            _ask_staff(withdrawal, "Больше суток неизвестно, ушёл ли платёж: получатель его не находит", now=now)
        elif withdrawal.partner.is_blocked:
            _ask_staff(withdrawal, "Платёж не дошёл, а участие приостановлено: верните сумму на баланс", now=now)
        else:
            withdrawal.missing_since, withdrawal.next_try_at = now, now
            withdrawals.step(withdrawal, State.APPROVED, by=None, note=_AGAIN, now=now)


def _settle_silence(claim: Claim, *, now: dt.datetime) -> None:
    """Nobody knows what happened: never a failure, always *unknown* (reliability, fact 7)."""
    with transaction.atomic():
        withdrawal = _locked_if_still_ours(claim)
        if withdrawal is None:
            return
        # The second of the two answers that it is missing must come after this silence.
        withdrawal.missing_since = None
        if withdrawal.question:
            withdrawal.next_try_at = now + _FOR_STAFF_IN
            withdrawal.save(update_fields=["next_try_at", "missing_since"])
        elif _is_old(withdrawal, now=now):
            _ask_staff(withdrawal, "Больше суток неизвестно, ушёл ли платёж: ответа нет", now=now)
        else:
            withdrawal.next_try_at = now + _ASK_AGAIN_IN
            _unknown(withdrawal, now=now)


def _locked_if_still_ours(claim: Claim) -> Withdrawal | None:
    """None when it was settled, or sent again, since the claim: then this answer is about the past."""
    withdrawal = withdrawals.lock(claim.withdrawal)
    if withdrawal.state in (State.SENT, State.UNKNOWN) and withdrawal.sendings == claim.withdrawal.sendings:
        return withdrawal
    logger.warning("withdrawal %s: an answer came too late", withdrawal.pk)
    return None


def _is_old(withdrawal: Withdrawal, *, now: dt.datetime) -> bool:
    """Whether a day has passed since it was first sent, however often it was sent again by itself."""
    begun = withdrawal.steps.filter(state=State.APPROVED).exclude(note=_AGAIN, taken_by=None).last()
    first = withdrawal.steps.filter(state=State.SENT, pk__gt=begun.pk if begun else 0).first()
    return first is not None and now - first.taken_at >= _SENT_AGAIN_WITHIN


def _unknown(withdrawal: Withdrawal, *, now: dt.datetime) -> None:
    if withdrawal.state == State.UNKNOWN:
        withdrawal.save()
    else:
        withdrawals.step(withdrawal, State.UNKNOWN, by=None, note="Уточняем, ушёл ли платёж", now=now)


def _wait(withdrawal: Withdrawal, said: str, *, now: dt.datetime) -> None:
    """It was taken and is on its way."""
    withdrawal.next_try_at, withdrawal.question = now + _PROCESSING_IN, ""
    if withdrawal.state == State.SENT and withdrawal.steps.filter(note=_TAKEN).exists():
        withdrawal.save()
        return
    withdrawals.step(withdrawal, State.SENT, by=None, note=_TAKEN, said=said, now=now)
    notices.add(
        withdrawal.partner,
        Notice.Kind.WITHDRAWAL_SENT,
        key=f"withdrawal:{withdrawal.pk}:sent",
        now=now,
        withdrawal=withdrawal.pk,
        amount_kopecks=withdrawal.amount_kopecks,
        where=withdrawals.where(withdrawal),
    )


_TAKEN = "Платёж принят и обрабатывается"
_AGAIN = "Платёж не дошёл до получателя, отправляем ещё раз"


def _ask_staff(withdrawal: Withdrawal, question: str, said: str = "", *, now: dt.datetime) -> None:
    """A person decides; meanwhile the provider is asked on."""
    is_new = withdrawal.question != question
    withdrawal.question, withdrawal.next_try_at = question, now + _FOR_STAFF_IN
    if is_new:
        withdrawals.step(withdrawal, State.UNKNOWN, by=None, note="Уточняем, ушёл ли платёж", said=said, now=now)
    else:
        withdrawal.save()
