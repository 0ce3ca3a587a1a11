"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str | None:
    """The visitor's IP address, past as many proxies of ours as PROXY_COUNT says; None where the server knows none.

    Each proxy adds the address it was asked from at the end of X-Forwarded-For; what stands before those of our own
    was written by the visitor and proves nothing.
    """
    peer = request.META.get("REMOTE_ADDR") or ""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if 0 < settings.PROXY_COUNT <= len(hops):
        return _plain(hops[-settings.PROXY_COUNT]) or _plain(peer)
    return _plain(peer)


def network(request: HttpRequest) -> str | None:
    """What attempts are counted by: the address, of IPv6 the /64, which one visitor has as a whole."""
    found = address(request)
    if found is None or ":" not in found:
        return found
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


def _plain(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    # One that arrived as IPv6 is the IPv4 address it stands for: else all of them would share one /64.
    return str(getattr(found, "ipv4_mapped", None) or found)
