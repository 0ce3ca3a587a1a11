"""Where an individual is paid: a card at Solar Staff. The portal never sees its number."""

from django.db import models
from django.db.models import Q

from partners.models import Partner


class Worker(models.Model):
    """A partner as Solar Staff knows it."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="worker")
    worker_id = models.CharField(max_length=50, unique=True)
    email = models.EmailField()  # by which it was invited; the partner's may change later
    invited_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True, blank=True)  # the person has done its part there

    def __str__(self) -> str:
        return f"исполнитель {self.worker_id}"


class Card(models.Model):
    """A card that was linked. Another card is another row; what was sent keeps its own."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="cards")
    card_id = models.CharField(max_length=50)
    number = models.CharField(max_length=30)  # masked by the provider: 220070******1234
    linked_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["worker"], condition=Q(removed_at=None), name="card_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"карта {self.card_id}"

    @property
    def shown(self) -> str:
        """As people know their cards: •• 1234."""
        return f"•• {self.number[-4:]}"
