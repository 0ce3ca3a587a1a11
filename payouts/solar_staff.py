"""Solar Staff, which pays individuals: its answers as data, its silence as exceptions. Nothing here logs or keeps.

After its API v1, as the vendor's help pages and public clients of it tell. Where they leave something open, what isn't
clearly said counts as not said, so that no money is sent twice and none is taken for paid that isn't.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from payouts.solar_staff_answers import NoAnswer as NoAnswer
from payouts.solar_staff_answers import Refused as Refused
from payouts.solar_staff_answers import ask, identifier, kopecks, moment, number, required_identifier, roubles, words
from payouts.solar_staff_answers import sign as sign

# To a card go sums above this, the rest to the person's own balance there. Both as of the vendor's help.
CARD_OVER_KOPECKS = 1_000_00
# One person's cards take no more in a calendar month; what is above is answered with OVER_LIMIT.
CARD_MONTH_LIMIT_KOPECKS = 400_000_00
LEAST_KOPECKS = 1_00

_MONEY_SECONDS = 20  # an answer about money is worth waiting for
_TRANSACTIONS_A_PAGE = 100
_MOST_PAGES = 10_000
_KEYS_NOT_TAKEN = (401, 403)  # says nothing about what was asked for
_OVER_LIMIT = 302


class Outcome(StrEnum):
    """What became of a payment."""

    PAID = "paid"
    PROCESSING = "processing"  # it exists there and will end by itself: ask again
    DECLINED = "declined"  # it ended without the money
    REFUNDED = "refunded"  # paid, then taken back: a person decides
    FAILED = "failed"  # an error while paying, which doesn't say whether it is the end: a person decides
    REFUSED = "refused"  # it was not taken: nothing exists there
    OVER_LIMIT = "over_limit"  # the same, because of the month's limit of a card


# Anything else is PROCESSING, 1 (waiting), 5 (partly done) and what the provider may yet invent.
_STATUSES = {2: Outcome.PAID, 3: Outcome.DECLINED, 4: Outcome.REFUNDED}
# The same: 1 to 4 are open, 11 waits for the person to agree to a cancellation and may end either way.
_TASK_STATES = {5: Outcome.PAID, 6: Outcome.DECLINED, 8: Outcome.DECLINED, 10: Outcome.FAILED}


@dataclass(frozen=True)
class Payment:
    """A payment as the provider tells of it. Sums are None where it tells none in roubles."""

    outcome: Outcome
    task_id: str = ""
    said: str = ""  # its code, status and words, for staff; at most 200 characters
    commission_kopecks: int | None = None
    amount_kopecks: int | None = None


@dataclass(frozen=True)
class Transaction:
    """A movement of the programme's money there, in roubles."""

    id: str
    is_outgoing: bool
    task_id: str  # empty where it belongs to none, as a top-up
    merchant_transaction: str
    amount_kopecks: int
    at: dt.datetime


class CardStatus(IntEnum):
    UNKNOWN = 0  # a number that the help pages don't have
    STARTED = 1
    TO_BE_CONFIRMED = 2
    LINKED = 4  # the only one that can be paid
    BLOCKED = 5
    IMPOSSIBLE = 6


@dataclass(frozen=True)
class Card:
    id: str
    number: str  # masked: 220070******1234
    status: CardStatus


