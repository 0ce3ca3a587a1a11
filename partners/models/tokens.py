"""Keys with which a partner's own programs ask the portal."""

from django.db import models
from django.db.models import Q

from partners.models.people import Partner, User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> "ApiTokenQuerySet":
        return self.filter(revoked_at=None)


class ApiToken(models.Model):
    """A key of the API: what it may do, who made it and who revoked it (M11). The key itself is kept nowhere (R26).

    Never changed otherwise, never deleted: a trigger sees to it.
    """

    class Scope(models.TextChoices):
        READ = "read", "только чтение"
        WITHDRAW = "withdraw", "чтение и вывод денег"  # whoever may withdraw may read

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField("Название", max_length=100)
    scope = models.CharField("Что можно", max_length=10, choices=Scope)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256: 256 random bits need nothing slower
    ending = models.CharField(max_length=4)  # by which the partner knows one that it finds somewhere
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "name"], condition=Q(revoked_at=None), name="api_token_name_of_one_live"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_token_revoked_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"токен {self.pk}"  # no name: this ends up in logs

    @property
    def shown(self) -> str:
        """How it is told from others: skp_…Xy12."""
        return f"skp_…{self.ending}"

    @property
    def scopes(self) -> list[str]:
        """Everything that it may do."""
        return [self.Scope.READ] if self.scope == self.Scope.READ else [self.Scope.READ, self.Scope.WITHDRAW]
