"""A person's data, handed over whole and erased on request (152-ФЗ); the books stay."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser

from partners import consents, ledger, notices, registration, sign_in
from partners.models import Consent, Deed, LedgerLine, Notice, Partner, Requisites, User
from partners.skorozvon import Account
from partners.tests.conftest import _running, service  # noqa: F401 - fixtures
from payouts import decisions, withdrawals
from payouts.models import Card, SignedCopy
from payouts.tests.desk import answer, at_desk, boss, page
from payouts.tests.people import enter_requisites, individual, legal
from referrals import attach_requests, campaigns, close
from referrals.models import AttachRequest, Campaign, Client
from skorozvon_partners import audit, personal_data
from skorozvon_partners.personal_data import BalanceIsNotZero, WithdrawalOpen
from skorozvon_partners.tests.desk import administrator
from tests.emulators.service import Service
from tests.factories import NOW, StaffFactory, UserFactory, charged, deliver, month, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

SECRETS = ("mars", "Межпланетная", "Марсианские", "7707083893", "40702810300000004567", "+79991112233", "203.0.113.7")
CREDIT = {"month": "2026-11", "reward_kopecks": 100, "clients": 1, "balance_kopecks": 100}
WHY = {"reason": "Запрос вх. № 17", "now": NOW}


@pytest.fixture
def anna() -> Partner:
    """A legal partner of whom everything is held: each thing holds one of SECRETS."""
    anna = legal(0, code="anna", requisites=False)
    User.objects.filter(pk=anna.user_id).update(
        email="mars@example.ru", full_name="Анна Межпланетная", inn="7707083893"
    )
    Partner.objects.filter(pk=anna.pk).update(
        full_name="Анна Межпланетная", phone="+79991112233", inn="7707083893", website="mars.example", comment="mars"
    )
    anna = Partner.objects.select_related("user").get(pk=anna.pk)
    enter_requisites(anna, name="ООО «Марсианские цветы»")
    for text in consents.needed("legal"):
        Consent.objects.create(user=anna.user, kind=text.kind, version=text.version, given_at=NOW, ip="203.0.113.7")
    campaigns.create(anna, name="mars", channel="blog", utm_source="mars", now=NOW)
    attach_requests.request(anna, company="ООО Ромашка", comment="Знакомая, mars", now=NOW)
    SignedCopy.objects.create(
        contract=anna.contract, content=b"mars", content_type="application/pdf", uploaded_at=NOW, uploaded_by=anna.user
    )
    Client.objects.create(
        account_id=anna.user.account_id, name="ИП А.", email="mars@example.ru", phone="+79991112233", registered_at=NOW
    )
    notices.add(anna, Notice.Kind.CLIENT_ATTACHED, key="attached", now=NOW, company="Марсианские цветы")
    return anna


def everything() -> str:
    """Each table of ours as text, files included."""
    rows = [
        [bytes(value) if isinstance(value, memoryview) else value for value in row]
        for model in apps.get_models()
        if model._meta.app_label in ("partners", "payouts", "referrals")
        for row in model._base_manager.values_list()
    ]
    return repr(rows)


def erase(person: User, **more: Any) -> User:
    return personal_data.erase(person, by=StaffFactory(), **WHY, **more)


# --- Handing over -----------------------------------------------------------------------------------------------------

# What points to a person or a partner and is not the person's: somebody else's deed, or the books of clients.
NOT_ITS_OWN = {
    "partners.deed",
    "partners.partner",
    "referrals.charge",
    "referrals.reward",
    "referrals.progress",
    "referrals.forecastreward",
    "referrals.monthshard",
    "payouts.bankfile",
    "payouts.bankstatement",
    "payouts.sendingswitch",
    "payouts.contractstep",
    "payouts.withdrawalstep",
    # What staff decided.
    "partners.publication",
    "payouts.revieweddifference",
    "referrals.review",
    "referrals.suspicion",
}


def test_every_table_that_points_to_a_partner_is_handed_over(anna: Partner) -> None:
    """A new table is named in the export, or here with the reason why not."""
    held = personal_data.export(anna.user, now=NOW)
    fields = {name for rows in held.values() if isinstance(rows, list) for row in rows for name in row}
    assert {"email", "ip", "account", "content", "comment", "amount_kopecks", "context"} <= fields
    pointing = {
        model._meta.label_lower
        for model in apps.get_models()
        if model._meta.app_label in ("partners", "payouts", "referrals")
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model in (User, Partner)
    }
    tables = {
        "partners.apitoken": "tokens",
        "partners.correction": "corrections",
        "partners.code": "codes",
        "partners.consent": "consents",
        "partners.ledgerline": "ledger",
        "partners.notice": "letters",
        "partners.requisites": "requisites",
        "partners.statuschange": "status_changes",
        "partners.termsassignment": "terms",
        "partners.termsoffer": "terms_offers",
        "payouts.contract": "contract",
        "payouts.signedcopy": "signed_copies",
        "payouts.withdrawal": "withdrawals",
        "payouts.worker": "worker",
        "referrals.attachrequest": "attach_requests",
        "referrals.attribution": "attributions",
        "referrals.campaign": "campaigns",
        "referrals.forecast": "forecast",
        "referrals.partnermonth": "months",
        "referrals.referral": "clients",
    }
    assert pointing - NOT_ITS_OWN == tables.keys()
    assert {name for name in tables.values() if name not in held} == set()


def test_the_file_holds_what_is_known_and_no_password(anna: Partner) -> None:
    desk = at_desk(administrator())
    response = desk.post(page("skorozvon_partners_person_export", anna.user_id), {"reason": "Запрос вх. № 17"})
    assert response["Content-Disposition"] == f'attachment; filename="person-{anna.user_id}.json"'
    text = response.content.decode()
    held = json.loads(text)
    assert [secret for secret in SECRETS if secret not in text] == []
    assert held["person"][0]["email"] == "mars@example.ru"
    assert "password" not in held["person"][0]
    deed = Deed.objects.get()
    assert (deed.title, deed.subject_id, deed.reason) == ("Выгрузить данные", str(anna.user_id), "Запрос вх. № 17")


def test_an_account_holder_who_is_no_partner_is_handed_over_too() -> None:
    held = personal_data.export(UserFactory(email="guest@example.ru"), now=NOW)
    assert held["person"][0]["email"] == "guest@example.ru"


# --- Erasing ----------------------------------------------------------------------------------------------------------


def test_after_erasing_nothing_personal_is_left_and_the_books_are_as_they_were(anna: Partner) -> None:
    assert [secret for secret in SECRETS if secret not in everything()] == []
    lines = list(LedgerLine.objects.order_by("pk").values())
    erase(anna.user)
    assert [secret for secret in SECRETS if secret in everything()] == []
    assert list(LedgerLine.objects.order_by("pk").values()) == lines
    assert list(audit.run()) == []
    anna.refresh_from_db()
    assert (anna.status, anna.full_name) == ("blocked", "Данные стёрты")
    assert Campaign.objects.get().name == "Кампания"
    assert AttachRequest.objects.get().state == "declined"


def test_erasing_again_changes_nothing(anna: Partner) -> None:
    erase(anna.user)
    before = everything()
    erase(anna.user)
    assert everything().count("erased.invalid") == before.count("erased.invalid")


def test_what_was_paid_by_is_kept_for_five_years_after_the_year(anna: Partner) -> None:
    legal_requisites = Requisites.objects.get()
    ledger.book(anna, key="opening", kind="opening_balance", amount_kopecks=3_000_00, memo="-", now=NOW)
    withdrawal = withdrawals.request(anna, amount_kopecks=3_000_00, destination="bank", by=anna.user, now=NOW)
    decisions.approve(withdrawal, by=StaffFactory(), now=NOW)
    withdrawal.refresh_from_db()
    withdrawals.step(withdrawal, "sent", by=None, now=NOW)
    withdrawals.pay(withdrawals.lock(withdrawal), by=None, now=NOW)
    unused = enter_requisites(anna, name="ООО «Венера»")
    erase(anna.user)
    legal_requisites.refresh_from_db()
    unused.refresh_from_db()
    assert (legal_requisites.name, unused.name) == ("ООО «Марсианские цветы»", "")
    assert bytes(SignedCopy.objects.get().content) == b"mars"
    personal_data.erase(anna.user, reason="Срок вышел", by=StaffFactory(), now=moscow("2031-12-31 23:59"))
    legal_requisites.refresh_from_db()
    assert legal_requisites.name
    personal_data.erase(anna.user, reason="Срок вышел", by=StaffFactory(), now=moscow("2032-01-01 00:00"))
    legal_requisites.refresh_from_db()
    assert (legal_requisites.name, bytes(SignedCopy.objects.get().content)) == ("", b"")


def test_an_individual_loses_its_card_and_its_address_at_solar_staff() -> None:
    boris = individual(0)
    erase(boris.user)
    assert Card.objects.get().shown == "•• ****"
    assert Card.objects.get().worker.email.endswith("@erased.invalid")


def test_money_on_its_way_stops_it_and_money_left_wants_a_reason(anna: Partner) -> None:
    ledger.book(anna, key="opening", kind="opening_balance", amount_kopecks=5_000_00, memo="-", now=NOW)
    withdrawal = withdrawals.request(anna, amount_kopecks=3_000_00, destination="bank", by=anna.user, now=NOW)
    with pytest.raises(WithdrawalOpen):
        erase(anna.user, despite_balance="Отказалась письмом")
    decisions.decline(withdrawal, by=StaffFactory(), reason="Просьба", now=NOW)
    with pytest.raises(BalanceIsNotZero):
        erase(anna.user)
    erase(anna.user, despite_balance="Отказалась письмом")
    assert User.objects.get(pk=anna.user_id).erased_at == NOW


def test_at_the_desk_the_same_is_said_and_left_in_the_journal(anna: Partner) -> None:
    ledger.book(anna, key="opening", kind="opening_balance", amount_kopecks=5_000_00, memo="-", now=NOW)
    desk, address = at_desk(administrator()), page("skorozvon_partners_person_erase", anna.user_id)
    assert "На балансе остались деньги." in answer(desk, address, {"reason": "Запрос"})
    typed = {"reason": "Запрос", "despite_balance": "Отказалась письмом"}
    assert "Персональные данные стёрты." in answer(desk, address, typed)
    deed = Deed.objects.get()
    assert (deed.reason, deed.asked) == ("Запрос", {"despite_balance": "Отказалась письмом"})


def test_its_session_ends_and_it_does_not_get_in_again(anna: Partner, service: Service) -> None:  # noqa: F811
    service.create_account("mars@example.ru", id=anna.user.account_id, password="of the service")
    browser = Browser()
    browser.force_login(anna.user)
    erase(anna.user)
    assert get_user(browser).is_anonymous
    browser.post("/users/sign_in", {"username": "mars@example.ru", "password": "of the service"})
    assert get_user(browser).is_anonymous


def test_the_service_does_not_bring_its_data_back(anna: Partner) -> None:
    erase(anna.user)
    told = Account(id=anna.user.account_id or "", email="mars@example.ru", name="Анна", phone="+79991112233", inn="")
    assert not sign_in.holder(told).is_active
    assert User.objects.get(pk=anna.user_id).email == f"{anna.user_id}@erased.invalid"


def test_no_letter_goes_out_to_it_any_more(anna: Partner) -> None:
    erase(anna.user)
    notices.add(anna, Notice.Kind.MONTH_CREDITED, key="later", now=NOW, **CREDIT)
    notices.send_due(now=NOW)
    assert mail.outbox == []
    assert not Notice.objects.exclude(next_try_at=None).exists()


def test_its_clients_go_on_earning_and_the_desk_shows_it(anna: Partner) -> None:
    erase(anna.user)
    deliver(registered("c-late", "2026-01-15 12:00", ref="anna"))
    deliver(charged("late", "anna-0", "100.00", "2025-11-10 09:30"))
    close.run(month("2025-11"), now=NOW)
    desk = at_desk(boss())
    for path in (
        page("partners_partner_change", anna.pk),
        "/admin/partners/partner/",
        page("payouts_contract_change", anna.contract.pk),
        page("skorozvon_partners_person_change", anna.user_id),
        "/admin/skorozvon_partners/person/?state=erased",
        "/admin/",
    ):
        assert (path, desk.get(path).status_code) == (path, 200)
    assert ledger.balance(anna) == 15_00
    assert list(audit.run()) == []


def test_who_waits_for_admission_is_declined_without_a_letter() -> None:
    user = UserFactory(email="mars@example.ru", full_name="Павел")
    registration.request(
        user,
        tariff="legal",
        full_name="Павел",
        phone="+79990000000",
        agreed_to=consents.needed("legal"),
        ip="203.0.113.7",
        now=NOW,
        needs_approval=True,
    )
    erase(user)
    notices.send_due(now=NOW)
    assert (Partner.objects.get().status, mail.outbox) == ("declined", [])


# --- What the service told of a client --------------------------------------------------------------------------------

TOLD = {"email": "venus@example.ru", "phone": "+79992223344", "inn": "500100732259"}
CONTRADICTING = TOLD | {"email": "pluto@example.ru"}


def told(account_id: str) -> None:
    """A registration, and two that contradict it: under the same id, and under another."""
    first = registered(account_id, **TOLD)
    same_id, other_id = (
        registered(account_id, **CONTRADICTING),
        registered(account_id, id=f"again {account_id}", **CONTRADICTING),
    )
    assert deliver(first, same_id, other_id) == ["accepted", "conflict", "conflict"]


def test_contradicting_events_of_a_person_are_handed_over_and_erased_with_it(anna: Partner) -> None:
    told("c-1")
    Client.objects.filter(account_id=anna.user.account_id).update(email="", phone="")
    anna.user.account_id = "c-1"
    anna.user.save()
    held = personal_data.export(anna.user, now=NOW)
    assert [event["content"]["data"]["email"] for event in held["client_events"]] == 2 * ["pluto@example.ru"]
    erase(anna.user)
    assert [secret for secret in (*TOLD.values(), "pluto@example.ru") if secret in everything()] == []


def test_deliveries_are_judged_after_erasing_as_before(anna: Partner) -> None:
    told("c-1")
    personal_data.erase_client(Client.objects.get(account_id="c-1"), reason="Запрос вх. № 18")
    first, same_id = registered("c-1", **TOLD), registered("c-1", **CONTRADICTING)
    other_id = registered("c-1", id="again c-1", **CONTRADICTING)
    assert deliver(first, same_id, other_id) == ["duplicate", "conflict", "duplicate"]
    assert [secret for secret in (*TOLD.values(), "pluto@example.ru") if secret in everything()] == []
    assert list(audit.run()) == []


def test_a_client_that_never_signed_in_is_handed_over_and_erased_by_its_account() -> None:
    told("c-1")
    told("c-2")
    desk = at_desk(administrator())
    typed = {"client": "c-1", "reason": "Запрос вх. № 18"}
    response = desk.post("/admin/skorozvon_partners/person/export-client/", typed)
    held = json.loads(response.content)
    assert (held["client"][0]["email"], len(held["client_events"])) == ("venus@example.ru", 2)
    assert "стёрты" in answer(desk, "/admin/skorozvon_partners/person/erase-client/", typed)
    assert list(Client.objects.order_by("pk").values_list("name", "email")) == [
        (Client.objects.get(account_id="c-1").name, ""),
        ("ООО c-2", "venus@example.ru"),
    ]
    pk = Client.objects.get(account_id="c-1").pk
    assert [(deed.title, deed.reason, deed.asked) for deed in Deed.objects.order_by("pk")] == [
        ("Выгрузить данные клиента", "Запрос вх. № 18", {"client": pk}),
        ("Стереть данные клиента", "Запрос вх. № 18", {"client": pk}),
    ]


def test_a_client_that_signed_in_is_found_in_the_list_and_an_unknown_one_nowhere(anna: Partner) -> None:
    desk, address = at_desk(administrator()), "/admin/skorozvon_partners/person/erase-client/"
    typed = {"client": anna.user.account_id, "reason": "Запрос"}
    assert "найдите его в списке" in answer(desk, address, typed)
    assert "Такого клиента портал не знает." in answer(desk, address, typed | {"client": "nobody"})
    assert Client.objects.get(account_id=anna.user.account_id).email == "mars@example.ru"


def test_staff_is_not_erased_so() -> None:
    with pytest.raises(User.DoesNotExist):
        erase(StaffFactory())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partners_consent SET ip = NULL, version = 'other'",
        "UPDATE partners_consent SET ip = '198.51.100.1'",
        "UPDATE partners_requisites SET name = ''",
        "UPDATE partners_requisites SET account = '40702810500000001234'",
        "UPDATE payouts_signedcopy SET content_type = 'image/png'",
    ],
)
def test_of_what_is_only_added_to_erasing_is_all_that_the_database_lets_through(statement: str, anna: Partner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
