"""All that the portal holds of a person: handed over, or erased, on request (152-ФЗ).

Ledger, rewards and withdrawals stay, by numbers: they are the books. See docs/decisions.md for what else is kept.
"""

import datetime as dt
from typing import Any

from django.db import transaction

import partners.personal_data
import payouts.personal_data
import referrals.personal_data
from partners import ledger
from partners.models import Partner, User
from partners.reasons import required
from payouts.personal_data import WithdrawalOpen
from referrals.models import Client

__all__ = ["BalanceIsNotZero", "IsInTheList", "WithdrawalOpen", "erase", "erase_client", "export", "export_client"]


class BalanceIsNotZero(Exception):
    """Money is left that the person can't ask for any more: its only argument, in kopecks."""


class IsInTheList(Exception):
    """The client has signed in here: more is held of it than what the service told."""


def export(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """Everything, table by table, as plain values."""
    partner = Partner.objects.filter(user=user).first()
    held = {"as_of": now, **partners.personal_data.export(user, partner)}
    held |= referrals.personal_data.export(user, partner)
    if partner is not None:
        held |= payouts.personal_data.export(partner)
    return held


def erase(user: User, *, reason: str, despite_balance: str = "", by: User, now: dt.datetime) -> User:
    """Replace the personal data of an account holder on all floors; it can't sign in and gets no letter any more.

    `despite_balance` says why money that is left is no obstacle. Repeatable, and then erases what had to be kept the
    time before. Locks the person and the partner. Raises ReasonMissing, WithdrawalOpen, BalanceIsNotZero.
    """
    required(reason)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk, is_staff=False)
        partner = Partner.objects.select_for_update().filter(user=user).first()
        if partner is not None:
            balance = ledger.balance(partner)
            if balance and not despite_balance.strip():
                raise BalanceIsNotZero(balance)
            payouts.personal_data.erase(partner, now=now)
        referrals.personal_data.erase(user, partner, by=by, now=now)
        partners.personal_data.erase(user, partner, by=by, now=now)
    return user


def export_client(client: Client, *, now: dt.datetime) -> dict[str, Any]:
    """Everything of a client of the service that never signed in here. Raises IsInTheList."""
    _refuse_account_holders(client)
    return {"as_of": now, **referrals.personal_data.export_client(client.account_id)}


def erase_client(client: Client, *, reason: str) -> None:
    """How a client that never signed in here can be reached. Repeatable. Raises ReasonMissing, IsInTheList."""
    required(reason)
    with transaction.atomic():
        _refuse_account_holders(client)
        referrals.personal_data.erase_client(client.account_id)


def _refuse_account_holders(client: Client) -> None:
    if User.objects.filter(account_id=client.account_id).exists():
        raise IsInTheList
