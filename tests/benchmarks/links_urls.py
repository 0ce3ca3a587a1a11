"""The portal's addresses, and `/bare/<code>`: the same 302 as that of `/p/<code>`, known beforehand."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_safe

from skorozvon_partners import urls


@require_safe
def bare(request: HttpRequest, code: str) -> HttpResponse:
    response = HttpResponseRedirect("https://skorozvon.ru/?ref=code1")
    response["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.set_cookie("ref", "code1", max_age=90 * 86_400, samesite="Lax")
    return response


urlpatterns = [path("bare/<path:code>", bare), *urls.urlpatterns]
