"""The contract of a legal partner (R22): offered when enough clients have paid, signed, uploaded, accepted by staff.

All lock the partner first, then its contract.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from partners import ledger, notices, own_money, reasons
from partners.models import Notice, Partner, Tariff, Terms, TermsAssignment, User
from partners.templatetags.words import day
from payouts import rules, uploads
from payouts.models import Contract, ContractStep, SignedCopy
from referrals.models import Progress

State = Contract.State

SHARE = 1_000  # partners in one transaction of a sweep
MOST_COPIES = 20  # of one contract by its partner: they stay in the database for good
_NUMBER_LENGTH = 50  # of its column
_FIRST_DAY = dt.date(2000, 1, 1)  # nothing was signed before; an earlier date is a slip of the hand


class Refusal(Exception):
    """What can't be done with a contract. Its text is a sentence in Russian for whoever asked."""


class AlreadySigned(Refusal):
    """The contract stands: there is nothing to upload, accept or decline."""


class NoCopy(Refusal):
    """No signed copy waits to be looked at."""


class AnotherCopy(Refusal):
    """Another copy has come than the one that was looked at: nobody decides about what it hasn't seen."""


class TooManyCopies(Refusal):
    """A person has to find out why it doesn't work out."""


class NotSigned(Refusal):
    """There is no number and no date to put right yet."""


class NothingToCorrect(Refusal):
    """Number and date are those that stand."""


class WrongNumber(Refusal):
    """A contract is found by its number: it has to have one, of a length that can be kept."""


class WrongDate(Refusal):
    """A contract isn't signed in the future, nor before there was anything to sign."""


# --- Offering ---------------------------------------------------------------------------------------------------------


def offer_due(*, now: dt.datetime) -> None:
    """Offer the contract to every partner that is due for it: of a legal tariff, working, under terms that need one,
    with as many paying clients as they ask for (R1, R22).

    Repeatable, and harmless beside others at it. Two queries when nothing is due, a few more for each SHARE of those
    that are.
    """
    all_due = _due(now).order_by("pk").values_list("pk", flat=True)
    last = 0
    while due := list(all_due.filter(pk__gt=last)[:SHARE]):
        _offer(due, now)
        last = due[-1]


def of(partner: Partner, *, now: dt.datetime) -> Contract | None:
    """The partner's contract; offered at once where it is due and no sweep has come by yet. None: it isn't due."""
    contract = Contract.objects.filter(partner=partner).first()
    if contract is None and _due(now).filter(pk=partner.pk).exists():
        _offer([partner.pk], now)
        contract = Contract.objects.filter(partner=partner).first()
    return contract


def _due(now: dt.datetime) -> QuerySet[Partner]:
    """Those to be offered the contract. Clients are counted by an index, as far as the terms ask for them."""
    paid = Progress.objects.filter(partner=OuterRef("pk"), paid_at__isnull=False).values("pk")
    # The terms in force are the ones decided last of those that have begun (`partners.rules.timeline`).
    begun = TermsAssignment.objects.filter(partner=OuterRef("pk"), starts_at__lte=now).order_by("-pk")
    is_due = Q(pk__in=[])
    by_need: dict[int, list[int]] = {}
    for terms in Terms.objects.filter(tariff=Tariff.LEGAL, contract_needed=True):
        by_need.setdefault(terms.clients_needed, []).append(terms.pk)
    for needed, terms_ids in by_need.items():
        # Clients first: hardly anybody without a contract has them, and the terms needn't be looked up for the others.
        has_clients = Q(Exists(paid[needed - 1 : needed])) if needed else Q()
        is_due |= has_clients & Q(terms_in_force__in=terms_ids)
    return (
        Partner.objects.filter(
            ~Exists(Contract.objects.filter(partner=OuterRef("pk"))),
            tariff=Tariff.LEGAL,
            status=Partner.Status.ACTIVE,
        )
        .alias(terms_in_force=Subquery(begun.values("terms")[:1]))
        .filter(is_due)
    )


