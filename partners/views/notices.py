"""The page behind the link in every letter that may be stopped."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from partners import notices
from partners.models import Notice, Partner


@never_cache
@csrf_exempt  # the token is the permission, and a mail program's button brings no cookie (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: scanners of mail follow every link. No sign-in, whoever got the letter may stop the next."""
    try:
        if request.method == "POST":
            notices.stop(token)
        partner_id, kind = notices.read_stop_token(token)
    except notices.NotAStopLink:
        return render(request, "partners/stop_notices.html", status=404)
    context = {
        "kind": Notice.Kind(kind).label,
        "stopped": request.method == "POST",
        "was_stopped": kind in Partner.objects.values_list("muted_notices", flat=True).get(pk=partner_id),
    }
    return render(request, "partners/stop_notices.html", context)
