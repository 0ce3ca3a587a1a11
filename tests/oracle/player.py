"""Plays a history (see `histories.py`) on the product, through the functions that its commands and pages call."""

import datetime as dt
import json
import random
from contextlib import suppress
from io import BytesIO
from typing import Any

import time_machine
from django.db import connection

from partners import months, registration
from partners.models import LedgerLine, Partner, Tariff, User
from payouts import partner_import, tariff_change
from payouts.statement import statements
from referrals import attribution, books, close, event_import, events, new_terms
from referrals.feed import FeedEvent, Rejected, check
from referrals.models import Charge, Client, Suspicion
from tests.delivering import batches, deliver_over_http


class Product:
    """The product's books after a history, in the words of the naive computation."""

    def __init__(
        self,
        history: dict[str, Any],
        *,
        after_step: Any = lambda product: None,
        over_http: random.Random | None = None,
        from_files: random.Random | None = None,
    ) -> None:
        """With `over_http` events are delivered to the portal's address, with `from_files` imported from files, both
        in batches of chance size. Of a file there are no results in order, so they are sorted.
        """
        self.over_http, self.from_files = over_http, from_files
        self.results: list[list[str]] = []
        self.now = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
        self.staff = User.objects.create_user("staff@example.ru", is_staff=True)
        lines = "".join(json.dumps(line) + "\n" for line in history["partners"])
        problems: list[Any] = []
        partner_import.run(
            BytesIO(lines.encode()),
            now=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
            on_problem=lambda *problem: problems.append(problem),
        )
        assert not problems
        for step in history["steps"]:
            self.now = dt.datetime.fromisoformat(step["now"])
            getattr(self, step["do"])(step)
            after_step(self)

    # --- Steps ------------------------------------------------------------------------------------------------------

    def import_(self, step: dict[str, Any]) -> None:
        if self.over_http:
            with time_machine.travel(self.now, tick=False):
                shares = [deliver_over_http(share) for share in batches(step["events"], self.over_http)]
            self.results.append([result for share in shares for result in share])
            return
        if self.from_files:
            lines = b"".join(json.dumps(event).encode() + b"\n" for event in step["events"])
            size = self.from_files.choice([1, 2, 3, 5, 8, 1000])
            counts = event_import.run(BytesIO(lines), now=self.now, on_problem=lambda problem: None, batch=size)
            self.results.append(sorted(counts.elements()))
            return
        taken = [self.read(event) for event in step["events"]]
        self.results.append([result.result for result in events.receive(taken, source="http", now=self.now)])

    def read(self, event: object) -> FeedEvent | Rejected:
        try:
            return check(event, now=self.now)
        except Rejected as rejected:
            return rejected

    def close(self, step: dict[str, Any]) -> None:
        close.run(months.parse(step["month"]), now=self.now)

    def transfer(self, step: dict[str, Any]) -> None:
        attribution.transfer(
            self.client(step), self.partner(step["to"]), by=self.staff, reason="проверка", now=self.now
        )

    def attach(self, step: dict[str, Any]) -> None:
        attribution.attach(
            self.client(step),
            self.partner(step["to"]),
            requested_at=dt.datetime.fromisoformat(step["requested_at"]),
            by=self.staff,
            reason="",
        )

    def block(self, step: dict[str, Any]) -> None:
        with suppress(registration.StatusHasChanged):
            registration.block(self.partner(step["partner"]), reason="проверка", by=self.staff, now=self.now)

    def unblock(self, step: dict[str, Any]) -> None:
        with suppress(registration.StatusHasChanged):
            registration.unblock(self.partner(step["partner"]), reason="проверка", by=self.staff, now=self.now)

    def change_tariff(self, step: dict[str, Any]) -> None:
        partner = self.partner(step["partner"])
        other = Tariff.LEGAL if partner.tariff == Tariff.INDIVIDUAL else Tariff.INDIVIDUAL
        tariff_change.change(partner, other, by=self.staff, reason="проверка", now=self.now)

    def publish_terms(self, step: dict[str, Any]) -> None:
        numbers = dict(step["terms"])
        new_terms.publish(starts_on=dt.date.fromisoformat(numbers.pop("starts_on")), now=self.now, **numbers)

    def judge_terms(self, step: dict[str, Any]) -> None:
        books.lock()
        new_terms.judge_due(now=self.now)

    def accept_offer(self, step: dict[str, Any]) -> None:
        self.judge_terms(step)  # the naive books know no offer that has lapsed by now
        partner = self.partner(step["partner"])
        new_terms.accept(partner, terms=partner.terms_offers.get(state="open").terms, now=self.now)

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__("import_" if name == "import" else name)

    def client(self, step: dict[str, Any]) -> Client:
        return Client.objects.get(account_id=step["client"])

    def partner(self, email: str) -> Partner:
        return Partner.objects.select_related("user").get(user__email=email)

    # --- Books ------------------------------------------------------------------------------------------------------

    def statement(self) -> dict[str, Any]:
        wanted = ("balance_kopecks", "accrued_kopecks", "tariff", "terms", "rewards")
        partners = Partner.objects.select_related("user").order_by("pk")
        return {
            account["partner"]: {key: account[key] for key in wanted} for account in statements(partners, now=self.now)
        }

    def outcomes(self) -> dict[tuple[str, str], tuple[str, str | None, str | None]]:
        found = {}
        for charge in Charge.objects.select_related("partner__user"):
            key = ("charge" if charge.refund_of_id is None else "refund", charge.external_id)
            month = months.label(charge.month) if charge.month else None
            found[key] = (charge.outcome, month, charge.partner.user.email if charge.partner else None)
        return found

    def suspicious(self) -> dict[str, set[tuple[str, str]]]:
        """By client its reasons, each with the client that it is like or the code that was refused."""
        found: dict[str, set[tuple[str, str]]] = {}
        for row in Suspicion.objects.select_related("client", "likeness__first"):
            what = row.likeness.first.account_id if row.likeness else row.code
            found.setdefault(row.client.account_id, set()).add((row.reason, what))
        return found

    def ledger(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {
            email: [] for email in Partner.objects.values_list("user__email", flat=True)
        }
        for line in LedgerLine.objects.select_related("partner__user").order_by("pk"):
            found[line.partner.user.email].append((line.kind, line.amount_kopecks))
        return found


def check_constraints() -> None:
    """PostgreSQL looks at foreign keys at the end of a transaction, and a rolled back history has none."""
    connection.check_constraints()
