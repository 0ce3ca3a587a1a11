"""A partner's clients as its list shows them, on the page and in downloads alike: search, filters, order, states.

Everything that is searched or sorted by comes from the digest (`Referral`, `Progress`), so that a page of a hundred
thousand clients costs what a page of a hundred does; what was counted is summed live, for the rows that are shown.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, StrIndex

from partners import keyset, months
from partners.downloads import Column
from partners.models import Partner, Tariff, Terms, TermsAssignment
from partners.rules import in_force, rewarding
from referrals import forecast, rules
from referrals.models import Attribution, Charge, ForecastReward, Outcome, Progress, Referral, Reward
from referrals.standing import Standing, State, standing

ENDING_SOON = dt.timedelta(days=60)
_ENDING_SHOWN = 3
# Shorter ones have no trigram, and the index of names can't look for them.
_SHORTEST_INDEXED = 3
_FEW = 1_000
_CHUNK = 2_000

# By name in the address; each is answered by an index that begins with the partner.
ORDERS = {
    "": ("-registered_at", "-pk"),
    "registered": ("registered_at", "pk"),
    "name": ("search_name", "pk"),
    "-reward": ("-progress__reward_kopecks", "-pk"),
}

COLUMNS = [
    Column("Клиент", "text"),
    Column("Зарегистрировался", "moment"),
    Column("Как пришёл", "text"),
    Column("Кампания", "text"),
    Column("Закреплён за вами с", "moment"),
    Column("Состояние", "text"),
    Column("Приносит вознаграждение до", "moment"),
    Column("Списано и учтено", "money"),
    Column("Вознаграждение", "money"),
    Column("Ожидается", "money"),
    Column("Обучен", "date"),
]


ENDING = "ending"  # to filter by only: of those that are not over, who will be within `ENDING_SOON`
STATES: dict[str, list[str]] = {
    "legal": [State.REGISTERED, State.EARNING, ENDING, State.OVER, State.PASSED_ON],
    "individual": [State.REGISTERED, State.PAID, State.CREDITED, State.PASSED_ON],
}


class Wanted(NamedTuple):
    """What of the list somebody wants to see, and in which order: a key of `ORDERS`."""

    text: str = ""  # a part of the name, as typed
    state: str = ""
    via: str = ""
    code_id: int | None = None  # of a campaign
    sort: str = ""


@dataclass(frozen=True)
class Row:
    """One client of the list."""

    referral: Referral
    standing: Standing
    counted_kopecks: int  # of its charges in the partner's time
    reward_kopecks: int  # credited so far
    expected_kopecks: int  # of the month that is credited next, as the forecast stands

    @property
    def came_by(self) -> str:
        return str(self.referral.get_via_display())

    @property
    def campaign(self) -> str | None:
        campaign = getattr(self.referral.code, "campaign", None)
        return campaign.name if campaign else None

    @property
    def is_zero_for_a_reason(self) -> bool:
        """Whether charges counted and nothing was credited yet or is coming: the one sum that needs a reason."""
        return self.counted_kopecks != 0 and self.reward_kopecks == 0 and self.expected_kopecks == 0


class ClientList:
    """The clients of a partner at a moment, by the terms that are in force for it then."""

    def __init__(self, partner: Partner, *, now: dt.datetime) -> None:
        self.partner = partner
        self.now = now
        self.timeline = TermsAssignment.objects.filter(partner=partner).timelines()[partner.pk]
        self._few: dict[str, list[int] | None] = {}
        self.terms: Terms = (in_force(self.timeline, now) or self.timeline[0]).terms

    # --- Which ------------------------------------------------------------------------------------------------------

    def found(self, wanted: Wanted) -> QuerySet[Referral]:
        """The wanted clients, in no order yet; `rows` reads them."""
        referrals = Referral.objects.filter(partner=self.partner)
        if wanted.sort == "-reward":
            # The order of Progress, read by its own index.
            referrals = referrals.filter(progress__partner=self.partner)
        if text := rules.search_name(wanted.text):
            referrals = self._named(referrals, text)
        if wanted.via:
            referrals = referrals.filter(via=wanted.via)
        if wanted.code_id is not None:
            referrals = referrals.filter(code=wanted.code_id)
        if wanted.state:
            referrals = referrals.alias(given=self._given()).filter(self._in_state(wanted.state))
        return referrals

    def ending_soon(self) -> list[tuple[Referral, dt.datetime]]:
        """Some of those who bring reward for `ENDING_SOON` at most, whose time ends first coming first, and when."""
        window = self.terms.window_months
        if window is None:
            return []
        found = self.found(Wanted(state=ENDING)).select_related("client").order_by(*ORDERS["registered"])
        return [(each, months.plus_months(each.registered_at, window)) for each in found[:_ENDING_SHOWN]]

    def count(self, wanted: Wanted) -> keyset.Count:
        """How many there are, counted no further than is cheap."""
        wanted = wanted._replace(sort="")
        everybody = self.found(wanted)
        text = rules.search_name(wanted.text)
        if text in self._few and wanted == Wanted(text=wanted.text):
            few = self._few[text]
            return keyset.Count(_FEW, True) if few is None else keyset.Count(len(few), False)
        return keyset.count(everybody, limit=10_000 if wanted == Wanted() else _FEW)

    def count_paid(self) -> keyset.Count:
        """How many have paid (R1), likewise."""
        return keyset.count(Progress.objects.filter(partner=self.partner, paid_at__isnull=False))

    def _named(self, referrals: QuerySet[Referral], text: str) -> QuerySet[Referral]:
        if len(text) < _SHORTEST_INDEXED:
            return referrals.alias(place=StrIndex("search_name", Value(text))).filter(place__gt=0)
        if text not in self._few:
            # A planner can't know how rare a part of a name is, and one that guesses "common" looks for it through
            # everybody in the order of the page. So the rare ones are found first, in no order, by the index of names.
            matching = Referral.objects.filter(partner=self.partner, search_name__contains=text)
            found = list(matching.values_list("pk", flat=True)[: _FEW + 1])
            self._few[text] = found if len(found) <= _FEW else None
        few = self._few[text]
        return referrals.filter(search_name__contains=text) if few is None else referrals.filter(pk__any_of=few)

    def _in_state(self, state: str) -> Q:
        """The same as `standing`, for the database."""
        held, passed_on = Q(held_until=None), Q(held_until__isnull=False)
        paid, not_paid = Q(progress__paid_at__isnull=False), Q(progress__paid_at=None)
        over = self._over(self.now)
        match state:
            case State.REGISTERED:
                return held & ~over & not_paid
            case State.EARNING:
                return held & ~over & paid
            case State.PAID:
                return held & paid & Q(given__lte=0)
            case State.CREDITED:
                return held & paid & Q(given__gt=0)
            case State.OVER:
                return held & over
            case State.PASSED_ON:
                # Few in all: found by the index of transfers instead of looking through everybody.
                moved = Attribution.objects.filter(via=Attribution.Via.TRANSFER).values("client")
                return passed_on & Q(client__in=moved)
        return held & ~over & self._over(self.now + ENDING_SOON)

    def _over(self, at: dt.datetime) -> Q:
        """Whose window is over by a moment (R12); nobody's where terms have none."""
        over = Q(pk__in=[])
        if self.terms.window_months is None:
            return over
        spans = rules.window_over(at, self.terms.window_months)
        for begins_at, ends_at in spans:
            since = Q() if begins_at is None else Q(registered_at__gte=begins_at)
            over |= since & Q(registered_at__lte=ends_at)
        # Nothing new, but one range that the index of registrations can be cut by.
        return over if len(spans) == 1 else over & Q(registered_at__lte=spans[-1][1])

    def _given(self) -> Any:
        """The one-time reward as far as it stands. Of a partner that was legal before, not all reward is one-time."""
        once = [row.pk for row in self.timeline if row.terms.one_time_kopecks is not None]
        if self.terms.one_time_kopecks is None or len(once) == len(self.timeline):
            return F("progress__reward_kopecks")
        rewards = Reward.objects.filter(client=OuterRef("client"), assignment__in=once).order_by().values("client")
        return Coalesce(Subquery(rewards.annotate(sum=Sum("reward_kopecks")).values("sum")), Value(0))

    # --- How each stands --------------------------------------------------------------------------------------------

    def shown(self, referrals: QuerySet[Referral]) -> QuerySet[Referral]:
        """With everything that `rows` reads. What is expected is as the forecast stands; `forecast.of` makes it."""
        coming = ForecastReward.objects.filter(partner=self.partner, client=OuterRef("client")).order_by()
        expected = Subquery(coming.values("client").annotate(sum=Sum("reward_kopecks")).values("sum"))
        found = referrals.select_related("client", "progress", "code__campaign")
        return found.annotate(given=self._given(), expected=Coalesce(expected, Value(0)))

    def rows(self, referrals: Sequence[Referral]) -> list[Row]:
        """These clients with their states and sums. One query, one more for individuals whose terms have changed."""
        clients = [referral.client_id for referral in referrals]
        counted, passed = self._counted(clients), self._passed_to_it(clients)
        return [
            self._row(
                referral,
                counted.get(referral.client_id, {}),
                held_since=passed.get(referral.client_id, referral.held_since),
            )
            for referral in referrals
        ]

    def _row(self, referral: Any, counted: dict[int, int], *, held_since: dt.datetime) -> Row:
        # Of an individual's client the terms are those of its attribution (R15), and so is the running total (R13):
        # of the last one, where it was passed on and has come back.
        assignment = rewarding(self.timeline, charged_at=self.now, held_since=held_since)
        stands = standing(
            registered_at=referral.registered_at,
            held_until=referral.held_until,
            paid_at=referral.progress.paid_at,
            given_kopecks=referral.given,
            counted_kopecks=counted.get(assignment.pk, 0),
            terms=assignment.terms,
            now=self.now,
        )
        return Row(referral, stands, sum(counted.values()), referral.progress.reward_kopecks, referral.expected)

    def _passed_to_it(self, clients: Sequence[int]) -> dict[int, dt.datetime]:
        """By client, when it was last passed on to this partner (R9). Only where the terms depend on it (R15)."""
        if len(self.timeline) == 1 or self.terms.tariff != Tariff.INDIVIDUAL:
            return {}
        transfers = Attribution.objects.filter(
            partner=self.partner, client_id__any_of=clients, via=Attribution.Via.TRANSFER
        )
        return dict(transfers.order_by().values_list("client").annotate(Max("starts_at")))

    def _counted(self, clients: Sequence[int]) -> dict[int, dict[int, int]]:
        """By client and terms assignment, what counted in this partner's time."""
        found: dict[int, dict[int, int]] = {}
        charges = Charge.objects.filter(outcome=Outcome.COUNTED, partner=self.partner, client_id__any_of=clients)
        sums = charges.order_by().values("client", "assignment").annotate(sum=Sum("amount_kopecks"))
        for client, assignment, kopecks in sums.values_list("client", "assignment", "sum"):
            found.setdefault(client, {})[assignment] = kopecks
        return found

    # --- To take away -----------------------------------------------------------------------------------------------

    def table(self, wanted: Wanted) -> Iterator[list[Any]]:
        """The wanted clients under `COLUMNS`, all of them, in flat memory; a query for every 2 000."""
        forecast.of(self.partner, now=self.now)
        found = self.shown(self.found(wanted)).order_by(*ORDERS[wanted.sort])
        for chunk in _chunks(found.iterator(chunk_size=_CHUNK)):
            for row in self.rows(chunk):
                referral, stands = row.referral, row.standing
                yield [
                    referral.client.name,
                    referral.registered_at,
                    row.came_by,
                    row.campaign,
                    referral.held_since,
                    stands.words,
                    stands.ends_at,
                    row.counted_kopecks,
                    row.reward_kopecks,
                    row.expected_kopecks,
                    referral.trained_on,
                ]


def _chunks(referrals: Iterable[Referral]) -> Iterator[list[Referral]]:
    rest = iter(referrals)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
