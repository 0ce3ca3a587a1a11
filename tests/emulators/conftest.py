"""One emulator of each kind for all tests here that ask for it, emptied before each of them."""

from collections.abc import Iterator

import pytest

from tests.emulators.calls import PORTAL
from tests.emulators.service import Service
from tests.emulators.solar_staff import SolarStaff


@pytest.fixture(scope="session")
def _running() -> Iterator[Service]:
    with Service(PORTAL) as service:
        yield service


@pytest.fixture
def service(_running: Service) -> Service:
    _running.reset()
    return _running


@pytest.fixture(scope="session")
def _running_solar_staff() -> Iterator[SolarStaff]:
    with SolarStaff() as solar_staff:
        yield solar_staff


@pytest.fixture
def solar_staff(_running_solar_staff: SolarStaff) -> SolarStaff:
    _running_solar_staff.reset()
    return _running_solar_staff
