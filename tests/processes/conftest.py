"""Solar Staff's emulator, and a server of forks that pay through it."""

from collections.abc import Iterator

import pytest

from tests.emulators.solar_staff import SolarStaff
from tests.processes.forking import Forks, forks


@pytest.fixture
def provider() -> Iterator[SolarStaff]:
    with SolarStaff() as provider:
        yield provider


@pytest.fixture
def server(provider: SolarStaff) -> Iterator[Forks]:
    with forks(**provider.settings) as server:
        yield server
