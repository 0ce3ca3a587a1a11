"""What watches over the portal, on the staff's desk: what is wrong now, and the audits of each night."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest

from partners import keyset
from partners.admin import Desk
from partners.templatetags.words import day
from partners.waiting import Queue
from skorozvon_partners.models import AuditRun, Finding

_SHOWN = 200  # findings of a page, 5 of the first page


class Audits(Desk):
    section = "Проверки"

    def name(self, row: AuditRun) -> str:
        return f"Проверка {day(row.night)}"

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        return {"standing": Finding.objects.standing()[:_SHOWN]}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        standing = Finding.objects.standing()
        yield Queue(
            "Портал предупреждает",
            keyset.count(standing),
            self.address("changelist"),
            rows=standing[:5],
            template="admin/skorozvon_partners/_findings.html",
            is_urgent=True,
        )
