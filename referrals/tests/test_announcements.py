"""Letters about a month that was credited and about new terms: to whom they concern, once, and never about history."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import notices
from partners.models import LedgerLine, Notice, Partner, Terms, TermsOffer
from referrals import announcements, books, close, new_terms, rewards
from referrals.models import Month, PartnerMonth
from tests.factories import PartnerFactory, charged, deliver, month, moscow, refunded, registered

pytestmark = pytest.mark.django_db

ON_THE_FIRST = moscow("2025-11-01 06:00")
MINUTE = dt.timedelta(minutes=1)


def client_of(partner: Partner, client: str, *charges: tuple[str, str], now: dt.datetime = ON_THE_FIRST) -> None:
    """A client who has paid these sums at these times."""
    code = partner.codes.get(is_main=True).value
    paid = [charged(f"{client}-{n}", client, *each) for n, each in enumerate(charges)]
    deliver(registered(client, "2025-09-15 10:00", ref=code), *paid, now=now)


def told(now: dt.datetime = ON_THE_FIRST + MINUTE) -> list[dict[str, Any]]:
    """What this sweep puts into the outbox, by partner."""
    before = set(Notice.objects.values_list("pk", flat=True))
    announcements.write_due(now=now)
    return [notice.context for notice in Notice.objects.exclude(pk__in=before).order_by("partner")]


def keys() -> list[str]:
    return sorted(Notice.objects.values_list("key", flat=True))


# --- A month that was credited ----------------------------------------------------------------------------------------


def test_partners_are_told_of_their_credit_of_how_many_clients_and_of_the_balance() -> None:
    anna, boris, _idle = PartnerFactory(), PartnerFactory(tariff="individual"), PartnerFactory()
    client_of(anna, "c-1", ("10000.00", "2025-10-05 10:00"), ("2500.00", "2025-10-06 10:00"))
    client_of(anna, "c-2", ("0.03", "2025-10-07 10:00"))  # rewarded with nothing
    client_of(anna, "c-3", ("100.00", "2025-09-20 10:00"))  # of the month before
    client_of(boris, "c-4", ("5000.00", "2025-10-07 10:00"))
    client_of(boris, "c-5", ("4999.99", "2025-10-07 10:00"))  # below the threshold
    close.run_due(now=ON_THE_FIRST)
    assert told() == [
        {"month": "2025-10", "reward_kopecks": 187_500, "clients": 1, "balance_kopecks": 189_000},
        {"month": "2025-10", "reward_kopecks": 300_000, "clients": 1, "balance_kopecks": 300_000},
    ]
    assert keys() == [f"month_credited:2025-10:{anna.pk:012}", f"month_credited:2025-10:{boris.pk:012}"]
    due = Notice.objects.values_list("kind", "partner", "created_at", "attempts", "next_try_at", "sent_at")
    now = ON_THE_FIRST + MINUTE
    assert sorted(due) == [("month_credited", partner.pk, now, 0, now, None) for partner in (anna, boris)]


def test_the_letter_that_was_announced_can_be_sent() -> None:
    anna = PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-10-05 10:00"))
    close.run_due(now=ON_THE_FIRST)
    announcements.write_due(now=ON_THE_FIRST)
    letter = Notice.objects.get()
    assert notices.letters.words(letter.kind, letter.context).subject == "150,00\u202f₽ за октябрь 2025"


def test_a_second_sweep_tells_nobody_again_and_the_next_month_is_told_of() -> None:
    anna = PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-10-05 10:00"))
    close.run_due(now=ON_THE_FIRST)
    assert len(told()) == 1
    assert told() == []
    december = moscow("2025-12-01 06:00")
    deliver(charged("more", "c-1", "20.00", "2025-11-05 10:00"), now=december)
    close.run_due(now=december)
    assert told(december) == [{"month": "2025-11", "reward_kopecks": 300, "clients": 1, "balance_kopecks": 15_300}]


def test_who_was_credited_nothing_gets_no_letter_and_who_lost_money_does() -> None:
    anna, boris = PartnerFactory(), PartnerFactory()
    for partner, client in ((anna, "a"), (boris, "b")):
        client_of(partner, client, ("1000.00", "2025-09-20 10:00"), now=moscow("2025-10-01 06:00"))
    close.run_due(now=moscow("2025-10-01 06:00"))
    deliver(
        refunded("all", "a-0", "1000.00", "2025-10-02 10:00"),
        charged("b-1", "b", "1.00", "2025-10-02 10:00"),
        refunded("one", "b-1", "1.00", "2025-10-03 10:00"),
        now=ON_THE_FIRST,
    )
    close.run_due(now=ON_THE_FIRST)
    assert told() == [{"month": "2025-10", "reward_kopecks": -15_000, "clients": 1, "balance_kopecks": 0}]


def test_nobody_is_told_of_a_month_that_is_still_being_closed() -> None:
    client_of(PartnerFactory(), "c-1", ("1000.00", "2025-10-05 10:00"))
    Month.objects.create(starts_on=month("2025-10"), frozen_at=ON_THE_FIRST)
    rewards.write(month("2025-10"), partners=rewards.ALL_PARTNERS)
    assert told() == []


def test_of_months_caught_up_only_the_one_that_has_just_ended_is_told_of() -> None:
    anna = PartnerFactory()
    client_of(
        anna, "c-1", ("1000.00", "2025-09-20 10:00"), ("10.00", "2025-10-20 10:00"), now=moscow("2025-11-20 10:00")
    )
    close.run_due(now=moscow("2025-11-20 10:00"))
    assert [letter["month"] for letter in told(moscow("2025-11-20 10:01"))] == ["2025-10"]


@pytest.mark.parametrize("closed_at", ["2025-12-01 00:00", "2026-06-15 12:00"])
def test_nobody_is_told_of_history(closed_at: str) -> None:
    anna = PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-10-20 10:00"), now=moscow(closed_at))
    close.run(month("2025-10"), now=moscow(closed_at))
    assert told(moscow(closed_at)) == []


def test_two_months_closed_on_the_first_of_march_make_one_letter_though_january_ended_29_days_ago() -> None:
    anna = PartnerFactory()
    march = moscow("2026-03-01 06:00")
    client_of(anna, "c-1", ("1000.00", "2026-01-20 10:00"), now=march)
    close.run(month("2026-01"), now=march)
    assert told(march) == []
    close.run(month("2026-02"), now=march)
    assert told(march) == []  # nothing was credited for February


def test_letters_are_written_in_shares_and_what_a_crash_left_is_written_by_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(announcements, "SHARE", 2)
    partners = [PartnerFactory() for _ in range(5)]
    for number, partner in enumerate(partners):
        client_of(partner, f"c-{number}", ("1000.00", "2025-10-05 10:00"))
    close.run_due(now=ON_THE_FIRST)
    # As if the sweep had ended after its first share.
    for partner in partners[:2]:
        credit = {"month": "2025-10", "reward_kopecks": 15_000, "clients": 1, "balance_kopecks": 15_000}
        key = f"month_credited:2025-10:{partner.pk:012}"
        notices.add(partner, "month_credited", key=key, now=ON_THE_FIRST, **credit)
    assert len(told()) == 3
    assert keys() == [f"month_credited:2025-10:{partner.pk:012}" for partner in partners]


# --- New terms --------------------------------------------------------------------------------------------------------


def published(
    now: str = "2025-10-15 10:00", starts_on: dt.date = dt.date(2025, 11, 1), percent_bp: int = 2000
) -> Terms:
    numbers = {"percent_bp": percent_bp, "window_months": 12}
    return new_terms.publish(name=f"legal-{starts_on}", tariff="legal", starts_on=starts_on, now=moscow(now), **numbers)


def judge(now: dt.datetime = ON_THE_FIRST) -> None:
    books.lock()
    new_terms.judge_due(now=now)


def test_partners_who_may_choose_are_told_of_the_new_terms_once() -> None:
    anna, _without_client = PartnerFactory(), PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-09-20 10:00"))
    terms = published()
    assert told() == []
    judge()
    new = "Клиент приносит вам 20\u00a0% от абонентской платы — 12\u00a0месяцев с его регистрации в сервисе"
    changes = [
        "Вознаграждение: сейчас 15\u00a0% от учтённых списаний, станет 20\u00a0% от учтённых списаний.",
        "Как долго: сейчас 24\u00a0месяца с регистрации клиента, станет 12\u00a0месяцев с регистрации клиента.",
    ]
    [letter] = told()
    assert letter["promise"] == new
    assert [change for change in letter["changes"] if change[:10] in ("Вознагражд", "Как долго:")] == changes
    assert keys() == [f"terms_offer:{terms.pk}:{anna.pk:012}"]
    assert told() == []


def test_an_offer_that_was_answered_before_anybody_wrote_is_not_told_of() -> None:
    anna = PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-09-20 10:00"))
    terms = published()
    judge()
    new_terms.decline(anna, terms=terms, now=ON_THE_FIRST)
    assert told() == []


def test_a_newer_version_makes_a_new_letter() -> None:
    anna = PartnerFactory()
    client_of(anna, "c-1", ("1000.00", "2025-09-20 10:00"))
    published()
    judge()
    assert len(told()) == 1
    december = moscow("2025-12-01 06:00")
    published("2025-11-10 10:00", dt.date(2025, 12, 1), 2500)
    judge(december)
    assert [letter["promise"][:24] for letter in told(december)] == ["Клиент приносит вам 25\u00a0%"]


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_a_sweep_with_nothing_to_tell_asks_a_handful_of_questions_however_many_partners_there_are() -> None:
    partners = [PartnerFactory() for _ in range(20)]
    for number, partner in enumerate(partners):
        client_of(partner, f"c-{number}", ("1000.00", "2025-10-05 10:00"))
    published()
    judge()
    close.run_due(now=ON_THE_FIRST)
    assert len(told()) == 40
    with CaptureQueriesContext(connection) as queries:
        assert told() == []
    # Two of `told` itself; the month and the terms; for each of both how far the telling has come, and a share.
    assert len(queries) == 8
    assert (PartnerMonth.objects.count(), TermsOffer.objects.count(), LedgerLine.objects.count()) == (20, 20, 20)
    assert mail.outbox == []