def pay(*, worker_id: str, card_id: str | None, amount_kopecks: int, merchant_transaction: str) -> Payment:
    """Send money to a worker's card, or to its own balance there without one. One call, up to 20 seconds.

    Not repeatable: what the provider does with a `merchant_transaction` that it has seen is not known. So after
    NoAnswer `find_payment` is asked first, and REFUSED of a second sending says nothing about the first one.
    Raises NoAnswer.
    """
    if amount_kopecks < LEAST_KOPECKS:
        raise ValueError("less than the provider pays")
    answer = ask(
        "payment",
        "payout",
        seconds=_MONEY_SECONDS,
        worker_id=worker_id,
        card_id=card_id or "",
        currency="RUB",
        amount=roubles(amount_kopecks),
        merchant_transaction=merchant_transaction,
        todo_type=settings.SOLAR_STAFF_TODO_TYPE,
        todo_attributes=settings.SOLAR_STAFF_TODO_ATTRIBUTES,
        task_title=settings.SOLAR_STAFF_TASK_TITLE,
        task_description=settings.SOLAR_STAFF_TASK_DESCRIPTION,
    )
    task_id, status = identifier(answer.get("task_id")), number(answer.get("status_id"))
    if answer.get("merchant_transaction") not in (None, "", merchant_transaction):
        raise NoAnswer("the answer is about another payment")
    if task_id:
        # Not good, but with a task: taken, to be paid later. So it is when the programme's balance there is short.
        outcome = _STATUSES.get(status or 0, Outcome.PROCESSING) if answer.is_good else Outcome.PROCESSING
    elif answer.is_good or status is not None or answer.code in _KEYS_NOT_TAKEN:
        raise NoAnswer(f"code {answer.code} without a task")
    else:
        outcome = Outcome.OVER_LIMIT if answer.code == _OVER_LIMIT else Outcome.REFUSED
    details = answer.get("real_details")
    commission = details.get("commission_amount") if isinstance(details, dict) else None
    return Payment(
        outcome=outcome,
        task_id=task_id,
        said=answer.said(status, answer.get("status")),
        commission_kopecks=kopecks(commission, currency=answer.get("real_currency")),
        amount_kopecks=kopecks(answer.get("payout_amount"), currency=answer.get("payout_currency")),
    )


def find_payment(merchant_transaction: str) -> Payment | None:
    """What became of a payment; None when the provider says that it knows no such. Repeatable. Raises NoAnswer.

    Whose amount is another, or not told, must not be taken for ours: that is for the caller to see.
    """
    answer = ask("task", "search", seconds=_MONEY_SECONDS, merchant_transaction=merchant_transaction)
    task_id = identifier(answer.get("id")) or identifier(answer.get("task_id"))
    if not answer.is_good and not task_id and answer.code not in _KEYS_NOT_TAKEN:
        return None
    if not answer.is_good or not task_id:
        raise NoAnswer(f"code {answer.code} of a search")
    if answer.get("merchant_transaction") != merchant_transaction:
        raise NoAnswer("another payment was found")
    state = answer.get("state")
    status, title = (number(state.get("id")), state.get("title")) if isinstance(state, dict) else (None, "")
    return Payment(
        outcome=_TASK_STATES.get(status or 0, Outcome.PROCESSING),
        task_id=task_id,
        said=answer.said(status, title),
        commission_kopecks=kopecks(answer.get("amount_of_commission"), currency=answer.get("currency")),
        amount_kopecks=kopecks(answer.get("amount"), currency=answer.get("currency")),
    )


def transactions(start: dt.datetime, end: dt.datetime) -> Iterator[Transaction]:
    """Every movement of money between two moments, each once, page after page. Raises NoAnswer, also halfway.

    The provider names no time zone; Moscow's is taken. So the two moments should leave some room.
    """
    moscow = ZoneInfo(settings.TIME_ZONE)
    seen: set[str] = set()
    for page in range(1, _MOST_PAGES + 1):
        answer = ask(
            "info",
            "transactions",
            seconds=_MONEY_SECONDS,
            start_date=f"{start.astimezone(moscow):%Y-%m-%d %H:%M:%S}",
            finish_date=f"{end.astimezone(moscow):%Y-%m-%d %H:%M:%S}",
            page_size=str(_TRANSACTIONS_A_PAGE),
            page_num=str(page),
        )
        pages, rows = number(answer.get("pages")), answer.get("transactions")
        if not answer.is_good or pages is None or not isinstance(rows, list):
            raise NoAnswer(f"code {answer.code} of transactions")
        known = len(seen)
        for row in rows:
            found_id, found = _transaction(row)
            # Rows move to the next page while others come in before them.
            if found and found_id not in seen:
                yield found
            seen.add(found_id)
        if page >= pages:
            return
        if len(seen) == known:
            raise NoAnswer("a page of transactions brings nothing new")
    raise NoAnswer("transactions without end")


