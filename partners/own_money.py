"""Whoever of staff is a partner as well decides nothing about its own money: somebody else has to."""

from partners.models import Partner, User


class OwnMoney(Exception):
    """Whoever decides is the partner itself."""

    def __str__(self) -> str:
        return "Этот партнёр — вы: решить должен другой сотрудник."


def refuse(partner: Partner, *, by: User) -> None:
    """For every decision that moves money or lets it move. Raises OwnMoney when `by` is the partner."""
    if partner.user_id == by.pk:
        raise OwnMoney
