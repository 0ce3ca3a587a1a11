"""A partner's link: followed by a visitor, and as a QR code for the partner."""

import io
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners import visitors
from partners.access import cabinet
from partners.codes import is_well_formed
from partners.models import Partner
from referrals import bots, links
from referrals.day_visitors import Follower

_QR_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# A vector is given a size for paper, a picture enough dots for it.
_QR_SIZES: dict[str, dict[str, Any]] = {"svg": {"scale": 2, "unit": "mm"}, "png": {"scale": 20}}
# What a sentence puts behind a link comes along when it is clicked, and what can't be seen when it is copied.
_BEHIND = " /.,:;!)]>»”\"'…\u200b\ufeff"
_DAY_SECONDS = 86_400


class _Redirect(HttpResponseRedirect):
    """One after which something is done: the server closes it when the visitor has it."""

    def __init__(self, target: str, *, then: Callable[[], None]) -> None:
        super().__init__(target)
        self._then = then

    def close(self) -> None:
        try:
            self._then()
        finally:
            super().close()


@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Bring a visitor to the service's site, with the code of the partner who sent it. Every visitor gets there."""
    typed = code.rstrip(_BEHIND)
    visit = links.visit(typed, by=_follower(request) if request.method == "GET" else None, now=timezone.now())
    target = links.target(_query(request), ref=visit.ref, campaign=visit.campaign)
    response = _Redirect(target, then=visit.end)
    # A click that a browser answers by itself would not be counted.
    response["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    # The site may know which page sent the visitor; the portal's own policy would hide it.
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if visit.ref:
        response.set_cookie(
            links.REF,
            visit.ref,
            max_age=settings.REFERRAL_COOKIE_DAYS * _DAY_SECONDS,
            domain=settings.REFERRAL_COOKIE_DOMAIN,
            secure=request.is_secure(),
            samesite="Lax",
        )
    return response


@cabinet
@require_safe
def qr(request: HttpRequest, partner: Partner, code: str, format: str) -> HttpResponse:
    """The visible link of one of the partner's own codes as a QR code; `?download` makes it a file to keep."""
    if format not in _QR_TYPES or not is_well_formed(code):
        raise Http404
    found = get_object_or_404(partner.codes.select_related("campaign"), value=code)
    campaign = getattr(found, "campaign", None)
    link = links.of_campaign(campaign) if campaign else links.visible(code)
    drawn = io.BytesIO()
    # On a ground of its own: cameras don't read light on dark.
    segno.make(link, micro=False).save(drawn, kind=format, border=4, dark="#000", light="#fff", **_QR_SIZES[format])
    response = HttpResponse(drawn.getvalue(), content_type=_QR_TYPES[format])
    disposition = "attachment" if "download" in request.GET else "inline"
    response["Content-Disposition"] = f'{disposition}; filename="skorozvon-{code}.{format}"'
    return response


def _query(request: HttpRequest) -> str:
    """The query as it came: bytes that a browser should have encoded are, so that they stay the same letters."""
    return quote(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"), safe=string.printable)


def _follower(request: HttpRequest) -> Follower:
    name = request.META.get("HTTP_USER_AGENT", "")[: bots.NAME_LENGTH]
    # A browser that fetches a page before anybody has clicked says so.
    is_ahead = "prefetch" in request.META.get("HTTP_SEC_PURPOSE", "") + request.META.get("HTTP_PURPOSE", "")
    return Follower(visitors.network(request) or "", name, is_bot=is_ahead or bots.is_bot(name))