def balance() -> int:
    """Kopecks of the programme's own balance there. Raises NoAnswer or Refused."""
    found = kopecks(ask("info", "balance").agreed().get("rub"))
    if found is None:
        raise NoAnswer("no balance")
    return found


def find_worker(email: str) -> str | None:
    """The id of whom the provider knows by this e-mail. Raises NoAnswer, or Refused when it doesn't take our keys."""
    answer = ask("workers", "worker_find", email=email)
    if not answer.is_good and answer.code not in _KEYS_NOT_TAKEN:
        return None
    return required_identifier(answer.agreed().get("id"))


def invite(email: str) -> str:
    """Invite a person, who then registers there alone, and return the worker's id. Raises NoAnswer or Refused."""
    answer = ask(
        "workers", "worker_invite", email=email, language="ru", specialization=settings.SOLAR_STAFF_SPECIALIZATION
    )
    return required_identifier(answer.agreed().get("worker_id"))


def is_registered(email: str) -> bool:
    """Whether a person has done its part there. Raises NoAnswer or Refused."""
    status = ask("status", "worker_status", email=email).agreed().get("status")
    if not isinstance(status, str):
        raise NoAnswer("no status")
    return status == "reg_success"


def cards(worker_id: str) -> list[Card]:
    """All cards of a worker, whatever their status. Raises NoAnswer or Refused."""
    rows = ask("workers", "cards_list", worker_id=worker_id).agreed().response
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NoAnswer("no list of cards")
    return [
        Card(
            id=required_identifier(row.get("card_id")),
            number=_masked(words(row.get("card_number"), limit=30)),
            status=_card_status(row.get("verify_status_id")),
        )
        for row in rows
    ]


def card_page(worker_id: str, *, redirect_url: str) -> str:
    """Where a person enters a card, to be sent back to `redirect_url` after. Raises NoAnswer or Refused."""
    answer = ask(
        "workers", "card_verify", worker_id=worker_id, currency="RUB", language="ru", redirect_url=redirect_url
    )
    url = answer.agreed().get("terminal_url")
    if not isinstance(url, str) or not _is_safe(url):
        raise NoAnswer("no safe address of the page for cards")
    return url


def remove_card(worker_id: str, card_id: str) -> None:
    """Raises NoAnswer or Refused."""
    ask("workers", "card_remove", worker_id=worker_id, card_id=card_id).agreed()


def _transaction(row: object) -> tuple[str, Transaction | None]:
    """Its id, and None for a movement in another currency. Raises NoAnswer."""
    if not isinstance(row, dict):
        raise NoAnswer("no transaction where one should be")
    found_id = required_identifier(row.get("transaction_id"))
    if row.get("currency") not in (None, "", "RUB"):
        return found_id, None
    amount, at = kopecks(row.get("amount")), moment(row.get("date"))
    if amount is None or at is None:
        raise NoAnswer("a transaction without sum or moment")
    return found_id, Transaction(
        id=found_id,
        is_outgoing=row.get("transaction_type") == "down",
        task_id=identifier(row.get("task_id")),
        merchant_transaction=words(row.get("merchant_transaction"), limit=100),
        amount_kopecks=abs(amount),  # the type tells the direction
        at=at,
    )


def _card_status(value: object) -> CardStatus:
    try:
        return CardStatus(number(value) or 0)
    except ValueError:
        return CardStatus.UNKNOWN


def _masked(number: str) -> str:
    """A card's number with its middle hidden, should the provider ever not have done it."""
    return f"{number[:6]}******{number[-4:]}" if sum(each.isdigit() for each in number) > 10 else number


def _is_safe(url: str) -> bool:
    """Whether a person may be sent there: by https, or to where the settings say that the provider is."""
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' \\<>"'):
        return False
    try:
        split, known = urlsplit(url), urlsplit(settings.SOLAR_STAFF_URL)
        port = split.port
    except ValueError:
        return False
    if not split.hostname or "@" in split.netloc or port == 0:
        return False
    return split.scheme == "https" or (split.scheme, split.netloc) == (known.scheme, known.netloc)
