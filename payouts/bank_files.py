"""Withdrawals to settlement accounts: collected into a file for the bank, whose statement says what was paid."""

import datetime as dt
import hashlib
import re
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from partners import notices, reasons
from partners.models import Notice, Partner, User
from partners.money import in_text
from partners.templatetags.words import day
from payouts import bank_file, bank_statement, rules, sending, withdrawals
from payouts.bank_file import Party, PaymentOrder
from payouts.bank_statement import PaidOrder
from payouts.models import BankFile, BankOrder, BankStatement, Contract, Destination, Withdrawal

State = Withdrawal.State
_ORDER = "Платежное поручение"
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_PURPOSE = "заявка на вывод № {}."  # by which an order is known as ours, whatever became of its row
_IN_PURPOSE = re.compile(r"заявка на вывод № ([0-9]{1,9})\b", re.ASCII)
_OURS = ("name", "inn", "account", "bank_name", "bik", "corr_account")


class NothingToCollect(Exception):
    """No approved withdrawal to a settlement account waits."""


class SendingIsOff(Exception):
    """All sending is switched off: nothing goes to the bank either."""


class FileHasEnded(Exception):
    """The file was discarded before, or the bank has paid some of it: it can't be discarded."""


class OursIsMissing(Exception):
    """Settings don't say from which account we pay: COMPANY_ACCOUNT and the rest of COMPANY_…"""


class StatementOfAnotherAccount(Exception):
    """The statement isn't of the account that we pay from."""


# --- Out --------------------------------------------------------------------------------------------------------------


def waiting() -> QuerySet[Withdrawal]:
    """What the next file would hold; what waits because its partner is blocked isn't among it (R25)."""
    return Withdrawal.objects.not_suspended().filter(destination=Destination.BANK, state=State.APPROVED)


def collect(*, by: User, now: dt.datetime, only: Collection[int] | None = None) -> BankFile:
    """Put approved withdrawals, or `only` those of them, into a file: from now on they are sent.

    All or nothing. Each is in at most one live file. Locks the partners, then the withdrawals. Raises NothingToCollect,
    SendingIsOff, OursIsMissing, and `bank_file.CannotBeWritten`, whose text names the order.
    """
    payer = _payer()
    with transaction.atomic():
        if not sending.is_on():
            raise SendingIsOff
        chosen = waiting() if only is None else waiting().filter(pk__in=only)
        found = _lock(chosen)
        if not found:
            raise NothingToCollect
        file = BankFile.objects.create(made_at=now, made_by=by, content=b"")
        orders = BankOrder.objects.bulk_create([BankOrder(file=file, withdrawal=each) for each in found])
        signed = Contract.objects.filter(state=Contract.State.SIGNED, partner__in=[each.partner_id for each in found])
        contracts = {contract.partner_id: contract for contract in signed}
        file.content = bank_file.write(
            (_payment(order, contracts.get(order.withdrawal.partner_id), now=now) for order in orders),
            payer=payer,
            sender="Скорозвон Партнёры",
            version=settings.BANK_FILE_VERSION,
            made_at=now,
        )
        file.save(update_fields=["content"])
        for order in orders:
            withdrawal = order.withdrawal
            withdrawal.sendings += 1
            withdrawal.sent_at = now
            withdrawals.step(withdrawal, State.SENT, by=by, note=f"Платёжное поручение № {order.pk}", now=now)
            notices.add(
                withdrawal.partner,
                Notice.Kind.WITHDRAWAL_SENT,
                key=f"withdrawal:{withdrawal.pk}:sent",
                now=now,
                withdrawal=withdrawal.pk,
                amount_kopecks=withdrawal.amount_kopecks,
                where=withdrawals.where(withdrawal),
            )
    return file


