"""One emulator of the service for the tests of a module, emptied before each of them."""

from collections.abc import Iterator

import pytest

from tests.emulators.calls import PORTAL
from tests.emulators.service import Service


@pytest.fixture(scope="module")
def _running() -> Iterator[Service]:
    with Service(PORTAL) as service:
        yield service


@pytest.fixture
def service(_running: Service) -> Service:
    _running.reset()
    return _running
