"""The demo that `make run` shows."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from partners.models import LedgerLine, Partner, Requisites, TermsOffer
from payouts.models import Contract, Withdrawal
from referrals.models import AttachRequest, Attribution, Campaign, Charge, Event, Month
from skorozvon_partners import audit, demo
from tests.factories import PartnerFactory, moscow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-22 18:00",
        "2026-12-01 00:30",
        "2026-12-01 06:00",
        "2027-01-31 23:59",
        "2028-02-29 12:00",
        "2027-03-02 09:00",
    ],
)
def test_the_demo_is_in_order_on_any_day(now: str) -> None:
    demo.seed(now=moscow(now))
    assert list(audit.run()) == []
    assert Month.objects.count() >= 8
    assert not Month.objects.unfinished().exists()
    assert Partner.objects.count() == 9


def test_the_demo_shows_something_in_every_state() -> None:
    demo.seed(now=moscow("2026-11-22 18:00"))
    outcomes = set(Charge.objects.values_list("outcome", flat=True))
    assert {"counted", "kind", "before_attribution", "window_over", "not_confirmed"} <= outcomes
    assert set(Event.objects.values_list("state", flat=True)) == {"applied", "waiting", "conflict"}
    assert set(Attribution.objects.values_list("via", flat=True)) == {"link", "promo_code", "transfer", "request"}
    assert set(Partner.objects.values_list("status", flat=True)) == {"active", "pending", "declined", "blocked"}
    assert set(AttachRequest.objects.values_list("state", flat=True)) == {"open", "accepted", "declined"}
    assert set(TermsOffer.objects.values_list("partner__user__email", flat=True)) >= {"anna@example.ru"}
    assert Campaign.objects.filter(archived_at=None).exists()
    assert Campaign.objects.exclude(archived_at=None).exists()
    assert Requisites.objects.exists()
    assert LedgerLine.objects.filter(kind="tariff_change").count() == 1
    assert set(Withdrawal.objects.values_list("state", flat=True)) == set(Withdrawal.State.values)
    assert set(Contract.objects.values_list("state", flat=True)) >= {"uploaded", "signed"}
    assert Charge.objects.filter(refund_of__isnull=False).exists()


def test_seeding_again_changes_nothing(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEBUG = True
    call_command("seed_demo")
    events = Event.objects.count()
    call_command("seed_demo")
    assert Event.objects.count() == events
    assert capsys.readouterr().out.count("anna@example.ru") == 2


def test_the_demo_is_refused_in_production() -> None:
    with pytest.raises(CommandError, match="только с DEBUG=1"):
        call_command("seed_demo")
    assert not Partner.objects.exists()


def test_the_demo_is_refused_where_real_partners_are(settings: Any) -> None:
    settings.DEBUG = True
    PartnerFactory()
    with pytest.raises(CommandError, match="Ничего не изменено"):
        call_command("seed_demo")
    assert Partner.objects.count() == 1


def test_whoever_is_printed_can_sign_in() -> None:
    demo.seed(now=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    assert Partner.objects.get(user__email="anna@example.ru").user.check_password(demo.PASSWORD)
