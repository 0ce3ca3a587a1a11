"""What became of the demo's money: contracts and withdrawals in each state, by the functions that people use."""

import datetime as dt

from partners.models import Partner, User
from payouts import bank_files, contracts, decisions, providers, withdrawals
from payouts.models import Card, Destination, Withdrawal, Worker

_DAY = dt.timedelta(days=1)
# As Solar Staff's emulator has her with --demo.
_VERA = {"worker_id": "100001", "card_id": "501", "number": "400000******4321"}


def pay_out(anna: Partner, vera: Partner, *, by: User, now: dt.datetime) -> None:
    """A legal partner's withdrawals in each state, an individual's paid one and one that is late."""
    contracts.offer_due(now=now - 3 * _DAY)
    known = Worker.objects.create(
        partner=vera,
        worker_id=_VERA["worker_id"],
        email=vera.user.email,
        invited_at=now - 60 * _DAY,
        registered_at=now - 60 * _DAY,
    )
    Card.objects.create(worker=known, card_id=_VERA["card_id"], number=_VERA["number"], linked_at=now - 60 * _DAY)

    own = own_destination()
    credited = _approved(anna, 5_000_00, own, by=by, at=now - 25 * _DAY)
    _paid(credited, at=now - 25 * _DAY)
    on_account = _approved(anna, 12_500_00, Destination.BANK, by=by, at=now - 16 * _DAY)
    bank_files.collect(by=by, now=now - 15 * _DAY)
    decisions.confirm_paid(on_account, by=by, reason="По выписке банка", now=now - 14 * _DAY)
    declined = _asked(anna, 2_000_00, Destination.BANK, at=now - 9 * _DAY)
    reason = "Вы просили подождать с этой заявкой: отправьте её снова, когда понадобится"
    decisions.decline(declined, by=by, reason=reason, now=now - 8 * _DAY)
    _approved(anna, 3_000_00, Destination.BANK, by=by, at=now - 4 * _DAY)
    bank_files.collect(by=by, now=now - 3 * _DAY)
    _approved(anna, 2_500_00, Destination.BANK, by=by, at=now - 2 * _DAY)
    _asked(anna, 4_000_00, own, at=now - _DAY)

    _paid(_approved(vera, 3_000_00, Destination.CARD, by=by, at=now - 50 * _DAY), at=now - 50 * _DAY)
    _asked(vera, 1_500_00, Destination.CARD, at=now - 11 * _DAY)


def own_destination() -> str:
    """The account in the service; without the service nothing can be put there."""
    return Destination.SERVICE if Destination.SERVICE in providers.configured() else Destination.BANK


def _asked(partner: Partner, kopecks: int, destination: str, *, at: dt.datetime) -> Withdrawal:
    return withdrawals.request(partner, amount_kopecks=kopecks, destination=destination, by=partner.user, now=at)


def _approved(partner: Partner, kopecks: int, destination: str, *, by: User, at: dt.datetime) -> Withdrawal:
    withdrawal = _asked(partner, kopecks, destination, at=at)
    decisions.approve(withdrawal, by=by, now=at + _DAY / 2)
    return withdrawal


def _paid(withdrawal: Withdrawal, *, at: dt.datetime) -> None:
    """As if it had been sent: the demo is made before anybody could be asked to pay."""
    withdrawal = withdrawals.lock(withdrawal)
    withdrawal.sendings, withdrawal.sent_at = 1, at + _DAY
    withdrawals.step(withdrawal, Withdrawal.State.SENT, by=None, now=at + _DAY)
    withdrawals.pay(withdrawal, by=None, now=at + _DAY)
