"""A partner's advertising: its campaigns and the visits of their links."""

from django.db import models

from partners.models import Code, Partner


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def running(self) -> "CampaignQuerySet":
        return self.filter(archived_at=None)


class Campaign(models.Model):
    """One way in which a partner invites clients, with a link and promo code of its own."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="campaigns")
    code = models.OneToOneField(Code, on_delete=models.PROTECT, related_name="campaign")
    name = models.CharField("Название", max_length=100)
    channel = models.CharField("Канал", max_length=20, choices=Partner.Channel, blank=True)
    landing_path = models.CharField("Страница сайта", max_length=300, blank=True)  # within the service's site
    utm_source = models.CharField(max_length=100, blank=True)
    utm_medium = models.CharField(max_length=100, blank=True)
    utm_campaign = models.CharField(max_length=100, blank=True)
    erid = models.CharField("erid", max_length=100, blank=True)  # token of the advertising register
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ClickDay(models.Model):
    """How often a code's link was followed on a day, Moscow time. No row, no click."""

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="click_days")
    day = models.DateField()
    clicks = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "day"], name="click_day_once")]
        indexes = [models.Index(fields=["day"], name="click_day_by_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.clicks}"
