"""Stopping those who guess passwords: how django-axes counts failures here, and what it answers."""

from copy import copy
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from partners.rules import normal_email

# Offices share an address, so it may fail more often than one e-mail from it; and an e-mail at which many addresses
# guess together more often than from one. AXES_FAILURE_LIMIT is for an e-mail from an address.
_ADDRESS_TIMES = 5
_EMAIL_TIMES = 10


class LockOut(AxesDatabaseHandler):
    """Counts failures by e-mail and address together, and more generously by each of them alone."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """As many failures as the strictest of the three counts comes to, in those of an e-mail from an address."""
        both, address, email = (
            attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(both, address // _ADDRESS_TIMES, email // _EMAIL_TIMES)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Counts the failure, and keeps nothing of the form it came with: requisites may be in there."""
        if request is None:
            return super().user_login_failed(sender, credentials, request, **kwargs)
        bare = copy(request)
        bare.GET = bare.POST = QueryDict()
        super().user_login_failed(sender, credentials, bare, **kwargs)
        # What axes notes on a request, for its middleware to see.
        vars(request).update((name, value) for name, value in vars(bare).items() if name.startswith("axes_"))

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Whoever gets in starts anew with its own e-mail; a guesser with an account of its own doesn't elsewhere."""
        deleted, _ = self.filter_user_attempts(request, credentials)[0].delete()
        return int(deleted)


def counted_email(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The e-mail that attempts count for, in one spelling; the portal and staff's sign-in name it differently."""
    given = credentials or {}
    return normal_email(given.get("email") or given.get("username"))


def answer(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """The portal's sign-in page says it by itself and keeps the e-mail; any other gets a page that does."""
    if response.status_code == 429:
        return response
    return render(request, "partners/locked_out.html", {"minutes": minutes()}, status=429)


def minutes() -> int:
    """How long the lock-out lasts."""
    return settings.AXES_COOLOFF_TIME.seconds // 60
