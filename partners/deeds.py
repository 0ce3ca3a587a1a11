"""Who of staff did what, when and why: the journal that every change by a person leaves a row in (M11)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from partners.models import Deed, User


def write(
    *,
    by: User | None,
    action: str,
    title: str,
    subject: type[Model],
    rows: Iterable[Model] = (),
    reason: str = "",
    asked: dict[str, Any] | None = None,
    now: dt.datetime,
) -> None:
    """Note what was done: once for each of the rows, or once about no row. Call in the transaction of what was done.

    `asked` is plain JSON without personal data.
    """
    about: list[tuple[str, str | None]] = [(row._meta.label_lower, str(row.pk)) for row in rows] or [
        (subject._meta.label_lower, None)
    ]
    Deed.objects.bulk_create(
        Deed(
            at=now,
            by=by,
            action=action,
            title=title,
            subject=label,
            subject_id=pk,
            reason=reason,
            asked=asked or {},
        )
        for label, pk in about
    )


def about(row: Model) -> QuerySet[Deed]:
    """What was done about a row, the latest first."""
    found = Deed.objects.filter(subject=row._meta.label_lower, subject_id=str(row.pk))
    return found.select_related("by").order_by("-at", "-pk")