def discard(file: BankFile, *, by: User, reason: str, now: dt.datetime) -> None:
    """The bank never got this file: its withdrawals wait to be collected again, but for those that the bank has paid by
    the order of an earlier file. Raises FileHasEnded, ReasonMissing.
    """
    reason = reasons.required(reason)
    with transaction.atomic():
        found = _lock(Withdrawal.objects.filter(orders__file=file, orders__is_live=True))
        file = BankFile.objects.select_for_update().get(pk=file.pk)
        if file.discarded_at or any(each.state != State.SENT and not _paid_by_another(each, file) for each in found):
            raise FileHasEnded
        file.orders.update(is_live=False)
        file.discarded_at, file.discarded_by, file.discard_reason = now, by, reason
        file.save(update_fields=["discarded_at", "discarded_by", "discard_reason"])
        for withdrawal in found:
            if withdrawal.state == State.SENT:
                note = "Платёжное поручение отозвано, выпустим новое"
                withdrawals.step(withdrawal, State.APPROVED, by=by, note=note, said=reason, now=now)


def _paid_by_another(withdrawal: Withdrawal, file: BankFile) -> bool:
    """Whether the bank has carried out the order of another file, and not of this one."""
    executed = withdrawal.orders.filter(executed_on__isnull=False)
    return withdrawal.state == State.PAID and {order.file_id == file.pk for order in executed} == {False}


def _lock(chosen: QuerySet[Withdrawal]) -> list[Withdrawal]:
    """The chosen ones as they stand, oldest first, with their partners locked before them, in one order for all."""
    partners = chosen.order_by().values("partner")
    list(Partner.objects.select_for_update().filter(pk__in=partners).order_by("pk").values_list("pk"))
    rows = chosen.select_for_update(of=("self",)).select_related("partner__user", "requisites", "card")
    return list(rows.order_by("due_on", "pk"))


def _payer() -> Party:
    ours = settings.PROGRAMME_COMPANY
    if not all(ours[field] for field in _OURS):
        raise OursIsMissing
    return Party(kpp=ours["kpp"], **{field: ours[field] for field in _OURS})


def _payment(order: BankOrder, contract: Contract | None, *, now: dt.datetime) -> PaymentOrder:
    withdrawal = order.withdrawal
    requisites = withdrawal.requisites
    assert requisites
    agreed = (
        f" по договору № {contract.number} от {contract.signed_on:%d.%m.%Y}" if contract and contract.number else ""
    )
    return PaymentOrder(
        number=order.pk,
        on=rules.day_of(now),
        amount_kopecks=withdrawal.amount_kopecks,
        receiver=Party(
            name=requisites.name,
            inn=requisites.inn,
            kpp=requisites.kpp,
            account=requisites.account,
            bank_name=requisites.bank_name,
            bik=requisites.bik,
            corr_account=requisites.corr_account,
        ),
        purpose=bank_file.purpose(
            f"Вознаграждение{agreed},",
            _PURPOSE.format(withdrawal.pk),
            rules.vat_words(withdrawal.amount_kopecks, requisites.vat_percent),
        ),
    )


# --- And back ---------------------------------------------------------------------------------------------------------


def take_in(content: bytes, *, by: User, now: dt.datetime) -> BankStatement:
    """Mark as paid what the bank's statement says was paid: found by number, sum and account, debited from ours.

    Repeatable: the same file again is the statement that stands; a withdrawal is paid once. What doesn't fit is kept as
    sentences for staff. Raises `bank_statement.NotABankFile`, `CannotBeRead`, OursIsMissing, StatementOfAnotherAccount.
    """
    statement = bank_statement.read(content)
    account = _payer().account
    if account not in statement.accounts and all(order.payer_account != account for order in statement.orders):
        raise StatementOfAnotherAccount
    digest = hashlib.sha256(content).hexdigest()
    if known := BankStatement.objects.filter(digest=digest).first():
        return known
    outgoing = [order for order in statement.orders if order.payer_account == account and order.kind == _ORDER]
    numbers = [int(order.number) for order in outgoing if _NUMBER.fullmatch(order.number)]
    ours = BankOrder.objects.select_related("file", "withdrawal__requisites", "withdrawal__partner").in_bulk(numbers)
    paid, differences = 0, []
    seen: set[PaidOrder] = set()
    for order in outgoing:
        known_order = ours.get(int(order.number)) if _NUMBER.fullmatch(order.number) else None
        # Another payment may happen to have the number: the account pays for other things as well.
        if known_order and _account(known_order.withdrawal) == order.receiver_account:
            withdrawal, is_again = known_order.withdrawal_id, order in seen
            is_paid, difference = (False, _AGAIN) if is_again else _settle(known_order, order, by=by, now=now)
            paid += is_paid
            seen.add(order)
        else:
            withdrawal, difference = _lost(order)
        if difference:
            differences.append(f"Поручение № {order.number}, вывод № {withdrawal}: {difference}")
    taken_in, _ = BankStatement.objects.get_or_create(
        digest=digest,
        defaults={
            "taken_in_at": now,
            "taken_in_by": by,
            "orders": len(outgoing),
            "paid": paid,
            "differences": differences,
        },
    )
    return taken_in


