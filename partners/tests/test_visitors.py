"""Where a request comes from, past proxies of ours and in spite of what the visitor writes."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from partners import visitors


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, None, "10.0.0.1"),
        (0, "192.0.2.7", "10.0.0.1"),  # nobody of ours wrote that
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "1.1.1.1, 192.0.2.7", "192.0.2.7"),
        (2, "1.1.1.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        (2, "192.0.2.7", "10.0.0.1"),  # it came past one of them
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "unknown", "10.0.0.1"),
        (1, "192.0.2.7:4711", "10.0.0.1"),
        (1, "2001:DB8::7", "2001:db8::7"),
    ],
)
def test_address_is_what_the_first_of_our_proxies_saw(
    rf: RequestFactory, settings: Settings, proxies: int, forwarded: str | None, found: str
) -> None:
    settings.PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert visitors.address(rf.get("/", headers=headers, REMOTE_ADDR="10.0.0.1")) == found


@pytest.mark.parametrize("peer", ["", "unix:"])
def test_server_that_knows_no_address_has_none(rf: RequestFactory, settings: Settings, peer: str) -> None:
    settings.PROXY_COUNT = 0
    request = rf.get("/", REMOTE_ADDR=peer)
    assert visitors.address(request) is None
    assert visitors.network(request) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::1", "::")],
)
def test_ipv6_is_counted_by_network(rf: RequestFactory, settings: Settings, address: str, network: str) -> None:
    settings.PROXY_COUNT = 0
    assert visitors.network(rf.get("/", REMOTE_ADDR=address)) == network
