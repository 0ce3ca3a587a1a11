"""Who may do what: each role does its own work, and is refused what isn't, by address and by button."""

import re
from html import unescape

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from partners.models import User
from payouts.tests.desk import at_desk
from payouts.tests.test_admin_walls import DESKS, FOR_ALL, FOR_ALL_STAFF, both, named, paths  # noqa: F401 - a fixture
from skorozvon_partners import roles
from skorozvon_partners.admin_site import site
from skorozvon_partners.roles import RIGHTS, Role
from skorozvon_partners.tests.who_may import WHO_MAY
from skorozvon_partners.urls import urlpatterns
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

# By the names of addresses, the right that opens each.
WANTED = {
    f"{desk.opts.app_label}_{desk.opts.model_name}_{action.name}": action.permission
    for desk in DESKS
    for action in [*desk.row_actions, *desk.list_actions]
}


def in_role(role: str) -> User:
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


def view_right(name: str) -> str:
    """'payouts_bankfile_download' → 'payouts.view_bankfile'."""
    found = next(desk for desk in DESKS if name.startswith(f"{desk.opts.app_label}_{desk.opts.model_name}_"))
    return f"{found.opts.app_label}.view_{found.opts.model_name}"


def given(role: str) -> set[str]:
    found = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{name}" for app, name in found}


@pytest.mark.parametrize("role", Role)
def test_after_the_migrations_each_role_has_what_the_table_says_and_nothing_else(role: str) -> None:
    assert given(role) == {right for right, having in RIGHTS.items() if role in having}
    assert given(role)


def test_every_address_of_the_desk_is_decided_about() -> None:
    """Pages, actions, files: one that is new fails here, and an address that two share, too."""
    names = [pattern.name for pattern in named(site.get_urls())]
    assert sorted(map(str, names)) == sorted([*WHO_MAY, *FOR_ALL, *FOR_ALL_STAFF])


def test_all_of_the_desk_is_behind_its_one_address() -> None:
    assert [str(each.pattern) for each in urlpatterns if str(each.pattern).startswith("admin")] == ["admin/"]


def test_every_subject_and_every_action_belongs_to_some_role() -> None:
    wanted = {*WANTED.values(), *map(view_right, WANTED)}
    wanted |= {f"{desk.opts.app_label}.view_{desk.opts.model_name}" for desk in DESKS}
    assert {right for right in wanted if not RIGHTS.get(right)} == set()


def test_who_may_do_something_may_see_it() -> None:
    """Without the right to view a subject its actions are refused, too."""
    unseen = [
        (role, name)
        for name, right in WANTED.items()
        for role in RIGHTS[right]
        if view_right(name) not in roles.rights_of(role)
    ]
    assert unseen == []


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_its_own_pages_and_buttons_and_is_refused_all_others(
    role: str,
    paths: dict[str, str],  # noqa: F811
) -> None:
    browser = at_desk(in_role(role))
    for name in paths.keys() - FOR_ALL - FOR_ALL_STAFF:
        if role in WHO_MAY[name]:
            response = browser.get(paths[name])
            assert (name, response.status_code) == (name, 200)
            if response.streaming:
                list(response.streaming_content)  # a file ends with its last piece
        else:
            assert [(name, response.status_code) for response in both(browser, paths[name])] == [(name, 403)] * 2


@pytest.mark.parametrize("role", Role)
def test_no_page_of_a_role_leads_to_where_it_is_refused(role: str, paths: dict[str, str]) -> None:  # noqa: F811
    browser = at_desk(in_role(role))
    led = {"/admin/": "/admin/"}  # where to: from where
    for name, path in paths.items():
        if role in WHO_MAY.get(name, ()):
            response = browser.get(path)
            if response["Content-Type"].startswith("text/html"):
                led |= dict.fromkeys(re.findall(r'(?:href|action)="(/admin/[^"#]*)"', response.content.decode()), path)
            elif response.streaming:
                list(response.streaming_content)
    refused = {}
    for path, source in led.items():
        response = browser.get(unescape(path))
        if response.status_code == 403:
            refused[path] = source
        elif response.streaming:
            list(response.streaming_content)
    assert refused == {}


def test_who_pays_out_lets_nobody_in_and_who_lets_in_pays_nothing_out() -> None:
    money = {"approve_withdrawal", "settle_withdrawal", "collect_bankfile", "take_in_bankstatement", "change_tariff"}
    people = {"invite_staff", "change_role", "switch_staff", "reset_second_factor", "export_person", "erase_person"}
    administrators = {right.partition(".")[2] for right in roles.rights_of(Role.ADMINISTRATOR)}
    assert administrators & money == set()
    for role in (Role.MANAGER, Role.ACCOUNTANT):
        assert {right.partition(".")[2] for right in roles.rights_of(role)} & people == set()


def test_somebody_without_a_role_reads_whom_to_ask() -> None:
    assert "Попросите администратора" in at_desk(StaffFactory()).get("/admin/").content.decode()


def test_settling_again_puts_right_what_was_changed_by_hand() -> None:
    manager = Group.objects.get(name=Role.MANAGER)
    manager.permissions.add(Permission.objects.get(codename="approve_withdrawal"))
    Group.objects.get(name=Role.ACCOUNTANT).delete()
    roles.settle()
    assert "payouts.approve_withdrawal" not in given(Role.MANAGER)
    assert given(Role.ACCOUNTANT) == roles.rights_of(Role.ACCOUNTANT)


def test_a_right_that_comes_with_a_later_migration_is_given_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The migration of the roles may run before it: then the role goes without."""
    monkeypatch.setitem(RIGHTS, "payouts.fly_to_the_moon", (Role.MANAGER,))
    roles.settle(apps)
    assert "payouts.fly_to_the_moon" not in given(Role.MANAGER)
    a_right = Permission.objects.get(codename="approve_withdrawal")
    Permission.objects.create(content_type=a_right.content_type, codename="fly_to_the_moon", name="-")
    roles.settle(apps)
    assert "payouts.fly_to_the_moon" in given(Role.MANAGER)


def test_rights_hold_from_the_next_click_on(paths: dict[str, str]) -> None:  # noqa: F811
    user = in_role(Role.MANAGER)
    browser: Browser = at_desk(user)
    assert browser.get(paths["payouts_bankfile_changelist"]).status_code == 403
    user.groups.set([Group.objects.get(name=Role.ACCOUNTANT)])
    assert browser.get(paths["payouts_bankfile_changelist"]).status_code == 200
