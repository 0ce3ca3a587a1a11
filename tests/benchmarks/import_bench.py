"""The import of a million events against COPY of the resulting rows into the same tables, keys and indexes."""

import datetime as dt
import json
import random
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]

from tests.benchmarks.measuring import Cost, alternating, copy_of, manage, template, timed
from tests.databases import OwnDatabase

_TABLES = (
    *("referrals_feedbatch", "referrals_client", "referrals_attribution", "referrals_referral", "referrals_progress"),
    *("referrals_charge", "referrals_event", "referrals_likeness"),
)
_PARTNERS = 1_000


def write_events(path: Path, count: int) -> None:
    """A feed in the order of time: a tenth registrations, the rest charges, confirmations and refunds of theirs."""
    chance = random.Random(62)
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    clients, charges, unconfirmed, number = 0, 0, [], 0
    with path.open("w") as out:
        while number < count:
            number += 1
            at = (start + dt.timedelta(seconds=10 * number)).isoformat()
            roll = chance.random()
            if clients == 0 or roll < 0.10:
                clients += 1
                data = {"client_id": f"c-{clients}", "name": f"ООО «Клиент {clients}»", "ref": f"code-{clients % 1250}"}
                data |= {"email": f"c{clients}@example.ru", "phone": f"+7900{clients:07}", "promo_code": None}
                kind = "client.registered"
            elif unconfirmed and roll < 0.16:
                kind, data = "charge.confirmed", {"charge_id": unconfirmed.pop()}
            elif charges and roll < 0.19:
                data = {
                    "refund_id": f"rf-{number}",
                    "charge_id": f"ch-{chance.randrange(charges) + 1}",
                    "amount": "1.00",
                }
                kind = "charge.refunded"
            else:
                charges += 1
                confirmed = chance.random() > 0.08
                if not confirmed:
                    unconfirmed.append(f"ch-{charges}")
                kind = "charge.created"
                data = {
                    "charge_id": f"ch-{charges}",
                    "client_id": f"c-{chance.randrange(clients) + 1}",
                    "kind": chance.choice(["subscription", "subscription", "telephony", "robot"]),
                    "amount": f"{chance.randrange(50, 9000)}.{chance.randrange(100):02}",
                    "payment_confirmed": confirmed,
                }
            line = {"id": f"evt-{number}", "type": kind, "occurred_at": at, "data": data}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def with_partners(url: str) -> None:
    lines = (
        {
            "email": f"p{number}@example.ru",
            "account_id": f"p-{number}",
            "full_name": "Партнёр",
            "phone": "+79000000000",
            "tariff": "legal" if number % 2 else "individual",
            "registered_at": "2024-01-01T00:00:00+03:00",
            "code": f"code-{number}",
        }
        for number in range(_PARTNERS)
    )
    OwnDatabase(url).manage("import_partners", "-", input="".join(json.dumps(line) + "\n" for line in lines))


def run(count: int) -> dict[str, Cost]:
    """Print and return the costs of importing `count` events."""
    with tempfile.TemporaryDirectory() as folder, template(with_partners) as empty:
        feed = Path(folder) / "events.jsonl"
        write_events(feed, count)

        def copy_out(url: str) -> None:
            with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
                for table in _TABLES:
                    with (Path(folder) / table).open("wb") as out:
                        cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT (FORMAT binary)", out)

        def copy_in(url: str) -> None:
            with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
                for table in _TABLES:
                    with (Path(folder) / table).open("rb") as rows:
                        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT binary)", rows)

        def imported() -> Cost:
            with copy_of(empty) as url:
                cost = manage(url, "import_events", str(feed))
                copy_out(url)
            return cost

        def floor() -> Cost:
            with copy_of(empty) as url:
                return timed(lambda: copy_in(url))

        costs = alternating({"import": imported, "floor": floor})
    ours, least = costs["import"], costs["floor"]
    print(
        f"import of {count:,} events: {ours.seconds:.1f} s ({count / ours.seconds:,.0f} a second),"
        f" {ours.seconds / least.seconds:.2f} x COPY of the rows ({least.seconds:.1f} s), peak {ours.megabytes:.0f} MB"
    )
    return costs
