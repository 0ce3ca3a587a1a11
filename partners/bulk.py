"""Writing many rows of one table by one statement, with primary keys drawn beforehand.

Django's bulk_create prepares every value of every row through its field, which costs an import more than the database
does. Drawn keys let rows that refer to each other be written in any order: foreign keys are checked at the commit.

A row is anything that has the model's columns as attributes.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from operator import attrgetter
from typing import Any

from django.db import connection, models

Model = type[models.Model]
_CHUNK = 1 << 20
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def draw_ids(model: Model, count: int) -> list[int]:
    """So many unused primary keys, ascending. Call it where nobody else adds rows to the table at the same time."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, nextval({sequence}) + %s)", [count - 1])
            last = cursor.fetchone()[0]
            return list(range(last - count + 1, last + 1))
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def insert(model: Model, rows: Sequence[Any]) -> None:
    """Add the rows, all of which have their primary keys."""
    if not rows:
        return
    fields = model._meta.concrete_fields
    table = model._meta.db_table
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', BytesIO(_as_text(fields, rows)), _CHUNK)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', _prepared(fields, rows))


def update(model: Model, rows: Sequence[Any], *names: str) -> None:
    """Write these columns of rows that stand."""
    if not rows:
        return
    key: Any = model._meta.pk
    fields: list[Any] = [*(model._meta.get_field(name) for name in names), key]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = ", ".join(f'"{field.column}"' for field in fields)
            changes = ", ".join(f'"{field.column}" = changed."{field.column}"' for field in fields[:-1])
            cursor.execute(f'CREATE TEMPORARY TABLE changed ON COMMIT DROP AS SELECT {columns} FROM "{table}" LIMIT 0')
            cursor.copy_expert(f"COPY changed ({columns}) FROM STDIN", BytesIO(_as_text(fields, rows)), _CHUNK)
            cursor.execute(f'UPDATE "{table}" SET {changes} FROM changed WHERE "{table}".id = changed.id')
            cursor.execute("DROP TABLE changed")
        else:
            changes = ", ".join(f'"{field.column}" = %s' for field in fields[:-1])
            cursor.executemany(f'UPDATE "{table}" SET {changes} WHERE id = %s', _prepared(fields, rows))


def _values(fields: Sequence[Any], rows: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    return map(attrgetter(*(field.attname for field in fields)), rows)


def _prepared(fields: Sequence[Any], rows: Sequence[Any]) -> list[list[Any]]:
    prepare = [field.get_db_prep_save for field in fields]
    return [
        [to_database(value, connection) for to_database, value in zip(prepare, row, strict=True)]
        for row in _values(fields, rows)
    ]


def _as_text(fields: Sequence[Any], rows: Sequence[Any]) -> bytes:
    """PostgreSQL's own text format, column by column."""
    columns = zip(*_values(fields, rows), strict=True)
    written = [
        [r"\N" if value is None else write(value) for value in column]
        for write, column in zip(map(_writer, fields), columns, strict=True)
    ]
    return ("\n".join(map("\t".join, zip(*written, strict=True))) + "\n").encode()


def _writer(field: Any) -> Callable[[Any], str]:
    if isinstance(field, models.CharField | models.TextField):
        return lambda value: value.translate(_ESCAPES)
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value).translate(_ESCAPES)
    return str
