"""Writing many rows of one table by one statement, with primary keys drawn beforehand.

Django's bulk_create prepares every value of every row through its field, which costs an import more than the database
does. Drawn keys let rows that refer to each other be written in any order: foreign keys are checked at the commit.

A row is anything that has the model's columns as attributes.
"""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, models

Model = type[models.Model]


def draw_ids(model: Model, count: int) -> list[int]:
    """So many unused primary keys, ascending. Call it where nobody else adds rows to the table at the same time."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            draw = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(draw, [table, count])
            return sorted(number for (number,) in cursor.fetchall())
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def insert(model: Model, rows: Sequence[Any]) -> None:
    """Add the rows, all of which have their primary keys."""
    fields = model._meta.concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    into = f'INSERT INTO "{model._meta.db_table}" ({names})'
    if connection.vendor == "postgresql":
        _execute(f"{into} SELECT * FROM {_unnest(fields)}", fields, rows)
    else:
        _execute(f"{into} VALUES ({', '.join(['%s'] * len(fields))})", fields, rows)


def update(model: Model, rows: Sequence[Any], *names: str) -> None:
    """Write these columns of rows that stand."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key = model._meta.pk
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        columns = ", ".join(f'"{field.column}" = changed."{field.column}"' for field in fields)
        changed = ", ".join(f'"{field.column}"' for field in (*fields, key))
        source = f"{_unnest([*fields, key])} changed({changed})"
        statement = f'UPDATE "{table}" SET {columns} FROM {source} WHERE "{table}".id = changed.id'
    else:
        columns = ", ".join(f'"{field.column}" = %s' for field in fields)
        statement = f'UPDATE "{table}" SET {columns} WHERE id = %s'
    _execute(statement, [*fields, key], rows)


def _unnest(fields: Sequence[Any]) -> str:
    # Types without their lengths: a text that is too long is refused by its column, not cut by the cast.
    types = (str(field.db_type(connection)).partition("(")[0] for field in fields)
    return f"unnest({', '.join(f'%s::{name}[]' for name in types)})"


def _execute(statement: str, fields: Sequence[Any], rows: Sequence[Any]) -> None:
    if not rows:
        return
    values = list(map(attrgetter(*(field.attname for field in fields)), rows))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*values, strict=True)]
            for index, field in enumerate(fields):
                if isinstance(field, models.JSONField):
                    columns[index] = [None if value is None else json.dumps(value) for value in columns[index]]
            cursor.execute(statement, columns)
        else:
            prepare = [field.get_db_prep_save for field in fields]
            prepared = [
                [to_database(value, connection) for to_database, value in zip(prepare, row, strict=True)]
                for row in values
            ]
            cursor.executemany(statement, prepared)
