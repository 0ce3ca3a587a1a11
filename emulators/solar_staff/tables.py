"""What the emulator remembers, each table after those it refers to. Moments are Moscow's: "2026-10-31 09:30:00"."""

from emulators import calls

TABLES = {
    "mode": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "clock": "id INTEGER PRIMARY KEY CHECK (id = 1), shift_seconds REAL NOT NULL",
    "company": "id INTEGER PRIMARY KEY CHECK (id = 1), balance_kopecks INTEGER NOT NULL CHECK (balance_kopecks >= 0)",
    "worker": """
        id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
        phone TEXT NOT NULL, registered INTEGER NOT NULL, token TEXT NOT NULL UNIQUE,
        balance_kopecks INTEGER NOT NULL DEFAULT 0""",
    "card": """
        id INTEGER PRIMARY KEY, worker_id INTEGER NOT NULL REFERENCES worker, number TEXT NOT NULL,
        verify_status_id INTEGER NOT NULL, token TEXT NOT NULL UNIQUE, redirect_url TEXT NOT NULL,
        removed INTEGER NOT NULL DEFAULT 0""",
    "task": """
        id INTEGER PRIMARY KEY, merchant_transaction TEXT NOT NULL, worker_id INTEGER NOT NULL REFERENCES worker,
        card_id INTEGER REFERENCES card, amount_kopecks INTEGER NOT NULL, commission_kopecks INTEGER NOT NULL,
        paid_kopecks INTEGER NOT NULL, todo_attributes TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
        state TEXT NOT NULL, state_id INTEGER NOT NULL, waits_for_money INTEGER NOT NULL, due_at REAL, due_state TEXT,
        created_at TEXT NOT NULL, paid_at TEXT""",
    "movement": """
        id INTEGER PRIMARY KEY, type TEXT NOT NULL, task_id INTEGER REFERENCES task, merchant_transaction TEXT NOT NULL,
        amount_kopecks INTEGER NOT NULL, at TEXT NOT NULL""",
    "call": calls.TABLE,
}
INDEXES = [
    "task_by_merchant_transaction ON task (merchant_transaction)",
    "task_by_worker ON task (worker_id, created_at)",
    "task_due ON task (due_at) WHERE due_at IS NOT NULL",
    "task_without_money ON task (id) WHERE waits_for_money",
    "movement_by_moment ON movement (at)",
]
