"""The roles of staff, and which of them may do what. The one place to look it up and to change it.

A role is a Django group of its name. `migrate` brings the groups in step with this table each time it ends, so a row
that is added here needs no migration of its own.
"""

from typing import Any

from django.apps import apps as the_apps
from django.contrib.auth.management import create_permissions
from django.db import models

APPS = ("partners", "referrals", "payouts", "skorozvon_partners")


class Role(models.TextChoices):
    MANAGER = "manager", "Менеджер"
    ACCOUNTANT = "accountant", "Бухгалтер"
    ADMINISTRATOR = "administrator", "Администратор"


WHAT_FOR = {
    Role.MANAGER: "Партнёры и клиенты: заявки, договоры, условия, закрепление",
    Role.ACCOUNTANT: "Деньги: месяцы, корректировки, выводы, файлы для банка, сверки",
    Role.ADMINISTRATOR: "Сотрудники, журнал, персональные данные. К деньгам не допущен",
}

_MANAGER, _ACCOUNTANT, _ADMINISTRATOR = Role.MANAGER, Role.ACCOUNTANT, Role.ADMINISTRATOR
# Least rights: who gives rights moves no money, who pays out decides about nobody's participation.
RIGHTS: dict[str, tuple[Role, ...]] = {
    # Partners
    "partners.view_partner": (_MANAGER, _ACCOUNTANT, _ADMINISTRATOR),
    "partners.admit_partner": (_MANAGER,),
    "partners.block_partner": (_MANAGER,),
    "partners.revoke_token": (_MANAGER,),
    "partners.view_terms": (_MANAGER, _ACCOUNTANT),
    "partners.publish_terms": (_MANAGER,),
    "payouts.change_tariff": (_MANAGER,),
    "payouts.view_contract": (_MANAGER, _ACCOUNTANT),
    "payouts.decide_contract": (_MANAGER,),
    # Clients
    "referrals.view_client": (_MANAGER, _ACCOUNTANT),
    "referrals.attach_client": (_MANAGER,),
    "referrals.transfer_client": (_MANAGER,),
    "referrals.train_client": (_MANAGER,),
    "referrals.settle_suspicion": (_MANAGER,),
    "referrals.view_attachrequest": (_MANAGER,),
    "referrals.decide_attachrequest": (_MANAGER,),
    "referrals.view_event": (_MANAGER, _ACCOUNTANT),
    "referrals.review_event": (_MANAGER,),
    # Money that is earned; who asks for a large correction doesn't confirm it, whatever the role
    "referrals.view_month": (_MANAGER, _ACCOUNTANT),
    "referrals.preview_month": (_MANAGER, _ACCOUNTANT),
    "referrals.verify_month": (_MANAGER, _ACCOUNTANT),
    "referrals.close_month": (_ACCOUNTANT,),
    "partners.view_correction": (_MANAGER, _ACCOUNTANT),
    "partners.request_correction": (_MANAGER, _ACCOUNTANT),
    "partners.confirm_correction": (_ACCOUNTANT,),
    # Money that leaves
    "payouts.view_withdrawal": (_MANAGER, _ACCOUNTANT),
    "payouts.enter_withdrawal": (_MANAGER, _ACCOUNTANT),
    "payouts.approve_withdrawal": (_ACCOUNTANT,),
    "payouts.decline_withdrawal": (_ACCOUNTANT,),
    "payouts.settle_withdrawal": (_ACCOUNTANT,),
    "payouts.view_bankfile": (_ACCOUNTANT,),
    "payouts.collect_bankfile": (_ACCOUNTANT,),
    "payouts.view_bankstatement": (_ACCOUNTANT,),
    "payouts.take_in_bankstatement": (_ACCOUNTANT,),
    "payouts.view_comparison": (_ACCOUNTANT,),
    "payouts.run_comparison": (_ACCOUNTANT,),
    "payouts.review_comparison": (_ACCOUNTANT,),
    # In an emergency nobody should have to be looked for.
    "payouts.view_sendingswitch": (_ACCOUNTANT, _ADMINISTRATOR),
    "payouts.switch_sending": (_ACCOUNTANT, _ADMINISTRATOR),
    "skorozvon_partners.view_auditrun": (_MANAGER, _ACCOUNTANT, _ADMINISTRATOR),
    # People
    "skorozvon_partners.view_staffmember": (_ADMINISTRATOR,),
    "skorozvon_partners.invite_staff": (_ADMINISTRATOR,),
    "skorozvon_partners.change_role": (_ADMINISTRATOR,),
    "skorozvon_partners.switch_staff": (_ADMINISTRATOR,),
    "skorozvon_partners.reset_second_factor": (_ADMINISTRATOR,),
    "skorozvon_partners.view_person": (_ADMINISTRATOR,),
    "skorozvon_partners.export_person": (_ADMINISTRATOR,),
    "skorozvon_partners.erase_person": (_ADMINISTRATOR,),
    "partners.view_deed": (_ADMINISTRATOR,),
}


def rights_of(role: str) -> set[str]:
    """The rights of a role, named as `has_perm` names them."""
    return {right for right, roles in RIGHTS.items() if role in roles}


def settle(apps: Any = the_apps, using: str = "default") -> None:
    """Make the groups of the database those of the table above, no right more and none less. Repeatable.

    `apps` are the models as they stand while a migration runs. Rights of models that aren't there yet are given when
    they have come. Takes part in the transaction of whoever calls.
    """
    if any(label not in {config.label for config in apps.get_app_configs()} for label in ("auth", "contenttypes")):
        return  # only some apps are being migrated
    _create_rights(apps, using)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    found = Permission.objects.using(using).filter(content_type__app_label__in=APPS)
    known = {f"{app}.{name}": pk for app, name, pk in found.values_list("content_type__app_label", "codename", "pk")}
    for role in Role:
        group, _ = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.set([known[right] for right in sorted(rights_of(role) & known.keys())])


def _create_rights(apps: Any, using: str) -> None:
    """Django makes permissions only when all migrations are done: that is too late for one of them."""
    for config in apps.get_app_configs():
        if config.label in APPS:
            # Of an app as a migration knows it, Django would think that it has no models.
            config.models_module = getattr(config, "models_module", None) or True
            create_permissions(config, verbosity=0, apps=apps, using=using)
