"""Which person of the portal an account of the service is."""

from django.db import IntegrityError, transaction
from django.db.models import Q

from partners.models import User
from partners.rules import normal_email
from partners.skorozvon import Account


class EmailIsTaken(Exception):
    """Staff of the portal has the account's e-mail, and nobody becomes staff by an e-mail."""


def holder(account: Account) -> User:
    """The person that holds the account, made when it is here for the first time (R2).

    Found by the account's id, never by its e-mail: addresses change hands. E-mail, name, phone and INN become what the
    service says now; what it doesn't tell stays. Whoever had the e-mail before loses it, because the service knows
    better; staff keeps it. Of somebody shut out nothing changes. Repeatable. Raises EmailIsTaken.
    """
    try:
        with transaction.atomic():
            return _found_or_made(account)
    except IntegrityError:
        # The same person came in by another door at the same moment, and is there now.
        with transaction.atomic():
            return _found_or_made(account)


def _found_or_made(account: Account) -> User:
    email = normal_email(account.email)
    # Both in one order, whoever else is signing in: two people may have swapped their e-mails.
    concerned = User.objects.select_for_update().filter(Q(account_id=account.id) | Q(email=email)).order_by("pk")
    people = list(concerned)
    user = next((person for person in people if person.account_id == account.id), None)
    if user is not None and user.is_staff:
        raise EmailIsTaken  # the service opens no staff's session
    if user is not None and not user.is_active:
        return user  # doesn't get in, and nothing is learnt of it: its data may have been erased
    for other in people:
        if other is not user:
            _release(other)
    if user is None:
        return User.objects.create_user(
            email, account_id=account.id, full_name=account.name, phone=account.phone, inn=account.inn
        )
    told = {"email": email, "full_name": account.name, "phone": account.phone, "inn": account.inn}
    changed = {field: value for field, value in told.items() if value and value != getattr(user, field)}
    if changed:
        for field, value in changed.items():
            setattr(user, field, value)
        user.save(update_fields=list(changed))
    return user


def _release(other: User) -> None:
    if other.is_staff or other.account_id is None:
        raise EmailIsTaken
    other.email = f"{other.pk}@released.invalid"
    other.save(update_fields=["email"])
