"""How money is earned: clients, the service's events, charges, rewards, months."""

from referrals.models.campaigns import Campaign, ClickDay
from referrals.models.charges import Charge, Outcome, first_posted_month
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

__all__ = [
    "AttachRequest",
    "Attribution",
    "Campaign",
    "Charge",
    "ClickDay",
    "Client",
    "Event",
    "FeedBatch",
    "Forecast",
    "ForecastReward",
    "Month",
    "MonthShard",
    "Outcome",
    "PartnerMonth",
    "Progress",
    "Referral",
    "Review",
    "Reward",
    "first_posted_month",
]
