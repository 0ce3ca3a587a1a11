"""Finding people and companies by what staff types. PostgreSQL answers each question by an index, whatever the size of
the table: what names one exactly (an e-mail, a code, a number) before parts of names.
"""

import re
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from partners.models import Partner
from partners.rules import normal_code, normal_email

# A planner can't know how rare a part of a name is, and one that guesses "common" looks for it through everybody in the
# order of the page. So what is rare is found first, in no order; so many still are.
FEW = 1_000
# Shorter words have no trigram, and the index of names can't look for them.
_SHORTEST = 3
_PUNCTUATION = re.compile(r"[«»„“”\"'`‘’()]")


def number_in(words: str) -> int | None:
    """The number that these words are, if they are one that a row can have."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else None


def containing(field: str, words: str) -> Q:
    """Rows whose text has each of these words in it, in any case and order: 'цветы ооо' finds 'ООО «Красные цветы»'.

    Words of one or two letters narrow nothing beside longer ones, and alone find nothing.
    """
    longer = [word for word in _PUNCTUATION.sub(" ", words).split() if len(word) >= _SHORTEST]
    found = Q(pk__in=[]) if not longer else Q()
    for word in longer:
        # SQLite knows the case of Latin letters only; its REGEXP is Python's.
        found &= (
            Q(**{f"{field}__icontains": word})
            if connection.vendor == "postgresql"
            else Q(**{f"{field}__iregex": re.escape(word)})
        )
    return found


def among(*questions: QuerySet[Any]) -> list[int] | None:
    """The keys of the rows that answer any of these questions; None when there are too many to name each."""
    found: set[int] = set()
    for question in questions:
        found.update(question.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(found) > FEW:
            return None
    return sorted(found)


def partners_named(words: str) -> list[int] | None:
    """Partners by what people name them with; None: there are more than `FEW`."""
    words, everybody = words.strip(), Partner.objects
    return among(
        *partners_called(words),
        everybody.filter(inn=words).exclude(inn=""),
        everybody.filter(requisites__inn=words),
        everybody.filter(containing("full_name", words)),
    )


def partners_called(words: str) -> list[QuerySet[Partner]]:
    """By number, code, account in the service and the beginning of an e-mail, each by itself."""
    words, everybody = words.strip(), Partner.objects
    return [
        everybody.filter(pk=number_in(words) or 0),
        everybody.filter(codes__value=normal_code(words)),
        everybody.filter(user__account_id=words),
        everybody.filter(user__email__startswith=normal_email(words)),
    ]


def narrowed(rows: QuerySet[Any], words: str, *, path: str = "") -> QuerySet[Any]:
    """The rows of partners that these words name; `path` leads from a row to its partner: 'partner__'."""
    named = partners_named(words)
    if named is not None:
        return rows.filter(**{f"{path or 'pk__'}any_of": named})
    email = Q(**{f"{path}user__email__startswith": normal_email(words)})
    return rows.filter(containing(f"{path}full_name", words) | email)
