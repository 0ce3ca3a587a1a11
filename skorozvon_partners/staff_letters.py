"""Letters to staff, about what is wrong and to the invited: an outbox of their own in the database, sent by the sweep.

Who is told what is wrong stands in STAFF_ALERT_EMAILS. Without anybody nothing is written: the findings are kept all
the same.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string

from skorozvon_partners import invitations
from skorozvon_partners.models import Finding, StaffLetter, StaffMember

logger = logging.getLogger(__name__)
Kind = Finding.Kind

# Between tries, two days in all; the first is longer than any one call takes.
_PAUSES = [dt.timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360, 720, 1440)]
_AT_ONCE = 20  # sentences in a letter, and letters in a sweep

# What is wrong: the subject when it begins and when it is over, and what to do about it.
_WORDS: dict[str, tuple[str, str, str]] = {
    Kind.AUDIT: (
        "Проверка книг нашла расхождение",
        "Проверка книг больше не находит расхождений",
        "Остановите beat и выясните, кто менял базу вручную. Что делать дальше, сказано в docs/operations.md.",
    ),
    Kind.MONTH_LATE: (
        "Месяц не закрыт вовремя",
        "Месяц закрыт",
        "Проверьте, работают ли beat и worker: close_due_months закроет месяц и вручную.",
    ),
    Kind.WITHDRAWAL_LATE: (
        "Вывод задерживается",
        "Вывод больше не задерживается",
        "Партнёрам обещано 12 дней. Откройте заявку: на её странице видно, чего она ждёт.",
    ),
    Kind.FEED_SILENT: (
        "События сервиса не приходят",
        "События сервиса снова приходят",
        "Спросите у службы поддержки сервиса, отправляет ли он события. Деньги не потеряются: опоздавшее учтётся.",
    ),
    Kind.SENDING_OFF: (
        "Отправка выплат давно выключена",
        "Отправка выплат снова включена",
        "Если причина прошла, включите отправку: одобренные заявки уйдут сами.",
    ),
}


def write(kind: str, told: Sequence[tuple[str, str]], *, is_over: bool, now: dt.datetime) -> None:
    """Put one letter into the outbox about all that began, or is over, at once: (sentence, page of the desk) each."""
    if not settings.STAFF_ALERT_EMAILS:
        return
    begins, ends, what_to_do = _WORDS[kind]
    context = {
        "news": ends if is_over else begins,
        "told": [(says, settings.PORTAL_URL + page) for says, page in told[:_AT_ONCE]],
        "more": max(0, len(told) - _AT_ONCE),
        "is_over": is_over,
        "what_to_do": what_to_do,
        "desk": settings.PORTAL_URL + told[0][1],
    }
    StaffLetter.objects.create(
        subject=context["news"] if len(told) == 1 else f"{context['news']} ({len(told)})",
        text=render_to_string("letters/staff.txt", context),
        written_at=now,
        next_try_at=now,
    )


def invite(member: StaffMember, *, now: dt.datetime) -> None:
    """Put an invitation into the outbox, and try to send it right after the caller's transaction.

    Whether it went is then in `member.letter_went`; if not, the sweep goes on trying.
    """
    # As if claimed: until the next try it is nobody else's.
    letter = StaffLetter.objects.create(invited=member, written_at=now, attempts=1, next_try_at=now + _PAUSES[0])

    def send() -> None:
        member.letter_went = _send(letter, now)

    member.letter_went = False
    transaction.on_commit(send)


def send_due(*, now: dt.datetime) -> None:
    """Send what is due. Repeatable, and harmless beside others.

    A letter is sent at least once: who dies between sending and marking leaves it to be sent again, under the same
    Message-ID.
    """
    for _ in range(_AT_ONCE):
        letter = _claim(now)
        if letter is None:
            return
        if letter.next_try_at:
            _send(letter, now)


def _claim(now: dt.datetime) -> StaffLetter | None:
    """A letter that is due, its next try put off before this one is made."""
    with transaction.atomic():
        due = StaffLetter.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
        letter = due.select_for_update(skip_locked=True).first()
        if letter is None:
            return None
        if letter.invited and (letter.invited.has_usable_password() or not letter.invited.is_active):
            letter.next_try_at = None  # it came by another letter, or is to come no more
        elif letter.attempts == len(_PAUSES):
            letter.next_try_at = None
            logger.error("letter %s to staff given up after %s tries", letter.pk, letter.attempts)
        else:
            letter.next_try_at = now + _PAUSES[letter.attempts]
            letter.attempts += 1
        letter.save(update_fields=["next_try_at", "attempts"])
    return letter


def _send(letter: StaffLetter, now: dt.datetime) -> bool:
    """Whether it went."""
    try:
        _message(letter).send()
    except Exception as error:  # its class alone: a mail server's words repeat the addresses
        logger.warning("letter %s to staff not sent: %s", letter.pk, type(error).__name__)
        return False
    StaffLetter.objects.filter(pk=letter.pk).update(sent_at=now, next_try_at=None)
    return True


def _message(letter: StaffLetter) -> mail.EmailMessage:
    host = urlsplit(settings.PORTAL_URL).hostname
    message = (
        invitations.message(letter.invited)
        if letter.invited
        else mail.EmailMessage(letter.subject, letter.text, to=settings.STAFF_ALERT_EMAILS)
    )
    message.extra_headers |= {
        "Message-ID": f"<staff-{letter.pk}-{letter.written_at:%Y%m%d%H%M%S}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    return message
