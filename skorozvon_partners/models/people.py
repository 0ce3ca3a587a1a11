"""People as the desk's subjects: two views of one table, each with the rights of its own."""

from typing import ClassVar

from django.db import models

from partners.models import User
from partners.models.people import UserManager


class StaffManager(UserManager):
    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().filter(is_staff=True)


class StaffMember(User):
    """Somebody of staff."""

    letter_went: bool | None = None  # its invitation, in the request that sent it

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [
            ("invite_staff", "Приглашать сотрудников"),
            ("change_role", "Менять роль сотрудника"),
            ("switch_staff", "Выключать и включать доступ сотрудника"),
            ("reset_second_factor", "Сбрасывать второй фактор сотрудника"),
        ]


class PersonManager(UserManager):
    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().filter(is_staff=False)


class Person(User):
    """Whose personal data the portal holds: an account holder of the service, partner or not."""

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [
            ("export_person", "Выгружать персональные данные"),
            ("erase_person", "Стирать персональные данные"),
        ]
