import sys
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.apps import apps as the_apps
from django.core import checks
from django.db.models.signals import post_migrate

from skorozvon_partners.checks import of_deployment, production_settings, refuse_to_start


class SkorozvonPartnersConfig(AppConfig):
    name = "skorozvon_partners"

    def ready(self) -> None:
        checks.register(production_settings, "settings")
        checks.register(of_deployment, deploy=True)
        post_migrate.connect(settle_roles, sender=self)
        # manage.py runs the checks by itself. gunicorn and Celery beat run none: without this they would start
        # happily and fail at the first visitor.
        if Path(sys.argv[0]).name != "manage.py":
            refuse_to_start()


def settle_roles(**kwargs: Any) -> None:
    """When `migrate` ends, each role has what the table says, whichever migration brought a right."""
    from skorozvon_partners import roles

    roles.settle(kwargs.get("apps", the_apps), kwargs["using"])