_AGAIN = "в выписке оно дважды: проверьте, не списаны ли деньги два раза"


def _account(withdrawal: Withdrawal) -> str:
    return withdrawal.requisites.account if withdrawal.requisites else ""


def _lost(order: PaidOrder) -> tuple[int, str]:
    """The withdrawal that an order names which isn't in the books, and what doesn't fit; nothing is said of strangers.

    So it is after a backup was restored: the file was made later, and the withdrawal waits to be collected once more.
    """
    named = _IN_PURPOSE.search(order.purpose)
    if named is None or order.executed_on is None:
        return 0, ""
    found = Withdrawal.objects.select_related("requisites").filter(pk=int(named[1])).first()
    if found is None or (_account(found), found.amount_kopecks) != (order.receiver_account, order.amount_kopecks):
        return 0, ""
    sum_ = in_text(order.amount_kopecks)
    return found.pk, f"банк перевёл {sum_} по поручению, которого у нас нет: не отправляйте заявку ещё раз"


def _settle(known: BankOrder, order: PaidOrder, *, by: User, now: dt.datetime) -> tuple[bool, str]:
    """Whether this order of the bank marked a withdrawal as paid, and what doesn't fit."""
    if order.executed_on is None:
        return False, "банк ещё не списал деньги"
    if order.executed_on < rules.day_of(known.file.made_at):
        # After a backup was restored, numbers are given a second time.
        on = day(order.executed_on)
        return False, f"исполнено {on}, раньше чем выпущено: это другое поручение с тем же номером"
    if order.amount_kopecks != known.withdrawal.amount_kopecks:
        expected = in_text(known.withdrawal.amount_kopecks)
        return False, f"банк перевёл {in_text(order.amount_kopecks)}, а в заявке {expected}"
    with transaction.atomic():
        withdrawal = withdrawals.lock(known.withdrawal)
        known = BankOrder.objects.get(pk=known.pk)
        if known.executed_on not in (None, order.executed_on):
            return False, f"исполнено дважды: {day(known.executed_on)} и {day(order.executed_on)}"
        known.executed_on = order.executed_on
        known.save(update_fields=["executed_on"])
        if other := withdrawal.orders.filter(executed_on__isnull=False).exclude(pk=known.pk).first():
            return False, f"оплачено дважды, ещё и поручением № {other.pk}"
        if withdrawal.state == State.RETURNED:
            came_back = withdrawal.steps.filter(state=State.PAID).exists()
            return False, "" if came_back else "банк перевёл деньги, а сумма уже возвращена на баланс"
        is_news = withdrawal.state != State.PAID
        if is_news:
            note = f"Оплачено {day(order.executed_on)}, платёжное поручение № {known.pk}"
            withdrawals.pay(withdrawal, by=by, note=note, now=now)
        if known.is_live:
            return is_news, ""
        live = withdrawal.orders.filter(is_live=True).first()
        recall = f": отзовите в банке новое поручение № {live.pk}" if live else ""
        return is_news, f"файл был отозван, а банк его исполнил{recall}"
