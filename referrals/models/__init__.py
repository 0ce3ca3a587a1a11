"""How money is earned: clients, the service's events, charges, rewards, months."""

from referrals.models.campaigns import Campaign
from referrals.models.charges import Charge, Outcome, first_posted_month
from referrals.models.clicks import BURST_CLICKS, BURST_TIMES, ClickBasket, ClickDay, DaySalt, DayVisitor
from referrals.models.clients import AttachRequest, Attribution, Client, Progress, Referral
from referrals.models.feed import Event, FeedBatch, Review
from referrals.models.months import (
    Forecast,
    ForecastReward,
    Month,
    MonthShard,
    PartnerMonth,
    Reward,
)
from referrals.models.suspicions import Likeness, Suspicion

__all__ = [
    "BURST_CLICKS",
    "BURST_TIMES",
    "AttachRequest",
    "Attribution",
    "Campaign",
    "Charge",
    "ClickBasket",
    "ClickDay",
    "Client",
    "DaySalt",
    "DayVisitor",
    "Event",
    "FeedBatch",
    "Forecast",
    "ForecastReward",
    "Likeness",
    "Month",
    "MonthShard",
    "Outcome",
    "PartnerMonth",
    "Progress",
    "Referral",
    "Review",
    "Reward",
    "Suspicion",
    "first_posted_month",
]
