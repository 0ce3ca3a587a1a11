"""The Celery application: `celery -A skorozvon_partners worker` and `… beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skorozvon_partners.settings")

app = Celery("skorozvon_partners")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
