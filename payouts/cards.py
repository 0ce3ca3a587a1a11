"""The card that an individual is paid to: invited to Solar Staff, the person registers there and links one (R23, R26).

Solar Staff is asked outside of any transaction; what it says is written down after, under the partner's lock. Whoever
comes twice, or in two tabs, finds what stands. The portal never sees a card's number.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from partners import consents, ledger, notices
from partners.models import Consent, Notice, Partner, Tariff
from payouts import solar_staff, withdrawals
from payouts.models import Card, Withdrawal, Worker
from payouts.solar_staff import CardStatus

logger = logging.getLogger(__name__)


class Refusal(Exception):
    """What can't be done about a card. Its text is a sentence in Russian for the partner: what to do now."""


class NoAnswer(Refusal):
    """Solar Staff doesn't answer; nothing has changed."""


class Declined(Refusal):
    """Solar Staff answers, and says no; nothing has changed."""


class NotForThisPartner(Refusal):
    """A legal partner is paid to an account, and a blocked one changes nothing (R25)."""


class ConsentMissing(Refusal):
    """Solar Staff gets nobody's data before that person agrees."""


class WorkerIsTaken(Refusal):
    """Whom Solar Staff knows by this e-mail is another partner here."""


class NotRegistered(Refusal):
    """The person has not been invited yet, or has not registered at Solar Staff."""


class NotLinked(Refusal):
    """There is no other card at Solar Staff that can be paid; what was paid to goes on being paid to."""


class CardInUse(Refusal):
    """A withdrawal to this card is under way."""


@dataclass(frozen=True)
class Standing:
    """How far a partner has come with its card."""

    has_agreed: bool
    worker: Worker | None
    card: Card | None

    @property
    def is_registered(self) -> bool:
        return self.worker is not None and self.worker.registered_at is not None

    @property
    def consent(self) -> consents.Text | None:
        """What there is to agree to before anything else; None: it is agreed to."""
        return None if self.has_agreed else consents.current()[Consent.Kind.SOLAR_STAFF]


def standing(partner: Partner) -> Standing:
    """Three queries."""
    return Standing(
        has_agreed=_has_agreed(partner),
        worker=Worker.objects.filter(partner=partner).first(),
        card=withdrawals.current_card(partner),
    )


def invite(
    partner: Partner, *, now: dt.datetime, agreed_to: consents.Text | None = None, ip: str | None = None
) -> Worker:
    """Have Solar Staff write to the person, unless it knows that e-mail already.

    Repeatable. What is agreed to here is kept with its moment and address, also when Solar Staff then doesn't answer.
    Locks the partner. Raises ConsentMissing, WorkerIsTaken, NotForThisPartner, NoAnswer, Declined.
    """
    with transaction.atomic():
        _locked(partner)
        if not _has_agreed(partner):
            if agreed_to is None or agreed_to != consents.current()[Consent.Kind.SOLAR_STAFF]:
                raise ConsentMissing("Без согласия на передачу данных в Solar Staff карту не привязать. Отметьте его.")
            Consent.objects.create(
                user_id=partner.user_id, kind=agreed_to.kind, version=agreed_to.version, given_at=now, ip=ip
            )
    if known := Worker.objects.filter(partner=partner).first():
        return known
    email = partner.user.email
    with _asking():
        worker_id, is_registered = _invited(email)
    with transaction.atomic():
        _locked(partner)
        if Worker.objects.filter(worker_id=worker_id).exclude(partner=partner).exists():
            raise WorkerIsTaken(
                "Этот e-mail в Solar Staff связан с другим партнёром."
                f" Напишите на {settings.PROGRAMME_MAILBOX}: разберёмся."
            )
        given = {"worker_id": worker_id, "email": email, "invited_at": now}
        worker, _ = Worker.objects.get_or_create(
            partner=partner, defaults=given | {"registered_at": now if is_registered else None}
        )
    return worker


def check_registration(partner: Partner, *, now: dt.datetime) -> bool:
    """Whether the person has registered at Solar Staff, which is asked until it says so. Repeatable. Locks the partner.

    Raises NotRegistered where nobody was invited, NotForThisPartner, NoAnswer, Declined.
    """
    worker = _worker(partner)
    if worker.registered_at:
        return True
    with _asking():
        found = solar_staff.is_registered(worker.email)
    if found:
        with transaction.atomic():
            _locked(partner)
            Worker.objects.filter(pk=worker.pk, registered_at=None).update(registered_at=now)
    return found


def page(partner: Partner, *, return_url: str) -> str:
    """The address at Solar Staff where the person enters a card, to come back to `return_url`. Writes nothing.

    The password has been asked for by then (R26). Raises NotRegistered, NotForThisPartner, NoAnswer, Declined.
    """
    worker = _registered(partner)
    with _asking():
        return solar_staff.card_page(worker.worker_id, redirect_url=return_url)


