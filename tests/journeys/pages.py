"""The demo's pages, as the people who may open them."""

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from partners.models import Partner, User
from payouts.models import Withdrawal
from payouts.tests.desk import at_desk
from referrals.models import Campaign, Referral
from tests.factories import session_of


class Look(NamedTuple):
    """A page to look at: its name in a file, its address, and who opens it (None: nobody signed in)."""

    name: str
    path: str
    who: str | None


def everything() -> list[Look]:
    """Every page of the portal in the states that the demo has."""
    anna = Partner.objects.get(user__email="anna@example.ru")
    richest = Referral.objects.filter(partner=anna).order_by("-progress__reward_kopecks")[0].client_id
    boris = Partner.objects.get(user__email="boris@example.ru")
    paid = Referral.objects.filter(partner=boris).order_by("-progress__reward_kopecks")[0].client_id
    campaign = Campaign.objects.filter(partner=anna)[0].pk
    closed = f"{anna.months.latest('month').month:%Y-%m}"
    plain = ["home", "clients", "attach", "campaigns", "campaign_new", "reports", "payouts", "contract", "profile"]
    plain += [
        "profile_contacts",
        "profile_requisites",
        "profile_notices",
        "profile_terms",
        "profile_tokens",
        "profile_token_new",
    ]
    plain += ["withdrawal_new"]
    looks = [Look(name, reverse(name), None) for name in ("index", "help", "api_docs", "sign_in")]
    looks += [
        Look("sign_on_refused", reverse("sign_on") + "?token=nonsense", None),
        Look("stop_notices_refused", reverse("stop_notices", args=["nonsense"]), None),
        Look("consent", reverse("consent_text", args=["offer", "2026-11-01"]), None),
        Look("404", "/nowhere/", None),
        Look("registration", reverse("registration"), "guest"),
        Look("pending", reverse("home"), "pavel"),
        Look("declined", reverse("home"), "olga"),
        *(Look(name, reverse(name), "anna") for name in plain),
        Look("client", reverse("client", args=[richest]), "anna"),
        Look("reward", reverse("reward", args=[richest, closed]), "anna"),
        Look("campaign", reverse("campaign", args=[campaign]), "anna"),
        Look("campaign_edit", reverse("campaign_edit", args=[campaign]), "anna"),
        Look("report", reverse("report", args=[closed]), "anna"),
        Look("clients_found", reverse("clients") + "?q=ооо", "anna"),
        Look("clients_none", reverse("clients") + "?q=такихнет", "anna"),
        *(Look(f"{name}-individual", reverse(name), "boris") for name in ("home", "clients", "reports", "payouts")),
        Look("profile-individual", reverse("profile"), "boris"),
        *(Look(f"{name}-individual", reverse(name), "boris") for name in ("card", "card_start", "withdrawal_new")),
        Look("client-individual", reverse("client", args=[paid]), "boris"),
        Look("report-individual", reverse("report", args=[closed]), "boris"),
        *(Look(f"{name}-empty", reverse(name), "darya") for name in plain),
        Look("home-blocked", reverse("home"), "zoya"),
        Look("payouts-blocked", reverse("payouts"), "zoya"),
    ]
    return looks + list(withdrawals())


def withdrawals() -> Iterator[Look]:
    """One withdrawal in each state and to each place that there is one of, and whether to cancel one."""
    found = {(each.state, each.destination): each for each in Withdrawal.objects.select_related("partner__user")}
    for (state, destination), withdrawal in sorted(found.items()):
        path, who = reverse("withdrawal", args=[withdrawal.pk]), withdrawal.partner.user.email.partition("@")[0]
        yield Look(f"withdrawal-{state}-{destination}", path, who)
        if state == "requested":
            yield Look(f"withdrawal-{state}-{destination}-cancel", f"{path}?cancel", who)


def sign_in(context: BrowserContext, live_server: LiveServer, who: str | None) -> None:
    """Makes a browser context somebody's, without the form; of staff, as one who came by its own door."""
    context.clear_cookies()
    if who is not None:
        user = User.objects.get(email=f"{who}@example.ru")
        session = at_desk(user).cookies[settings.SESSION_COOKIE_NAME].value if user.is_staff else session_of(user)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def check_all_boxes(page: Page) -> None:
    """Ticks every box of the form that is being opened."""
    boxes = page.get_by_role("checkbox")
    boxes.first.wait_for()  # all() takes what is there and waits for nothing
    for box in boxes.all():
        box.check()