def _offer(partner_ids: list[int], now: dt.datetime) -> None:
    """Offer these partners their contract, but for those that have one by now or are being dealt with."""
    with transaction.atomic():
        # Without waiting: whoever holds a partner now offers as well, or the next sweep does.
        partners = Partner.objects.filter(pk__in=partner_ids, status=Partner.Status.ACTIVE, tariff=Tariff.LEGAL)
        locked = list(partners.select_for_update(skip_locked=True).order_by("pk"))
        # Read after the locks: what was found before them may be out of date.
        offered = set(Contract.objects.filter(partner__in=locked).values_list("partner_id", flat=True))
        fresh = Contract.objects.bulk_create(
            Contract(partner=partner, offered_at=now) for partner in locked if partner.pk not in offered
        )
        ContractStep.objects.bulk_create(
            ContractStep(contract=contract, state=State.OFFERED, taken_at=now) for contract in fresh
        )
        # Not one by one: after a move from another portal there may be thousands. The sweep sends them.
        Notice.objects.bulk_create(
            (
                Notice(
                    partner_id=contract.partner_id,
                    kind=Notice.Kind.CONTRACT_OFFERED,
                    key=f"contract_offered:{contract.partner_id}",
                    created_at=now,
                    next_try_at=now,
                )
                for contract in fresh
            ),
            ignore_conflicts=True,
        )


# --- Signing ----------------------------------------------------------------------------------------------------------


def upload(contract: Contract, *, content: bytes, by: User, now: dt.datetime) -> SignedCopy:
    """Keep a file with the contract signed, by the partner or by staff that got it by post; staff then looks at it.

    Repeatable: a second click with the same file finds the copy of the first. Locks the partner, then the contract.
    Raises AlreadySigned, TooManyCopies and the refusals of `uploads.content_type`.
    """
    content_type = uploads.content_type(content)
    with transaction.atomic():
        contract = _lock(contract)
        _refuse_signed(contract)
        last = contract.copies.last()
        if last and contract.state == State.UPLOADED and bytes(last.content) == content:
            return last
        if by.pk == contract.partner.user_id and contract.copies.filter(uploaded_by=by).count() >= MOST_COPIES:
            raise TooManyCopies(
                f"Загружено уже {MOST_COPIES} экземпляров, больше нельзя. Напишите на welcome@skorozvon.ru: разберёмся."
            )
        copy = SignedCopy.objects.create(
            contract=contract, content=content, content_type=content_type, uploaded_at=now, uploaded_by=by
        )
        _step(contract, State.UPLOADED, by=by, now=now)
    return copy


def accept(
    contract: Contract, *, number: str, signed_on: dt.date, by: User, now: dt.datetime, copy: int | None = None
) -> Contract:
    """Staff finds the uploaded copy in order and gives the contract its number and date; the partner gets a letter.

    `copy` is the id of the one that was looked at. Locks the partner, then the contract. Raises WrongNumber, WrongDate,
    AlreadySigned, NoCopy, AnotherCopy, OwnMoney.
    """
    number = _checked(number, signed_on, now=now)
    with transaction.atomic():
        contract = _lock_uploaded(contract, copy, by=by)
        contract.number, contract.signed_on = number, signed_on
        _step(contract, State.SIGNED, by=by, now=now)
        _tell_signed(contract, key=f"contract_signed:{contract.pk}", now=now)
    return contract


def correct(contract: Contract, *, number: str, signed_on: dt.date, reason: str, by: User, now: dt.datetime) -> None:
    """Put right the number or the date of a contract that stands: a slip of the hand. What they were stays in its
    history with the reason, and the partner gets a letter with the right ones. Papers that are out keep the old ones.

    Locks the partner, then the contract. Raises ReasonMissing, WrongNumber, WrongDate, NotSigned, NothingToCorrect,
    OwnMoney.
    """
    reason, number = reasons.required(reason), _checked(number, signed_on, now=now)
    with transaction.atomic():
        contract = _lock(contract)
        own_money.refuse(contract.partner, by=by)
        if contract.state != State.SIGNED:
            raise NotSigned("Договор ещё не подписан: номер и дату ему дадут, когда вы примете экземпляр.")
        if (contract.number, contract.signed_on) == (number, signed_on):
            raise NothingToCorrect("Номер и дата те же, что и были. Исправьте то, что неверно.")
        note = f"Было: № {contract.number} от {day(contract.signed_on)}. {reason}"
        contract.number, contract.signed_on = number, signed_on
        step = _step(contract, State.SIGNED, by=by, note=note, now=now)
        _tell_signed(contract, key=f"contract_corrected:{step.pk}", now=now)


