"""The facts that the books are made of, and what can be read from them by walking through all of them."""

from collections import namedtuple
from datetime import timedelta

from .reading import digits, first_moment, kopecks, moment, next_month

FIRST_TERMS = (  # R4: the terms that every programme begins with; they have always been in force
    {
        "name": "legal-2026",
        "tariff": "legal",
        "starts_on": None,
        "percent_bp": 1500,
        "window_months": 24,
        "one_time_kopecks": None,
        "threshold_kopecks": 0,
        "counts_subscription": True,
        "counts_telephony": False,
    },
    {
        "name": "individual-2026",
        "tariff": "individual",
        "starts_on": None,
        "percent_bp": None,
        "window_months": None,
        "one_time_kopecks": 300000,
        "threshold_kopecks": 500000,
        "counts_subscription": True,
        "counts_telephony": True,
    },
)
Attribution = namedtuple("Attribution", "client partner starts_at")
Assignment = namedtuple("Assignment", "partner terms starts_at")


def in_force(rows, at):
    """Of dated rows the one in force: the latest start, of equal starts the later recorded; None before the first."""
    begun = sorted((row for row in rows if row.starts_at <= at), key=lambda row: row.starts_at)
    return begun[-1] if begun else None


def uninterrupted_since(rows, at, what):
    """When the stretch of one and the same `what(row)` that contains `at` began."""
    since = at
    for start in sorted((row.starts_at for row in rows if row.starts_at <= at), reverse=True):
        if what(in_force(rows, start)) != what(in_force(rows, at)):
            break
        since = start
    return since


class Facts:
    def __init__(self, partners):
        self.terms = {terms["name"]: terms for terms in FIRST_TERMS}
        self.judged, self.offers = set(), {}  # names of terms; email -> name of the terms offered
        self.partners, self.assignments, self.attributions = {}, [], []
        self.clients, self.charges, self.refunds = {}, {}, {}
        self.ids, self.facts, self.waiting = {}, {}, []
        self.closed, self.rewards, self.holds_one_time = [], [], {}  # client -> the assignment that has its reward
        self.lines, self.results, self.conflicts, self.now = [], [], [], None
        self.refused = []  # (client, the code of a self-referral)
        for line in partners:
            at = moment(line["registered_at"])
            self.partners[line["email"]] = {**line, "registered_at": at, "blocked": False}
            terms = line.get("terms") or self.newest(line["tariff"], at)
            self.assignments.append(Assignment(line["email"], terms, at))
            self.book(line["email"], "opening_balance", kopecks(line.get("opening_balance") or "0"))

    def starts_at(self, terms):
        return first_moment(terms["starts_on"][:7])

    def newest(self, tariff, at):
        """The tariff's newest version that has started; those without a start date always have (R4)."""
        started = [
            terms
            for terms in self.terms.values()
            if terms["tariff"] == tariff and terms["starts_on"] and self.starts_at(terms) <= at
        ]
        return max(started, key=self.starts_at)["name"] if started else f"{tariff}-2026"

    def tariff_of(self, assignment):
        return self.terms[assignment.terms]["tariff"]

    def assignments_of(self, email):
        return [row for row in self.assignments if row.partner == email]

    def attributions_of(self, client):
        return [row for row in self.attributions if row.client == client]

    def holder(self, client, at):
        row = in_force(self.attributions_of(client), at)
        return row and row.partner

    def assignment_for(self, client, email, at):
        """R15: a legal partner's terms of the moment; an individual's of when it got the client or the tariff."""
        own = self.assignments_of(email)
        assignment = in_force(own, at)
        if self.tariff_of(assignment) == "individual":
            held = uninterrupted_since(self.attributions_of(client), at, lambda row: row.partner)
            stayed = uninterrupted_since(own, at, self.tariff_of)
            assignment = in_force(own, max(held, stayed))
        return assignment

    def earliest_open(self):
        """R11: months before the first closed one count as closed; before any close every month is open."""
        return next_month(self.closed[-1]) if self.closed else ""

    def partner_by_code(self, code):
        """R6: an unknown code counts as not given; so does a blocked partner's."""
        found = [p for p in self.partners.values() if code and (p.get("code") or "").strip().casefold() == code]
        return found[0] if found and not found[0]["blocked"] else None

    def is_self(self, client, partner):
        """R8: the same account, INN, e-mail (any case) or phone."""
        mine = self.clients[client]
        pairs = [
            (client, partner["account_id"]),
            (mine["inn"], (partner.get("inn") or "").strip()),
            ((mine["email"] or "").casefold(), partner["email"].strip().casefold()),
            (digits(mine["phone"]), digits(partner.get("phone"))),
        ]
        return any(one and one == other for one, other in pairs)

    def suspicious(self):
        """R8: by client why staff should look at it: refused codes, and what an earlier client has as well."""
        found = {}
        for client, code in self.refused:
            found.setdefault(client, set()).add(("self_referral", code))
        ordered = sorted(self.clients, key=lambda client: (self.clients[client]["at"], client))
        for reason, sign in (
            ("name", lambda about: about["name"].casefold().strip()),
            ("inn", lambda about: about["inn"] or ""),
            ("email", lambda about: (about["email"] or "").casefold()),
            ("phone", lambda about: digits(about["phone"])),
        ):
            for n, client in enumerate(ordered):
                like = [each for each in ordered[:n] if sign(self.clients[each]) == sign(self.clients[client]) != ""]
                if like:
                    found.setdefault(client, set()).add((reason, like[0]))
        for client, about in self.clients.items():
            if (about["email"] or "").casefold().endswith("@mailinator.com"):
                found.setdefault(client, set()).add(("disposable", ""))
        return found

    def effect(self, client, partner, asked):
        """R7: from registration when asked for within 30 x 24 hours, else from then; never before the partner's."""
        registered = self.clients[client]["at"]
        return max(registered if asked <= registered + timedelta(days=30) else asked, partner["registered_at"])

    def book(self, email, kind, amount):
        """R20: a ledger line; none for nothing."""
        if amount:
            self.lines.append((email, kind, amount))

    def balance(self, email, kinds=("accrual", "tariff_change", "opening_balance")):
        return sum(amount for who, kind, amount in self.lines if who == email and kind in kinds)
