"""Months, what was earned in them, and what the open one comes to so far."""

import datetime as dt

from django.db import models
from django.db.models import F, Max, Q

from partners.models import Partner, TermsAssignment
from referrals.models.clients import Client


class MonthQuerySet(models.QuerySet["Month"]):
    def closed_through(self) -> dt.date | None:
        """The last month that takes no more charges; all before it are closed too (R11). None: nothing closed yet."""
        return self.aggregate(last=Max("starts_on"))["last"]

    def unfinished(self) -> "MonthQuerySet":
        return self.filter(closed_at=None)


class Month(models.Model):
    """A month whose close has begun. From then on nothing is posted to it; before, it has no row."""

    starts_on = models.DateField(primary_key=True)
    frozen_at = models.DateTimeField()  # its close began; the moment its rewards are booked at
    closed_at = models.DateTimeField(null=True)  # all of its shards are done

    objects = MonthQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__day=1), name="month_starts_on_a_first"),
        ]
        permissions = [
            ("close_month", "Закрывать месяцы вручную"),
            ("preview_month", "Считать пробное закрытие месяца"),
            ("verify_month", "Пересчитывать закрытые месяцы"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"


class MonthShard(models.Model):
    """A share of a month's close: the partners from `first_partner` to `last_partner`, credited in one transaction."""

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="shards")
    first_partner = models.BigIntegerField()
    last_partner = models.BigIntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "first_partner"], name="month_shard_once"),
            models.CheckConstraint(condition=Q(first_partner__lte=F("last_partner")), name="month_shard_has_partners"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id:%Y-%m}: {self.first_partner}–{self.last_partner}"


class Reward(models.Model):
    """What a client brought its partner in a month (R12, R13): the rule applied to the charges posted to it."""

    month = models.DateField()
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    assignment = models.ForeignKey(TermsAssignment, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    base_kopecks = models.BigIntegerField()  # the sum of the charges
    reward_kopecks = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "month", "assignment"], name="reward_once"),
        ]
        indexes = [models.Index(fields=["partner", "month", "reward_kopecks", "id"], name="reward_partner_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} клиент {self.client_id}"


class PartnerMonth(models.Model):
    """What a closed month came to for a partner to whom anything was posted in it: the sums of its rewards."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="months", db_index=False)
    month = models.DateField()
    clients = models.PositiveIntegerField()
    base_kopecks = models.BigIntegerField()
    reward_kopecks = models.BigIntegerField()  # what its accrual line credits, 0 has none

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint(fields=["partner", "month"], name="partner_month_once")]
        # A month's partners by what they were credited, and its sums, without touching the table.
        indexes = [
            models.Index(
                fields=["month", "reward_kopecks", "id", "partner", "clients", "base_kopecks"],
                name="partner_month_by_reward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} партнёр {self.partner_id}"


class Forecast(models.Model):
    """What the next close would credit to a partner, as the dry run said at `made_at` (R19)."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True)
    month = models.DateField()
    made_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    clients = models.PositiveIntegerField()
    base_kopecks = models.BigIntegerField()
    reward_kopecks = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} партнёр {self.partner_id}"


class ForecastReward(models.Model):
    """One row of that dry run: what a client would bring."""

    # Without constraints: rows that are made of rows and soon made anew need not have each key checked.
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    assignment = models.ForeignKey(
        TermsAssignment, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    base_kopecks = models.BigIntegerField()
    reward_kopecks = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["partner", "reward_kopecks", "id"], name="forecast_reward_by_reward"),
            models.Index(fields=["partner", "client"], name="forecast_reward_client"),
        ]

    def __str__(self) -> str:
        return f"клиент {self.client_id} у партнёра {self.partner_id}"
