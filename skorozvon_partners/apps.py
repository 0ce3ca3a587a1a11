import sys
from pathlib import Path

from django.apps import AppConfig
from django.core import checks

from skorozvon_partners.checks import production_settings, refuse_to_start, staff_is_told


class SkorozvonPartnersConfig(AppConfig):
    name = "skorozvon_partners"

    def ready(self) -> None:
        checks.register(production_settings)
        checks.register(staff_is_told)
        # manage.py runs the checks by itself. gunicorn and Celery beat run none: without this they would start
        # happily and fail at the first visitor.
        if Path(sys.argv[0]).name != "manage.py":
            refuse_to_start()
