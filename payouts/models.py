"""How money leaves: so far, the contract of a legal partner."""

from django.db import models

from partners.models import Partner


class Contract(models.Model):
    """The signed contract that a legal partner needs before its first withdrawal (R22)."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="contract")
    number = models.CharField(max_length=50)
    signed_on = models.DateField()

    def __str__(self) -> str:
        return f"№ {self.number}"
