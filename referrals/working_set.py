"""What a delivery of events touches: loaded by a fixed number of queries, judged in memory, written back likewise."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q

from partners import bulk, months
from partners import rules as partner_rules
from partners.models import Code, TermsAssignment
from referrals import books, digest, rules, suspicions
from referrals.feed import FeedEvent
from referrals.models import Attribution, Charge, Client, Outcome, Referral
from referrals.rows import Attributed, ChargeRow, ClientRow, ReferralRow, attributions_of, charge_rows, client_rows


class WorkingSet:
    """Clients, charges and all that decides about them. Use it in a transaction that holds the books' lock.

    Clients are looked up by the service's account id, charges by the service's charge id. What is added gets its
    primary key at once, out of those that `load` has drawn.
    """

    def __init__(self) -> None:
        self.first_open = books.first_open_month()
        self.clients: dict[str, ClientRow] = {}
        self.charges: dict[str, ChargeRow] = {}
        self.codes: dict[str, Code] = {}
        self._clients_by_pk: dict[int, ClientRow] = {}
        # By the client's or the charge's primary key.
        self._attributions: dict[int, list[Attributed]] = {}
        self._refunds: dict[int, list[ChargeRow]] = {}
        # Charges that nobody held: a new attribution may.
        self._unheld: defaultdict[int, dict[int, ChargeRow]] = defaultdict(dict)
        self._timelines: dict[int, list[TermsAssignment]] = {}
        self._new_clients: list[ClientRow] = []
        self._new_attributions: list[Attribution] = []
        self._new_referrals: list[ReferralRow] = []
        # A second code of the same partner with an earlier effect: that is how the client came.
        self._referred_earlier: list[Attribution] = []
        self._new_charges: list[ChargeRow] = []
        self._changed_charges: dict[int, ChargeRow] = {}
        self._changed_clients: dict[int, ClientRow] = {}
        self._refused: list[tuple[int, str]] = []  # clients with the codes that R8 refused them
        # By partner and client, the first of the charges that came to count.
        self._paid: dict[tuple[int, int], dt.datetime] = {}
        self._client_ids: Iterator[int] = iter(())
        self._charge_ids: Iterator[int] = iter(())

    # --- Reading --------------------------------------------------------------------------------------------------

    def load(self, events: Iterable[FeedEvent]) -> None:
        """Read whatever these events refer to."""
        accounts: set[str] = set()
        charges: set[str] = set()
        codes: set[str] = set()
        attributed: set[str] = set()
        clients_to_add = charges_to_add = 0
        for event in events:
            data = event.data
            if "client_id" in data:
                accounts.add(data["client_id"])
            match event.type:
                case "client.registered":
                    clients_to_add += 1
                    attributed.add(data["client_id"])
                    codes |= {data["promo_code"], data["ref"]}
                case "client.promo_code_applied":
                    attributed.add(data["client_id"])
                    codes.add(data["promo_code"])
                case "charge.created":
                    charges_to_add += 1
                case "charge.confirmed":
                    charges.add(data["charge_id"])
                case "charge.refunded":
                    charges_to_add += 1
                    charges.add(data["charge_id"])
        self._client_ids = iter(bulk.draw_ids(Client, clients_to_add))
        self._charge_ids = iter(bulk.draw_ids(Charge, charges_to_add))
        if codes:
            found = Code.objects.filter(value__any_of=codes).select_related("partner__user")
            self.codes = {code.value: code for code in found}
        self._load_charges(Q(external_id__any_of=charges, refund_of=None) if charges else None)
        self._add_clients(client_rows(Client.objects.filter(account_id__any_of=accounts - self.clients.keys())))
        attached = [self.clients[account].id for account in attributed if account in self.clients]
        self._load_charges(Q(client_id__any_of=attached, partner=None, refund_of=None) if attached else None)
        self._load_holders()

    def load_client(self, client: Client) -> None:
        """Read one client and the charges that a new attribution may make count."""
        self._add_clients(client_rows(Client.objects.filter(pk=client.pk)))
        self._load_charges(Q(client=client, partner=None, refund_of=None))
        self._load_holders()

    def _load_charges(self, wanted: Q | None) -> None:
        if wanted is None:
            return
        found = {
            charge.id: charge
            for charge in charge_rows(Charge.objects.filter(wanted))
            if charge.external_id not in self.charges
        }
        if not found:
            return
        clients = {charge.client_id for charge in found.values()}
        self._add_clients(client_rows(Client.objects.filter(pk__any_of=clients - self._clients_by_pk.keys())))
        for charge in found.values():
            self._note_charge(charge)
        for refund in charge_rows(Charge.objects.filter(refund_of_id__any_of=list(found)).order_by("pk")):
            self._refunds[refund.refund_of_id or 0].append(refund)

    def _add_clients(self, clients: Iterable[ClientRow]) -> None:
        for client in clients:
            self.clients[client.account_id] = client
            self._clients_by_pk[client.id] = client

    def _note_charge(self, charge: ChargeRow) -> None:
        self.charges[charge.external_id] = charge
        self._refunds[charge.id] = []
        if charge.partner_id is None:
            self._unheld[charge.client_id][charge.id] = charge

    def _load_holders(self) -> None:
        self._attributions = attributions_of(self._clients_by_pk)
        partners = {row.partner_id for rows in self._attributions.values() for row in rows}
        partners |= {code.partner_id for code in self.codes.values()}
        self._timelines = TermsAssignment.objects.filter(partner_id__any_of=partners).timelines()

    def _timeline(self, partner_id: int) -> Sequence[TermsAssignment]:
        """The partner's terms assignments, oldest first."""
        if partner_id not in self._timelines:
            self._timelines |= TermsAssignment.objects.filter(partner=partner_id).timelines()
        return self._timelines[partner_id]

    def attributions(self, client_id: int) -> Sequence[Attributed]:
        """The client's attributions, oldest first."""
        return self._attributions[client_id]

    def left_of(self, charge: ChargeRow) -> int:
        """Kopecks of the charge that are not refunded yet."""
        return charge.amount_kopecks + sum(refund.amount_kopecks for refund in self._refunds[charge.id])

    # --- Deciding -------------------------------------------------------------------------------------------------

    def add_client(self, client: ClientRow) -> None:
        """Add a client that the service has just told of."""
        client.id = next(self._client_ids)
        self._add_clients([client])
        self._attributions[client.id] = []
        self._new_clients.append(client)

    def refuse_self_referral(self, client: ClientRow, code: str) -> None:
        """Note the code that was refused by R8, for staff to see."""
        client.self_referral_code = code
        self._refused.append((client.id, code))
        self._changed_clients[client.id] = client

    def attribute(self, attribution: Attribution) -> None:
        """Add an attribution; charges that had nobody to earn for are judged again (R11)."""
        rows = self._attributions[attribution.client_id]
        earlier = [row.starts_at for row in rows if row.partner_id == attribution.partner_id]
        if not earlier:
            self._refer(attribution)
        elif attribution.starts_at < earlier[0]:
            self._referred_earlier.append(attribution)
        rows.append(Attributed(attribution.partner_id, attribution.starts_at))
        rows.sort(key=lambda row: row.starts_at)  # stable: of equal starts the later decision holds
        self._new_attributions.append(attribution)
        for charge in list(self._unheld[attribution.client_id].values()):
            self._judge_again(charge)

    def _refer(self, attribution: Attribution) -> None:
        client = self._clients_by_pk[attribution.client_id]
        self._new_referrals.append(
            ReferralRow(
                id=0,
                partner_id=attribution.partner_id,
                client_id=client.id,
                search_name=rules.search_name(client.name),
                registered_at=client.registered_at,
                via=attribution.via,
                code_id=attribution.code_id,
                held_since=attribution.starts_at,
            )
        )

    def add_charge(self, charge: ChargeRow) -> None:
        """Add a charge of a known client and judge it."""
        charge.id = next(self._charge_ids)
        self._judge(charge)
        self._note_charge(charge)
        self._new_charges.append(charge)

    def add_refund(self, charge: ChargeRow, refund: ChargeRow) -> None:
        """Add a refund; it follows its charge (R14)."""
        refund.id = next(self._charge_ids)
        self._follow(charge, refund)
        self._refunds[charge.id].append(refund)
        self._new_charges.append(refund)

    def confirm(self, charge: ChargeRow, confirmed_at: dt.datetime) -> None:
        """Note that the payment is confirmed; a charge that lacked only this comes to count (R11)."""
        charge.confirmed_at = confirmed_at
        if charge.outcome == Outcome.NOT_CONFIRMED:
            self._judge_again(charge)
        self._changed_charges[charge.id] = charge

    def _judge_again(self, charge: ChargeRow) -> None:
        self._judge(charge)
        if charge.partner_id is not None:
            self._unheld[charge.client_id].pop(charge.id, None)
        self._changed_charges[charge.id] = charge
        for refund in self._refunds[charge.id]:
            self._follow(charge, refund)
            self._changed_charges[refund.id] = refund

    def _judge(self, charge: ChargeRow) -> None:
        """Decide what became of a charge that has not counted so far."""
        verdict = rules.verdict(
            charge,
            client=self._clients_by_pk[charge.client_id],
            attributions=self._attributions[charge.client_id],
            timeline=self._timeline,
        )
        charge.outcome, charge.partner_id = verdict.outcome.value, verdict.partner_id
        charge.assignment_id = verdict.assignment.pk if verdict.assignment else None
        if verdict.outcome == Outcome.COUNTED:
            assert charge.confirmed_at is not None
            paid_at = max(charge.charged_at, charge.confirmed_at)
            pair = (verdict.partner_id or 0, charge.client_id)
            self._paid[pair] = min(paid_at, self._paid.get(pair, paid_at))
            natural = months.month_of(paid_at)
            charge.month = rules.posting_month(natural, first_open=self.first_open)

    def _follow(self, charge: ChargeRow, refund: ChargeRow) -> None:
        refund.outcome, refund.partner_id = charge.outcome, charge.partner_id
        refund.assignment_id = charge.assignment_id
        if charge.outcome == Outcome.COUNTED:
            assert charge.partner_id is not None
            assert charge.month is not None
            if partner_rules.is_settled(self._timeline(charge.partner_id), charge.month):
                refund.outcome = Outcome.SETTLED.value
            else:
                own = months.month_of(refund.charged_at)
                refund.month = rules.posting_month(own, charge.month, first_open=self.first_open)

    # --- Writing --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what is new and what changed; a number of statements that does not depend on how much that is."""
        bulk.insert(Client, self._new_clients)
        for row, number in zip(
            self._new_attributions, bulk.draw_ids(Attribution, len(self._new_attributions)), strict=True
        ):
            row.pk = number
        bulk.insert(Attribution, self._new_attributions)
        for referral, number in zip(
            self._new_referrals, bulk.draw_ids(Referral, len(self._new_referrals)), strict=True
        ):
            referral.id = number
        digest.add(self._new_referrals, self._paid)
        digest.refer_earlier(self._referred_earlier)
        bulk.insert(Charge, self._new_charges)
        new = {charge.id for charge in self._new_charges}
        changed = [charge for charge in self._changed_charges.values() if charge.id not in new]
        bulk.update(Charge, changed, "outcome", "partner", "assignment", "month", "confirmed_at")
        added = {client.id for client in self._new_clients}
        refused = [client for client in self._changed_clients.values() if client.id not in added]
        bulk.update(Client, refused, "self_referral_code")
        suspicions.note(self._new_clients, refused=self._refused)
