"""Promises that only the database can keep: triggers, written by migrations for PostgreSQL and SQLite alike.

SQLite loses a table's triggers whenever a migration rebuilds the table, so such a migration has to end with the same
`refuse(…)` operations again; `tests/test_promises.py` compares the two lists on both engines.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$
"""


def refuse(table: str, change: str, *, because: str, when: str = "", of: tuple[str, ...] = ()) -> migrations.RunPython:
    """A migration operation: the database refuses `change` (UPDATE, DELETE or TRUNCATE) of a row of `table`.

    `when` is a condition over OLD and NEW, in SQL that both engines read; `of` limits an UPDATE to some columns.
    SQLite has no TRUNCATE: nothing happens there.
    """
    name = f"{table}_refuse_{change.lower()}"

    def create(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        columns = f" OF {', '.join(of)}" if of else ""
        condition = f"WHEN ({when})" if when else ""
        if editor.connection.vendor == "postgresql":
            editor.execute(_FUNCTION)
            level = "STATEMENT" if change == "TRUNCATE" else "ROW"
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change}{columns} ON {table} FOR EACH {level} {condition}"
                f" EXECUTE FUNCTION refuse_change('{because}')"
            )
        elif change != "TRUNCATE":
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change}{columns} ON {table} FOR EACH ROW {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{because}'); END"
            )

    def drop(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {name} ON {table}")
        elif change != "TRUNCATE":
            editor.execute(f"DROP TRIGGER {name}")

    return migrations.RunPython(create, drop, elidable=False)


def append_only(table: str) -> list[migrations.RunPython]:
    """Migration operations: rows of `table` are only ever added."""
    because = f"{table}: rows are only added"
    return [refuse(table, change, because=because) for change in ("UPDATE", "DELETE", "TRUNCATE")]


def instead(old: migrations.RunPython, new: migrations.RunPython) -> list[migrations.RunPython]:
    """Migration operations: the database refuses by `new` what it has refused by `old`."""
    assert old.reverse_code
    return [migrations.RunPython(old.reverse_code, old.code, elidable=False), new]
