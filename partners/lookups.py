"""`field__any_of=values`: like `__in`, for thousands of values.

Django's `__in` prepares every value by itself and writes it into the statement; here all go as one parameter.
"""

import json
from typing import Any

from django.db.models import Field, ForeignKey, Lookup


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """Whether the field is one of a collection of plain texts or numbers."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", (*params, values)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(values))
