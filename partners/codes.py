"""Link and promo codes: one table, one unique key, lower case."""

import re
import secrets
from collections.abc import Sequence

from partners.models import Code, Partner

# Without letters and digits that look alike when a code is read aloud or typed from paper.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 6
_IMPORTED = re.compile(r"[a-z0-9_-]{3,32}", re.ASCII)


def is_well_formed(code: str) -> bool:
    """Whether a code can be one of ours: 3–32 of [a-z0-9_-], new and imported ones alike."""
    return _IMPORTED.fullmatch(code) is not None


def give(partner: Partner, *, value: str | None = None, is_main: bool = False) -> Code:
    """Give the partner a code, a new random one unless `value` says which. Raises IntegrityError when it is taken."""
    return give_all([(partner, value)], is_main=is_main)[0]


def give_all(given: Sequence[tuple[Partner, str | None]], *, is_main: bool) -> list[Code]:
    """The same for many partners at once, in their order; by a few statements."""
    unused = _unused(sum(value is None for _, value in given))
    return Code.objects.bulk_create(
        Code(partner=partner, value=unused.pop() if value is None else value, is_main=is_main)
        for partner, value in given
    )


def _unused(count: int) -> list[str]:
    # 31^6 = 887 million: a second try is rare, and the unique key settles a race.
    found: set[str] = set()
    while len(found) < count:
        drawn = {"".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(count - len(found))}
        found |= drawn - set(Code.objects.filter(value__in=drawn).values_list("value", flat=True))
    return list(found)
