"""Whoever of staff is a partner as well decides nothing about its own money: somebody else has to."""

import datetime as dt
from collections.abc import Callable

import pytest

from partners import corrections, ledger, registration
from partners.models import Correction, Partner, User
from partners.own_money import OwnMoney
from payouts import contracts, decisions, tariff_change, withdrawals
from payouts.models import Contract, Withdrawal
from payouts.tests.desk import answer, at_desk, page
from payouts.tests.people import legal, staff, steps_of
from referrals import attribution
from referrals.models import Client
from tests.factories import deliver, moscow, registered

pytestmark = pytest.mark.django_db

NOW = moscow("2025-11-03 12:00")
Deed = Callable[..., object]


@pytest.fixture
def anna() -> Partner:
    """A partner that works for us, too, and may do everything there."""
    partner = legal(9_000_00)
    User.objects.filter(pk=partner.user_id).update(is_staff=True, is_superuser=True)
    return Partner.objects.select_related("user").get(pk=partner.pk)


def asked(partner: Partner) -> Withdrawal:
    return withdrawals.request(partner, amount_kopecks=2_500_00, destination="bank", by=partner.user, now=NOW)


def corrected(partner: Partner) -> Correction:
    """Above what one person books alone."""
    how = {"memo": "бонус", "reason": "бонус", "key": "1", "by": staff(), "now": NOW}
    return corrections.request(partner, amount_kopecks=50_000_00, **how)


def stranger(partner: Partner) -> Client:
    deliver(registered("c-9", "2025-10-20 12:00"))
    return Client.objects.get(account_id="c-9")


MONTH_AGO = dt.date(2025, 10, 3)
DEEDS: dict[str, tuple[Callable[[Partner], object], Deed]] = {
    "approve": (asked, lambda row, me, **how: decisions.approve(row, **how)),
    "decline": (asked, lambda row, me, **how: decisions.decline(row, reason="Нет", **how)),
    "take back": (asked, lambda row, me, **how: decisions.take_back(row, reason="Нет", **how)),
    "confirm paid": (asked, lambda row, me, **how: decisions.confirm_paid(row, reason="Да", **how)),
    "send again": (asked, lambda row, me, **how: decisions.send_again(row, reason="Да", **how)),
    "ask for a correction": (
        lambda me: me,
        lambda row, me, **how: corrections.request(
            me, amount_kopecks=1_00, memo="бонус", reason="бонус", key="2", **how
        ),
    ),
    "confirm a correction": (corrected, lambda row, me, **how: corrections.confirm(row, **how)),
    "decline a correction": (corrected, lambda row, me, **how: corrections.decline(row, reason="Нет", **how)),
    "accept the contract": (
        lambda me: me.contract,
        lambda row, me, **how: contracts.accept(row, number="1", signed_on=MONTH_AGO, **how),
    ),
    "decline the contract": (
        lambda me: me.contract,
        lambda row, me, **how: contracts.decline(row, reason="Нет", **how),
    ),
    "correct the contract": (
        lambda me: me.contract,
        lambda row, me, **how: contracts.correct(row, number="2", signed_on=MONTH_AGO, reason="Да", **how),
    ),
    "change the tariff": (
        lambda me: me,
        lambda row, me, **how: tariff_change.change(me, "individual", reason="Да", **how),
    ),
    "let in": (lambda me: me, lambda row, me, **how: registration.approve(me, **how)),
    "unblock": (lambda me: me, lambda row, me, **how: registration.unblock(me, **how)),
    "attach a client": (
        stranger,
        lambda row, me, by, now: attribution.attach(row, me, requested_at=now, by=by, reason="Да"),
    ),
    "take over a client": (stranger, lambda row, me, **how: attribution.transfer(row, me, reason="Да", **how)),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_decides_about_its_own_money(anna: Partner, deed: str) -> None:
    prepare, do = DEEDS[deed]
    row = prepare(anna)
    balance, contract = ledger.balance(anna), Contract.objects.get(partner=anna)
    with pytest.raises(OwnMoney, match="Этот партнёр — вы: решить должен другой сотрудник"):
        do(row, anna, by=anna.user, now=NOW)
    assert ledger.balance(anna) == balance
    assert Contract.objects.get(partner=anna).state == contract.state
    assert not Withdrawal.objects.exclude(state="requested").exists()


def test_somebody_else_approves_it(anna: Partner) -> None:
    withdrawal = asked(anna)
    decisions.approve(withdrawal, by=staff(), now=NOW)
    assert steps_of(withdrawal) == ["requested", "approved"]


def test_who_presses_the_button_all_the_same_reads_who_has_to(anna: Partner) -> None:
    withdrawal = asked(anna)
    desk = at_desk(anna.user)
    told = answer(desk, page("payouts_withdrawal_approve", withdrawal.pk))
    assert "Этот партнёр — вы: решить должен другой сотрудник." in told
    told = answer(desk, page("payouts_withdrawal_approve-chosen"), {"chosen": [withdrawal.pk]})
    assert f"Одобрено заявок: 0. № {withdrawal.pk}: Этот партнёр — вы: решить должен другой сотрудник." in told
    assert steps_of(withdrawal) == ["requested"]


def test_own_withdrawal_is_still_cancelled_by_its_partner(anna: Partner) -> None:
    withdrawal = asked(anna)
    decisions.cancel(withdrawal, by=anna.user, now=NOW)
    assert ledger.balance(anna) == 9_000_00
