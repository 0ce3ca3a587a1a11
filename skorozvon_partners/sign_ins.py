"""Sign-ins of staff, as the journal tells of them."""

import datetime as dt

from partners import deeds
from partners.models import User
from skorozvon_partners.models import StaffMember

PASSWORD_FAILED, PASSWORD_ACCEPTED, CODE_FAILED = "password_failed", "password_accepted", "code_failed"
SIGNED_IN, SIGNED_OUT, JOINED = "signed_in", "signed_out", "joined"
PASSWORD_CHANGED, PHONE_SET_UP, CODES_ISSUED = "password_changed", "phone_set_up", "codes_issued"
_PREFIX = "sign_in"
TITLES = {
    f"{_PREFIX}.{name}": title
    for name, title in {
        SIGNED_IN: "Вход",
        SIGNED_OUT: "Выход",
        PASSWORD_FAILED: "Неверный пароль",
        PASSWORD_ACCEPTED: "Пароль принят, нужен код",
        CODE_FAILED: "Неверный код",
        JOINED: "Принято приглашение",
        PASSWORD_CHANGED: "Смена своего пароля",
        PHONE_SET_UP: "Подключён второй фактор",
        CODES_ISSUED: "Новые коды восстановления",
    }.items()
}


def note(what: str, user: User, *, now: dt.datetime, got_in: bool = True, **asked: str) -> None:
    """Write down what came of a sign-in of this person; without `got_in` it may have been anybody."""
    action = f"{_PREFIX}.{what}"
    member = StaffMember(pk=user.pk)
    by = user if got_in else None
    deeds.write(by=by, action=action, title=TITLES[action], subject=StaffMember, rows=[member], asked=asked, now=now)
