"""The link by which somebody of staff sets a password: good once, and for as long as the settings say."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from partners import letters
from partners.models import User
from partners.templatetags.words import plural


class _Tokens(PasswordResetTokenGenerator):
    """Signed over the password that there is, so that setting one uses the token up."""

    key_salt = "skorozvon_partners.invitations"


tokens = _Tokens()


def message(member: User) -> mail.EmailMultiAlternatives:
    """The letter with the link, made anew each time: the link stands nowhere but in it, and nobody else of staff gets
    to see it.
    """
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
    made = mail.EmailMultiAlternatives(letter.subject, letter.text, to=[member.email])
    made.attach_alternative(letter.html, "text/html")
    return made
