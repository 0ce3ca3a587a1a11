"""Every address of the portal, and who gets what behind it. A new address without a rule here fails."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from partners import notices, tokens
from partners.models import ApiToken, LedgerLine, Partner, Requisites
from payouts import contracts
from payouts.models import SignedCopy, Withdrawal
from referrals import attach_requests, campaigns, close
from referrals.models import Campaign, Client
from tests.factories import NOW, PartnerFactory, StaffFactory, UserFactory, charged, deliver, month, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

SECRETS = ("Марсианские", "mars-secret", "marsinn", "ann4ka", "Анна Межпланетная", "kosmos", "123456789")


@dataclass(frozen=True)
class Wall:
    """Who may ask for an address. `args` makes its arguments out of Anna's things."""

    # public: anyone; cabinet: any partner sees its own; anna: hers alone, others get 404. Of the API, which asks for a
    # token and knows no session, likewise: api, api_anna.
    kind: str
    args: Callable[["Annas"], dict[str, Any]] = field(default=lambda annas: {})
    post_only: bool = False
    leads_on: bool = False  # Anna has it behind her, or no need of it, and is led to where she stands now


@dataclass(frozen=True)
class Annas:
    """What belongs to Anna and to nobody else."""

    partner: Partner
    client: Client
    campaign: Campaign
    copy: SignedCopy
    withdrawal: Withdrawal
    token: ApiToken


def of_client(annas: Annas) -> dict[str, Any]:
    return {"client_id": annas.client.pk}


def of_campaign(annas: Annas) -> dict[str, Any]:
    return {"pk": annas.campaign.pk}


WALLS = {
    "index": Wall("public"),
    "help": Wall("public"),
    "sign_in": Wall("public"),
    "sign_out": Wall("public", post_only=True),
    "sign_on": Wall("public"),
    "events": Wall("public", post_only=True),  # whoever signs what it delivers
    "follow": Wall("public", lambda annas: {"code": "ann4ka"}),
    "consent_text": Wall("public", lambda annas: {"kind": "offer", "version": "2026-11-01"}),
    "stop_notices": Wall("public", lambda annas: {"token": "a-token-of-nobody"}),
    "registration": Wall("registration"),
    "home": Wall("cabinet"),
    "clients": Wall("cabinet"),
    "clients_download": Wall("cabinet", lambda annas: {"format": "csv"}),
    "client": Wall("anna", of_client),
    "trained": Wall("anna", of_client, post_only=True),
    "reward": Wall("anna", lambda annas: {"client_id": annas.client.pk, "month": "2025-10"}),
    "attach": Wall("cabinet"),
    "campaigns": Wall("cabinet"),
    "campaign_new": Wall("cabinet"),
    "campaign": Wall("anna", of_campaign),
    "campaign_edit": Wall("anna", of_campaign),
    "campaign_archive": Wall("anna", of_campaign, post_only=True),
    "qr": Wall("anna", lambda annas: {"code": "ann4ka", "format": "svg"}),
    "reports": Wall("cabinet"),
    "reports_download": Wall("cabinet", lambda annas: {"format": "csv"}),
    "report": Wall("cabinet", lambda annas: {"month": "2025-10"}),
    "report_download": Wall("cabinet", lambda annas: {"month": "2025-10", "format": "csv"}),
    "report_pdf": Wall("cabinet", lambda annas: {"month": "2025-10"}),
    "payouts": Wall("cabinet"),
    "withdrawal_new": Wall("cabinet"),
    "withdrawal": Wall("anna", lambda annas: {"pk": annas.withdrawal.pk}),
    "withdrawal_cancel": Wall("anna", lambda annas: {"pk": annas.withdrawal.pk}, post_only=True),
    # Anna is paid to an account.
    "card": Wall("cabinet", leads_on=True),
    "card_start": Wall("cabinet", leads_on=True),
    "card_check": Wall("cabinet", post_only=True),
    "card_link": Wall("cabinet", leads_on=True),
    "card_return": Wall("cabinet", leads_on=True),
    "card_remove": Wall("cabinet", leads_on=True),
    "contract": Wall("cabinet"),
    "contract_pdf": Wall("cabinet", leads_on=True),
    "contract_upload": Wall("cabinet", post_only=True),
    "contract_copy": Wall("anna", lambda annas: {"pk": annas.copy.pk}),
    "profile": Wall("cabinet"),
    "profile_contacts": Wall("cabinet"),
    "profile_requisites": Wall("cabinet"),
    "profile_notices": Wall("cabinet"),
    "profile_terms": Wall("cabinet"),
    "profile_tokens": Wall("cabinet"),
    "profile_token_new": Wall("cabinet"),
    "profile_token_revoke": Wall("anna", lambda annas: {"pk": annas.token.pk}),
    "api_schema": Wall("public"),
    "api_docs": Wall("public"),
    "api_nowhere": Wall("public", lambda annas: {"rest": "nowhere/"}),
    "api_profile": Wall("api"),
    "api_clients": Wall("api"),
    "api_client": Wall("api_anna", lambda annas: {"id": annas.client.pk}),
    "api_charges": Wall("api"),
    "api_codes": Wall("api"),
    "api_campaigns": Wall("api"),
    "api_campaign": Wall("api_anna", lambda annas: {"id": annas.campaign.pk}),
    "api_balance": Wall("api"),
    "api_ledger": Wall("api"),
    "api_rewards": Wall("api"),
    "api_months": Wall("api"),
    "api_forecast": Wall("api"),
    "api_withdrawals": Wall("api"),
    "api_withdrawal": Wall("api_anna", lambda annas: {"id": annas.withdrawal.pk}),
    "api_withdrawal_cancel": Wall("api_anna", lambda annas: {"id": annas.withdrawal.pk}, post_only=True),
}
_OF_API = ("api", "api_anna")


