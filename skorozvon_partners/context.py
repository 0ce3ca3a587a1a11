"""What every page's frame needs. No queries."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the way to the service, to its site, and to the manager."""
    return {
        "service_url": settings.SERVICE_URL,
        "site_url": settings.REFERRAL_SITE_URL,
        "manager": settings.MANAGER,
    }
