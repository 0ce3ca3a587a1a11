"""Files that staff takes away."""

from django.http import HttpResponse


def attachment(content: bytes | memoryview, name: str, content_type: str) -> HttpResponse:
    """Kept by the browser, never shown by it: a file of a stranger must not become a page of the portal."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(bytes(content), content_type=content_type, headers=headers)
