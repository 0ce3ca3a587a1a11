"""Finding a client among all of the service, as staff names it: by account, ИНН, e-mail, or parts of its name."""

from typing import Any

from django.db.models import QuerySet

from partners import finding
from referrals.models import Client


def named(words: str) -> list[int] | None:
    """The clients that these words name; None: there are more than `finding.FEW`."""
    words, everybody = words.strip(), Client.objects
    return finding.among(
        everybody.filter(account_id=words),
        everybody.filter(inn=words).exclude(inn=""),
        everybody.filter(email__iexact=words),
        everybody.filter(finding.containing("name", words)),
    )


def narrowed(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """The clients of `rows` that these words name."""
    found = named(words)
    return rows.filter(finding.containing("name", words)) if found is None else rows.filter(pk__any_of=found)
