"""The people of most tests; a module whose own differ defines them anew."""

import pytest

from partners.models import Partner, User
from tests.factories import PartnerFactory, StaffFactory


@pytest.fixture
def anna() -> Partner:
    """Legal."""
    return PartnerFactory(code="anna")


@pytest.fixture
def boris() -> Partner:
    """An individual."""
    return PartnerFactory(code="boris", tariff="individual")


@pytest.fixture
def staff() -> User:
    return StaffFactory()
