"""Every address of the desk, and who gets what behind it. The list is made from the addresses: none can be missed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from pytest_django import Settings

from partners import corrections
from partners.models import Deed, Partner, Terms, User
from payouts import bank_files, contracts, decisions, withdrawals
from payouts.models import BankStatement, Comparison, Contract, SendingSwitch, Withdrawal
from payouts.tests.desk import at_desk, boss, staff_with
from payouts.tests.people import legal
from payouts.tests.test_bank_files import OURS
from referrals import attach_requests
from referrals.models import Client, Event, Month
from skorozvon_partners.admin_site import site
from skorozvon_partners.models import AuditRun
from tests.factories import NOW, PartnerFactory, StaffFactory, UserFactory, charged, deliver, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

# What needs no right but being staff, and what not even that.
FOR_ALL_STAFF = {"index", "password_change", "password_change_done", "nowhere"}
FOR_ALL_STAFF |= {"second_factor", "second_factor_new", "second_factor_qr", "second_factor_codes"}
FOR_ALL = {"login", "logout", "invitation"}
DESKS = list(site._registry.values())


def named(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern.url_patterns)
        else:
            yield pattern


PATTERNS = {pattern.name: pattern for pattern in named(site.get_urls())}


@pytest.fixture
def paths(settings: Settings) -> dict[str, str]:
    """Every address by its name, about rows that are there."""
    settings.PROGRAMME_COMPANY = OURS
    anna, staff = legal(90_000_00), boss()
    rows: dict[str, Any] = {"partners_partner": anna, "partners_terms": Terms.objects.get(name="legal-2026")}
    deliver(registered("free", "2025-11-05 12:00"), charged("lost", "nobody", "100.00", "2025-11-05 12:00"))
    rows["referrals_client"] = Client.objects.get(account_id="free")
    rows["referrals_event"] = Event.objects.get(state="waiting")
    rows["referrals_month"] = Month.objects.latest("starts_on")
    rows["referrals_attachrequest"] = attach_requests.request(anna, company="ООО free", now=NOW)
    rows["partners_correction"] = corrections.request(
        anna, amount_kopecks=20_000_00, memo="перенос", reason="просьба", key="walls", by=staff, now=NOW
    )

    def asked(kopecks: int) -> Withdrawal:
        return withdrawals.request(anna, amount_kopecks=kopecks, destination="bank", by=anna.user, now=NOW)

    collected = asked(2_000_00)
    decisions.approve(collected, by=staff, now=NOW)
    rows["payouts_bankfile"] = bank_files.collect(by=staff, now=NOW)
    rows["payouts_withdrawal"] = asked(3_000_00)
    rows["payouts_bankstatement"] = BankStatement.objects.create(
        digest="d", taken_in_at=NOW, taken_in_by=staff, orders=1, paid=0, differences=["Поручение № 1: не то"]
    )
    rows["payouts_comparison"] = Comparison.objects.create(
        night=NOW.date(), since=NOW, until=NOW, finished_at=NOW, payments=1, differences=["Платёж не наш"]
    )
    rows["payouts_sendingswitch"] = SendingSwitch.objects.create(
        is_on=True, switched_at=NOW, switched_by=staff, reason="Сверено"
    )
    rows["payouts_contract"] = Contract.objects.create(partner=PartnerFactory(), offered_at=NOW)
    rows["skorozvon_partners_auditrun"] = AuditRun.objects.create(night=NOW.date(), started_at=NOW)
    rows["skorozvon_partners_staffmember"] = StaffFactory()
    rows["skorozvon_partners_person"] = UserFactory()
    rows["partners_deed"] = Deed.objects.create(at=NOW, by=staff, action="a", title="A", subject="payouts.withdrawal")
    copy = contracts.upload(rows["payouts_contract"], content=b"%PDF-1.4 %%EOF", by=staff, now=NOW)
    found = {}
    for name, pattern in PATTERNS.items():
        pk = next((row.pk for label, row in rows.items() if name.startswith(f"{label}_")), 0)
        given = {"pk": pk, "copy": copy.pk, "url": "nowhere/", "format": "csv", "uidb64": "MQ", "token": "a-token"}
        found[name] = reverse(f"admin:{name}", kwargs={key: given[key] for key in pattern.pattern.regex.groupindex})
        for resolver in site.get_urls():
            if isinstance(resolver, URLResolver) and pattern in resolver.url_patterns:
                assert pk, name
    return found


def name(desk: Any) -> str:
    return f"{desk.opts.app_label}_{desk.opts.model_name}"


def both(browser: Browser, path: str) -> list[Any]:
    """The page, and its button without anything filled in."""
    return [browser.get(path), browser.post(path)]


def test_there_are_pages_and_actions_of_every_subject() -> None:
    assert {name for name in PATTERNS if name.endswith("_changelist")} == {
        "partners_deed_changelist",
        "partners_correction_changelist",
        "partners_partner_changelist",
        "partners_terms_changelist",
        "payouts_bankfile_changelist",
        "payouts_bankstatement_changelist",
        "payouts_comparison_changelist",
        "payouts_contract_changelist",
        "payouts_sendingswitch_changelist",
        "payouts_withdrawal_changelist",
        "skorozvon_partners_auditrun_changelist",
        "skorozvon_partners_person_changelist",
        "skorozvon_partners_staffmember_changelist",
        "referrals_attachrequest_changelist",
        "referrals_client_changelist",
        "referrals_event_changelist",
        "referrals_month_changelist",
    }
    assert {"payouts_withdrawal_approve", "payouts_contract_copy", "payouts_bankfile_download"} <= PATTERNS.keys()
    assert {f"{name(desk)}_export" for desk in DESKS if desk.columns} <= PATTERNS.keys()


def test_the_signed_out_are_sent_to_sign_in_and_brought_back(paths: dict[str, str]) -> None:
    for name in paths.keys() - FOR_ALL:
        for response in both(Browser(), paths[name]):
            assert (name, response.status_code, response.headers.get("Location")) == (
                name,
                302,
                f"/admin/login/?next={paths[name]}",
            )


@pytest.mark.parametrize("is_at_desk", [True, False])
def test_a_partner_gets_to_the_sign_in_only(is_at_desk: bool, paths: dict[str, str]) -> None:
    """Even with a session as short as staff's."""
    user = Partner.objects.get(codes__value="anna").user
    browser = Browser()
    browser.force_login(user)
    for name in paths.keys() - FOR_ALL:
        for response in both(at_desk(user) if is_at_desk else browser, paths[name]):
            assert (name, response.status_code) == (name, 302)
            assert response["Location"].startswith("/admin/login/")
    assert "для сотрудников" in browser.get("/admin/login/").content.decode()


