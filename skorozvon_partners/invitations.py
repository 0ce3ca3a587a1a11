"""The link by which somebody of staff sets a password: good once, and for as long as the settings say."""

import logging

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from partners import letters
from partners.templatetags.words import plural
from skorozvon_partners.models import StaffMember

logger = logging.getLogger(__name__)


class _Tokens(PasswordResetTokenGenerator):
    """Signed over the password that there is, so that setting one uses the token up."""

    key_salt = "skorozvon_partners.invitations"


tokens = _Tokens()


def send(member: StaffMember) -> None:
    """Mail the link after the caller's transaction. Whether it went is then in `member.letter_went`.

    The link stands nowhere but in the letter: not in the database, and nobody else of staff gets to see it.
    """
    member.letter_went = False
    transaction.on_commit(lambda: _send(member))


def _send(member: StaffMember) -> None:
    uid = urlsafe_base64_encode(force_bytes(member.pk))
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    said = letters.Words(
        "Приглашение в портал партнёров Скорозвона",
        "Вас пригласили работать в портале партнёров",
        (
            f"Задайте пароль по ссылке. Она действует один раз, {hours} {plural(hours, 'час,часа,часов')}. Потом портал"
            " попросит подключить приложение с кодами на телефоне.",
            "Если вы не ждали этого письма, ничего не делайте и покажите его администратору.",
        ),
        "Задать пароль",
        "admin:invitation",
        (uid, tokens.make_token(member)),
    )
    letter = letters.lay_out(said)
    message = mail.EmailMultiAlternatives(letter.subject, letter.text, to=[member.email])
    message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except Exception as error:  # the administrator reads that it didn't go, and sends another
        # Its class alone: a mail server's words repeat the address.
        logger.warning("invitation of %s not sent: %s", member.pk, type(error).__name__)
    else:
        member.letter_went = True
