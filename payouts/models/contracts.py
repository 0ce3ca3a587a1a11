"""The contract of a legal partner (R22)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from partners.models import Partner, User


class Contract(models.Model):
    """What a legal partner signs before its first withdrawal. One for good: a change of tariff and back keeps it."""

    class State(models.TextChoices):
        OFFERED = "offered", "ждёт подписи"
        UPLOADED = "uploaded", "подпись на проверке"
        SIGNED = "signed", "подписан"

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="contract")
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    # Given by staff when it accepts the signed copy.
    number = models.CharField("Номер", max_length=50, blank=True)
    signed_on = models.DateField("Дата", null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)  # None: signed before the move to this portal

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="signed", signed_on__isnull=False) & ~Q(number=""))
                | (~Q(state="signed") & Q(signed_on=None, number="")),
                name="contract_signed_has_number_and_date",
            ),
        ]
        permissions = [("decide_contract", "Принимать и отклонять подписанные договоры")]
        indexes = [
            models.Index(fields=["offered_at"], condition=~Q(state="signed"), name="contract_not_signed"),
            models.Index(Upper("number"), condition=~Q(number=""), name="contract_by_number"),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}" if self.number else f"договор партнёра {self.partner_id}"


class SignedCopy(models.Model):
    """A file with the signed contract. It lies in the database: a backup has it, and no web server can hand it out."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="copies")
    content = models.BinaryField()
    content_type = models.CharField(max_length=50)  # by its content, not by its name
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        get_latest_by = "pk"
        verbose_name_plural = "signed copies"

    def __str__(self) -> str:
        return f"подписанный договор {self.contract_id}"

    @property
    def kind(self) -> str:
        """What people call such a file: 'PDF', 'JPEG', 'PNG'."""
        return self.content_type.rpartition("/")[2].upper()


class ContractStep(models.Model):
    """How a contract came to its state: who did it, when and why (M11). Only added to."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=Contract.State)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # None: the portal
    note = models.TextField(blank=True)  # read by the partner

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.contract_id}: {self.state}"
