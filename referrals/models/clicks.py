"""Clicks: how often partners' links are followed, and as much about the visitors as telling them apart takes."""

import datetime as dt

from django.db import models
from django.db.models import Avg, F, OuterRef, Q, Subquery

from partners.models import Code

# A burst: so many clicks of people on one day, and so many times as many as on a usual day, or most from one network.
BURST_CLICKS = 100
BURST_TIMES = 10
USUAL_DAYS = 28


class ClickDayQuerySet(models.QuerySet["ClickDay"]):
    def suspicious(self) -> "ClickDayQuerySet":
        """Bursts, for staff: people's clicks far above what the code usually gets, or mostly from one network.

        Each with `usual`: people's clicks on an average day of the four weeks before; None: the code is new, and judged
        by its networks only. See `bursts.py`.
        """
        before = ClickDay.objects.filter(
            code=OuterRef("code"),
            day__lt=OuterRef("day"),
            day__gt=OuterRef("day") - dt.timedelta(days=USUAL_DAYS + 1),
        )
        usual = before.order_by().values("code").annotate(average=Avg(F("clicks") - F("bots"))).values("average")
        return (
            self.alias(people=F("clicks") - F("bots"))
            .filter(people__gte=BURST_CLICKS)
            .annotate(usual=Subquery(usual))
            .filter(Q(people__gt=F("usual") * BURST_TIMES) | Q(people__lt=F("most_from_one") * 2))
        )


class ClickDay(models.Model):
    """How often a code's link was followed on a day, Moscow time. No row, no click.

    `clicks` are all. Of them `bots` are those of machines; of the people's, `unique` counts each visitor once.
    """

    class Reason(models.TextChoices):
        FAR_ABOVE_USUAL = "far_above_usual", "намного больше переходов, чем обычно"
        ONE_NETWORK = "one_network", "больше половины переходов из одной сети"

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="click_days")
    day = models.DateField()
    clicks = models.PositiveIntegerField()
    unique = models.PositiveIntegerField(default=0)
    bots = models.PositiveIntegerField(default=0)
    most_from_one = models.PositiveIntegerField(default=0)  # people's clicks of the network that made most of them

    objects = ClickDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "day"], name="click_day_once"),
            models.CheckConstraint(condition=Q(clicks__gte=F("unique") + F("bots")), name="click_day_kinds"),
        ]
        indexes = [models.Index(fields=["day"], name="click_day_by_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.clicks}"


class DayVisitor(models.Model):
    """A visitor of a code's link on a day, so that a repeated click is known as one.

    Both marks are hashes under the day's salt: they say who is the same, not who it is. Swept away two days later.
    """

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(db_index=True)
    visitor = models.CharField(max_length=16)  # of network and browser
    network = models.CharField(max_length=16)
    clicks = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "day", "visitor"], name="day_visitor_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.clicks}"


class DaySalt(models.Model):
    """What visitors' marks of a day are made with, where Redis doesn't keep it; gone when the day is over."""

    day = models.DateField(unique=True)
    salt = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.day}"


class ClickBasket(models.Model):
    """A basket of clicks that has been emptied into the database: whoever brings it once more changes nothing."""

    key = models.CharField(max_length=32, unique=True)
    emptied_at = models.DateTimeField(db_index=True)  # rows older than any basket's life are swept away

    def __str__(self) -> str:
        return self.key
