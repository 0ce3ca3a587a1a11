"""What a partner says about itself: how to reach it, where to pay it, which letters it wants."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from partners import ledger, notices, phones, requisites
from partners.models import Notice, Partner, Requisites, Tariff, User

_TEXTS = ("name", "address", "bank_name")
NUMBERS = ("inn", "kpp", "ogrn", "bik", "account", "corr_account")


class NotPaidToAnAccount(Exception):
    """Requisites are for legal partners; an individual is paid to a card."""


def change_contacts(partner: Partner, *, full_name: str, phone: str, website: str) -> None:
    """Raises `phones.NotAPhone`. The e-mail is the service's and changes there."""
    partner.full_name = full_name
    partner.phone = phones.from_text(phone)
    partner.website = website
    partner.save(update_fields=["full_name", "phone", "website"])


def enter_requisites(partner: Partner, *, by: User, now: dt.datetime, vat: str, **typed: str) -> Requisites | None:
    """Where the partner is to be paid from now on, as a new row; what was paid keeps its own (R26).

    `typed` are name, address, bank_name and the numbers that `requisites.check` knows, as people write them. The
    partner's INN follows, and a letter tells it. None, and nothing of this, when they are the same as those that hold.
    Locks the partner. Raises NotPaidToAnAccount and `requisites.BadRequisites`.
    """
    if partner.tariff != Tariff.LEGAL:
        raise NotPaidToAnAccount
    entered = requisites.check(**{field: typed[field] for field in NUMBERS})
    entered |= {field: " ".join(typed[field].split()) for field in _TEXTS} | {"vat": vat}
    with transaction.atomic():
        ledger.lock(partner)  # a second click finds the row of the first
        standing = partner.requisites.values(*entered).last()
        if standing == entered:
            return None
        row = Requisites.objects.create(partner=partner, **entered, entered_at=now, entered_by=by)
        partner.inn = row.inn
        partner.save(update_fields=["inn"])
        notices.add(partner, Notice.Kind.REQUISITES_CHANGED, key=f"requisites_changed:{row.pk}", now=now)
        return row


def choose_notices(partner: Partner, *, wanted: Collection[str]) -> None:
    """Which of the letters that can be stopped the partner goes on getting; the others always come."""
    partner.muted_notices = [kind for kind in notices.CAN_BE_STOPPED if kind not in wanted]
    partner.save(update_fields=["muted_notices"])
