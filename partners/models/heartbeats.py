"""Signs of life of scheduled work."""

from django.db import models


class Heartbeat(models.Model):
    """When a sweep came to its end the last time. Whoever watches the portal reads it."""

    name = models.CharField(max_length=50, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.beat_at:%d.%m.%Y %H:%M:%S}"
