"""Who may open a page of the cabinet: one decorator for all of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from partners.models import Partner

Page = Callable[..., HttpResponseBase]

BLOCKED = (
    "Участие приостановлено, поэтому ничего не изменено. Данные остаются вашими, а прежние клиенты приносят"
    " вознаграждение. Причина — на главной странице; чтобы вернуться к работе, напишите на welcome@skorozvon.ru."
)


def cabinet(page: Page | None = None, *, any_status: bool = False) -> Any:
    """A page for partners: called with the request and the partner that is signed in, whose own data it may show.

    The signed-out sign in first and are brought back; an account holder who is no partner gets to the registration;
    who waits for admission or was declined gets to the home page, which says so (`any_status` is for that one). A
    blocked partner reads everything and changes nothing (R25).
    """
    if page is None:
        return lambda page: cabinet(page, any_status=any_status)

    @never_cache  # after signing out, "back" must not bring the sums up again
    @login_required
    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        partner = Partner.objects.select_related("user").filter(user=request.user.pk).first()
        if partner is None:
            if getattr(request.user, "is_staff", False):
                return render(request, "not_a_partner.html", status=403)
            return redirect("registration")
        structlog.contextvars.bind_contextvars(user=partner.user_id, partner=partner.pk)  # for the log, by number
        if not any_status and partner.status in (Partner.Status.PENDING, Partner.Status.DECLINED):
            return redirect("home")
        if request.method == "POST" and partner.status == Partner.Status.BLOCKED:
            messages.error(request, BLOCKED)
            return redirect("home")
        return page(request, partner, *args, **kwargs)

    return guarded
