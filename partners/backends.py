"""How Django signs a partner in where the service checks the passwords."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from partners import sign_in, skorozvon
from partners.models import User


class ServiceBackend(ModelBackend):
    """Asks the service whose e-mail and password these are; without SKOROZVON_URL leaves it to Django's own passwords.

    Only the portal's sign-in page names the credential `email`. Staff's names it `username` and comes past this
    backend: its passwords are the portal's own.
    """

    def authenticate(self, request: HttpRequest | None, email: str, password: str) -> User | None:  # type: ignore[override]
        """One call to the service for any e-mail. Raises PermissionDenied, which ends the search, for a wrong password
        and for a person shut out here; else what `open_session` and `holder` raise.
        """
        if not settings.SKOROZVON_URL:
            return None
        try:
            user = sign_in.holder(skorozvon.open_session(email, password))
        except skorozvon.WrongCredentials:
            raise PermissionDenied from None
        if not self.user_can_authenticate(user):
            raise PermissionDenied
        return user
