"""What the two destinations that answer by HTTP have in common: a withdrawal in, an answer about its payment out."""

from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from partners import skorozvon
from payouts import solar_staff
from payouts.models import Destination, Withdrawal


class NoAnswer(Exception):
    """Nobody knows what happened. The message holds nothing personal."""


@dataclass(frozen=True)
class Answer:
    """What a provider says of one payment."""

    # over_limit: not taken, because of the month's limit; unclear: a person decides.
    outcome: Literal["paid", "processing", "refused", "over_limit", "unclear"]
    note: str = ""  # for the partner when refused, for staff when unclear
    said: str = ""  # the provider's own words, for staff
    provider_id: str = ""
    commission_kopecks: int | None = None
    amount_kopecks: int | None = None  # None: not told

    @property
    def is_refusal(self) -> bool:
        """Whether it says that there is no such payment."""
        return self.outcome in ("refused", "over_limit")


def configured() -> list[str]:
    """The destinations that can be called; the others wait until their settings are made."""
    urls = {Destination.CARD: settings.SOLAR_STAFF_URL, Destination.SERVICE: settings.SKOROZVON_URL}
    return [destination for destination, url in urls.items() if url]


def send(withdrawal: Withdrawal) -> Answer:
    """Make the payment: one call. Raises NoAnswer."""
    if withdrawal.destination == Destination.SERVICE:
        return _credit(withdrawal)
    assert withdrawal.card
    is_to_card = withdrawal.amount_kopecks > solar_staff.CARD_OVER_KOPECKS
    try:
        payment = solar_staff.pay(
            worker_id=withdrawal.card.worker.worker_id,
            card_id=withdrawal.card.card_id if is_to_card else None,
            amount_kopecks=withdrawal.amount_kopecks,
            merchant_transaction=str(withdrawal.payment_key),
        )
    except solar_staff.NoAnswer as error:
        raise NoAnswer(str(error)) from error
    return _of_payment(payment)


def ask(withdrawal: Withdrawal) -> Answer | None:
    """What became of the payment; None: the provider knows no such. Raises NoAnswer."""
    key = str(withdrawal.payment_key)
    if withdrawal.destination == Destination.SERVICE:
        return _of_credit(withdrawal, key)
    try:
        payment = solar_staff.find_payment(key)
        if payment is None:
            # Its codes are not known, so it may refuse everything, as for keys that it doesn't take. Then it refuses
            # this too, and has said nothing of the payment.
            solar_staff.balance()
    except (solar_staff.NoAnswer, solar_staff.Refused) as error:
        raise NoAnswer(str(error)) from error
    return _of_payment(payment) if payment else None


_UNCLEAR = {
    solar_staff.Outcome.REFUNDED: "Solar Staff сообщает, что платёж возвращён: проверьте, вернулись ли деньги",
    solar_staff.Outcome.FAILED: "Solar Staff сообщает об ошибке оплаты: выясните, будет ли она повторена",
}
_NO_SUM = "Solar Staff сообщает о выплате, но не называет суммы в рублях: проверьте, сколько выплачено"


def _of_payment(payment: solar_staff.Payment) -> Answer:
    outcome = payment.outcome
    told: dict[str, Any] = {
        "said": payment.said,
        "provider_id": payment.task_id,
        "commission_kopecks": payment.commission_kopecks,
        "amount_kopecks": payment.amount_kopecks,
    }
    if outcome in _UNCLEAR:
        return Answer("unclear", _UNCLEAR[outcome], **told)
    match outcome:
        case solar_staff.Outcome.PAID if payment.amount_kopecks is None:
            return Answer("unclear", _NO_SUM, **told)
        case solar_staff.Outcome.PAID:
            return Answer("paid", **told)
        case solar_staff.Outcome.PROCESSING:
            return Answer("processing", **told)
        case solar_staff.Outcome.OVER_LIMIT:
            return Answer("over_limit", **told)
    return Answer("refused", "Solar Staff не принял платёж", **told)


def _credit(withdrawal: Withdrawal) -> Answer:
    key = str(withdrawal.payment_key)
    try:
        answer = skorozvon.credit(account_id=withdrawal.account_id, amount_kopecks=withdrawal.amount_kopecks, key=key)
    except skorozvon.ServiceDoesNotAnswer as error:
        raise NoAnswer(str(error)) from error
    if answer == skorozvon.CreditAnswer.CONFLICT:
        return Answer("unclear", _OTHER_CREDIT)
    return Answer("paid")


_OTHER_CREDIT = "Сервис знает под этим ключом другое зачисление: сверьте счёт и сумму"


def _of_credit(withdrawal: Withdrawal, key: str) -> Answer | None:
    try:
        credit = skorozvon.find_credit(key)
    except skorozvon.ServiceDoesNotAnswer as error:
        raise NoAnswer(str(error)) from error
    if credit is None:
        return None
    if (credit.account_id, credit.amount_kopecks) != (withdrawal.account_id, withdrawal.amount_kopecks):
        return Answer("unclear", _OTHER_CREDIT)
    return Answer("paid")
