"""The service for tests that talk to it: the emulator, over real HTTP."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.emulators.service import Service


@pytest.fixture(scope="module")
def _running() -> Iterator[Service]:
    with Service("http://testserver") as service:
        yield service


@pytest.fixture
def service(_running: Service, settings: Settings) -> Service:
    """Empty, and the one that checks this portal's passwords and signs its tokens."""
    _running.reset()
    for name, value in _running.settings.items():
        setattr(settings, name, value)
    return _running