def take_linked(partner: Partner, *, now: dt.datetime) -> tuple[Card, bool]:
    """The newest card linked at Solar Staff is paid to from now on; and whether it is another than before.

    A letter tells of another one, and a person looks at the next withdrawal (R26); what is under way keeps its own
    card. Repeatable. Locks the partner. Raises NotLinked, NotRegistered, NotForThisPartner, NoAnswer, Declined.
    """
    worker = _registered(partner)
    with _asking():
        found = solar_staff.cards(worker.worker_id)
    linked = _newest([card for card in found if card.status == CardStatus.LINKED])
    latest = _newest(found)
    with transaction.atomic():
        _locked(partner)
        current = withdrawals.current_card(partner)
        if linked is None or (current and current.card_id == linked.id):
            if current and latest == linked:
                return current, False
            raise NotLinked(_why_not(latest, current))
        if current and current.linked_at > now:
            return current, False  # another tab asked after this one, and knew more
        if current:
            current.removed_at = now
            current.save(update_fields=["removed_at"])
        card = Card.objects.create(worker=worker, card_id=linked.id, number=linked.number, linked_at=now)
        notices.add(partner, Notice.Kind.CARD_CHANGED, key=f"card_changed:{card.pk}", now=now, number=card.shown)
    return card, True


def remove(partner: Partner, *, now: dt.datetime) -> bool:
    """Nothing is paid to the card any more; and whether Solar Staff has let go of it as well.

    The portal forgets it first: were it the other way round, a withdrawal in between would go to a card that is gone.
    Repeatable. Locks the partner. Raises CardInUse, NotForThisPartner.
    """
    with transaction.atomic():
        _locked(partner)
        card = withdrawals.current_card(partner)
        if card is None:
            return True
        if Withdrawal.objects.open().filter(card=card).exists():
            raise CardInUse("На эту карту идёт вывод. Дождитесь его или отмените заявку, потом уберите карту.")
        card.removed_at = now
        card.save(update_fields=["removed_at"])
    try:
        with _asking():
            solar_staff.remove_card(card.worker.worker_id, card.card_id)
    except (NoAnswer, Declined):
        return False
    return True


# --- Who may, and how far it has come ---------------------------------------------------------------------------------


def _locked(partner: Partner) -> Partner:
    """Its row locked until the transaction ends, after a look whether it may link cards."""
    return _checked(ledger.lock(partner))


def _checked(partner: Partner) -> Partner:
    if partner.tariff != Tariff.INDIVIDUAL:
        raise NotForThisPartner("Карта нужна физлицам. Вам вознаграждение приходит на счёт или аккаунт в Скорозвоне.")
    if partner.status != Partner.Status.ACTIVE:
        raise NotForThisPartner("Участие приостановлено, поэтому карту изменить нельзя.")
    return partner


def _has_agreed(partner: Partner) -> bool:
    return Consent.objects.filter(user=partner.user_id, kind=Consent.Kind.SOLAR_STAFF).exists()


def _worker(partner: Partner) -> Worker:
    worker = Worker.objects.filter(partner=_checked(partner)).first()
    if worker is None:
        raise NotRegistered("Сначала попросите приглашение в Solar Staff.")
    return worker


def _registered(partner: Partner) -> Worker:
    worker = _worker(partner)
    if worker.registered_at is None:
        raise NotRegistered("Сначала зарегистрируйтесь в Solar Staff по ссылке из письма и нажмите «Проверить».")
    return worker


# --- Asking Solar Staff -----------------------------------------------------------------------------------------------


@contextmanager
def _asking() -> Iterator[None]:
    """What went wrong over there, as sentences for the partner. Its own words may name somebody: they aren't logged."""
    try:
        yield
    except solar_staff.NoAnswer as error:
        logger.warning("Solar Staff: no answer about a worker: %s", error)
        sentence = "Solar Staff сейчас не отвечает. Ничего не изменилось: попробуйте через несколько минут."
        raise NoAnswer(sentence) from None
    except solar_staff.Refused as error:
        logger.warning("Solar Staff: refused about a worker: code %s", error.code)
        sentence = (
            f"Solar Staff не принял запрос, ничего не изменилось. Напишите на {settings.PROGRAMME_MAILBOX}: разберёмся."
        )
        raise Declined(sentence) from None


def _invited(email: str) -> tuple[str, bool]:
    """The worker's id, and whether the person has registered there before."""
    known = solar_staff.find_worker(email)
    if known:
        return known, solar_staff.is_registered(email)
    try:
        return solar_staff.invite(email), False
    except solar_staff.Refused:
        # A second click at the same moment has invited the same person.
        if known := solar_staff.find_worker(email):
            return known, False
        raise


def _newest(cards: Sequence[solar_staff.Card]) -> solar_staff.Card | None:
    """The one that was added last: by its number, or where ids are no numbers, as the list goes."""
    numbered = [((int(card.id) if card.id.isdecimal() else 0, place), card) for place, card in enumerate(cards)]
    return max(numbered, key=lambda each: each[0])[1] if numbered else None


_WHY_NOT = {
    CardStatus.TO_BE_CONFIRMED: "Solar Staff ещё проверяет карту{number}. Подождите несколько минут и проверьте снова.",
    CardStatus.BLOCKED: "Карта{number} заблокирована в Solar Staff. Привяжите другую.",
    CardStatus.IMPOSSIBLE: "Карту{number} Solar Staff не принимает. Привяжите другую.",
}
_NOT_ENTERED = "Карта не привязана: на странице Solar Staff её не ввели до конца. Попробуйте ещё раз."


def _why_not(latest: solar_staff.Card | None, current: Card | None) -> str:
    number = f" •• {latest.number[-4:]}" if latest and latest.number else ""
    sentence = _WHY_NOT.get(latest.status, _NOT_ENTERED).format(number=number) if latest else _NOT_ENTERED
    if current is None or (latest and latest.id == current.card_id):
        return sentence
    return f"{sentence} Пока выплаты приходят на прежнюю карту {current.shown}."
