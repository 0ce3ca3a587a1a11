"""Link and promo codes: one table, one unique key, lower case."""

import re
import secrets

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
    if value is None:
        value = _unused()
    return Code.objects.create(partner=partner, value=value, is_main=is_main)


def _unused() -> str:
    # 31^6 = 887 million: a second try is rare, and the unique key settles a race.
    while True:
        value = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if not Code.objects.filter(value=value).exists():
            return value
