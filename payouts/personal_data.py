"""What this floor holds of a person, to be handed over or erased on request (152-ФЗ)."""

import datetime as dt
from typing import Any

from django.db.models import Max

from partners.models import Partner
from partners.personal_data import rows
from payouts import rules
from payouts.models import BankOrder, Card, Contract, ContractStep, SignedCopy, Withdrawal, WithdrawalStep, Worker

_REQUISITES = ("name", "inn", "kpp", "ogrn", "address", "bank_name", "bik", "account", "corr_account")
_NUMBER = "************"


class WithdrawalOpen(Exception):
    """Money is on its way to the partner: where to must stay known."""


def export(partner: Partner) -> dict[str, Any]:
    return {
        "contract": rows(Contract.objects.filter(partner=partner)),
        "contract_steps": rows(ContractStep.objects.filter(contract__partner=partner).order_by("pk")),
        "signed_copies": rows(SignedCopy.objects.filter(contract__partner=partner).order_by("pk")),
        "worker": rows(Worker.objects.filter(partner=partner)),
        "cards": rows(Card.objects.filter(worker__partner=partner).order_by("pk")),
        "withdrawals": rows(Withdrawal.objects.filter(partner=partner).order_by("pk")),
        "withdrawal_steps": rows(WithdrawalStep.objects.filter(withdrawal__partner=partner).order_by("pk")),
        "payment_orders": rows(BankOrder.objects.filter(withdrawal__partner=partner).order_by("pk")),
    }


def kept_until(partner: Partner, *, now: dt.datetime) -> dt.date | None:
    """The day from which nothing has to be kept for the books any more; None: there is nothing to be kept now."""
    latest = _paid(partner).aggregate(latest=Max("ended_at"))["latest"]
    until = rules.kept_until(rules.day_of(latest)) if latest else None
    return until if until and until > rules.day_of(now) else None


def erase(partner: Partner, *, now: dt.datetime) -> None:
    """Card, address at Solar Staff, requisites and signed copies, but for what the law has kept for the books.

    Repeatable: what was kept is erased once its time is over. Call in a transaction that has locked the partner. Raises
    WithdrawalOpen.
    """
    if Withdrawal.objects.open().filter(partner=partner).exists():
        raise WithdrawalOpen
    paid = _paid(partner).filter(requisites__isnull=False).values_list("requisites", "ended_at")
    today = rules.day_of(now)
    kept = {requisites for requisites, at in paid if at and rules.kept_until(rules.day_of(at)) > today}
    erased = dict.fromkeys(_REQUISITES, "")
    partner.requisites.exclude(pk__in=kept).exclude(inn="").update(**erased)
    copies = SignedCopy.objects.filter(contract__partner=partner)
    if kept_until(partner, now=now):
        copies = copies.exclude(contract__state=Contract.State.SIGNED)
    copies.update(content=b"")
    Worker.objects.filter(partner=partner).update(email=f"{partner.pk}@erased.invalid")
    Card.objects.filter(worker__partner=partner).update(number=_NUMBER)


def _paid(partner: Partner) -> Any:
    return Withdrawal.objects.filter(partner=partner, state=Withdrawal.State.PAID)
