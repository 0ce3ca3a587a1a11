"""A partner's campaigns: ways in which it invites clients, each with a link and promo code of its own."""

import datetime as dt

from django.db import transaction

from partners import codes, ledger
from partners.models import Partner
from referrals.links import page_of_site
from referrals.models import Campaign

LIMIT = 200


class TooManyCampaigns(Exception):
    """The partner has as many campaigns as one may have, archived ones included: their codes go on working."""


class NameTaken(Exception):
    """Another campaign of the partner has this name: its only argument. Two of them could not be told apart."""


def is_full(partner: Partner) -> bool:
    """Whether the partner has as many campaigns as one may have."""
    return partner.campaigns.count() >= LIMIT


def create(
    partner: Partner,
    *,
    name: str,
    channel: str = "",
    landing_path: str = "",
    utm_source: str = "",
    utm_medium: str = "",
    utm_campaign: str = "",
    erid: str = "",
    now: dt.datetime,
) -> Campaign:
    """A new campaign with a new code. Not repeatable, but a second one of the same name is refused.

    Raises TooManyCampaigns, NameTaken, and `links.NotAPage` for a landing path outside the service's site.
    """
    landing_path = page_of_site(landing_path)
    with transaction.atomic():
        ledger.lock(partner)  # two clicks on «Создать» come one after the other
        if is_full(partner):
            raise TooManyCampaigns
        _refuse_taken(partner.campaigns.filter(name=name).first())
        return Campaign.objects.create(
            partner=partner,
            code=codes.give(partner),
            name=name,
            channel=channel,
            landing_path=landing_path,
            utm_source=utm_source,
            utm_medium=utm_medium,
            utm_campaign=utm_campaign,
            erid=erid,
            created_at=now,
        )


def change(
    campaign: Campaign,
    *,
    name: str,
    channel: str,
    landing_path: str,
    utm_source: str,
    utm_medium: str,
    utm_campaign: str,
    erid: str,
) -> None:
    """Give the campaign these words and labels; link and code stay, and lead to the new page within seconds.

    Raises NameTaken, and `links.NotAPage` for a landing path outside the service's site.
    """
    changed = {
        "name": name,
        "channel": channel,
        "landing_path": page_of_site(landing_path),
        "utm_source": utm_source,
        "utm_medium": utm_medium,
        "utm_campaign": utm_campaign,
        "erid": erid,
    }
    with transaction.atomic():
        partner = ledger.lock(campaign.partner)
        _refuse_taken(partner.campaigns.filter(name=name).exclude(pk=campaign.pk).first())
        for field, value in changed.items():
            setattr(campaign, field, value)
        campaign.save(update_fields=list(changed))


def archive(campaign: Campaign, *, now: dt.datetime) -> None:
    """Put the campaign away; its link and code go on working. Repeatable: the first moment stays."""
    Campaign.objects.running().filter(pk=campaign.pk).update(archived_at=now)


def restore(campaign: Campaign) -> None:
    """Take the campaign out of the archive. Repeatable."""
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)


def _refuse_taken(namesake: Campaign | None) -> None:
    if namesake:
        raise NameTaken(namesake.name)
