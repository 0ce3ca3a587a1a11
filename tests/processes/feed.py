"""Files of partners and events for the process tests, all of September and October 2025."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def write(path: Path, lines: Iterable[Line]) -> str:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def partner(code: str, tariff: str, **more: Any) -> Line:
    return {
        "email": f"{code}@example.ru",
        "account_id": f"acc-{code}",
        "full_name": f"Партнёр {code}",
        "phone": "+79990000001",
        "tariff": tariff,
        "registered_at": "2023-01-10T12:00:00+03:00",
        "code": code,
        **more,
    }


def event(id: str, type: str, at: str, **data: Any) -> Line:
    """`at` is Moscow time in 2025, such as "10-05" or "10-31T23:59"."""
    return {"id": id, "type": type, "occurred_at": f"2025-{at if 'T' in at else at + 'T00:00'}:00+03:00", "data": data}


def registered(client: str, at: str, *, ref: str | None = None, **more: Any) -> Line:
    return event(
        f"r-{client}", "client.registered", at, client_id=client, name=f"ООО {client}", ref=ref, promo_code=None, **more
    )


def code_applied(client: str, code: str, at: str) -> Line:
    return event(f"p-{client}-{code}", "client.promo_code_applied", at, client_id=client, promo_code=code)


def charged(
    charge: str, client: str, amount: str, at: str, kind: str = "subscription", *, confirmed: bool = True
) -> Line:
    data = {"charge_id": charge, "client_id": client, "kind": kind, "amount": amount, "payment_confirmed": confirmed}
    return event(f"c-{charge}", "charge.created", at, **data)


def confirmed(charge: str, at: str) -> Line:
    return event(f"k-{charge}", "charge.confirmed", at, charge_id=charge)


def refunded(refund: str, charge: str, amount: str, at: str) -> Line:
    return event(f"f-{refund}", "charge.refunded", at, refund_id=refund, charge_id=charge, amount=amount)


# --- A small file with everything that can happen to an event -------------------------------------------------------

PARTNERS = [partner("62b0", "legal", inn="7707083893"), partner("3456", "individual", phone="+79990000002")]
NASTY = [
    # before what they refer to: a refund, its charge, then the client; a refund of more than what comes later
    refunded("a1r", "a1", "250.00", "10-20"),
    charged("a1", "a", "1000.00", "09-30T23:59"),
    registered("a", "09-01", ref="62B0"),
    refunded("a2r", "a2", "100.01", "10-09"),
    # charged while nobody held the client, attached afterwards
    registered("b", "09-15"),
    charged("b1", "b", "6000.00", "09-16"),
    refunded("b1r", "b1", "500.00", "09-17"),
    registered("self", "09-01", inn="7707083893"),
    code_applied("b", "3456", "10-10"),
    charged("a2", "a", "100.00", "10-05"),
    charged("a1", "a", "1000.00", "09-30T23:59"),  # a duplicate
    charged("a3", "a", "7.00", "10-05", "gift"),  # rejected
    charged("b1", "b", "6000.01", "09-16"),  # contradicts
    code_applied("self", "62b0", "10-01"),
    registered("c", "10-01", ref="3456"),
    charged("c1", "c", "5000.00", "10-02", "telephony", confirmed=False),
    charged("c2", "c", "9000.00", "10-02", "robot"),
    confirmed("c1", "10-31T23:59"),
    confirmed("never", "10-03"),  # waits
    code_applied("a", "3456", "10-04"),  # contradicts: held by the other partner
]

# --- A large file, the same in every run ----------------------------------------------------------------------------


def many_partners(count: int) -> list[Line]:
    return [
        partner(f"code-{n:03}", "individual" if n % 3 == 0 else "legal", phone=f"+7999{n:07}") for n in range(count)
    ]


def many_events(clients: int, charges: int, *, partners: int) -> list[Line]:
    """Clients with `charges` charges each, some unconfirmed or refunded, shuffled near to where they belong."""
    chance = random.Random(18)
    lines = []
    for n in range(clients):
        client = f"client-{n}"
        ref = f"code-{chance.randrange(partners):03}"
        late = n % 10 == 0
        lines.append(registered(client, "09-01", ref=None if late else ref))
        for m in range(charges):
            charge = f"{client}-{m}"
            month = chance.choice(["09", "10"])
            amount = f"{chance.randrange(1, 5000)}.{chance.randrange(100):02}"
            lines.append(charged(charge, client, amount, f"{month}-{10 + m:02}", confirmed=m % 4 > 0))
            if m % 4 == 0:
                lines.append(confirmed(charge, "10-30"))
            if m % 7 == 0:
                lines.append(refunded(f"{charge}-r", charge, amount, f"{month}-28"))
        if late:
            lines.append(code_applied(client, ref, "09-20"))
    order = sorted(range(len(lines)), key=lambda n: n + chance.randrange(400))
    return [lines[n] for n in order]