def test_staff_that_came_by_the_partners_door_signs_in_again(paths: dict[str, str]) -> None:
    browser = Browser()
    browser.force_login(boss())
    for name in paths.keys() - FOR_ALL:
        assert (name, browser.get(paths[name]).status_code) == (name, 302)


def test_staff_without_rights_is_refused_everything_of_a_subject(paths: dict[str, str]) -> None:
    browser = at_desk(StaffFactory())
    for name in paths.keys() - FOR_ALL_STAFF - FOR_ALL:
        for response in both(browser, paths[name]):
            assert (name, response.status_code) == (name, 403)
            assert "Сюда нельзя" in response.content.decode()


def test_staff_that_was_dismissed_is_out_at_once(paths: dict[str, str]) -> None:
    user = boss()
    browser = at_desk(user)
    User.objects.filter(pk=user.pk).update(is_staff=False)
    assert browser.get(paths["payouts_withdrawal_changelist"]).status_code == 302


def rights_of(desk: Any) -> str:
    return f"{desk.opts.app_label}.view_{desk.opts.model_name}"


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.opts.model_name)
def test_each_action_needs_its_own_right_and_no_other_one_will_do(desk: Any, paths: dict[str, str]) -> None:
    every = {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}
    for action in [*desk.row_actions, *desk.list_actions]:
        path = paths[f"{desk.opts.app_label}_{desk.opts.model_name}_{action.name}"]
        for rights in (every - {action.permission}, {action.permission}):
            for response in both(at_desk(staff_with(*rights)), path):
                assert (action.name, response.status_code) == (action.name, 403)
        entitled = at_desk(staff_with(action.permission, rights_of(desk)))
        assert (action.name, entitled.get(path).status_code) == (action.name, 200)


