"""The outbox of letters. What is to be sent stands in the database, written in the transaction of what it tells of, so
neither a dead broker nor a dead mail server loses a letter.
"""

import datetime as dt
import hashlib
import logging
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core import mail, signing
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.urls import reverse

from partners import letters
from partners.models import Notice, Partner

logger = logging.getLogger(__name__)

# What a partner may do without. The others answer its own request or guard its money.
CAN_BE_STOPPED = (
    Notice.Kind.CLIENT_ATTACHED,
    Notice.Kind.CLIENT_DECLINED,
    Notice.Kind.MONTH_CREDITED,
    Notice.Kind.TERMS_OFFER,
    Notice.Kind.WITHDRAWAL_SENT,
    Notice.Kind.WITHDRAWAL_PAID,
)
# Between tries, three days in all. The first is longer than any call of `send_due`: until then nobody else sends it.
_PAUSES = [dt.timedelta(minutes=5), *(dt.timedelta(hours=hours) for hours in (0.25, 1, 3, 6, 12, 24, 24))]
# One call ends after about so long, so that slow mail doesn't hold up what else the sweep has to do.
_SECONDS_AT_ONCE = 45


class NotAStopLink(Exception):
    """The token is not one of ours, or names a kind that always comes."""


def add(partner: Partner, kind: str, *, key: str, now: dt.datetime, **context: Any) -> None:
    """Write a letter into the outbox, once per `key`; it is sent after the caller's transaction, by a worker.

    `context` is what the kind's function in `letters` takes; it is plain JSON. Raises TypeError for any other.
    """
    letters.words(kind, context)
    notice = Notice(partner=partner, kind=kind, key=key, context=context, created_at=now, next_try_at=now)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    transaction.on_commit(_wake_sender)


def _wake_sender() -> None:
    """Have the letters sent at once. Whatever goes wrong, the sweep sends them a minute later."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return  # there is only the sweep; a visitor does not wait for the mail server
    try:
        current_app.send_task("partners.tasks.send_due", retry=False)
    except Exception as error:
        logger.warning("no broker to wake the sender of letters: %s", type(error).__name__)


def send_due(*, now: dt.datetime) -> None:
    """Send what is due, for less than a minute. Repeatable, and harmless beside others doing the same.

    A letter is sent at least once: who dies between sending and marking leaves it to be sent again, under the same
    Message-ID. While the mail server doesn't answer, no try is spent.
    """
    if not _due(now).exists():
        return
    until = time.monotonic() + _SECONDS_AT_ONCE
    with_server = mail.get_connection()
    try:
        while time.monotonic() < until:
            with_server.open()  # keeps an open one; raises before a try is spent
            notice = _claim(now)
            if notice is None:
                return
            if notice.next_try_at:
                _send(notice, with_server, now)
    except OSError as error:
        logger.warning("the mail server does not answer: %s", type(error).__name__)
    finally:
        _hang_up(with_server)


def _due(now: dt.datetime) -> Any:
    return Notice.objects.filter(next_try_at__lte=now)


def _claim(now: dt.datetime) -> Notice | None:
    """A letter that is due, its next try put off before this one is made; None when nothing is left.

    One that is not wanted, or was tried often enough, ends here: it has no next try.
    """
    with transaction.atomic():
        # The newest first: one that somebody waits for doesn't queue behind the thousands of a close.
        due = _due(now).select_for_update(skip_locked=True, of=("self",)).order_by("-next_try_at")
        notice: Notice | None = due.select_related("partner__user").first()
        if notice is None:
            return None
        is_muted = notice.kind in notice.partner.muted_notices and notice.kind in CAN_BE_STOPPED
        if is_muted or notice.partner.user.erased_at:
            notice.next_try_at = None
        elif notice.attempts == len(_PAUSES):
            notice.next_try_at = None
            logger.error("letter %s (%s) given up after %s tries", notice.pk, notice.kind, notice.attempts)
        else:
            notice.next_try_at = now + _PAUSES[notice.attempts]
            notice.attempts += 1
        notice.save(update_fields=["next_try_at", "attempts"])
    return notice


def _send(notice: Notice, with_server: BaseEmailBackend, now: dt.datetime) -> None:
    try:
        with_server.send_messages([_message(notice)])
    except Exception as error:  # one letter's trouble must not keep the others
        # Its class alone: a mail server's words repeat the address.
        logger.warning("letter %s (%s) not sent: %s", notice.pk, notice.kind, type(error).__name__)
        _hang_up(with_server)
    else:
        Notice.objects.filter(pk=notice.pk).update(sent_at=now, next_try_at=None)


def _hang_up(with_server: BaseEmailBackend) -> None:
    with suppress(OSError):
        with_server.close()


def _message(notice: Notice) -> mail.EmailMultiAlternatives:
    host = urlsplit(settings.PORTAL_URL).hostname
    headers = {
        # The same for every try, by which a letter that comes twice is known.
        "Message-ID": f"<{hashlib.sha256(notice.key.encode()).hexdigest()[:32]}@{host}>",
        "Auto-Submitted": "auto-generated",  # no "I'm on holiday" in return
    }
    stop_url = ""
    if notice.kind in CAN_BE_STOPPED:
        stop_url = settings.PORTAL_URL + reverse("stop_notices", args=[stop_token(notice.partner, notice.kind)])
        # RFC 8058: the mail program's own button.
        headers |= {"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    letter = letters.write(notice.kind, notice.context, stop_url=stop_url)
    message = mail.EmailMultiAlternatives(letter.subject, letter.text, to=[notice.partner.user.email], headers=headers)
    message.attach_alternative(letter.html, "text/html")
    return message


# --- Stopping a kind --------------------------------------------------------------------------------------------------


def stop_token(partner: Partner, kind: str) -> str:
    """What a link that stops a kind of letters is known by. It holds for ever and can do nothing else."""
    return _signer().sign_object([partner.pk, kind])


def _signer() -> signing.Signer:
    # Made when it is needed: at the import a SECRET_KEY that isn't set would hide what `check` says about it.
    return signing.Signer(sep=".", salt="partners.notices.stop")


def read_stop_token(token: str) -> tuple[int, str]:
    """The partner's id and the kind. Raises NotAStopLink."""
    try:
        partner_id, kind = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotAStopLink from error
    if kind not in CAN_BE_STOPPED:
        raise NotAStopLink
    return partner_id, kind


def stop(token: str) -> None:
    """Send the partner no more letters of the token's kind. Repeatable. Raises NotAStopLink."""
    partner_id, kind = read_stop_token(token)
    with transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner_id)
        if kind not in partner.muted_notices:
            partner.muted_notices.append(kind)
            partner.save(update_fields=["muted_notices"])
