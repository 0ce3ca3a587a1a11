"""Taking in the service's events, once each and in any order (feed.md, section 1)."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from partners import bulk
from referrals import books, new_terms, rules
from referrals.feed import Errors, FeedEvent, Rejected, from_content
from referrals.models import Attribution, Event, FeedBatch
from referrals.rows import ChargeRow, ClientRow, EventRow, event_rows
from referrals.working_set import WorkingSet

RESULTS = ("accepted", "duplicate", "waiting", "conflict", "rejected")


class Result(NamedTuple):
    """What is answered for one event."""

    id: str | None
    result: str
    errors: Errors = {}


class _Waits(Exception):
    """The event refers to something that has not arrived."""


class _Contradicts(Exception):
    """The event contradicts what stands."""


def receive(
    events: Sequence[FeedEvent | Rejected], *, source: str, now: dt.datetime, patience: dt.timedelta | None = None
) -> list[Result]:
    """Apply a delivery of events in its order and commit; one result each, in the same order.

    Repeatable: what was taken in before is answered `duplicate` and changes nothing. What refers to something unknown
    waits and is applied when that arrives. One delivery at a time: it holds the books' lock. With `patience` it raises
    books.AreBusy rather than wait longer, and has changed nothing.
    """
    with books.opened(patience=patience):
        new_terms.judge_due(now=now)
        delivery = _Delivery([event for event in events if isinstance(event, FeedEvent)])
        results = [
            Result(event.event_id, "rejected", event.errors) if isinstance(event, Rejected) else delivery.take(event)
            for event in events
        ]
        counts = Counter(result.result for result in results)
        batch = FeedBatch.objects.create(
            received_at=now, source=source, received=len(results), **{name: counts[name] for name in RESULTS}
        )
        delivery.save(batch)
    return results


class _Delivery:
    """One delivery while it is applied."""

    def __init__(self, events: Sequence[FeedEvent]) -> None:
        ids = {event.id for event in events}
        facts = {event.fact for event in events if event.fact}
        by_id = event_rows(Event.objects.filter(event_id__any_of=ids))
        by_fact = event_rows(Event.objects.filter(fact__any_of=facts))
        self._standing_by_id = {row.event_id: row for row in by_id}
        rivals = Event.objects.filter(rival_of__in=[row.id for row in by_id])
        self._rivals: set[tuple[int | None, str]] = set(rivals.values_list("rival_of_id", "digest"))
        self._standing_by_fact = {row.fact: row for row in by_fact}
        self._waiting: defaultdict[str, list[EventRow]] = defaultdict(list)
        # In the order of arrival, in which what waits is applied.
        self._ids = iter(bulk.draw_ids(Event, len(events)))
        self._new: list[EventRow] = []
        self._released: list[EventRow] = []
        stood_waiting = self._load_waiting(facts)
        self._set = WorkingSet()
        self._set.load([*events, *stood_waiting])

    def _load_waiting(self, facts: set[str]) -> list[FeedEvent]:
        """What waits for these facts, and what waits for that in turn: charges for a client, refunds for a charge."""
        waiting = Event.objects.waiting().order_by("pk")
        found = event_rows(waiting.filter(waits_for__any_of=facts))
        # Without those asked for above: what waits for a charge that is delivered again is not to be applied twice.
        charges = {row.fact for row in found if row.fact and row.fact.startswith("charge:")} - facts
        if charges:
            found += event_rows(waiting.filter(waits_for__any_of=charges))
        for row in found:
            self._waiting[row.waits_for or ""].append(row)
        return [from_content(row.content or {}) for row in found]

    def take(self, event: FeedEvent) -> Result:
        """Apply one event, or say why not."""
        row = EventRow(next(self._ids), event.digest, Event.State.APPLIED.value)
        stands = self._standing_by_id.get(event.id)
        if stands is not None:
            if stands.digest == event.digest:
                return Result(event.id, "duplicate", {"data": [stands.reason]} if stands.reason else {})
            row.rival_of_id = stands.id
            if (stands.id, row.digest) not in self._rivals:  # the same contradiction is kept once
                self._rivals.add((stands.id, row.digest))
                self._new.append(row)
            return self._conflict(row, event, "под этим номером уже принято событие с другим содержанием", field="id")
        stands = self._standing_by_fact.get(event.fact) if event.fact else None
        if stands is not None and stands.digest == event.digest:
            return Result(event.id, "duplicate")
        row.event_id = event.id
        self._standing_by_id[event.id] = row
        self._new.append(row)
        if stands is not None:
            return self._conflict(row, event, "об этом уже сообщило другое событие, с другим содержанием")
        try:
            self._apply(event)
        except _Waits as waits:
            row.state, row.waits_for, row.content = Event.State.WAITING.value, str(waits), event.content()
            self._waiting[str(waits)].append(row)
            self._state(row, event)
            return Result(event.id, "waiting")
        except _Contradicts as contradiction:
            return self._conflict(row, event, str(contradiction))
        self._state(row, event)
        self._release(event.fact)
        return Result(event.id, "accepted")

    def _state(self, row: EventRow, event: FeedEvent) -> None:
        row.fact = event.fact
        if event.fact:
            self._standing_by_fact[event.fact] = row

    def _conflict(self, row: EventRow, event: FeedEvent, reason: str, *, field: str = "data") -> Result:
        # Its id is taken, but it states nothing: the fact is free for an event that agrees with what stands.
        row.state, row.fact, row.waits_for = Event.State.CONFLICT.value, None, None
        row.reason, row.content = reason, event.content()
        return Result(event.id, "conflict", {field: [reason]})

    def _release(self, fact: str | None) -> None:
        """Apply what waited for a fact, in the order of arrival."""
        for row in self._waiting.pop(fact, []) if fact else []:
            event = from_content(row.content or {})
            if row.batch_id:  # it came in an earlier delivery
                self._released.append(row)
            try:
                self._apply(event)
            except _Contradicts as contradiction:
                self._conflict(row, event, str(contradiction))
                self._standing_by_fact.pop(event.fact, None)
            else:
                row.state, row.waits_for, row.content = Event.State.APPLIED.value, None, None
                self._release(row.fact)

    def save(self, batch: FeedBatch) -> None:
        """Write everything, in a fixed number of statements."""
        self._set.save()
        # Facts that became free have to be free in the database before a new event takes them.
        bulk.update(Event, self._released, "state", "fact", "waits_for", "content", "reason")
        for row in self._new:
            row.batch_id = batch.pk
        bulk.insert(Event, self._new)

    # --- What each type of event does -------------------------------------------------------------------------------

    def _apply(self, event: FeedEvent) -> None:
        match event.type:
            case "client.registered":
                self._register(event)
            case "client.promo_code_applied":
                self._apply_promo_code(event)
            case "charge.created":
                self._charge(event)
            case "charge.confirmed":
                self._confirm(event)
            case "charge.refunded":
                self._refund(event)

    def _client(self, event: FeedEvent) -> ClientRow:
        client = self._set.clients.get(event.data["client_id"])
        if client is None:
            raise _Waits(f"client:{event.data['client_id']}")
        return client

    def _charge_of(self, event: FeedEvent) -> ChargeRow:
        charge = self._set.charges.get(event.data["charge_id"])
        if charge is None:
            raise _Waits(f"charge:{event.data['charge_id']}")
        return charge

    def _register(self, event: FeedEvent) -> None:
        data = event.data
        client = ClientRow(
            account_id=data["client_id"],
            name=data["name"],
            registered_at=event.occurred_at,
            email=data["email"],
            phone=data["phone"],
            inn=data["inn"],
            link_code=data["ref"],
            promo_code=data["promo_code"],
        )
        self._set.add_client(client)
        # R6: the promo code wins, because it was typed; a code that gets no clients counts as not given.
        for value, via in (
            (data["promo_code"], Attribution.Via.PROMO_CODE),
            (data["ref"], Attribution.Via.LINK),
        ):
            if self._gets_clients(value):
                self._attribute(client, value, via, asked_at=event.occurred_at)
                return

    def _apply_promo_code(self, event: FeedEvent) -> None:
        client = self._client(event)
        if self._gets_clients(event.data["promo_code"]):
            self._attribute(client, event.data["promo_code"], Attribution.Via.PROMO_CODE, asked_at=event.occurred_at)

    def _gets_clients(self, value: str) -> bool:
        code = self._set.codes.get(value)
        return code is not None and code.partner.gets_clients

    def _attribute(self, client: ClientRow, value: str, via: str, *, asked_at: dt.datetime) -> None:
        code = self._set.codes[value]
        if rules.is_self_referral(client, code.partner):
            self._set.refuse_self_referral(client, value)
            return
        starts_at = rules.takes_effect_at(
            asked_at=asked_at,
            client_registered_at=client.registered_at,
            partner_registered_at=code.partner.registered_at,
        )
        standing = self._set.attributions(client.id)
        holding = rules.held(standing, starts_at)
        if standing and (holding.partner_id if holding else standing[0].partner_id) != code.partner_id:
            raise _Contradicts("клиент уже закреплён за другим партнёром")
        if holding is None:
            self._set.attribute(
                Attribution(
                    client_id=client.id, partner_id=code.partner_id, starts_at=starts_at, via=via, code_id=code.pk
                )
            )

    def _charge(self, event: FeedEvent) -> None:
        data = event.data
        self._set.add_charge(
            ChargeRow(
                external_id=data["charge_id"],
                client_id=self._client(event).id,
                kind=data["kind"],
                amount_kopecks=data["amount"],
                charged_at=event.occurred_at,
                confirmed_at=event.occurred_at if data["payment_confirmed"] else None,
            )
        )

    def _confirm(self, event: FeedEvent) -> None:
        charge = self._charge_of(event)
        if charge.confirmed_at is None:
            self._set.confirm(charge, event.occurred_at)
        elif charge.confirmed_at != event.occurred_at:
            raise _Contradicts("оплата уже подтверждена другим моментом")

    def _refund(self, event: FeedEvent) -> None:
        charge = self._charge_of(event)
        amount = event.data["amount"]
        if amount > self._set.left_of(charge):
            raise _Contradicts("возвраты больше самого списания")
        self._set.add_refund(
            charge,
            ChargeRow(
                external_id=event.data["refund_id"],
                refund_of_id=charge.id,
                client_id=charge.client_id,
                kind=charge.kind,
                amount_kopecks=-amount,
                charged_at=event.occurred_at,
            ),
        )
