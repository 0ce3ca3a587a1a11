"""The proof of a closed month (M7): it is computed anew from its charges and terms, and compared row by row with what
its close wrote: rewards, their sums, and the ledger lines that credit them.
"""

import datetime as dt
from collections.abc import Iterator

from partners import months
from referrals import rewards

_SIDES = {"written": "записано, но не следует из списаний", "computed": "следует из списаний, но не записано"}


def unlike(month: dt.date) -> Iterator[str]:
    """A sentence for each row that was written and doesn't follow from the charges, or follows and wasn't written.

    Reads only: three queries in which the database compares whole sets, so that only what differs comes out.
    """
    label = months.label(month)
    yield from rewards_unlike(month)
    for side, partner, clients, base, reward in rewards.unlike_partner_months(month):
        yield (
            f"месяц {label}, итог партнёра {partner}: {_SIDES[side]}: клиентов {clients}, база {base} коп.,"
            f" вознаграждение {reward} коп."
        )
    for side, key, partner, kopecks in rewards.unlike_accruals(month):
        yield f"месяц {label}, движение «{key}» партнёра {partner}: {_SIDES[side]}: {kopecks} коп."


def rewards_unlike(month: dt.date) -> Iterator[str]:
    """Of that the rewards alone; sums and ledger lines follow from them."""
    label = months.label(month)
    for side, row in rewards.unlike(month):
        yield (
            f"месяц {label}, партнёр {row.partner_id}, клиент {row.client_id}: {_SIDES[side]}:"
            f" база {row.base_kopecks} коп., вознаграждение {row.reward_kopecks} коп."
        )
