"""The nightly comparison: the provider's journal and our books agree one to one, or staff reads why not (M9)."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners import ledger
from partners.models import Partner
from partners.months import MOSCOW
from partners.own_money import OwnMoney
from partners.reasons import ReasonMissing
from payouts import comparison, decisions, sending, solar_staff, withdrawals
from payouts.models import Comparison, Withdrawal
from payouts.tests.desk import at_desk, boss, page
from payouts.tests.people import individual, link_card, staff
from skorozvon_partners import audit
from tests.emulators.solar_staff import SolarStaff
from tests.factories import moscow

pytestmark = pytest.mark.django_db

# The provider lists its payments under its own time.
NOW = timezone.now()
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def boris(provider: SolarStaff) -> Partner:
    partner = individual(50_000_00, card="")
    worker = provider.register(partner.user.email)
    link_card(partner, str(provider.link_card(worker)), worker=str(worker))
    return partner


def sent(partner: Partner, kopecks: int = 3_000_00) -> Withdrawal:
    withdrawal = withdrawals.request(partner, amount_kopecks=kopecks, destination="card", by=partner.user, now=NOW)
    decisions.approve(withdrawal, by=staff(), now=NOW)
    sending.run_due(now=NOW)
    return Withdrawal.objects.get(pk=withdrawal.pk)


def differences(now: dt.datetime = NOW + HOUR) -> list[str]:
    return [" ".join(each.split()) for each in comparison.run(now=now).differences]


def test_what_agrees_is_said_to_agree(provider: SolarStaff, boris: Partner) -> None:
    sent(boris)
    sent(boris, 900_00)
    assert differences() == []
    assert list(audit.run()) == []


def test_payment_of_which_nobody_told_us_is_marked_as_paid(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("drop_after", times=1)
    withdrawal = sent(boris)
    assert withdrawal.state == "unknown"
    assert differences() == []
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.next_try_at) == ("paid", None)


def test_payment_that_is_under_way_is_left_alone(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_later()
    withdrawal = sent(boris)
    assert differences() == []
    withdrawal.refresh_from_db()
    assert withdrawal.state == "sent"


def test_payment_that_we_hold_for_returned_is_for_staff(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("drop_after", times=1)
    withdrawal = sent(boris)
    Withdrawal.objects.filter(pk=withdrawal.pk).update(question="Проверьте")
    decisions.take_back(withdrawal, by=staff(), reason="Кажется, не дошло", now=NOW)
    assert differences() == [f"Вывод № {withdrawal.pk}: сумма возвращена на баланс, а в Solar Staff выплачено 3 000 ₽"]
    assert ledger.balance(boris) == 50_000_00
    assert [breach.invariant for breach in audit.run()] == ["M9"]


def test_payment_that_only_we_hold_for_paid_is_for_staff(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("down", times=1)
    withdrawal = sent(boris)
    decisions.confirm_paid(withdrawal, by=staff(), reason="Кажется, дошло", now=NOW + HOUR)
    assert differences(NOW + 2 * HOUR) == [
        f"Вывод № {withdrawal.pk} у нас выплачен, а среди платежей Solar Staff его нет"
    ]


def test_payment_made_past_the_portal_is_for_staff(provider: SolarStaff, boris: Partner) -> None:
    key = str(uuid.uuid4())
    card = boris.worker.cards.get()
    solar_staff.pay(
        worker_id=boris.worker.worker_id, card_id=card.card_id, amount_kopecks=2_000_00, merchant_transaction=key
    )
    assert differences() == [f"Платёж {key} на 2 000 ₽ сделан не порталом"]


def test_payment_made_twice_is_for_staff(provider: SolarStaff, boris: Partner) -> None:
    provider.duplicates("second")
    withdrawal = sent(boris)
    card = boris.worker.cards.get()
    solar_staff.pay(
        worker_id=boris.worker.worker_id,
        card_id=card.card_id,
        amount_kopecks=3_000_00,
        merchant_transaction=str(withdrawal.payment_key),
    )
    assert differences() == [f"Вывод № {withdrawal.pk}: выплачен дважды, всего 6 000 ₽"]


def test_payment_made_twice_of_which_nobody_told_us_is_paid_and_for_staff(provider: SolarStaff, boris: Partner) -> None:
    provider.duplicates("second")
    provider.fault("drop_after", times=1)
    withdrawal = sent(boris)
    pay_again(withdrawal)
    assert differences() == [f"Вывод № {withdrawal.pk}: выплачен дважды, всего 6 000 ₽"]
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"


def test_payment_that_came_back_and_was_made_again_is_paid_once(provider: SolarStaff, boris: Partner) -> None:
    provider.duplicates("second")
    withdrawal = sent(boris)
    provider.settle(merchant_transaction=str(withdrawal.payment_key), state="refunded")
    pay_again(withdrawal)
    assert differences() == []


def pay_again(withdrawal: Withdrawal) -> None:
    assert withdrawal.card
    solar_staff.pay(
        worker_id=withdrawal.card.worker.worker_id,
        card_id=withdrawal.card.card_id,
        amount_kopecks=withdrawal.amount_kopecks,
        merchant_transaction=str(withdrawal.payment_key),
    )


def test_payment_in_parts_is_paid_when_all_of_it_has_left(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_partly()
    withdrawal = sent(boris)
    assert differences() == []
    withdrawal.refresh_from_db()
    assert withdrawal.state == "sent"
    provider.settle()
    assert differences() == []
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"


def test_payment_that_came_back_after_it_was_paid_is_for_staff(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = sent(boris)
    provider.settle(merchant_transaction=str(withdrawal.payment_key), state="refunded")
    assert differences() == [
        f"Вывод № {withdrawal.pk}: у нас выплачен, а в Solar Staff осталось 0 ₽ из 3 000 ₽: верните на баланс"
    ]
    decisions.take_back(withdrawal, by=staff(), reason="Карта закрыта", now=NOW + HOUR)
    assert differences(NOW + 2 * HOUR) == []


def test_payment_that_comes_back_long_after_is_told_by_what_came_back(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = sent(boris)
    comparison.run(now=NOW + HOUR)
    comparison.run(now=NOW + 10 * DAY)
    provider.shift_clock(days=10)
    provider.settle(merchant_transaction=str(withdrawal.payment_key), state="refunded")
    said = f"Вывод № {withdrawal.pk}: у нас выплачен, а из Solar Staff вернулось 3 000 ₽ из 3 000 ₽: верните на баланс"
    assert differences(NOW + 11 * DAY) == [said]


def test_difference_stays_until_it_is_settled(provider: SolarStaff, boris: Partner) -> None:
    """Nobody looks for a week; then it is settled and gone."""
    withdrawal = sent(boris)
    provider.settle(merchant_transaction=str(withdrawal.payment_key), state="refunded")
    said = differences()
    assert said != []
    for day in range(1, 8):
        assert differences(NOW + day * DAY) == said
    decisions.take_back(withdrawal, by=staff(), reason="Карта закрыта", now=NOW + 7 * DAY)
    for day in (8, 10, 13):
        assert differences(NOW + day * DAY) == []
    assert Comparison.objects.last().since > NOW + 7 * DAY  # type: ignore[union-attr]


def test_payment_made_by_hand_there_is_not_told_for_weeks(provider: SolarStaff, boris: Partner) -> None:
    """Keys of the portal are UUIDs; others pay from the same account."""
    worker, card = boris.worker.worker_id, boris.worker.cards.get().card_id
    solar_staff.pay(worker_id=worker, card_id=card, amount_kopecks=2_000_00, merchant_transaction="by-hand-1")
    assert differences() == ["Платёж by-hand-1 на 2 000 ₽ сделан не порталом"]
    assert len(differences(NOW + 4 * DAY)) == 1
    assert differences(NOW + 8 * DAY) == []


def test_what_is_never_settled_is_told_for_five_weeks(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = sent(boris)
    provider.duplicates("second")
    pay_again(withdrawal)
    for day in (0, 10, 20, 30):
        assert len(differences(NOW + day * DAY + HOUR)) == 1
    assert differences(NOW + 40 * DAY) == []


def test_difference_that_staff_has_looked_into_is_told_no_more_and_stays_readable(
    provider: SolarStaff, boris: Partner
) -> None:
    withdrawal = sent(boris)
    withdrawals.pay(withdrawals.lock(withdrawal), by=None, now=NOW)
    provider.reset()  # as if it had been another's
    found = comparison.run(now=NOW + HOUR)
    [difference] = found.differences
    comparison.review(found, differences=[difference], reason="Выплачено наличными", by=staff(), now=NOW + 2 * HOUR)
    assert list(audit.run()) == []
    assert [comparison.left(comparison.run(now=NOW + days * DAY)) for days in (1, 2, 9, 36)] == [[], [], [], []]
    assert comparison.run(now=NOW + 40 * DAY).since == NOW + 34 * DAY  # nobody looks for it any more
    found.refresh_from_db()
    assert found.differences == [difference]
    assert [each.reason for each in comparison.reviews(found).values()] == ["Выплачено наличными"]


def test_another_difference_of_the_same_withdrawal_is_told(provider: SolarStaff, boris: Partner) -> None:
    provider.duplicates("second")
    withdrawal = sent(boris)
    pay_again(withdrawal)
    found = comparison.run(now=NOW + HOUR)
    comparison.review(found, differences=found.differences, reason="Вернёт", by=staff(), now=NOW + HOUR)
    pay_again(withdrawal)
    assert [" ".join(each.split()) for each in comparison.left(comparison.run(now=NOW + 2 * HOUR))] == [
        f"Вывод № {withdrawal.pk}: выплачен дважды, всего 9 000 ₽"
    ]


def test_of_two_who_look_into_a_difference_the_first_ones_reason_stands(provider: SolarStaff) -> None:
    found = Comparison.objects.create(
        night=NOW.date(), since=NOW, until=NOW, finished_at=NOW, payments=0, differences=["одно", "другое"]
    )
    comparison.review(found, differences=["одно"], reason="Первый", by=staff(), now=NOW)
    comparison.review(found, differences=["одно", "другое", "чужое"], reason="Второй", by=staff(), now=NOW)
    assert {says: each.reason for says, each in comparison.reviews(found).items()} == {
        "одно": "Первый",
        "другое": "Второй",
    }
    with pytest.raises(ReasonMissing):
        comparison.review(found, differences=["одно"], reason=" ", by=staff(), now=NOW)


def test_nobody_looks_into_what_was_paid_to_itself(boris: Partner) -> None:
    withdrawal = withdrawals.request(boris, amount_kopecks=3_000_00, destination="card", by=boris.user, now=NOW)
    says = f"Вывод № {withdrawal.pk}: выплачен дважды, всего 6 000,00 ₽"
    found = Comparison.objects.create(
        night=NOW.date(), since=NOW, until=NOW, finished_at=NOW, payments=0, differences=[says]
    )
    with pytest.raises(OwnMoney):
        comparison.review(found, differences=[says], reason="Так и надо", by=boris.user, now=NOW)
    assert comparison.left(found) == [says]


def test_provider_whose_clock_is_three_hours_away_makes_no_differences(provider: SolarStaff, boris: Partner) -> None:
    """It names no time zone: what left at 12:00 may be listed under 09:00."""
    provider.shift_clock(minutes=-180)
    sent(boris)
    assert differences(NOW + 2 * DAY - HOUR / 2) == []
    assert differences(NOW + 2 * DAY) == []


def test_clock_that_was_ahead_hides_nothing_after(provider: SolarStaff, boris: Partner) -> None:
    comparison.run(now=NOW + 300 * DAY)
    withdrawal = sent(boris)
    provider.settle(merchant_transaction=str(withdrawal.payment_key), state="refunded")
    assert len(differences(NOW + HOUR)) == 1


@pytest.mark.parametrize("commission", ["apart", "within"])
def test_commission_is_no_difference(provider: SolarStaff, boris: Partner, commission: str) -> None:
    provider.modes(commission=commission)
    assert sent(boris).state == "paid"
    assert differences() == []


def test_silent_provider_is_asked_at_the_next_sweep(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("down")
    comparison.run_due(now=moscow("2026-11-22 04:00"))
    assert Comparison.objects.count() == 0
    provider.end_faults()
    comparison.run_due(now=moscow("2026-11-22 04:01"))
    comparison.run_due(now=moscow("2026-11-22 04:02"))
    assert [each.night for each in Comparison.objects.all()] == [dt.date(2026, 11, 22)]


def test_it_runs_once_a_night_from_three_on(provider: SolarStaff) -> None:
    for at in ("2026-11-22 02:59", "2026-11-22 03:00", "2026-11-22 23:00", "2026-11-23 03:30"):
        comparison.run_due(now=moscow(at))
    assert [each.finished_at.astimezone(MOSCOW).hour for each in Comparison.objects.all()] == [3, 3]


def test_one_by_hand_shortly_after_midnight_is_not_that_of_the_night(provider: SolarStaff) -> None:
    comparison.run(now=moscow("2026-11-22 00:10"))
    comparison.run_due(now=moscow("2026-11-22 03:00"))
    assert Comparison.objects.count() == 2


def test_comparison_reaches_back_to_what_was_sent_long_ago(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_later()
    withdrawal = sent(boris)
    comparison.run(now=NOW + dt.timedelta(days=20))
    provider.settle()
    provider.shift_clock(days=20)
    sending.run_due(now=NOW + dt.timedelta(days=20))
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert differences(NOW + dt.timedelta(days=21)) == []


@pytest.mark.filterwarnings("ignore:No directory at:UserWarning")
def test_list_of_comparisons_asks_once_what_was_reviewed() -> None:
    for number in range(30):
        Comparison.objects.create(
            night=NOW.date(), since=NOW, until=NOW, finished_at=NOW, payments=0, differences=[f"разное {number}"]
        )
    desk = at_desk(boss())
    with CaptureQueriesContext(connection) as queries:
        desk.get(page("payouts_comparison_changelist"))
    assert sum("payouts_revieweddifference" in each["sql"] for each in queries) == 1
