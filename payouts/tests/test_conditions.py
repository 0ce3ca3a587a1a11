"""Whether a partner may withdraw, and what it is told when not (R22–R25)."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from partners import ledger
from partners.models import LedgerLine, Partner, Terms, TermsAssignment
from payouts import checklist, conditions, contracts
from payouts.checklist import Condition, Facts
from payouts.conditions import Conditions
from payouts.tests.people import individual, legal
from referrals import close, forecast
from tests.factories import PartnerFactory, charged, deliver, month, moscow, refunded, registered

pytestmark = pytest.mark.django_db

DECEMBER_1 = dt.date(2025, 12, 1)
BLOCKED = Partner.Status.BLOCKED


def terms(name: str = "legal-2026", **changes: Any) -> Terms:
    found = Terms.objects.get(name=name)
    for field, value in changes.items():
        setattr(found, field, value)
    return found


def facts(name: str = "legal-2026", **known: Any) -> Facts:
    """A legal partner that may withdraw 2 000.00, unless said otherwise; an individual may but for its card."""
    given = {
        "terms": terms(name),
        "balance_kopecks": 2_000_00,
        "credit_on": DECEMBER_1,
        "clients_paid": 2,
        "clients_credited": 2,
        "contract": "118",
        "signed_on": dt.date(2025, 3, 5),
    }
    return Facts(**(given | known))


def unmet(known: Facts) -> list[str]:
    return [condition.word for condition in checklist.judge(known) if not condition.met and not condition.is_choice]


def the(word: str, known: Facts) -> Condition:
    [found] = [condition for condition in checklist.judge(known) if condition.word == word]
    return found


def plain(text: str) -> str:
    """With every kind of space as a plain one."""
    return " ".join(text.split())


# --- The decision -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, []),
        ({"clients_credited": 1}, ["clients"]),
        ({"clients_credited": 0, "clients_paid": 0}, ["clients"]),
        ({"clients_credited": 1, "is_met_for_good": True}, []),
        ({"contract": "", "signed_on": None}, ["contract"]),
        ({"balance_kopecks": 1_999_99}, ["minimum"]),
        ({"balance_kopecks": 0}, ["minimum"]),
        ({"balance_kopecks": -1}, ["minimum"]),
        ({"has_requisites": True}, []),
        ({"is_blocked": True}, ["blocked"]),
        ({"clients_credited": 0, "contract": "", "balance_kopecks": 0}, ["clients", "contract", "minimum"]),
    ],
)
def test_legal_partner_needs_two_credited_clients_the_contract_and_two_thousand(
    known: dict[str, Any], expected: list[str]
) -> None:
    assert unmet(facts(**known)) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"balance_kopecks": 3_000_00, "has_card": True}, []),
        ({"balance_kopecks": 1_00, "has_card": True}, []),
        ({"balance_kopecks": 99, "has_card": True}, ["minimum"]),
        ({"balance_kopecks": 3_000_00}, ["card"]),
        ({"balance_kopecks": 0, "clients_credited": 0}, ["clients", "minimum", "card"]),
        ({"has_card": True, "clients_credited": 0}, ["clients"]),
        ({"has_card": True, "is_blocked": True}, ["blocked"]),
    ],
)
def test_individual_needs_one_client_a_rouble_and_a_card_but_no_contract(
    known: dict[str, Any], expected: list[str]
) -> None:
    known = {"clients_credited": 1, "contract": "", "signed_on": None} | known
    assert unmet(facts("individual-2026", **known)) == expected


def test_the_numbers_are_those_of_the_terms() -> None:
    demanding = terms(clients_needed=5, minimum_withdrawal_kopecks=10_000_50)
    known = facts(terms=demanding, clients_credited=4, balance_kopecks=10_000_49)
    assert unmet(known) == ["clients", "minimum"]
    assert the("clients", known).text == "Вознаграждение начислено за 5 клиентов"
    assert plain(the("minimum", known).text) == "На балансе от 10 000,50 ₽"
    assert plain(the("minimum", known).hint) == "Не хватает 0,01 ₽, ближайшее начисление 1 декабря"


# --- What is said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "hint", "nearest"),
    [
        (
            {"clients_credited": 0},
            "Сейчас 0 из 2. Начисляем в начале месяца за предыдущий, ближайшее начисление 1 декабря",
            DECEMBER_1,
        ),
        ({"clients_credited": 1, "clients_coming": 1}, "Сейчас 1 из 2, по прогнозу 1 декабря будет 2", DECEMBER_1),
        ({"clients_credited": 0, "clients_coming": 1}, "Сейчас 0 из 2, по прогнозу 1 декабря будет 1", DECEMBER_1),
        ({}, "", None),
    ],
)
def test_clients_that_are_missing_can_be_credited_on_the_next_first(
    known: dict[str, Any], hint: str, nearest: dt.date | None
) -> None:
    found = the("clients", facts(**known))
    assert (plain(found.hint), found.nearest_on) == (hint, nearest)


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        ({"balance_kopecks": 500_00}, "Не хватает 1 500 ₽, ближайшее начисление 1 декабря"),
        ({"balance_kopecks": 500_00, "coming_kopecks": 1_500_00}, "Не хватает 1 500 ₽, по прогнозу хватит 1 декабря"),
        ({"balance_kopecks": -150_00}, "Не хватает 2 150 ₽, ближайшее начисление 1 декабря"),
    ],
)
def test_the_sum_that_is_missing_is_told_with_the_day_on_which_it_may_come(known: dict[str, Any], hint: str) -> None:
    found = the("minimum", facts(**known))
    assert plain(found.hint) == hint
    assert found.nearest_on == DECEMBER_1


def test_contract_is_offered_when_the_second_client_has_paid() -> None:
    early = the("contract", facts(contract="", clients_paid=1, clients_credited=1))
    assert (early.hint, early.url) == ("Предложим, когда оплатит второй клиент", "")
    due = the("contract", facts(contract="", clients_paid=2, clients_credited=1))
    assert (due.hint, due.url) == (
        "Готовим договор: он появится в кабинете с минуты на минуту",
        "/cabinet/payouts/contract/",
    )
    offered = the("contract", facts(contract="", contract_state="offered", clients_paid=2))
    assert offered.hint == "Скачайте договор, подпишите и загрузите подписанный экземпляр"
    uploaded = the("contract", facts(contract="", contract_state="uploaded", clients_paid=2))
    assert uploaded.hint == "Проверяем подписанный экземпляр, ответим письмом"
    assert plain(the("contract", facts()).text) == "Договор № 118 подписан 5 марта 2025"


def test_without_requisites_a_legal_partner_is_told_of_the_other_way() -> None:
    found = the("requisites", facts())
    assert (found.met, found.is_choice) == (False, True)
    assert found.hint == "Или выводите на аккаунт в Скорозвоне: для этого реквизиты не нужны"
    assert the("requisites", facts(has_requisites=True)).met


def test_terms_without_contract_say_nothing_of_one() -> None:
    words = [condition.word for condition in checklist.judge(facts("individual-2026"))]
    assert words == ["clients", "minimum", "card"]


# --- What is read -----------------------------------------------------------------------------------------------------


@pytest.fixture
def anna() -> Partner:
    """Holds c-1 from 15 and c-2 from 30 September 2025."""
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", "2025-09-15 12:00", ref="anna"), registered("c-2", "2025-09-30 12:00", ref="anna"))
    return anna


def at(partner: Partner, moment: str) -> Conditions:
    now = moscow(moment)
    return conditions.of(partner, now=now, foretold=forecast.of(partner, now=now))


def close_month(label: str, moment: str) -> None:
    close.run(month(label), now=moscow(moment))


def test_worked_example_of_the_source_not_on_1_november_but_on_1_december(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "12500.00", "2025-10-10 09:30"))
    close_month("2025-10", "2025-11-01 06:00")
    deliver(charged("ch-2", "c-2", "12500.00", "2025-11-03 09:30"))

    first = at(anna, "2025-11-04 12:00")
    assert first.unmet == ["clients", "contract", "minimum"]
    assert (first.account.balance_kopecks, first.available_kopecks) == (187_500, 0)
    assert [plain(condition.hint) for condition in first.all[:3]] == [
        "Сейчас 1 из 2, по прогнозу 1 декабря будет 2",
        "Готовим договор: он появится в кабинете с минуты на минуту",
        "Не хватает 125 ₽, по прогнозу хватит 1 декабря",
    ]

    close_month("2025-11", "2025-12-01 06:00")
    assert at(anna, "2025-12-01 12:00").unmet == ["contract"]
    contracts.record_signed(anna, number="118", signed_on=DECEMBER_1)
    second = at(Partner.objects.get(pk=anna.pk), "2025-12-01 12:00")
    assert (second.unmet, second.available_kopecks) == ([], 375_000)


def test_worked_example_of_an_individual_needs_the_card_only() -> None:
    boris = PartnerFactory(code="boris", tariff="individual")
    deliver(registered("c-1", "2025-09-15 12:00", ref="boris"), registered("c-2", "2025-09-30 12:00", ref="boris"))
    deliver(charged("ch-1", "c-1", "5000.00", "2025-10-10 09:30"))
    assert at(boris, "2025-10-20 12:00").unmet == ["clients", "minimum", "card"]
    close_month("2025-10", "2025-11-01 06:00")
    found = at(boris, "2025-11-01 12:00")
    assert (found.unmet, found.account.balance_kopecks, found.available_kopecks) == (["card"], 300_000, 0)


def test_client_that_paid_and_was_credited_nothing_is_not_counted(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "0.03", "2025-10-11 09:30"))
    close_month("2025-10", "2025-11-01 06:00")
    found = at(anna, "2025-11-01 12:00")
    assert found.unmet == ["clients", "contract"]
    assert found.all[0].hint.startswith("Сейчас 1 из 2")


def test_refund_that_takes_a_reward_back_does_not_take_back_that_it_was_credited(anna: Partner) -> None:
    deliver(
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "100.00", "2025-10-11 09:30")
    )
    close_month("2025-10", "2025-11-01 06:00")
    deliver(refunded("rf-2", "ch-2", "100.00", "2025-11-02 09:30"))
    close_month("2025-11", "2025-12-01 06:00")
    found = at(anna, "2025-12-01 12:00")
    assert (found.account.balance_kopecks, found.unmet) == (300_000, ["contract"])


def test_what_was_met_with_the_contract_signed_is_met_for_good(anna: Partner) -> None:
    deliver(
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "100.00", "2025-10-11 09:30")
    )
    close_month("2025-10", "2025-11-01 06:00")
    contracts.record_signed(anna, number="118", signed_on=dt.date(2025, 11, 30))
    stricter = Terms.objects.create(
        name="legal-2027", tariff="legal", starts_on=DECEMBER_1, percent_bp=1000, clients_needed=3, contract_needed=True
    )
    TermsAssignment.objects.create(
        partner=anna, terms=stricter, starts_at=moscow("2025-12-01 00:00"), reason="offer_accepted"
    )
    anna = Partner.objects.get(pk=anna.pk)
    assert at(anna, "2025-12-10 12:00").unmet == []
    anna.contract.signed_on = DECEMBER_1  # a day too late
    anna.contract.save()
    assert at(anna, "2025-12-10 12:00").unmet == ["clients"]


def test_second_client_credited_after_the_terms_became_stricter_is_too_late(anna: Partner) -> None:
    contracts.record_signed(anna, number="118", signed_on=dt.date(2025, 10, 1))
    stricter = Terms.objects.create(
        name="legal-2027", tariff="legal", starts_on=DECEMBER_1, percent_bp=1000, clients_needed=3, contract_needed=True
    )
    TermsAssignment.objects.create(
        partner=anna, terms=stricter, starts_at=moscow("2025-12-01 00:00"), reason="offer_accepted"
    )
    deliver(
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "100.00", "2025-11-11 09:30")
    )
    close_month("2025-11", "2025-12-01 06:00")
    assert at(anna, "2025-12-10 12:00").unmet == ["clients"]


def test_blocked_partner_with_everything_else_met_can_withdraw_nothing(anna: Partner) -> None:
    deliver(
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "100.00", "2025-10-11 09:30")
    )
    close_month("2025-10", "2025-11-01 06:00")
    contracts.record_signed(anna, number="118", signed_on=DECEMBER_1)
    Partner.objects.update(status=BLOCKED)
    found = at(Partner.objects.get(pk=anna.pk), "2025-12-01 12:00")
    assert (found.unmet, found.available_kopecks, found.is_allowed) == (["blocked"], 0, False)


def test_account_adds_up_each_kind_of_line(anna: Partner) -> None:
    for number, (kind, kopecks) in enumerate(
        [
            ("accrual", 500_00),
            ("opening_balance", 70_00),
            ("withdrawal", -300_00),
            ("withdrawal_returned", 100_00),
            ("tariff_change", -60_00),
        ]
    ):
        LedgerLine.objects.create(
            key=str(number),
            partner=anna,
            kind=kind,
            amount_kopecks=kopecks,
            month=month("2025-10") if kind == "accrual" else None,
            booked_at=moscow("2025-11-01 06:00"),
            memo="",
        )
    assert conditions.account_of(anna) == conditions.Account(310_00, 500_00, 0, 60_00, 0, 70_00)
    assert conditions.account_of(PartnerFactory()) == conditions.Account(0, 0, 0, 0, 0, 0)


def test_without_a_forecast_the_decision_is_the_same_and_the_date_the_earliest_possible(anna: Partner) -> None:
    found = conditions.of(anna, now=moscow("2025-11-04 12:00"))
    assert found.unmet == ["clients", "contract", "minimum"]
    assert (found.all[0].nearest_on, found.nearest_on) == (DECEMBER_1, DECEMBER_1)


def test_conditions_cost_the_same_with_one_client_and_with_many(
    anna: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        conditions.of(anna, now=moscow("2025-11-04 12:00"))
    for number in range(30):
        deliver(registered(f"m-{number}", "2025-09-15 12:00", ref="anna"))
        deliver(charged(f"mch-{number}", f"m-{number}", "100.00", "2025-10-10 09:30"))
    foretold = forecast.of(anna, now=moscow("2025-11-04 12:00"))
    with django_assert_num_queries(4):
        conditions.of(anna, now=moscow("2025-11-04 12:00"), foretold=foretold)
    close_month("2025-10", "2025-11-01 06:00")
    with django_assert_num_queries(3):
        conditions.of(anna, now=moscow("2025-11-04 12:00"))


def test_terms_that_ask_for_no_clients_are_met_without_any() -> None:
    """A number of the terms like any other (R4)."""
    gleb = PartnerFactory(code="gleb")
    none_needed = Terms.objects.create(
        name="legal-2027", tariff="legal", starts_on=DECEMBER_1, percent_bp=1000, clients_needed=0
    )
    TermsAssignment.objects.create(
        partner=gleb, terms=none_needed, starts_at=moscow("2025-12-01 00:00"), reason="offer_accepted"
    )
    assert at(gleb, "2025-12-10 12:00").unmet == ["minimum"]


def test_many_at_once_are_judged_as_each_alone(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"))
    close_month("2025-10", "2025-11-01 06:00")
    partners = [anna, individual(3_000_00), individual(99, code="vera", card=""), legal(5_000_00, code="egor")]
    Partner.objects.filter(pk=partners[1].pk).update(status=BLOCKED)
    partners = list(Partner.objects.order_by("pk"))
    now = moscow("2026-03-01 12:00")
    found = conditions.in_bulk(
        partners,
        timelines=TermsAssignment.objects.timelines(),
        balances={partner.pk: ledger.balance(partner) for partner in partners},
        now=now,
    )
    alone = {partner.pk: conditions.of(partner, now=now).unmet for partner in partners}
    assert {pk: checklist.unmet(conditions_of) for pk, conditions_of in found.items()} == alone
    assert sorted(alone.values()) == [[], ["blocked"], ["clients", "contract"], ["minimum", "card"]]
