"""Events that wait, when what they wait for is delivered more than once."""

import pytest

from referrals.models import Event
from skorozvon_partners import audit
from tests.factories import PartnerFactory, charged, deliver, outcome, refunded, registered

pytestmark = pytest.mark.django_db


def test_what_waits_for_a_charge_that_is_delivered_again_is_applied_once() -> None:
    PartnerFactory(code="62b0")
    charge = charged("ch-1", "c-1", "100.00", "2025-02-10 10:00")
    assert deliver(charge, refunded("rf-1", "ch-1", "40.00", "2025-02-11 10:00")) == ["waiting", "waiting"]
    assert deliver(registered("c-1", ref="62b0"), charge) == ["accepted", "duplicate"]
    assert outcome("ch-1") == outcome("rf-1") == ("counted", "2025-02")
    assert not Event.objects.waiting().exists()
    assert list(audit.run()) == []
