"""Money asked for through the API: once, under the same conditions as in the cabinet, and seen by staff (R21–R26)."""

from typing import Any

import pytest
from pytest_django import Settings

from partners import ledger, tokens
from partners.models import ApiToken, Notice, Partner
from payouts import decisions, withdrawals
from payouts.models import Withdrawal
from payouts.tests.people import individual, legal
from tests.api.asking import Program
from tests.factories import NOW, PartnerFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]
BODY = {"amount_kopecks": 250_000, "destination": "service"}


@pytest.fixture
def anna(settings: Settings) -> Partner:
    settings.SKOROZVON_URL = "http://127.0.0.1:9"  # nothing is sent there
    return legal(1_000_000)


@pytest.fixture
def program(anna: Partner) -> Program:
    return Program(anna, scope="withdraw")


def test_request_books_its_sum_at_once_and_says_where_it_goes(anna: Partner, program: Program) -> None:
    response = program.post("withdrawals/", BODY, key="order-1")
    assert response.status_code == 201
    told = response.json()
    assert (told["amount_kopecks"], told["state"], told["where"]) == (250_000, "requested", "на аккаунт в Скорозвоне")
    assert ledger.balance(anna) == 750_000
    assert program.get(f"withdrawals/{told['id']}/").json() == told
    assert program.results("withdrawals/") == program.results("withdrawals/", state="requested") == [told]
    (step,) = Withdrawal.objects.get().steps.all()
    assert (step.taken_by, step.note) == (anna.user, "Через API, токен «program 0»")


def test_suspended_partner_is_told_that_it_cannot_cancel(anna: Partner, program: Program) -> None:
    made = program.post("withdrawals/", BODY, key="order-1").json()
    assert made["can_be_cancelled"]
    Partner.objects.filter(pk=anna.pk).update(status="blocked")
    assert [each["can_be_cancelled"] for each in program.results("withdrawals/")] == [False]
    assert program.post(f"withdrawals/{made['id']}/cancel/").status_code == 403


def test_the_same_key_asks_once(anna: Partner, program: Program) -> None:
    first, again = (program.post("withdrawals/", BODY, key="order-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert ledger.balance(anna) == 750_000
    other = program.post("withdrawals/", BODY | {"amount_kopecks": 300_000}, key="order-1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert program.post("withdrawals/", BODY, key="order-2").status_code == 201
    stranger = Program(legal(500_000, code="nina"), scope="withdraw")
    assert stranger.post("withdrawals/", BODY, key="order-1").status_code == 201  # keys are each partner's own


@pytest.mark.parametrize("other", [{"amount_kopecks": 200_001}, {"destination": "bank"}])
def test_a_key_with_other_content_is_refused_in_words_for_a_program(program: Program, other: dict[str, Any]) -> None:
    assert program.post("withdrawals/", BODY, key="k-1").status_code == 201
    refused = program.post("withdrawals/", BODY | other, key="k-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")
    assert refused.json()["detail"].startswith("С этим Idempotency-Key уже подана заявка")
    assert len(program.results("withdrawals/")) == 1


@pytest.mark.parametrize("key", ["", "with space", "кириллица", "a" * 101, "a\x7f"])
def test_without_a_good_key_nothing_is_asked_for(program: Program, key: str) -> None:
    headers = {"Idempotency-Key": key}
    response = program.browser.post("/api/v1/withdrawals/", BODY, content_type="application/json", headers=headers)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["Idempotency-Key"])
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (BODY | {"amount_kopecks": 199_999}, "wrong_sum"),
        (BODY | {"amount_kopecks": 1_000_001}, "wrong_sum"),
        (BODY | {"amount_kopecks": 10**15}, "wrong_sum"),
        (BODY | {"destination": "card"}, "wrong_destination"),
    ],
)
def test_what_the_cabinet_refuses_the_api_refuses(program: Program, body: dict[str, Any], code: str) -> None:
    response = program.post("withdrawals/", body, key="order-1")
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert not Withdrawal.objects.exists()


def test_unmet_conditions_are_told_in_a_sentence() -> None:
    response = Program(PartnerFactory(), scope="withdraw").post("withdrawals/", BODY, key="order-1")
    assert (response.status_code, response.json()["code"]) == (409, "conditions_unmet")
    assert response.json()["detail"].startswith("Пока вывести нельзя. Вознаграждение начислено за двух клиентов:")


def test_individual_is_paid_to_the_card() -> None:
    program = Program(individual(300_000), scope="withdraw")
    response = program.post("withdrawals/", {"amount_kopecks": 300_000, "destination": "card"}, key="1")
    assert (response.status_code, response.json()["where"]) == (201, "на карту •• 1234")


def test_cancelling_returns_the_sum_once(anna: Partner, program: Program) -> None:
    pk = program.post("withdrawals/", BODY, key="order-1").json()["id"]
    first, again = (program.post(f"withdrawals/{pk}/cancel/") for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (again.status_code, again.json()["state"]) == (200, "returned")
    assert ledger.balance(anna) == 1_000_000
    assert Withdrawal.objects.get().steps.last().note == "Отменено партнёром через API, токен «program 0»"


def test_what_was_sent_can_not_be_cancelled(anna: Partner, program: Program) -> None:
    pk = program.post("withdrawals/", BODY, key="order-1").json()["id"]
    decisions.approve(Withdrawal.objects.get(), by=StaffFactory(), now=NOW)
    Withdrawal.objects.update(state="sent")
    response = program.post(f"withdrawals/{pk}/cancel/")
    assert (response.status_code, response.json()["code"]) == (409, "too_late")
    assert ledger.balance(anna) == 750_000


def test_stranger_and_reader_cancel_nothing(anna: Partner, program: Program) -> None:
    pk = program.post("withdrawals/", BODY, key="order-1").json()["id"]
    assert Program(PartnerFactory(), scope="withdraw").post(f"withdrawals/{pk}/cancel/").status_code == 404
    assert Program(anna).post(f"withdrawals/{pk}/cancel/").status_code == 403
    assert Withdrawal.objects.get().state == "requested"


def test_token_that_can_withdraw_puts_the_next_withdrawal_before_staff(anna: Partner, settings: Settings) -> None:
    """R26: wherever it is asked for, also when the token has been revoked meanwhile; a token for reading doesn't."""
    settings.WITHDRAWALS_NEED_APPROVAL = False
    Program(anna, scope="read")
    asked = {"amount_kopecks": 200_000, "destination": "service", "by": anna.user}
    # The requisites of this partner are from before.
    decisions.approve(withdrawals.request(anna, **asked, now=NOW), by=StaffFactory(), now=NOW)
    assert withdrawals.request(anna, **asked, now=NOW).state == "approved"
    token, _ = tokens.make(anna, name="1С", scope="withdraw", by=anna.user, now=NOW.replace(day=16))
    tokens.revoke(token, by=anna.user, now=NOW.replace(day=16))
    looked_at = withdrawals.request(anna, **asked, now=NOW.replace(day=17))
    assert (looked_at.state, looked_at.question) == (
        "requested",
        "Выпущен токен API с правом вывода 16\u00a0декабря 2026",
    )
    decisions.approve(looked_at, by=StaffFactory(), now=NOW.replace(day=18))
    assert withdrawals.request(anna, **asked, now=NOW.replace(day=18)).state == "approved"


def test_letters_tell_of_the_token_and_of_the_request(anna: Partner, program: Program) -> None:
    program.post("withdrawals/", BODY, key="order-1")
    kinds = list(Notice.objects.filter(partner=anna).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["api_token_made", "withdrawal_received"]
    assert ApiToken.objects.get().scopes == ["read", "withdraw"]
