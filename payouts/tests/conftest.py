"""What tests of payouts share."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.emulators.solar_staff import SolarStaff


@pytest.fixture(scope="module")
def one_provider() -> Iterator[SolarStaff]:
    with SolarStaff() as provider:
        yield provider


@pytest.fixture
def provider(one_provider: SolarStaff, settings: Settings) -> SolarStaff:
    """Solar Staff's emulator, emptied; the portal pays through it."""
    one_provider.reset()
    for name, value in one_provider.settings.items():
        setattr(settings, name, value)
    return one_provider
