"""Suspicion (R8): clients that staff should look at, and why. It refuses nothing."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from partners import bulk
from partners.models import User
from partners.reasons import required
from referrals import rules
from referrals.models import Client, Likeness, Suspicion
from referrals.rows import ClientRow, LikenessRow, SuspicionRow

# One a line; whoever meets another adds it. It marks the clients that register from then on.
_LIST = Path(__file__).with_name("disposable_domains.txt")
DISPOSABLE_DOMAINS = frozenset(_LIST.read_text(encoding="ascii").split())


class NothingToSettle(Exception):
    """There is nothing about this client that nobody has looked at."""


def clients() -> QuerySet[Client]:
    """The clients that staff has yet to look at, with `suspicions`, all of theirs; each says its reason as `str`."""
    return Client.objects.filter(is_open()).prefetch_related(Prefetch("suspicions", Suspicion.objects.told()))


def is_open() -> Exists:
    """A condition on clients: staff has yet to look at something about it."""
    return Exists(Suspicion.objects.open().filter(client=OuterRef("pk")))


def settle(client: Client, *, by: User, reason: str, now: dt.datetime) -> None:
    """Staff has looked at all that is suspicious about a client: who, when, and what came of it.

    What becomes suspicious later has to be looked at anew. Raises NothingToSettle, ReasonMissing.
    """
    decision = required(reason)
    # One UPDATE both looks and writes: of two people at once the first one's decision stands.
    if not Suspicion.objects.open().filter(client=client).update(settled_at=now, settled_by=by, decision=decision):
        raise NothingToSettle


# --- On arrival -------------------------------------------------------------------------------------------------------


def note(new: Sequence[ClientRow], *, refused: Collection[tuple[int, str]]) -> None:
    """Mark what is suspicious about clients that have just arrived, and codes that were refused as self-referrals.

    A client is like an *earlier* one, by its registration; of those that share something all but the earliest are
    marked, in whichever order they arrive. A fixed number of statements. Call it while holding the books' lock.
    """
    found = [*disposable(new), *_self_referrals(refused)]
    if new:
        keys = keys_of(new)
        standing = Likeness.objects.filter(id__any_of=list(keys))
        firsts = standing.values_list("id", "first__registered_at", "first__account_id", "first_id")
        compared = compare(keys, {key: Rank(at, account, client) for key, at, account, client in firsts})
        bulk.insert(Likeness, compared.new)
        bulk.update(Likeness, compared.changed, "first")
        found += compared.suspicions
    for row, number in zip(found, bulk.draw_ids(Suspicion, len(found)), strict=True):
        row.id = number
    bulk.insert(Suspicion, found)


class Rank(NamedTuple):
    """A client's place among those that are like it."""

    registered_at: dt.datetime
    account_id: str
    client_id: int


Sharing = tuple[str, list[Rank]]  # the reason, and who has it in common


def keys_of(new: Iterable[ClientRow]) -> dict[int, Sharing]:
    """Everything that these clients could have in common with others, by its key."""
    found: dict[int, Sharing] = {}
    for client in new:
        rank = Rank(client.registered_at, client.account_id, client.id)
        for reason, value in rules.marks(client).items():
            found.setdefault(key_of(reason, value), (reason, []))[1].append(rank)
    return found


def key_of(reason: str, value: str) -> int:
    """64 bits: among ten million clients the odds that any two are alike by chance are one to a hundred thousand."""
    digest = hashlib.blake2b(f"{reason}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


class Compared(NamedTuple):
    """What follows from the arrival of some clients."""

    new: list[LikenessRow]
    changed: list[LikenessRow]
    suspicions: list[SuspicionRow]


def compare(keys: dict[int, Sharing], firsts: dict[int, Rank]) -> Compared:
    """Of everybody who has something in common all but the earliest are suspicious. `firsts` are the earliest so far,
    who were not; who has been suspicious already is in neither.
    """
    found = Compared([], [], [])
    for key, (reason, arrived) in keys.items():
        stood = firsts.get(key)
        if stood is None and len(arrived) == 1:
            found.new.append(LikenessRow(key, arrived[0].client_id))
            continue
        everybody = arrived if stood is None else [stood, *arrived]
        first = min(everybody)
        if first != stood:
            (found.new if stood is None else found.changed).append(LikenessRow(key, first.client_id))
        found.suspicions.extend(SuspicionRow(each.client_id, reason, key) for each in everybody if each != first)
    return found


def disposable(new: Iterable[ClientRow]) -> list[SuspicionRow]:
    reason = Suspicion.Reason.DISPOSABLE.value
    return [SuspicionRow(each.id, reason) for each in new if rules.is_disposable(each.email, DISPOSABLE_DOMAINS)]


def _self_referrals(refused: Collection[tuple[int, str]]) -> list[SuspicionRow]:
    if not refused:
        return []
    reason = Suspicion.Reason.SELF_REFERRAL.value
    noted = Suspicion.objects.filter(client_id__any_of=[client for client, _ in refused], reason=reason)
    told = set(noted.values_list("client_id", "code"))
    return [
        SuspicionRow(client, reason, code=code) for client, code in dict.fromkeys(refused) if (client, code) not in told
    ]
