"""The Celery application: `celery -A skorozvon_partners worker` and `… beat`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging
from django.conf import settings
from django_structlog.celery.receivers import CeleryReceiver
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skorozvon_partners.settings")

app = Celery("skorozvon_partners")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A task's lines carry its number, and that of the request which rang for it.
app.steps["worker"].add(DjangoStructLogInitStep)
_receiver = CeleryReceiver()


@setup_logging.connect
def _log_like_everybody(loglevel: int, **kwargs: Any) -> None:
    """Celery has a way of logging of its own unless somebody answers this."""
    logging.config.dictConfig(settings.LOGGING)
    root = logging.getLogger()
    root.setLevel(max(root.level, loglevel))  # `--loglevel` may ask for less


@beat_init.connect
def _number_tasks_of_beat(**kwargs: Any) -> None:
    """Without a broker beat runs the tasks itself."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        _receiver.connect_worker_signals()
