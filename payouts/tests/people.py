"""Partners who may withdraw, and what stands about their money."""

import datetime as dt
from typing import Any

from partners import corrections, ledger, months
from partners.models import Partner, Requisites, User
from payouts import contracts
from payouts.models import Card, Withdrawal, Worker
from referrals import books, close
from tests.factories import PartnerFactory, StaffFactory, charged, deliver, month, moscow, registered

# The first of them has been credited for October 2025, each other for a month later.
CREDITED = moscow("2025-11-01 06:00")
REQUISITES = {
    "name": "ООО «Красные цветы»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "Москва, ул. Цветочная, 1",
    "bank_name": "ПАО Банк",
    "bik": "044525225",
    "account": "40702810300000004567",
    "corr_account": "30101810400000000225",
}


def legal(kopecks: int, *, code: str = "anna", requisites: bool = True) -> Partner:
    """A legal partner that may withdraw: two clients credited, the contract signed, so much on the balance."""
    partner = PartnerFactory(code=code)
    _credit(partner, code, ["100.00", "100.00"])
    contracts.record_signed(partner, number="118", signed_on=dt.date(2025, 3, 5))
    if requisites:
        enter_requisites(partner)
    return _with_balance(partner, kopecks)


def individual(kopecks: int, *, code: str = "boris", card: str = "card-1") -> Partner:
    """An individual who may withdraw: a client credited, a card linked (unless empty), so much on the balance."""
    partner = PartnerFactory(tariff="individual", code=code)
    _credit(partner, code, ["5000.00"])
    if card:
        link_card(partner, card)
    return _with_balance(partner, kopecks)


def enter_requisites(partner: Partner, *, at: dt.datetime = CREDITED, **changes: str) -> Requisites:
    given = REQUISITES | {"vat": "none"} | changes
    return Requisites.objects.create(partner=partner, entered_at=at, entered_by=partner.user, **given)


def link_card(partner: Partner, card_id: str = "card-1", *, at: dt.datetime = CREDITED, worker: str = "") -> Card:
    """In place of the one linked before."""
    Card.objects.filter(worker__partner=partner, removed_at=None).update(removed_at=at)
    known, _ = Worker.objects.get_or_create(
        partner=partner,
        defaults={
            "worker_id": worker or f"worker-{partner.pk}",
            "email": partner.user.email,
            "invited_at": at,
            "registered_at": at,
        },
    )
    return Card.objects.create(worker=known, card_id=card_id, number="220070******1234", linked_at=at)


def staff() -> User:
    return StaffFactory()


def correct(partner: Partner, kopecks: int, *, at: dt.datetime = CREDITED) -> None:
    """Move the balance by so much."""
    by = StaffFactory()
    how: Any = {"memo": "по просьбе", "reason": "просьба", "key": f"of {by.pk}", "by": by, "now": at}
    asked = corrections.request(partner, amount_kopecks=kopecks, **how)
    if asked.state == "requested":
        corrections.confirm(asked, by=StaffFactory(), now=at)


def lines_of(partner: Partner) -> list[tuple[str, int]]:
    """Its ledger after it could withdraw: (kind, kopecks), oldest first."""
    kinds = ["withdrawal", "withdrawal_returned", "tariff_change"]
    return list(partner.ledger_lines.filter(kind__in=kinds).values_list("kind", "amount_kopecks"))


def steps_of(withdrawal: Withdrawal) -> list[str]:
    return list(withdrawal.steps.values_list("state", flat=True))


def _credit(partner: Partner, code: str, amounts: list[str]) -> None:
    for number, amount in enumerate(amounts):
        client = f"{code}-{number}"
        deliver(registered(client, "2025-09-15 12:00", ref=code))
        deliver(charged(f"{client}-charge", client, amount, "2025-10-10 09:30"))
    # What others were credited for is closed, and the charges are posted to the month after.
    posted = books.first_open_month() or month("2025-10")
    close.run(posted, now=months.due_at(posted, 6))


def _with_balance(partner: Partner, kopecks: int) -> Partner:
    if difference := kopecks - ledger.balance(partner):
        correct(partner, difference)
    return Partner.objects.select_related("user").get(pk=partner.pk)
