"""What a delivery of events touches: loaded by a fixed number of queries, judged in memory, written back likewise."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from partners import months
from partners import rules as partner_rules
from partners.models import Code, Partner, TermsAssignment
from referrals import books, rules
from referrals.feed import FeedEvent
from referrals.models import Attribution, Charge, Client, Outcome


class WorkingSet:
    """Clients, charges and all that decides about them. Use it in a transaction that holds the books' lock.

    Clients go by the service's account id, charges by the service's charge id.
    """

    def __init__(self) -> None:
        self.first_open = books.first_open_month()
        self.clients: dict[str, Client] = {}
        self.charges: dict[str, Charge] = {}
        self.codes: dict[str, Code] = {}
        self._attributions: dict[str, list[Attribution]] = {}
        self._refunds: dict[str, list[Charge]] = {}
        self._unheld: dict[str, dict[str, Charge]] = {}  # charges that nobody held: a new attribution may
        self._partners: dict[int, Partner] = {}
        self._timelines: dict[int, list[TermsAssignment]] = {}
        self._new: dict[type, list[Any]] = {Client: [], Attribution: [], Charge: []}
        self._changed_charges: dict[int, Charge] = {}
        self._changed_clients: dict[int, Client] = {}

    # --- Reading --------------------------------------------------------------------------------------------------

    def load(self, events: Iterable[FeedEvent]) -> None:
        """Read whatever these events refer to."""
        client_ids: set[str] = set()
        charge_ids: set[str] = set()
        codes: set[str] = set()
        attributed: set[str] = set()
        for event in events:
            data = event.data
            if "client_id" in data:
                client_ids.add(data["client_id"])
            if event.type in ("charge.confirmed", "charge.refunded"):
                charge_ids.add(data["charge_id"])
            if "promo_code" in data:
                codes.update(code for code in (data["promo_code"], data.get("ref")) if code)
                attributed.add(data["client_id"])
        self._load_codes(codes)
        self._load_charges(Q(external_id__in=charge_ids, refund_of=None) if charge_ids else None)
        missing = client_ids - self.clients.keys()
        if missing:
            self._add_clients(Client.objects.filter(account_id__in=missing))
        reattributed = [self.clients[client].pk for client in attributed if client in self.clients]
        self._load_charges(Q(client__in=reattributed, partner=None, refund_of=None) if reattributed else None)
        self._load_holders()

    def load_client(self, client: Client) -> None:
        """Read one client and the charges that a new attribution may make count."""
        self._add_clients([client])
        self._load_charges(Q(client=client, partner=None, refund_of=None))
        self._load_holders()

    def _load_codes(self, values: set[str]) -> None:
        if values:
            for code in Code.objects.filter(value__in=values).select_related("partner__user"):
                self.codes[code.value] = code
                self._partners[code.partner_id] = code.partner

    def _load_charges(self, wanted: Q | None) -> None:
        if wanted is None:
            return
        found = {
            charge.pk: charge
            for charge in Charge.objects.filter(wanted).select_related("client")
            if charge.external_id not in self.charges
        }
        for charge in found.values():
            self._add_clients([charge.client] if charge.client.account_id not in self.clients else [])
            self._add_charge(charge)
        if found:
            for refund in Charge.objects.filter(refund_of__in=list(found)).order_by("pk"):
                charge = found[refund.refund_of_id or 0]
                refund.refund_of = charge
                self._refunds[charge.external_id].append(refund)

    def _add_clients(self, clients: Iterable[Client]) -> None:
        for client in clients:
            self.clients[client.account_id] = client

    def _add_charge(self, charge: Charge) -> None:
        self.charges[charge.external_id] = charge
        self._refunds[charge.external_id] = []
        self._note_unheld(charge)

    def _note_unheld(self, charge: Charge) -> None:
        if charge.partner_id is None:
            self._unheld.setdefault(charge.client.account_id, {})[charge.external_id] = charge

    def _load_holders(self) -> None:
        by_pk = {
            client.pk: client.account_id
            for client in self.clients.values()
            if client.account_id not in self._attributions
        }
        for account_id in by_pk.values():
            self._attributions[account_id] = []
        for attribution in Attribution.objects.filter(client__in=list(by_pk)).order_by("starts_at", "pk"):
            self._attributions[by_pk[attribution.client_id]].append(attribution)
        holders = {row.partner_id for rows in self._attributions.values() for row in rows} | self._partners.keys()
        missing = holders - self._timelines.keys()
        if missing:
            self._timelines |= TermsAssignment.objects.filter(partner__in=missing).timelines()

    def timeline(self, partner_id: int) -> Sequence[TermsAssignment]:
        """The partner's terms assignments, oldest first."""
        if partner_id not in self._timelines:
            self._timelines |= TermsAssignment.objects.filter(partner=partner_id).timelines()
        return self._timelines[partner_id]

    def attributions(self, client: Client) -> Sequence[Attribution]:
        """The client's attributions, oldest first."""
        return self._attributions[client.account_id]

    def left_of(self, charge: Charge) -> int:
        """Kopecks of the charge that are not refunded yet."""
        return charge.amount_kopecks + sum(refund.amount_kopecks for refund in self._refunds[charge.external_id])

    # --- Deciding -------------------------------------------------------------------------------------------------

    def add_client(self, client: Client) -> None:
        self.clients[client.account_id] = client
        self._attributions[client.account_id] = []
        self._new[Client].append(client)

    def refuse_self_referral(self, client: Client, code: str) -> None:
        """Note the code that was refused by R8, for staff to see."""
        client.self_referral_code = code
        if client.pk:
            self._changed_clients[client.pk] = client

    def attribute(self, attribution: Attribution) -> None:
        """Add an attribution; charges that had nobody to earn for are judged again (R11)."""
        client = attribution.client
        rows = self._attributions[client.account_id]
        rows.append(attribution)
        rows.sort(key=lambda row: row.starts_at)  # stable: of equal starts the later decision holds
        self._new[Attribution].append(attribution)
        for charge in self._unheld.pop(client.account_id, {}).values():
            self._judge_again(charge)

    def add_charge(self, charge: Charge) -> None:
        """Add a charge of a known client and judge it."""
        self._new[Charge].append(charge)
        self._judge(charge)
        self._add_charge(charge)

    def add_refund(self, refund: Charge) -> None:
        """Add a refund; it follows its charge (R14)."""
        self._new[Charge].append(refund)
        charge = refund.refund_of
        assert charge is not None
        self._refunds[charge.external_id].append(refund)
        self._follow(charge, refund)

    def confirm(self, charge: Charge, confirmed_at: dt.datetime) -> None:
        """Note that the payment is confirmed; a charge that lacked only this comes to count (R11)."""
        charge.confirmed_at = confirmed_at
        if charge.outcome == Outcome.NOT_CONFIRMED:
            self._judge_again(charge)
        else:
            self._note_change(charge)

    def _judge_again(self, charge: Charge) -> None:
        self._judge(charge)
        self._note_unheld(charge)
        self._note_change(charge)
        for refund in self._refunds[charge.external_id]:
            self._follow(charge, refund)
            self._note_change(refund)

    def _judge(self, charge: Charge) -> None:
        verdict = rules.verdict(
            charge,
            client=charge.client,
            attributions=self._attributions[charge.client.account_id],
            timeline=self.timeline,
        )
        charge.outcome, charge.partner_id, charge.assignment = verdict
        if verdict.outcome == Outcome.COUNTED:
            assert charge.confirmed_at is not None
            moment = max(charge.charged_at, charge.confirmed_at)
            charge.month = rules.posting_month(months.month_of(moment), first_open=self.first_open)

    def _follow(self, charge: Charge, refund: Charge) -> None:
        refund.outcome, refund.partner_id, refund.assignment = charge.outcome, charge.partner_id, charge.assignment
        if charge.outcome == Outcome.COUNTED:
            assert charge.partner_id is not None
            assert charge.month is not None
            if partner_rules.is_settled(self.timeline(charge.partner_id), charge.month):
                refund.outcome = Outcome.SETTLED
            else:
                own = months.month_of(refund.charged_at)
                refund.month = rules.posting_month(own, charge.month, first_open=self.first_open)

    def _note_change(self, charge: Charge) -> None:
        if charge.pk:
            self._changed_charges[charge.pk] = charge

    # --- Writing --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what is new and what changed; a number of statements that does not depend on how much that is."""
        Client.objects.bulk_create(self._new[Client])
        Attribution.objects.bulk_create(self._new[Attribution])
        charges = self._new[Charge]
        Charge.objects.bulk_create([charge for charge in charges if charge.refund_of is None])
        Charge.objects.bulk_create([charge for charge in charges if charge.refund_of is not None])
        # An upsert of rows that all exist: one statement where bulk_update would build a CASE of every row.
        Charge.objects.bulk_create(
            self._changed_charges.values(),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["outcome", "partner", "assignment", "month", "confirmed_at"],
        )
        for client in self._changed_clients.values():
            client.save(update_fields=["self_referral_code"])