def addresses(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":  # the desk has walls of its own: payouts/tests/test_admin_walls.py
                yield from addresses(pattern.url_patterns)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            yield pattern.name


def test_every_address_has_a_rule() -> None:
    assert sorted(set(addresses(get_resolver().url_patterns))) == sorted(WALLS)


ADDRESSES = sorted(WALLS)
each_address = pytest.mark.parametrize("name", ADDRESSES)


@pytest.fixture
def annas() -> Annas:
    """Anna with a client, a closed month, a campaign, a request, money; every name of hers is one of SECRETS."""
    user = UserFactory(email="mars-secret@example.ru", full_name="Анна Межпланетная")
    anna = PartnerFactory(user=user, code="ann4ka", full_name="Анна Межпланетная")
    deliver(
        registered("c-1", ref="ann4ka", name="ООО «Марсианские цветы»", email="marsinn@hidden.example"),
        charged("paid", "c-1", "1234567.89", "2025-10-10 09:30"),
    )
    close.run(month("2025-10"), now=NOW)
    campaign = campaigns.create(anna, name="kosmos", channel="blog", now=NOW)
    attach_requests.request(anna, company="Марсианские яблоки", comment="", now=NOW)
    Requisites.objects.create(
        partner=anna,
        name="ООО «Марсианские цветы и партнёры»",
        inn="7707083893",
        kpp="770701001",
        ogrn="1027700132195",
        address="Москва",
        bank_name="Банк",
        bik="044525225",
        account="40702810500000001234",
        corr_account="30101810400000000225",
        vat=Requisites.Vat.NONE,
        entered_at=NOW,
        entered_by=user,
    )
    contract = contracts.record_signed(anna, number="123456789", signed_on=NOW.date())
    copy = SignedCopy.objects.create(
        contract=contract,
        content=b"mars-secret",
        content_type="application/pdf",
        uploaded_at=NOW,
        uploaded_by=user,
    )
    notices.add(
        anna, "month_credited", key="walls", now=NOW, month="2025-10", reward_kopecks=1, clients=1, balance_kopecks=1
    )
    withdrawal = Withdrawal.objects.create(
        partner=anna,
        amount_kopecks=12345_67,
        destination="service",
        account_id="mars-secret",
        requested_at=NOW,
        requested_by=user,
        due_on=NOW.date(),
    )
    token, _ = tokens.make(anna, name="kosmos", scope="withdraw", by=user, now=NOW)
    return Annas(anna, Client.objects.get(), campaign, copy, withdrawal, token)


def browser_of(user: Any = None) -> Browser:
    """Signed in, and of a partner with a token of its own."""
    browser = Browser()
    if user is not None:
        browser.force_login(user)
    if partner := Partner.objects.filter(user=user).first():
        name = f"browser {ApiToken.objects.count()}"
        _, secret = tokens.make(partner, name=name, scope="withdraw", by=user, now=NOW)
        browser.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return browser


def path_of(name: str, annas: Annas) -> str:
    return reverse(name, kwargs=WALLS[name].args(annas))


def ask(browser: Browser, name: str, annas: Annas) -> Any:
    path = path_of(name, annas)
    return browser.post(path) if WALLS[name].post_only else browser.get(path)


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


@each_address
def test_signed_out_is_sent_to_sign_in_and_brought_back(name: str, annas: Annas) -> None:
    response = ask(browser_of(), name, annas)
    if WALLS[name].kind == "public":
        assert response.status_code < 500
        assert not response.get("Location", "").startswith("/users/sign_in?next=")
    elif WALLS[name].kind in _OF_API:
        assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/users/sign_in?next=")


@each_address
def test_owner_gets_it(name: str, annas: Annas) -> None:
    response = ask(browser_of(annas.partner.user), name, annas)
    if WALLS[name].kind in ("cabinet", "anna") and not WALLS[name].post_only:
        assert response.status_code == (302 if WALLS[name].leads_on else 200)
    if WALLS[name].kind in _OF_API:
        assert response.status_code == 200
    assert response.status_code < 500


@each_address
def test_stranger_gets_nothing_of_it(name: str, annas: Annas) -> None:
    nina = PartnerFactory(full_name="Нина")
    response = ask(browser_of(nina.user), name, annas)
    if WALLS[name].kind in ("anna", "api_anna"):
        assert response.status_code == 404
    if name == "follow":  # everybody may follow a link; that is what it is for
        return
    assert [secret for secret in SECRETS if secret in body(response)] == []


@each_address
def test_blocked_partner_reads_all_of_its_own_and_no_stranger_reads_a_blocked_ones(name: str, annas: Annas) -> None:
    Partner.objects.filter(pk=annas.partner.pk).update(status="blocked")
    response = ask(browser_of(annas.partner.user), name, annas)
    if WALLS[name].kind in ("cabinet", "anna") and not WALLS[name].post_only:
        assert response.status_code == (302 if WALLS[name].leads_on else 200)
    if WALLS[name].kind in _OF_API:
        assert response.status_code == (403 if WALLS[name].post_only else 200)
    if WALLS[name].kind in ("anna", "api_anna"):
        assert ask(browser_of(PartnerFactory().user), name, annas).status_code == 404


@pytest.mark.parametrize("name", ["attach", "campaign_new", "campaign_edit", "campaign_archive"])
def test_blocked_partner_changes_nothing(name: str, annas: Annas) -> None:
    Partner.objects.filter(pk=annas.partner.pk).update(status="blocked")
    response = browser_of(annas.partner.user).post(path_of(name, annas), {"name": "new", "company": "new"})
    assert (response.status_code, response["Location"]) == (302, "/cabinet/")
    assert annas.partner.attach_requests.count() == 1
    assert list(annas.partner.campaigns.values_list("name", "archived_at")) == [("kosmos", None)]


@pytest.mark.parametrize("status", ["pending", "declined"])
@each_address
def test_who_is_not_admitted_gets_to_the_home_page_only(name: str, status: str, annas: Annas) -> None:
    Partner.objects.filter(pk=annas.partner.pk).update(status=status)
    response = ask(browser_of(annas.partner.user), name, annas)
    if name == "home":
        assert response.status_code == 200
        assert "ann4ka" not in body(response)  # R25: no code
    elif WALLS[name].kind in ("cabinet", "anna"):
        assert (response.status_code, response["Location"]) == (302, "/cabinet/")
    elif WALLS[name].kind in _OF_API:
        assert (response.status_code, response.json()["code"]) == (403, "not_admitted")


@each_address
def test_account_holder_who_is_no_partner_gets_to_the_registration(name: str, annas: Annas) -> None:
    response = ask(browser_of(UserFactory()), name, annas)
    if WALLS[name].kind in ("cabinet", "anna"):
        assert (response.status_code, response["Location"]) == (302, "/registration/")
    elif WALLS[name].kind == "registration":
        assert response.status_code == 200
    elif WALLS[name].kind in _OF_API:
        assert response.status_code == 401  # no session opens it


@each_address
def test_staff_is_no_partner(name: str, annas: Annas) -> None:
    response = ask(browser_of(StaffFactory()), name, annas)
    if WALLS[name].kind in ("cabinet", "anna"):
        assert response.status_code == 403
    elif WALLS[name].kind in _OF_API:
        assert response.status_code == 401
    assert [secret for secret in SECRETS if name != "follow" and secret in body(response)] == []


@each_address
def test_every_answer_has_the_strict_policy(name: str, annas: Annas) -> None:
    response = ask(browser_of(annas.partner.user), name, annas)
    policy = response["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert not re.search(r"https?://", policy)


@each_address
def test_a_client_is_known_by_its_name_only(name: str, annas: Annas) -> None:
    """R26: never its e-mail, phone or INN."""
    response = ask(browser_of(annas.partner.user), name, annas)
    assert "hidden.example" not in body(response)


def test_balance_of_every_page_is_the_sum_of_the_lines(annas: Annas) -> None:
    """M1: 15 % of 1 234 567,89 ₽."""
    assert LedgerLine.objects.get().amount_kopecks == 18518518
    browser = browser_of(annas.partner.user)
    for name in ("home", "payouts"):
        page = body(browser.get(reverse(name)))
        assert "185\u202f185" in page
    assert browser.get(reverse("api_balance")).json()["balance_kopecks"] == 18518518
