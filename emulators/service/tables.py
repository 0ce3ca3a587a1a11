"""What the emulator remembers, each table after those it refers to."""

from emulators import calls
from emulators.service import delivery

TABLES = {
    "account": """
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, phone TEXT NOT NULL, inn TEXT NOT NULL,
        salt BLOB NOT NULL, password BLOB NOT NULL, went_to_portal INTEGER NOT NULL DEFAULT 0""",
    "failed_sign_in": "email TEXT NOT NULL, at REAL NOT NULL",
    "session": "token TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account",
    "event": """
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
        occurred_at TEXT NOT NULL, data TEXT NOT NULL""",
    "charge": """
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES account,
        kind TEXT NOT NULL, amount_kopecks INTEGER NOT NULL, confirmed INTEGER NOT NULL, occurred_at TEXT NOT NULL""",
    "refund": """
        id TEXT PRIMARY KEY, charge_id TEXT NOT NULL REFERENCES charge (id), amount_kopecks INTEGER NOT NULL""",
    "credit": """
        key TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account, amount_kopecks INTEGER NOT NULL,
        created_at TEXT NOT NULL""",
    "call": calls.TABLE,
    "delivery": delivery.TABLE,
}
