"""The programme's rules once more, as plainly as they can be written: `play(history)` gives the `Books`.

Only facts are kept (what was sent, who holds whom since when, who is under which terms since when, which months are
closed), and everything else is looked up by walking through all of them. R-numbers are those of the programme's rules.
Money is whole kopecks; a month is the text "YYYY-MM", in Moscow time. What is looked up is in
`facts.py`, the reading of events in `reading.py`.
"""

from collections import defaultdict

from .facts import Assignment, Attribution, Facts, in_force
from .reading import FIELDS, first_moment, moment, month_of, next_month, plus_months, read


def percent(base, basis_points):
    """R12: rounded half up, away from zero."""
    size = (abs(base) * basis_points + 5000) // 10000
    return size if base >= 0 else -size


class Books(Facts):
    # The feed

    def receive(self, event, now):
        """One event's result: what is known by its id, or by its fact, changes nothing."""
        try:
            content = read(event, now)
        except (ValueError, KeyError, TypeError):
            return "rejected"
        if event["id"] in self.ids:
            return "duplicate" if self.ids[event["id"]] == content else self.conflict(content)
        field = FIELDS[content["type"]][2]
        fact = (content["type"], content[field] if field else event["id"])
        if self.facts.get(fact) == content:
            return "duplicate"
        self.ids[event["id"]] = content
        if fact in self.facts:
            return self.conflict(content)
        self.facts[fact] = content
        return self.apply(content)

    def conflict(self, content):
        """What contradicts states nothing: its fact is free for an event that agrees with what stands."""
        self.conflicts.append(content)
        self.facts = {fact: stated for fact, stated in self.facts.items() if stated is not content}
        return "conflict"

    def apply(self, content):
        """What refers to something that is not there waits for it; the rest is done at once."""
        kind = content["type"]
        if kind == "client.registered":
            return self.register(content)
        by_client = kind in ("client.promo_code_applied", "charge.created")
        if not (content["client_id"] in self.clients if by_client else content["charge_id"] in self.charges):
            self.waiting.append(content)
            return "waiting"
        return {
            "client.promo_code_applied": self.apply_code,
            "charge.created": self.charge,
            "charge.confirmed": self.confirm,
            "charge.refunded": self.refund,
        }[kind](content)

    def release(self, kinds, field, key):
        """What waited for this is applied in the order in which it arrived."""
        ready = [content for content in self.waiting if content["type"] in kinds and content[field] == key]
        self.waiting = [content for content in self.waiting if content not in ready]
        for content in ready:
            self.apply(content)

    def register(self, content):
        """R6: attributed by the promo code, else by the link; R8: a self-referral leaves the client unattributed."""
        client = content["client_id"]
        self.clients[client] = content
        code = content["promo_code"] if self.partner_by_code(content["promo_code"]) else content["ref"]
        partner = self.partner_by_code(code)
        if partner and self.is_self(client, partner):
            self.refused.append((client, code))
        elif partner:
            self.attribute(client, partner, self.effect(client, partner, content["at"]))
        self.release(("client.promo_code_applied", "charge.created"), "client_id", client)
        return "accepted"

    def apply_code(self, content):
        """R7, R9: the first code decides; the same partner's may reach further back, another's is a conflict."""
        client, partner = content["client_id"], self.partner_by_code(content["promo_code"])
        if partner and self.is_self(client, partner):
            self.refused.append((client, content["promo_code"]))
        if not partner or self.is_self(client, partner):
            return "accepted"
        rows, effect = self.attributions_of(client), self.effect(client, partner, content["at"])
        if rows:
            first = min(rows, key=lambda row: row.starts_at).partner
            if (self.holder(client, effect) or first) != partner["email"]:
                return self.conflict(content)
        if not self.holder(client, effect):
            self.attribute(client, partner, effect)
        return "accepted"

    def attribute(self, client, partner, starts_at):
        self.attributions.append(Attribution(client, partner["email"], starts_at))
        for charge in self.charges.values():
            if charge["client_id"] == client and charge["partner"] is None:
                self.look_at(charge)

    def charge(self, content):
        confirmed_at = content["at"] if content["payment_confirmed"] else None
        charge = {**content, "confirmed_at": confirmed_at, "settled": False, "month": None, "partner": None}
        self.charges[content["charge_id"]] = charge
        self.look_at(charge)
        self.release(("charge.confirmed", "charge.refunded"), "charge_id", content["charge_id"])
        return "accepted"

    def confirm(self, content):
        charge = self.charges[content["charge_id"]]
        if charge["confirmed_at"]:
            return "accepted" if charge["confirmed_at"] == content["at"] else self.conflict(content)
        charge["confirmed_at"] = content["at"]
        if charge["outcome"] == "not_confirmed":
            self.look_at(charge)
        return "accepted"

    def refund(self, content):
        """R14: refunds never exceed their charge."""
        charge = self.charges[content["charge_id"]]
        if content["amount"] + sum(refund["amount"] for refund in self.refunds_of(charge)) > charge["amount"]:
            return self.conflict(content)
        refund = {**content, "outcome": None, "month": None}
        self.refunds[content["refund_id"]] = refund
        self.follow(refund, charge)
        return "accepted"

    def refunds_of(self, charge):
        return [refund for refund in self.refunds.values() if refund["charge_id"] == charge["charge_id"]]

    def look_at(self, charge):
        """R16: counted, or the first reason against it; R11: the month of the charge or its confirmation, if open."""
        client, at = charge["client_id"], charge["at"]
        charge["partner"] = self.holder(client, at)
        charge["assignment"] = charge["partner"] and self.assignment_for(client, charge["partner"], at)
        charge["outcome"] = self.outcome(charge)
        if charge["outcome"] == "counted":
            charge["month"] = max(month_of(at), month_of(charge["confirmed_at"]), self.earliest_open())
        for refund in self.refunds_of(charge):
            self.follow(refund, charge)

    def outcome(self, charge):
        if charge["kind"] in ("robot", "other"):
            return "kind"
        if not charge["partner"]:
            return "before_attribution" if self.attributions_of(charge["client_id"]) else "not_attributed"
        terms = self.terms[charge["assignment"].terms]
        if not terms["counts_" + charge["kind"]]:
            return "kind"
        registered, window = self.clients[charge["client_id"]]["at"], terms["window_months"]
        if window is not None and charge["at"] >= plus_months(registered, window):
            return "window_over"
        return "counted" if charge["confirmed_at"] else "not_confirmed"

    def follow(self, refund, charge):
        """R14: a refund is counted when its charge is, not before it; R3: unless a tariff change has settled it."""
        if refund["outcome"] not in ("counted", "settled"):
            refund["outcome"] = "settled" if charge["settled"] else charge["outcome"]
            if refund["outcome"] == "counted":
                refund["month"] = max(month_of(refund["at"]), charge["month"], self.earliest_open())

    # The monthly close

    def counted(self):
        """Everything that counts: (charge that says for whom, month, amount)."""
        for charge in self.charges.values():
            if charge["outcome"] == "counted":
                yield charge, charge["month"], charge["amount"]
        for refund in self.refunds.values():
            if refund["outcome"] == "counted":
                yield self.charges[refund["charge_id"]], refund["month"], -refund["amount"]

    def close(self, last):
        """R18: without gaps, from the first month in which anything was posted; a closed month stays as it is."""
        month = self.earliest_open() or min([m for _, m, _ in self.counted() if m <= last], default=last)
        while month <= last:
            self.close_one(month)
            month = next_month(month)

    def close_one(self, month):
        """R12, R13: a reward for every partner, client and terms with anything counted, a line for every partner."""
        bases, rewards = defaultdict(int), defaultdict(int)
        for charge, posted, amount in self.counted():
            if posted == month:
                bases[charge["partner"], charge["client_id"], charge["assignment"].terms] += amount
        for key, base in bases.items():
            rewards[key] += percent(base, self.terms[key[2]]["percent_bp"] or 0)
        for client in self.clients:
            for assignment, amount in self.one_time(client, month):
                rewards[assignment.partner, client, assignment.terms] += amount
        self.closed.append(month)
        booked = [(key, bases[key], rewards[key]) for key in list(rewards) if key in bases or rewards[key]]
        for (email, client, terms), base, reward in booked:
            self.rewards.append(
                (
                    email,
                    {
                        "month": month,
                        "client_id": client,
                        "terms": terms,
                        "base_kopecks": base,
                        "reward_kopecks": reward,
                    },
                )
            )
        for email in self.partners:
            self.book(email, "accrual", sum(reward for key, _, reward in booked if key[0] == email))

    def one_time(self, client, month):
        """R13, R14: what is given or taken back: never two for one client, whoever held it."""
        totals = defaultdict(int)
        for charge, posted, amount in self.counted():
            individual = self.tariff_of(charge["assignment"]) == "individual"
            if charge["client_id"] == client and posted <= month and individual:
                totals[charge["assignment"]] += amount

        def place(assignment):
            starts = [row.starts_at for row in self.attributions_of(client) if row.partner == assignment.partner]
            return min(starts), assignment.starts_at

        reached = [a for a in totals if totals[a] >= self.terms[a.terms]["threshold_kopecks"]]
        has = self.holds_one_time.get(client)
        gets = has if has in reached else min(reached, key=place, default=None)
        self.holds_one_time[client] = gets
        if gets == has:
            return []
        return [(a, sign * self.terms[a.terms]["one_time_kopecks"]) for a, sign in ((has, -1), (gets, 1)) if a]

    # Staff, and partners' choices

    def change_tariff(self, email, now):
        """R3: the balance is zeroed, and refunds of what was credited before no longer move it."""
        self.book(email, "tariff_change", -self.balance(email))
        other = {"legal": "individual", "individual": "legal"}
        tariff = other[self.tariff_of(in_force(self.assignments_of(email), now))]
        begun = [row for row in self.assignments if row.partner != email or row.starts_at <= now]
        self.assignments = [*begun, Assignment(email, self.newest(tariff, now), now)]
        self.offers.pop(email, None)
        for charge in self.charges.values():
            if charge["partner"] == email and charge["month"] in self.closed:
                charge["settled"] = True
                for refund in self.refunds_of(charge):
                    if refund["month"] not in self.closed:
                        refund["outcome"], refund["month"] = "settled", None

    def judge(self, terms):
        """R5: who has a client that has paid before the start keeps its terms and is offered the new; others move."""
        start = self.starts_at(terms)
        self.judged.add(terms["name"])
        for email, partner in self.partners.items():
            own = self.assignments_of(email)
            if partner["registered_at"] >= start or self.tariff_of(in_force(own, start)) != terms["tariff"]:
                continue
            if any(
                charge["partner"] == email
                and charge["outcome"] == "counted"
                and charge["at"] < start
                and charge["confirmed_at"] < start
                for charge in self.charges.values()
            ):
                self.offers[email] = terms["name"]
            else:
                self.assignments.append(Assignment(email, terms["name"], start))

    def step(self, step):
        do, now = step["do"], moment(step["now"])
        self.now = now
        if do == "import":
            self.results.append([self.receive(event, now) for event in step["events"]])
        elif do == "close":
            self.close(step["month"])
        elif do == "transfer":
            self.attribute(step["client"], self.partners[step["to"]], now)
        elif do == "attach":
            partner = self.partners[step["to"]]
            self.attribute(step["client"], partner, self.effect(step["client"], partner, moment(step["requested_at"])))
        elif do in ("block", "unblock"):
            self.partners[step["partner"]]["blocked"] = do == "block"
        elif do == "change_tariff":
            self.change_tariff(step["partner"], now)
        elif do == "publish_terms":
            self.terms[step["terms"]["name"]] = step["terms"]
        elif do == "judge_terms":
            due = [t for t in self.terms.values() if t["starts_on"] and t["name"] not in self.judged]
            for terms in sorted((t for t in due if self.starts_at(t) <= now), key=self.starts_at):
                self.judge(terms)
        elif do == "accept_offer":
            start = first_moment(next_month(month_of(now)))
            self.assignments.append(Assignment(step["partner"], self.offers.pop(step["partner"]), start))
        else:
            raise ValueError(do)

    # What is shown

    def statement(self):
        found = {}
        for email in self.partners:
            assignment = in_force(self.assignments_of(email), self.now)
            rows = [row for who, row in self.rewards if who == email]
            found[email] = {
                "balance_kopecks": self.balance(email),
                "tariff": self.tariff_of(assignment),
                "accrued_kopecks": self.balance(email, ("accrual",)),
                "terms": assignment.terms,
                "rewards": sorted(rows, key=lambda row: (row["month"], row["client_id"], row["terms"])),
            }
        return found

    def outcomes(self):
        found = {
            ("charge", key): (charge["outcome"], charge["month"], charge["partner"])
            for key, charge in self.charges.items()
        }
        for key, refund in self.refunds.items():
            found["refund", key] = (refund["outcome"], refund["month"], self.charges[refund["charge_id"]]["partner"])
        return found

    def ledger(self):
        return {email: [(kind, amount) for who, kind, amount in self.lines if who == email] for email in self.partners}


def play(history):
    books = Books(history["partners"])
    for step in history["steps"]:
        books.step(step)
    return books
