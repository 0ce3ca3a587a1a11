"""What the journal keeps of an action of the desk: of what it asked for numbers, dates, choices and rows.

What people typed stays out, because it may be personal data; so do files and secrets. A form that wants one of its
texts kept, a contract's number say, names the field in `kept`.
"""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Model, QuerySet

from partners import deeds
from partners.models import User

_NOTHING = object()


def note(desk: Any, action: Any, form: forms.Form, row: Any, result: Any, *, by: User, now: dt.datetime) -> None:
    """Write down that the desk's action was done about the row, or made `result`. See `partners.admin.Action`."""
    changed = row or (result if isinstance(result, Model) else None)
    rows = list(action.subjects(row, result)) if action.subjects else [changed] if changed else []
    if action.subjects and not rows:
        return  # each of them was refused
    deeds.write(
        by=by,
        action=f"{desk.opts.label_lower}.{action.name}",
        title=action.title,
        subject=desk.model,
        rows=rows,
        reason=str(form.cleaned_data.get("reason") or ""),
        asked=asked(form),
        now=now,
    )


def asked(form: forms.Form) -> dict[str, Any]:
    """Plain JSON out of a valid form. Example: {"tariff": "individual", "signed_on": "2026-11-28", "client": 17}."""
    kept = {}
    for name, value in form.cleaned_data.items():
        is_choice = isinstance(form.fields.get(name), forms.ChoiceField)
        plain = _plain(value, texts=is_choice or name in getattr(form, "kept", ()))
        if name != "reason" and plain is not _NOTHING:
            kept[name] = plain
    return kept


def _plain(value: Any, *, texts: bool) -> Any:
    if isinstance(value, str):
        return str(value) if texts and value else _NOTHING
    if isinstance(value, bool | int):
        return value
    if isinstance(value, dt.date):  # a moment, too
        return value.isoformat()
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | QuerySet):
        return [plain for each in value if (plain := _plain(each, texts=texts)) is not _NOTHING]
    return _NOTHING
