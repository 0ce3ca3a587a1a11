"""Random histories: small, but with everything that is easy to get wrong.

`histories(contradictions, staff)` is a Hypothesis strategy; a history is plain JSON:
`{"partners": [lines of import_partners], "steps": [{"do": ..., "now": ...}]}`. With `staff=False` there are only
import and close steps. With `contradictions=False` no two events contradict each other, so that any order of them
must give the same books: `reordered(history, random)` is the same history, sent in another order.

How it is made: first the frame (what is done when), then the events (what happened when, and with which import it is
sent, which may be late), then the two are put together while playing along, to know what staff can do at that point.
"""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from .facts import in_force
from .naive import Books, play
from .reading import MOSCOW, first_moment, kopecks, moment, month_of, next_month, plus_months, read

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ZONES = (MOSCOW, UTC, timezone(10 * HOUR), timezone(-5 * HOUR))
FIRST_MONTHS = ("2026-01", "2026-02", "2025-03", "2025-12", "2024-12")
LEAP_DAYS = tuple(
    datetime(2024, *rest, tzinfo=MOSCOW)
    for rest in ((2, 29, 10), (2, 29), (2, 29, 23, 59, 59), (2, 28, 23, 59, 59), (3, 1), (3, 31, 12), (1, 31, 12))
)
LONG_AGO = datetime(2022, 12, 1, 12, tzinfo=MOSCOW)
PEOPLE = (  # e-mail, account, phone, INN, code
    ("anna@example.ru", "acc-1", "+79990000001", "7707083893", "62b0"),
    ("boris@example.ru", "acc-2", "+79990000002", "500100732259", "3456"),
    ("vera@example.ru", "acc-3", "+79990000003", "7707083903", "kot9"),
    ("gleb@example.ru", "acc-4", "+79990000004", "770708389187", "Zima"),
)
AMOUNTS = (
    "1000.00",
    "5000.00",
    "4999.99",
    "0.01",
    "2500.00",
    "0.10",
    "0.03",
    "2499.99",
    "2500.01",
    "5000.01",
    "6000.00",
    "0.02",
    "0.07",
    "0.30",
    "3.33",
    "99.99",
    "100.00",
    "33.37",
    "12500.00",
    "7500.50",
    "99999.99",
    "1000000000.00",
)
LATENESS = (0, 0, 0, 0, 0, 1, 1, 2, 9)


def written(at, zone=MOSCOW):
    return at.astimezone(zone).isoformat().replace("+00:00", "Z")


def roubles(amount):
    return f"{amount // 100}.{amount % 100:02d}"