def decline(contract: Contract, *, by: User, reason: str, now: dt.datetime, copy: int | None = None) -> None:
    """Staff can't accept the uploaded copy: the partner reads why, in the cabinet and in a letter, and uploads another.

    `copy` is the id of the one that was looked at. Locks the partner, then the contract. Raises ReasonMissing,
    AlreadySigned, NoCopy, AnotherCopy, OwnMoney.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        contract = _lock_uploaded(contract, copy, by=by)
        step = _step(contract, State.OFFERED, by=by, note=reason, now=now)
        key = f"contract_declined:{step.pk}"
        notices.add(contract.partner, Notice.Kind.CONTRACT_DECLINED, key=key, now=now, reason=reason)


def record_signed(partner: Partner, *, number: str, signed_on: dt.date) -> Contract:
    """Keep a contract that stands. Raises IntegrityError when the partner has one."""
    return Contract.objects.create(partner=partner, state=State.SIGNED, number=number, signed_on=signed_on)


def _checked(number: str, signed_on: dt.date, *, now: dt.datetime) -> str:
    """The number as it is kept. Raises WrongNumber, WrongDate."""
    number = " ".join(number.split())
    if not 1 <= len(number) <= _NUMBER_LENGTH:
        raise WrongNumber(f"Укажите номер договора, не длиннее {_NUMBER_LENGTH} знаков.")
    if not _FIRST_DAY <= signed_on <= rules.day_of(now):
        raise WrongDate(f"Дата договора — от {day(_FIRST_DAY)} до сегодняшнего дня. Проверьте её.")
    return number


def _tell_signed(contract: Contract, *, key: str, now: dt.datetime) -> None:
    given = {"number": contract.number, "signed_on": day(contract.signed_on)}
    notices.add(contract.partner, Notice.Kind.CONTRACT_SIGNED, key=key, now=now, **given)


def _lock(contract: Contract) -> Contract:
    """The contract as it stands, its partner's row and its own locked until the transaction ends."""
    ledger.lock(contract.partner)
    return Contract.objects.select_for_update(of=("self",)).select_related("partner").get(pk=contract.pk)


def _lock_uploaded(contract: Contract, copy: int | None, *, by: User) -> Contract:
    """A contract about whose last copy `by` may decide. Raises OwnMoney, AlreadySigned, NoCopy, AnotherCopy."""
    contract = _lock(contract)
    own_money.refuse(contract.partner, by=by)
    _refuse_signed(contract)
    if contract.state != State.UPLOADED:
        raise NoCopy("Подписанный экземпляр не загружен или уже отклонён. Обновите страницу и дождитесь нового.")
    if copy is not None and copy != contract.copies.values_list("pk", flat=True).last():
        raise AnotherCopy("Пока вы смотрели, загрузили другой экземпляр. Откройте его и решите ещё раз.")
    return contract


def _refuse_signed(contract: Contract) -> None:
    if contract.state == State.SIGNED:
        signed = f"№ {contract.number} от {day(contract.signed_on)}"
        raise AlreadySigned(f"Договор уже подписан: {signed}. Больше ничего не нужно.")


def _step(contract: Contract, state: str, *, by: User, now: dt.datetime, note: str = "") -> ContractStep:
    """Put it into a state and write down who did, when and why. Its other fields are saved with it."""
    contract.state = state
    contract.save()
    return ContractStep.objects.create(contract=contract, state=state, taken_by=by, taken_at=now, note=note)
