"""Who works at the desk, in which role, and who lets them in.

Each function asks for a reason; the desk's journal keeps it with who and when. Nobody changes oneself, and whoever has
full access is changed only by the like. So there is always somebody left who can let others in.
"""

import datetime as dt

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Model

from partners.models import User
from partners.reasons import required
from partners.rules import normal_email
from skorozvon_partners import second_factor, staff_letters
from skorozvon_partners.models import StaffMember


class Refusal(Exception):
    """What can't be done about somebody of staff. Its text is a sentence in Russian for whoever asked."""


class EmailIsTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Этот e-mail уже занят: сотрудником или клиентом сервиса. Сотруднику нужен свой, рабочий: укажите другой."
        )


class NotOneself(Refusal):
    def __init__(self) -> None:
        super().__init__("Себе ничего не меняют: попросите другого администратора.")


class FullAccess(Refusal):
    def __init__(self) -> None:
        super().__init__("У этого сотрудника полный доступ: менять его может только такой же.")


class NothingToDo(Refusal):
    """It is as it was to become."""


def invite(*, email: str, full_name: str, role: str, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """Make somebody a member of staff, without a password: the letter that goes out after the transaction has a link
    to set one. Raises ReasonMissing, EmailIsTaken.
    """
    required(reason)
    email = normal_email(email)
    member = StaffMember(email=email, full_name=" ".join(full_name.split()), is_staff=True)
    try:
        with transaction.atomic():
            _shut(member)
            _give(member, role)
            staff_letters.invite(member, now=now)
    except IntegrityError:
        raise EmailIsTaken from None
    return member


def reset_password(member: Model, *, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """A letter with a link to set another one; the password that there was, sessions that were opened by it, and links
    of earlier letters are of no use any more. Locks both. Raises ReasonMissing, NotOneself, FullAccess, NothingToDo.
    """
    required(reason)
    with transaction.atomic():
        member = _locked(member, by)
        if not member.is_active:
            raise NothingToDo("Доступ этого сотрудника выключен. Сначала верните его: ссылка придёт сама.")
        _shut(member)
        staff_letters.invite(member, now=now)
    return member


def change_role(member: Model, *, role: str, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """The one role in place of the one before; it holds at once. Locks both.

    Raises ReasonMissing, NotOneself, FullAccess, NothingToDo.
    """
    required(reason)
    with transaction.atomic():
        member = _locked(member, by)
        if list(member.groups.values_list("name", flat=True)) == [role]:
            raise NothingToDo("Эта роль у сотрудника и сейчас. Выберите другую.")
        _give(member, role)
    return member


def switch_off(member: Model, *, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """Out at once, wherever it is signed in, and for good: password and second factor go, too. Locks both.

    Raises ReasonMissing, NotOneself, FullAccess, NothingToDo.
    """
    required(reason)
    with transaction.atomic():
        member = _locked(member, by)
        if not member.is_active:
            raise NothingToDo("Доступ этого сотрудника уже выключен.")
        member.is_active = False
        _shut(member)
        second_factor.reset(member)
    return member


def switch_on(member: Model, *, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """Back in the role it had, by an invitation as if it were new. Locks both.

    Raises ReasonMissing, NotOneself, FullAccess, NothingToDo.
    """
    required(reason)
    with transaction.atomic():
        member = _locked(member, by)
        if member.is_active:
            raise NothingToDo("Доступ этого сотрудника уже включён.")
        member.is_active = True
        _shut(member)
        staff_letters.invite(member, now=now)
    return member


def reset_second_factor(member: Model, *, reason: str, by: User, now: dt.datetime) -> StaffMember:
    """Phone and recovery codes are forgotten; the next sign-in begins with a new phone. Locks both.

    Raises ReasonMissing, NotOneself, FullAccess, NothingToDo.
    """
    required(reason)
    with transaction.atomic():
        member = _locked(member, by)
        if not second_factor.reset(member):
            raise NothingToDo("У этого сотрудника второго фактора нет: сбрасывать нечего.")
    return member


def _locked(member: Model, by: User) -> StaffMember:
    if member.pk == by.pk:
        raise NotOneself
    both = StaffMember.objects.select_for_update().filter(pk__in=[member.pk, by.pk]).order_by("pk")
    found = {each.pk: each for each in both}
    locked, asking = found[member.pk], found[by.pk]
    assert isinstance(locked, StaffMember)
    if not asking.is_active or (locked.is_superuser and not asking.is_superuser):
        raise FullAccess
    return locked


def _give(member: StaffMember, role: str) -> None:
    member.groups.set([Group.objects.get(name=role)])


def _shut(member: StaffMember) -> None:
    """Without a password its sessions end, and links of earlier invitations with them."""
    member.set_unusable_password()
    member.save()