class Maker:
    """Everything that is drawn for one history. What stands first in a choice is what a failure shrinks to."""

    def __init__(self, draw, contradictions, staff):
        self.draw, self.contradictions, self.staff = draw, contradictions, staff
        self.month = self.pick(*FIRST_MONTHS)
        self.number, self.published = 0, 0
        self.wanted, self.plans = [], []  # clients that partners take from each other; (moment, step) of staff
        self.partners = [self.partner(*PEOPLE[n]) for n in range(self.count(2, 4))]
        self.frame = self.make_frame()
        self.imports = [now for do, now in self.frame if do == "import"]
        self.posts = []  # [number of the import, place in it, event]

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def count(self, least, most):
        return self.draw(st.integers(least, most))

    def many(self, most):
        """Rather more than fewer, and yet shrinking to none."""
        return max(self.count(0, most), self.count(0, most))

    def rarely(self, of=5):
        return self.count(0, of - 1) == of - 1

    def make(self):
        for n in range(1 + self.many(5)):
            self.client("acc-1" if n and self.rarely(12) else f"c{n + 1}")
        for _ in range(self.many(5)):
            self.repeat()
        if self.contradictions:
            for _ in range(self.many(8)):
                self.contradict()
        return self.put_together()

    # Partners and the frame

    def partner(self, email, account, phone, inn, code):
        tariff = self.pick("legal", "individual", "individual")
        at = self.pick(
            LONG_AGO,
            LONG_AGO,
            LONG_AGO,
            LEAP_DAYS[0],
            first_moment(self.month) - 20 * DAY,
            first_moment(self.month),
            plus_months(first_moment(self.month), -1) + 8 * DAY,
        )
        line = {
            "email": email,
            "account_id": account,
            "full_name": f"Partner {account}",
            "phone": phone,
            "tariff": tariff,
            "registered_at": written(at, self.pick(*ZONES)),
            "code": code,
        }
        if self.pick(True, False):
            line["inn"] = inn
        if self.rarely():
            line["terms"] = f"{tariff}-2026"
        if self.rarely():
            line["opening_balance"] = self.pick("0.00", "1500.00", "-200.50", "0.01")
        return line

    def make_frame(self):
        """What is done when; `staff` stands for something that is decided when its turn comes."""
        now, frame = first_moment(self.month) + self.pick(12 * DAY, HOUR, 30 * DAY), []
        kinds = ("import", "staff", "close", "import") if self.staff else ("import", "close", "import")
        for _ in range(2 + self.many(14 if self.staff else 6)):
            do = self.pick(*kinds)
            now = self.later(now, do)
            frame.append((do, now))
        for _ in range(1 + self.many(2)):
            now = self.later(now, "staff")
            frame += [("staff", now)] if self.staff else []
            now = first_moment(next_month(month_of(now))) + self.pick(5 * DAY, timedelta(0), SECOND)
            frame += [("import", now), ("close", now)]
        return frame

    def later(self, now, do):
        first = first_moment(next_month(month_of(now)))
        choices = [
            first + 4 * DAY,
            now + 3 * DAY,
            first,
            first + 4 * DAY,
            now + SECOND,
            now + 9 * DAY + HOUR,
            first - SECOND,
        ]
        if do != "staff":  # what staff does has a moment of its own: nothing before it in time was sent after it
            choices.append(now)
        return max(self.pick(*choices), now if do != "staff" else now + SECOND)

    # Events

    def send(self, kind, at, data, late=None, number=None):
        """An event, sent with the first import that can know it, or later."""
        able = [n for n, now in enumerate(self.imports) if now >= at]
        if not able:
            return None
        if number is None:
            self.number += 1
            number = f"evt-{self.number:04d}"
        event = {"id": number, "type": kind, "occurred_at": written(at, self.pick(*ZONES)), "data": data}
        late = self.pick(*LATENESS) if late is None else late
        self.posts.append([min(able[0] + late, len(self.imports) - 1), self.pick(0, 0, 0, 1, -1), event])
        return event

    def code(self):
        """A code as people type it, an unknown one, or none."""
        code = self.pick(*(line["code"] for line in self.partners))
        return self.pick(code, code, code.upper(), code.lower(), f"  {code} ", "nobody", None)

    def moments(self, *own):
        """Moments at which something may be wrong: the borders of months, the steps, the client's own."""
        months, month, months_ago = [], self.month, first_moment(self.month) - 45 * DAY
        while first_moment(month) <= self.imports[-1]:
            months.append(month)
            month = next_month(month)
        plain = [first_moment(month) + 9 * DAY for month in months]
        borders = [first_moment(month) for month in months] + [now for do, now in self.frame if do == "staff"]
        found = plain + plain + borders + [at for at in own if at >= months_ago]
        return tuple(at for at in found if at <= self.imports[-1])

    def ending(self, registered):
        """Those of the moments whose two years end while the history goes on."""
        return [at for at in registered if first_moment(self.month) < plus_months(at, 24) <= self.imports[-1]]

    def client(self, client):
        start = first_moment(self.month)
        two_years = plus_months(self.pick(start, first_moment(next_month(self.month))), -24)
        registered = self.pick(
            start - 2 * DAY,
            start - 40 * DAY,
            start,
            start - 2 * DAY,
            start + 5 * DAY,
            start - SECOND,
            plus_months(start, 1),
            two_years,
            two_years - SECOND,
            two_years + 11 * DAY,
            *self.ending(LEAP_DAYS),
            *self.ending(LEAP_DAYS),
        )
        if self.staff and self.rarely(4) and any(do == "staff" for do, _ in self.frame):
            return self.relay(client, registered)
        favourite, asked = self.pick(*(line["code"] for line in self.partners)), []
        data = self.client_data(client, favourite)
        self.send("client.registered", registered, data, self.pick(*[0] * 8, 1, 2))
        if self.rarely(6):  # twice the same partner's: what was asked for first is sent last
            self.wanted.append(client)
            data["ref"] = data["promo_code"] = None
            for days, late in ((self.pick(40, 31), 0), (self.pick(2, 30), self.pick(9, 2, 1))):
                asked.append(registered + days * DAY)
                data = {"client_id": client, "promo_code": favourite}
                self.send("client.promo_code_applied", asked[-1], data, late)
        for _ in range(self.pick(0, 1, 0, 2, 2, 3)):
            asked.append(
                self.pick(registered, self.pick(*self.moments(registered)))
                + self.pick(2 * DAY, 45 * DAY, 30 * DAY, 30 * DAY + SECOND, 60 * DAY, -DAY, timedelta(0))
            )
            data = {"client_id": client, "promo_code": self.pick(favourite, favourite, self.code() or favourite)}
            self.send("client.promo_code_applied", asked[-1], data)
        ends = [plus_months(registered, months) for months in (24, 24, 1, 2, 12)]
        ends += [ends[0] - SECOND, ends[0] - DAY]
        moments = self.moments(registered, *asked, *ends)
        if self.rarely(3):
            return self.to_and_fro(client, moments)
        for _ in range(self.many(8)):
            self.charge(
                client,
                min(self.pick(*moments) + self.pick(timedelta(0), -SECOND, SECOND, HOUR, 4 * DAY), self.imports[-1]),
            )

    def to_and_fro(self, client, moments):
        """The spend threshold reached, by one partner or by several in turn, lost by refunds, and reached again.

        Or the same with halves of a kopeck of reward, which are rounded on the way up and on the way down."""
        self.wanted.append(client)
        amounts = self.pick(("5000.00", "6000.00", "0.01", "5000.01"), ("0.10", "0.30", "0.50", "0.03"))
        for at in sorted(self.pick(*moments) for _ in range(1 + self.many(5))):
            amount = self.pick(*amounts)
            charge = self.charge(client, at, amount, "subscription", self.pick(True, True, True, False), 0)
            for _ in range(self.pick(1, 0, 2)):
                self.refund(charge, self.pick(*(now for now in self.imports if now >= at), at), amount)

    def relay(self, client, registered):
        """A client that goes from one partner to another, both of whom it may have earned the one-time reward."""
        turn = self.pick(*(now for do, now in self.frame if do == "staff"))
        one = self.pick(*(sorted(self.partners, key=lambda line: line["tariff"])[:2]))
        other = self.pick(*(line for line in self.partners if line is not one))
        self.plans.append((turn, {"do": "transfer", "client": client, "to": other["email"]}))
        data = {"client_id": client, "name": f"Client {client}", "promo_code": one["code"]}
        self.send("client.registered", min(registered, turn - 9 * DAY), data, 0)
        for distances in ((-DAY, -SECOND, -3 * DAY), (timedelta(0), DAY, 9 * DAY), (-HOUR, HOUR)):
            at, amount = turn + self.pick(*distances), self.pick("5000.00", "6000.00", "4999.99", "0.01")
            charge = self.charge(client, at, amount, "subscription", True, 0)
            for _ in range(self.pick(1, 0, 2)):
                self.refund(charge, self.pick(*(now for now in self.imports if now >= at), at), amount)

    def client_data(self, client, favourite):
        data = {"client_id": client, "name": self.pick(f"Client {client}", f"Client {client}", "Client one")}
        data["ref"] = self.pick(favourite, None, None, self.code())
        data["promo_code"] = self.pick(None, None, self.code())
        if self.rarely(4):  # somebody's own company, by one sign or another
            email, _, phone, inn, _ = self.pick(*PEOPLE)
            sign, value = self.pick(
                ("email", email.upper()),
                ("phone", f"8 ({phone[2:5]}) {phone[5:8]}-{phone[8:]}"),
                ("inn", f" {inn} "),
                ("email", f" {email}"),
                ("phone", phone),
            )
            data[sign] = value
        elif self.rarely(4):  # somebody who is in another client, too
            data |= self.pick(
                {"email": "a@mailinator.com"}, {"phone": "89990000009"}, {"inn": "1"}, {"phone": "+79990000009"}
            )
        return data

    def charge(self, client, at, amount=None, kind=None, confirmed=None, refunds=None):
        self.number += 1
        charge, amount = f"ch{self.number}", amount or self.pick(*AMOUNTS)
        kind = kind or self.pick(*["subscription"] * 8, *["telephony"] * 3, "robot", "other")
        confirmed = self.pick(True, True, True, False) if confirmed is None else confirmed
        data = {
            "charge_id": charge,
            "client_id": client,
            "kind": kind,
            "amount": amount,
            "payment_confirmed": confirmed,
        }
        self.send("charge.created", at, data)
        border = first_moment(next_month(month_of(at)))
        if not confirmed and not self.rarely(4):
            moments = (at, at + 3 * DAY, at - DAY, border, border - SECOND, border + 40 * DAY)
            self.send("charge.confirmed", self.pick(*moments), {"charge_id": charge})
        if confirmed and self.rarely(8):
            self.send("charge.confirmed", at, {"charge_id": charge})
        for _ in range(self.pick(0, 0, 0, 1, 1, 2) if refunds is None else refunds):
            moments = (at + DAY, border, border - SECOND, border + 35 * DAY, at, at - DAY, self.pick(*self.imports))
            self.refund(charge, self.pick(*moments), amount)
        return charge

    def refund(self, charge, at, amount):
        whole = kopecks(amount)
        self.number += 1
        part = self.pick(*{whole: 0, max(whole // 2, 1): 0, 1: 0, max(whole - 1, 1): 0})
        data = {"refund_id": f"rf{self.number}", "charge_id": charge, "amount": roubles(part)}
        self.send("charge.refunded", at, data)

    # What is sent more than once, or is wrong

    def repeat(self):
        """Changes nothing: the same again, in another notation, the same fact under another id, or a bad event."""
        if not self.posts:
            return
        event = self.pick(*self.posts)[2]
        at, data, number = moment(event["occurred_at"]), dict(event["data"]), event["id"]
        how = self.pick("verbatim", "notation", "fact", "bad")
        if how == "notation":
            data["unknown"] = "x"
            if event["type"] == "client.registered":
                data.setdefault("email", None)
                data["ref"] = data.get("ref") and f" {data['ref'].swapcase()}"
            if isinstance(data.get("amount"), str):
                data["amount"] = data["amount"].removesuffix("0")
        if how == "fact" or (how == "bad" and self.pick(True, False)):
            number = None
        if how == "bad" and "kind" in data:
            data["kind"] = self.pick("subscription", "gift", None)
        if how == "bad" and "amount" in data:
            data["amount"] = self.pick("0.00", "1.005", "-5.00", "1000000000.01", "", None, 7)
        elif how == "bad":
            data[next(iter(data))] = self.pick(None, "")
        self.send(event["type"], at, data, number=number)

    def contradict(self):
        """Says something else about what was already said; the first that is applied stays."""
        if not self.posts:
            return
        event = self.pick(*self.posts)[2]
        kind, at, data = event["type"], moment(event["occurred_at"]), dict(event["data"])
        how = self.pick("moment", "content", "other's id")
        if how == "moment":
            at = at + self.pick(SECOND, -SECOND, DAY, -40 * DAY)
        elif how == "content" and "amount" in data:
            data["amount"] = self.pick(*AMOUNTS)
        elif how == "content" and "promo_code" in data:
            data["promo_code"] = self.pick(*(line["code"] for line in self.partners))
        if how == "content" and "name" in data:
            data["name"] += " again"
        number = event["id"]
        if how == "other's id":
            number = self.pick(*self.posts)[2]["id"]
        elif self.pick(True, False):
            number = None
        if kind == "charge.refunded" and self.pick(True, False):
            self.number += 1
            data["refund_id"], number = f"rf{self.number}", None
        if kind == "charge.created" and self.rarely(3):
            kind, data, number = "charge.confirmed", {"charge_id": data["charge_id"]}, None
        self.send(kind, at, data, number=number)

    # Putting it together

    def put_together(self):
        history, books, sent = {"partners": self.partners, "steps": []}, Books(self.partners), 0

        def play_on(step):
            history["steps"].append(step)
            books.step(step)

        for do, now in self.frame:
            if any(
                terms["starts_on"] and books.starts_at(terms) <= now and name not in books.judged
                for name, terms in books.terms.items()
            ):
                play_on({"do": "judge_terms", "now": written(now)})
            if do == "import":
                posts = sorted((post for post in self.posts if post[0] == sent), key=lambda post: post[1])
                sent += 1
                if posts:
                    known = codes_applied(books)
                    play_on({"do": "import", "now": written(now), "events": [event for _, _, event in posts]})
                    if not self.contradictions:
                        books = without_contradictions(history, books, known)
            elif do == "close":
                month = month_of(first_moment(month_of(now)) - SECOND)
                if self.rarely(6):
                    month = month_of(first_moment(month) - SECOND)
                play_on({"do": "close", "now": written(now, self.pick(*ZONES)), "month": month})
            else:
                step = self.staff_step(books, now)
                if step:
                    play_on({"do": step.pop("do"), "now": written(now), **step})
        history["steps"] = [step for step in history["steps"] if step.get("events", True)]
        return history

    def staff_step(self, books, now):
        """One of the things that staff, or a partner with an offer, can do now."""
        for at, step in self.plans:
            holder = books.holder(step["client"], now) if at == now and step["client"] in books.clients else None
            partner = books.partners[step["to"]]
            if holder and holder != step["to"] and not (partner["blocked"] or books.is_self(step["client"], partner)):
                return dict(step)
        free = [partner for partner in books.partners.values() if not partner["blocked"]]
        individual = [
            row.partner
            for row in (in_force(books.assignments_of(email), now) for email in books.partners)
            if books.tariff_of(row) == "individual"
        ]
        changes = [{"do": "change_tariff", "partner": email} for email in books.partners]
        zeroing = [step for step in changes if books.balance(step["partner"])]
        moving = [step for step in changes if books.assignments_of(step["partner"])[-1].starts_at > now]
        blocks = [
            {"do": "unblock" if partner["blocked"] else "block", "partner": email}
            for email, partner in books.partners.items()
        ]
        transfers, attaches = [], []
        for client, data in books.clients.items():
            holder = books.holder(client, now)
            for partner in free:
                if partner["email"] != holder and not books.is_self(client, partner):
                    border = data["at"] + 30 * DAY
                    asked = [
                        at
                        for at in (now, data["at"] + DAY, border, border + SECOND)
                        if partner["registered_at"] <= at <= now
                    ]
                    step = {"do": "transfer" if holder else "attach", "client": client, "to": partner["email"]}
                    if holder:
                        both = {holder, partner["email"]} <= {*individual}
                        back = partner["email"] in [row.partner for row in books.attributions_of(client)]
                        transfers += [step] * (1 + 3 * both + 2 * back) * (4 if client in self.wanted else 1)
                    elif not books.attributions_of(client):
                        attaches += [{**step, "requested_at": written(at, ZONES[1])} for at in asked]
        accepts = [
            {"do": "accept_offer", "partner": email} for email in books.offers if not books.partners[email]["blocked"]
        ]
        groups = [changes, blocks, transfers, transfers, attaches, zeroing, zeroing, *[moving] * 3, *[accepts] * 6]
        group = self.pick(*(group for group in groups if group), *["publish"] * (4, 2, 2, 1, 0)[self.published])
        return self.publish(books, now) if group == "publish" else dict(self.pick(*group))

    def publish(self, books, now):
        tariff = self.pick("legal", "individual")
        taken = [terms["starts_on"] for terms in books.terms.values() if terms["tariff"] == tariff]
        month = next_month(month_of(now))
        if self.rarely(3):
            month = next_month(month)
        while f"{month}-01" in taken:
            month = next_month(month)
        self.published += 1
        legal = tariff == "legal"
        subscription, telephony = self.pick((True, not legal), (True, True), (True, False), (False, True))
        return {
            "do": "publish_terms",
            "terms": {
                "name": f"{tariff}-v{self.published}",
                "tariff": tariff,
                "starts_on": f"{month}-01",
                "percent_bp": self.pick(1000, 2000, 1250, 333, 1) if legal else None,
                "window_months": self.pick(24, 12, 1, 2, None) if legal else None,
                "one_time_kopecks": None if legal else self.pick(100000, 300000, 500001),
                "threshold_kopecks": 0 if legal else self.pick(500000, 10000, 250000, 1000000, 1),
                "counts_subscription": subscription,
                "counts_telephony": telephony,
            },
        }


def codes_applied(books):
    """The codes sent later whose client is known, in the order in which they came."""
    return [
        content
        for content in books.facts.values()
        if content["type"] == "client.promo_code_applied" and content["client_id"] in books.clients
    ]


def order_matters(books, known):
    """Codes of one partner for one client between whose effects the partner's individual terms changed.

    What counted in between is under terms that depend on which code came first, so such a pair is left out."""
    found = []
    for content in codes_applied(books):
        client, partner = (
            content["client_id"],
            [p for p in books.partners.values() if p["code"].casefold() == content["promo_code"]],
        )
        if content in known or not partner:
            continue
        starts = [row.starts_at for row in books.attributions_of(client) if row.partner == partner[0]["email"]]
        starts += [
            books.effect(client, partner[0], other["at"])
            for other in codes_applied(books)
            if (other["client_id"], other["promo_code"]) == (client, content["promo_code"])
        ]
        own = books.assignments_of(partner[0]["email"])
        between = [row for row in own if min(starts) < row.starts_at <= max(starts)]
        if any(books.tariff_of(in_force(own, row.starts_at)) == "individual" for row in between):
            found.append(content)
    return found[-1:]


def without_contradictions(history, books, known):
    """Takes out of the history what contradicted something else, until nothing does."""
    while books.conflicts or order_matters(books, known):
        bad = books.conflicts + order_matters(books, known)
        for step in history["steps"]:
            if step["do"] == "import":
                step["events"] = [event for event in step["events"] if content_of(event, step) not in bad]
        books = play(history)
    return books


def content_of(event, step):
    try:
        return read(event, moment(step["now"]))
    except (ValueError, KeyError, TypeError):
        return None


@st.composite
def histories(draw, contradictions=False, staff=False):
    return Maker(draw, contradictions, staff).make()


def reordered(history, random):
    """The same history, but what is sent between two other steps comes in another order and in other batches."""
    steps, run, sent = [], [], []
    for step in [*history["steps"], None]:
        if step and step["do"] == "import":
            run.append(step)
            continue
        if run:
            events = [event for one in run for event in one["events"]]
            sent += events
            events += [random.choice(sent) for _ in range(random.randint(0, 4))]
            random.shuffle(events)
            while events:
                size = random.randint(1, len(events))
                steps.append({"do": "import", "now": run[-1]["now"], "events": events[:size]})
                events = events[size:]
            run = []
        if step:
            steps.append(step)
    return {"partners": history["partners"], "steps": steps}