@pytest.mark.parametrize(
    ("page", "permission"),
    [("dry-run", "referrals.preview_month"), ("verify", "referrals.verify_month")],
)
def test_reckoning_that_takes_long_needs_a_right_of_its_own(page: str, permission: str, paths: dict[str, str]) -> None:
    path, viewing = paths[f"referrals_month_{page}"], "referrals.view_month"
    for rights in ((viewing,), (permission,)):
        for response in both(at_desk(staff_with(*rights)), path):
            assert response.status_code == 403
    for response in both(at_desk(staff_with(viewing, permission)), path):
        assert response.status_code == 200


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.opts.model_name)
def test_who_may_view_a_subject_reads_it_and_sees_no_button(desk: Any, paths: dict[str, str]) -> None:
    browser = at_desk(staff_with(rights_of(desk)))
    prefix = f"{desk.opts.app_label}_{desk.opts.model_name}"
    for name in ("changelist", "change"):
        body = browser.get(paths[f"{prefix}_{name}"]).content.decode()
        assert [action.name for action in desk.row_actions if f"/{action.name}/" in body] == []
        assert [action.name for action in desk.list_actions if f"/{action.name}/" in body] == []


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.opts.model_name)
def test_nobody_adds_changes_or_deletes(desk: Any, paths: dict[str, str]) -> None:
    request = RequestFactory().get("/")
    request.user = boss()
    assert not desk.has_add_permission(request)
    assert not desk.has_change_permission(request)
    assert not desk.has_delete_permission(request)
    browser, prefix = at_desk(request.user), f"/admin/{desk.opts.app_label}/{desk.opts.model_name}"
    for path in ("add/", "1/change/", "1/delete/", "1/history/"):
        for response in both(browser, f"{prefix}/{path}"):
            assert (path, response.status_code) == (path, 404)


def test_every_page_has_the_strict_policy_and_nothing_inline(paths: dict[str, str]) -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son\w+\s*=|javascript:", re.IGNORECASE)
    browser = at_desk(boss())
    for name in paths.keys() - {"logout"}:
        response = browser.get(paths[name])
        policy = response["Content-Security-Policy"]
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
        assert "unsafe" not in policy
        if response["Content-Type"].startswith("text/html"):
            assert (name, inline.findall(response.content.decode())) == (name, [])
        if response.streaming:
            list(response.streaming_content)  # a file ends with its last piece


def test_nothing_is_kept_by_the_browser(paths: dict[str, str]) -> None:
    browser = at_desk(boss())
    for name in paths.keys() - {"logout"}:
        response = browser.get(paths[name])
        assert "no-store" in response["Cache-Control"]
        if response.streaming:
            list(response.streaming_content)  # a file ends with its last piece


def test_the_first_page_shows_only_what_one_may_view(paths: dict[str, str]) -> None:
    body = at_desk(staff_with("payouts.view_contract", "payouts.decide_contract")).get("/admin/").content.decode()
    assert "Проверить договоры" in body
    assert "Одобрить заявки" not in body
    assert "/admin/payouts/withdrawal/" not in body


def test_the_work_of_others_waits_for_them_and_not_for_who_only_views(paths: dict[str, str]) -> None:
    body = at_desk(staff_with("payouts.view_contract")).get("/admin/").content.decode()
    assert "/admin/payouts/contract/" in body
    assert "Проверить договоры" not in body


def test_staff_without_any_right_reads_whom_to_ask(paths: dict[str, str]) -> None:
    assert "Попросите администратора" in at_desk(StaffFactory()).get("/admin/").content.decode()
