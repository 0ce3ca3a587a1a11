"""What people and machines do about payouts, each in one call, for processes that do it at the same moment.

A deed prints nothing but what came of it: the name of the refusal, or what it returns.
"""

import datetime as dt
import json
import os
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from partners import registration
from partners.models import Partner, User
from payouts import bank_files, comparison, decisions, sending, tariff_change, withdrawals
from payouts.models import Withdrawal, WithdrawalStep
from payouts.tests import people
from tests.factories import StaffFactory, UserFactory

_REFUSALS = (
    withdrawals.Refusal,
    tariff_change.WithdrawalOpen,
    bank_files.NothingToCollect,
    bank_files.FileHasEnded,
)


def do(deed: str, *words: str) -> str:
    """Runs a deed of this module; its words are strings, or JSON where it takes anything else."""
    UserFactory.reset_sequence(100 * os.getpid())  # no other process makes people of the same names
    try:
        return str(_DEEDS[deed](*words))
    except _REFUSALS as refusal:
        return type(refusal).__name__


def individuals(given: str) -> str:
    """Individuals who may withdraw: JSON of code, kopecks, worker and card of each."""
    for one in json.loads(given):
        partner = people.individual(one["kopecks"], code=one["code"], card="")
        people.link_card(partner, str(one["card"]), worker=str(one["worker"]))
    return ""


def legal(code: str, kopecks: str) -> str:
    people.legal(int(kopecks), code=code)
    return ""


def staff() -> int:
    return StaffFactory().pk


def ask(code: str, kopecks: str, destination: str, key: str = "") -> int:
    """A partner asks; its withdrawal."""
    partner = _partner(code)
    by, now = partner.user, timezone.now()
    return withdrawals.request(
        partner, amount_kopecks=int(kopecks), destination=destination, by=by, now=now, key=key
    ).pk


def ask_and_approve(code: str, kopecks: str, destination: str, times: str = "1") -> str:
    """So often; the withdrawals as JSON."""
    by = User.objects.get(pk=staff())
    asked = [ask(code, kopecks, destination) for _ in range(int(times))]
    for withdrawal in asked:
        decisions.approve(Withdrawal.objects.get(pk=withdrawal), by=by, now=timezone.now())
    return json.dumps(asked)


def ask_and_approve_all(given: str) -> str:
    """JSON of [code, kopecks] each, all to cards."""
    by, now = User.objects.get(pk=staff()), timezone.now()
    partners = {partner.codes.get().value: partner for partner in Partner.objects.select_related("user")}
    for code, kopecks in json.loads(given):
        partner = partners[code]
        asked = withdrawals.request(partner, amount_kopecks=kopecks, destination="card", by=partner.user, now=now)
        decisions.approve(asked, by=by, now=now)
    return ""


def approve(withdrawal: str, by: str) -> str:
    decisions.approve(_withdrawal(withdrawal), by=User.objects.get(pk=by), now=timezone.now())
    return "approved"


def decline(withdrawal: str, by: str) -> str:
    decisions.decline(_withdrawal(withdrawal), by=User.objects.get(pk=by), reason="Нет", now=timezone.now())
    return "declined"


def cancel(withdrawal: str) -> str:
    found = _withdrawal(withdrawal)
    decisions.cancel(found, by=found.partner.user, now=timezone.now())
    return "cancelled"


def take_back(withdrawal: str, by: str) -> str:
    decisions.take_back(_withdrawal(withdrawal), by=User.objects.get(pk=by), reason="Вернулось", now=timezone.now())
    return "taken back"


def change_tariff(code: str, tariff: str, by: str) -> str:
    by_staff = User.objects.get(pk=by)
    tariff_change.change(_partner(code), tariff, by=by_staff, reason="По просьбе", now=timezone.now())
    return "changed"


def collect(by: str) -> int:
    return bank_files.collect(by=User.objects.get(pk=by), now=timezone.now()).orders.count()


def block(code: str, by: str) -> int:
    """How many withdrawals had gone out when the partner was blocked."""
    with transaction.atomic():
        partner = registration.block(_partner(code), reason="Нет", by=User.objects.get(pk=by), now=timezone.now())
        return WithdrawalStep.objects.filter(withdrawal__partner=partner, state=Withdrawal.State.SENT).count()


def send_due(minutes: str = "0") -> str:
    """What the sweep does, so many minutes from now."""
    sending.run_due(now=timezone.now() + dt.timedelta(minutes=float(minutes)))
    return ""


def compare(minutes: str = "0") -> str:
    return json.dumps(comparison.run(now=timezone.now() + dt.timedelta(minutes=float(minutes))).differences)


def _partner(code: str) -> Partner:
    return Partner.objects.select_related("user").get(codes__value=code)


def _withdrawal(pk: str) -> Withdrawal:
    return Withdrawal.objects.get(pk=pk)


_DEEDS: dict[str, Callable[..., object]] = {
    deed.__name__: deed
    for deed in (
        individuals,
        legal,
        staff,
        ask,
        ask_and_approve,
        ask_and_approve_all,
        approve,
        decline,
        cancel,
        take_back,
        change_tariff,
        collect,
        block,
        send_due,
        compare,
    )
}
