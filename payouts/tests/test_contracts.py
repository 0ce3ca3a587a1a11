"""The contract of a legal partner: offered, uploaded, accepted or declined (R22)."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from partners import letters, reasons
from partners.models import Notice, Partner, Terms, TermsAssignment
from payouts import contracts, tariff_change, uploads
from payouts.models import Contract, ContractStep, SignedCopy
from tests.factories import PartnerFactory, StaffFactory, UserFactory, charged, deliver, moscow, refunded, registered

pytestmark = pytest.mark.django_db

NOVEMBER_20 = moscow("2025-11-20 12:00")
NOVEMBER_5 = dt.date(2025, 11, 5)
PDF = b"%PDF-1.7\nsigned\n%%EOF\n"
ANOTHER = b"%PDF-1.7\nsigned better\n%%EOF\n"


def partner(*, paid: int, code: str = "62b0", tariff: str = "legal") -> Partner:
    """A partner so many of whose clients have paid; one more has only registered."""
    made = PartnerFactory(code=code, tariff=tariff)
    for number in range(paid + 1):
        deliver(registered(f"{code}-{number}", "2025-09-15 12:00", ref=code))
    for number in range(paid):
        deliver(charged(f"ch-{code}-{number}", f"{code}-{number}", "100.00", "2025-10-10 10:00"))
    return made


def offered() -> Contract:
    """Anna's contract, just offered."""
    anna = partner(paid=2)
    contracts.offer_due(now=NOVEMBER_20)
    return Contract.objects.select_related("partner__user").get(partner=anna)


def uploaded() -> Contract:
    contract = offered()
    contracts.upload(contract, content=PDF, by=contract.partner.user, now=NOVEMBER_20)
    return contract


def sign(contract: Contract, *, number: str = "118", on: dt.date = NOVEMBER_5) -> None:
    contracts.accept(contract, number=number, signed_on=on, by=StaffFactory(), now=NOVEMBER_20)


def steps(contract: Contract) -> list[tuple[str, str, bool]]:
    """(state, note, whether the portal itself took it)."""
    return [(step.state, step.note, step.taken_by_id is None) for step in contract.steps.all()]


def letters_sent() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


# --- Offering ---------------------------------------------------------------------------------------------------------


def test_contract_is_offered_when_the_second_client_has_paid() -> None:
    anna = partner(paid=1)
    contracts.offer_due(now=NOVEMBER_20)
    assert Contract.objects.count() == 0
    deliver(charged("second", "62b0-1", "100.00", "2025-11-03 10:00"))
    contracts.offer_due(now=NOVEMBER_20)
    contract = Contract.objects.get(partner=anna)
    assert (contract.state, contract.offered_at, contract.number) == ("offered", NOVEMBER_20, "")
    assert steps(contract) == [("offered", "", True)]


def test_offer_is_told_of_by_a_letter_that_can_be_written() -> None:
    contract = offered()
    notice = Notice.objects.get()
    assert (notice.partner, notice.key) == (contract.partner, f"contract_offered:{contract.partner_id}")
    assert notice.next_try_at == NOVEMBER_20
    assert letters.words(notice.kind, notice.context).subject == "Пора подписать договор"


def test_second_sweep_offers_and_writes_nothing_more() -> None:
    offered()
    contracts.offer_due(now=NOVEMBER_20)
    assert (Contract.objects.count(), ContractStep.objects.count(), letters_sent()) == (1, 1, ["contract_offered"])


def test_client_that_has_paid_counts_for_good_also_when_all_of_it_was_paid_back() -> None:
    partner(paid=2)
    deliver(refunded("back", "ch-62b0-1", "100.00", "2025-10-12 10:00"))
    contracts.offer_due(now=NOVEMBER_20)
    assert Contract.objects.count() == 1


def test_individual_is_offered_none() -> None:
    partner(paid=2, tariff="individual")
    contracts.offer_due(now=NOVEMBER_20)
    assert Contract.objects.count() == 0


def test_individual_that_becomes_legal_is_offered_one_for_the_clients_it_has() -> None:
    anna = partner(paid=2, tariff="individual")
    tariff_change.change(anna, "legal", by=StaffFactory(), reason="Просьба", now=NOVEMBER_20)
    contracts.offer_due(now=NOVEMBER_20 - dt.timedelta(minutes=1))
    assert Contract.objects.count() == 0
    contracts.offer_due(now=NOVEMBER_20)
    assert Contract.objects.count() == 1


@pytest.mark.parametrize("status", ["pending", "declined", "blocked"])
def test_who_does_not_work_is_offered_none(status: str) -> None:
    anna = partner(paid=2)
    Partner.objects.update(status=status)
    contracts.offer_due(now=NOVEMBER_20)
    assert contracts.of(anna, now=NOVEMBER_20) is None


def test_contract_that_came_along_from_the_old_portal_stays_as_it_is() -> None:
    contracts.record_signed(partner(paid=2), number="17/2023", signed_on=dt.date(2023, 2, 1))
    contracts.offer_due(now=NOVEMBER_20)
    assert (Contract.objects.get().number, letters_sent()) == ("17/2023", [])


def under(made: Partner, name: str, *, clients: int, contract: bool, starts_on: dt.date) -> None:
    """Puts the partner under terms of its own from November on."""
    terms = Terms.objects.create(
        name=name,
        tariff="legal",
        starts_on=starts_on,
        percent_bp=1500,
        clients_needed=clients,
        contract_needed=contract,
    )
    TermsAssignment.objects.create(
        partner=made, terms=terms, starts_at=moscow("2025-11-01 00:00"), reason="new_version"
    )


def test_terms_in_force_decide_whether_a_contract_is_needed_and_from_how_many_clients_on() -> None:
    under(partner(paid=2, code="free"), "free", clients=1, contract=False, starts_on=dt.date(2026, 1, 1))
    under(partner(paid=2, code="few"), "three", clients=3, contract=True, starts_on=dt.date(2026, 2, 1))
    under(partner(paid=1, code="enough"), "one", clients=1, contract=True, starts_on=dt.date(2026, 3, 1))
    under(partner(paid=0, code="none"), "at once", clients=0, contract=True, starts_on=dt.date(2026, 4, 1))
    contracts.offer_due(now=NOVEMBER_20)
    offered = Contract.objects.order_by("partner__codes__value").values_list("partner__codes__value", flat=True)
    assert list(offered) == ["enough", "none"]


def test_terms_still_to_come_decide_nothing() -> None:
    under(partner(paid=2), "free", clients=1, contract=False, starts_on=dt.date(2026, 1, 1))
    contracts.offer_due(now=moscow("2025-10-31 23:59"))  # under legal-2026 yet
    assert Contract.objects.count() == 1


def test_thousands_are_offered_theirs_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "SHARE", 2)
    for number in range(5):
        partner(paid=2, code=f"code-{number}")
    contracts.offer_due(now=NOVEMBER_20)
    assert (Contract.objects.count(), ContractStep.objects.count(), len(letters_sent())) == (5, 5, 5)


def test_sweep_costs_two_queries_when_nothing_is_due(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    offered()
    PartnerFactory.create_batch(3)
    with django_assert_num_queries(2):
        contracts.offer_due(now=NOVEMBER_20)


def test_offering_thirty_costs_as_much_as_offering_three(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for clients, code in ((3, "few"), (30, "many")):
        for number in range(clients):
            partner(paid=2, code=f"{code}-{number}")
        with django_assert_num_queries(10):
            contracts.offer_due(now=NOVEMBER_20)
    assert Contract.objects.count() == 33


def test_whoever_asks_before_the_sweep_comes_is_offered_it_at_once() -> None:
    anna = partner(paid=2)
    assert contracts.of(anna, now=NOVEMBER_20) == Contract.objects.get()
    assert contracts.of(anna, now=NOVEMBER_20) == Contract.objects.get()
    assert (ContractStep.objects.count(), letters_sent()) == (1, ["contract_offered"])


def test_asking_offers_nothing_that_is_not_due_and_nothing_to_others() -> None:
    partner(paid=2, code="somebody")
    assert contracts.of(partner(paid=1), now=NOVEMBER_20) is None
    assert Contract.objects.count() == 0


# --- Uploading --------------------------------------------------------------------------------------------------------


def test_uploaded_copy_is_kept_and_waits_for_staff() -> None:
    contract = offered()
    copy = contracts.upload(contract, content=PDF, by=contract.partner.user, now=NOVEMBER_20)
    copy.refresh_from_db()
    assert (bytes(copy.content), copy.content_type) == (PDF, "application/pdf")
    assert (copy.uploaded_by, copy.uploaded_at) == (contract.partner.user, NOVEMBER_20)
    contract.refresh_from_db()
    assert contract.state == "uploaded"
    assert steps(contract) == [("offered", "", True), ("uploaded", "", False)]


def test_staff_may_upload_what_came_by_post() -> None:
    contract, staff = offered(), StaffFactory()
    contracts.upload(contract, content=PDF, by=staff, now=NOVEMBER_20)
    assert contract.steps.last().taken_by == staff


def test_second_click_with_the_same_file_keeps_one_copy() -> None:
    contract = uploaded()
    again = contracts.upload(contract, content=PDF, by=contract.partner.user, now=NOVEMBER_20)
    assert again == SignedCopy.objects.get()
    assert ContractStep.objects.count() == 2


def test_better_copy_may_follow_until_the_contract_is_signed() -> None:
    contract = uploaded()
    contracts.upload(contract, content=ANOTHER, by=contract.partner.user, now=NOVEMBER_20)
    assert [bytes(copy.content) for copy in contract.copies.all()] == [PDF, ANOTHER]


def test_nothing_is_uploaded_to_a_signed_contract() -> None:
    contract = uploaded()
    sign(contract)
    with pytest.raises(
        contracts.AlreadySigned, match=r"Договор уже подписан: № 118 от 5.ноября 2025\. Больше ничего не нужно\."
    ):
        contracts.upload(contract, content=ANOTHER, by=contract.partner.user, now=NOVEMBER_20)
    assert SignedCopy.objects.count() == 1


def test_file_that_is_no_contract_changes_nothing() -> None:
    contract = offered()
    with pytest.raises(uploads.WrongFormat):
        contracts.upload(contract, content=b"MZ\x90\x00", by=contract.partner.user, now=NOVEMBER_20)
    contract.refresh_from_db()
    assert (contract.state, SignedCopy.objects.count()) == ("offered", 0)


def test_partner_can_not_fill_the_database_with_copies_and_staff_still_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "MOST_COPIES", 2)
    contract = uploaded()
    contracts.upload(contract, content=ANOTHER, by=contract.partner.user, now=NOVEMBER_20)
    with pytest.raises(contracts.TooManyCopies):
        contracts.upload(contract, content=PDF, by=contract.partner.user, now=NOVEMBER_20)
    contracts.upload(contract, content=PDF, by=StaffFactory(), now=NOVEMBER_20)
    assert SignedCopy.objects.count() == 3


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_accepted_copy_signs_the_contract_under_its_number_and_date() -> None:
    contract, staff = uploaded(), StaffFactory()
    contracts.accept(contract, number=" 12 / П ", signed_on=NOVEMBER_5, by=staff, now=NOVEMBER_20)
    contract.refresh_from_db()
    assert (contract.state, contract.number, contract.signed_on) == ("signed", "12 / П", NOVEMBER_5)
    assert (contract.steps.last().state, contract.steps.last().taken_by) == ("signed", staff)
    assert letters_sent() == ["contract_offered", "contract_signed"]
    assert Notice.objects.get(kind="contract_signed").context == {"number": "12 / П", "signed_on": "5\u00a0ноября 2025"}


@pytest.mark.parametrize("signed_on", [dt.date(2000, 1, 1), dt.date(2025, 11, 20)])
def test_contract_may_be_signed_today_or_long_ago(signed_on: dt.date) -> None:
    contract = uploaded()
    sign(contract, on=signed_on)
    contract.refresh_from_db()
    assert contract.signed_on == signed_on


@pytest.mark.parametrize("signed_on", [dt.date(1999, 12, 31), dt.date(2025, 11, 21)])
def test_contract_is_signed_neither_in_the_future_nor_before_the_year_2000(signed_on: dt.date) -> None:
    with pytest.raises(contracts.WrongDate):
        sign(uploaded(), on=signed_on)


def test_today_is_the_day_in_moscow() -> None:
    contract = uploaded()
    just_begun = moscow("2025-11-21 00:30")
    contracts.accept(contract, number="118", signed_on=dt.date(2025, 11, 21), by=StaffFactory(), now=just_begun)
    contract.refresh_from_db()
    assert contract.signed_on == dt.date(2025, 11, 21)


@pytest.mark.parametrize("number", ["", "  ", "x" * 51])
def test_contract_needs_a_number_that_can_be_kept(number: str) -> None:
    with pytest.raises(contracts.WrongNumber):
        sign(uploaded(), number=number)


def test_two_contracts_may_have_the_same_number_as_they_have_in_the_old_portal() -> None:
    contracts.record_signed(PartnerFactory(), number="118", signed_on=NOVEMBER_5)
    sign(uploaded(), number="118")
    assert Contract.objects.filter(state="signed", number="118").count() == 2


def test_nothing_is_accepted_or_declined_before_a_copy_is_uploaded() -> None:
    contract = offered()
    with pytest.raises(contracts.NoCopy):
        sign(contract)
    with pytest.raises(contracts.NoCopy):
        contracts.decline(contract, by=StaffFactory(), reason="Нет подписи", now=NOVEMBER_20)


def test_signed_contract_is_neither_accepted_nor_declined_again() -> None:
    contract = uploaded()
    sign(contract)
    with pytest.raises(contracts.AlreadySigned):
        sign(contract, number="119")
    with pytest.raises(contracts.AlreadySigned):
        contracts.decline(contract, by=StaffFactory(), reason="Нет подписи", now=NOVEMBER_20)
    contract.refresh_from_db()
    assert (contract.number, letters_sent()) == ("118", ["contract_offered", "contract_signed"])


def test_declined_copy_is_asked_for_again_with_the_reason_and_each_time_with_a_letter() -> None:
    contract = uploaded()
    for content, reason in ((ANOTHER, " Нет подписи "), (PDF, "Не видно печати")):
        contracts.decline(contract, by=StaffFactory(), reason=reason, now=NOVEMBER_20)
        contract.refresh_from_db()
        assert contract.state == "offered"
        contracts.upload(contract, content=content, by=contract.partner.user, now=NOVEMBER_20)
    assert steps(contract)[1:] == [
        ("uploaded", "", False),
        ("offered", "Нет подписи", False),
        ("uploaded", "", False),
        ("offered", "Не видно печати", False),
        ("uploaded", "", False),
    ]
    told = Notice.objects.filter(kind="contract_declined").order_by("pk")
    assert [notice.context for notice in told] == [{"reason": "Нет подписи"}, {"reason": "Не видно печати"}]


def test_same_file_uploaded_again_after_it_was_declined_is_looked_at_again() -> None:
    contract = uploaded()
    contracts.decline(contract, by=StaffFactory(), reason="Не открывается", now=NOVEMBER_20)
    contracts.upload(contract, content=PDF, by=contract.partner.user, now=NOVEMBER_20)
    contract.refresh_from_db()
    assert (contract.state, SignedCopy.objects.count()) == ("uploaded", 2)


def test_decline_says_why() -> None:
    with pytest.raises(reasons.ReasonMissing):
        contracts.decline(uploaded(), by=StaffFactory(), reason=" ", now=NOVEMBER_20)


def test_nobody_decides_about_a_copy_that_it_has_not_seen() -> None:
    contract = uploaded()
    seen = SignedCopy.objects.get().pk
    last = contracts.upload(contract, content=ANOTHER, by=contract.partner.user, now=NOVEMBER_20)
    staff = StaffFactory()
    with pytest.raises(contracts.AnotherCopy):
        contracts.accept(contract, number="1", signed_on=NOVEMBER_5, by=staff, now=NOVEMBER_20, copy=seen)
    with pytest.raises(contracts.AnotherCopy):
        contracts.decline(contract, by=staff, reason="Нет подписи", now=NOVEMBER_20, copy=seen)
    contracts.accept(contract, number="1", signed_on=NOVEMBER_5, by=staff, now=NOVEMBER_20, copy=last.pk)
    assert Contract.objects.get().state == "signed"


# --- At once ----------------------------------------------------------------------------------------------------------


def at_once(*works: Callable[[], object]) -> list[str]:
    """Does all of it at the same moment; how each ended, by name."""

    def ended(work: Callable[[], object]) -> str:
        try:
            work()
        except contracts.Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(ended, work) for work in works]]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_and_readers_at_once_offer_every_contract_once() -> None:
    partners = [partner(paid=2, code=f"code-{number}") for number in range(10)]
    readers = [lambda each=each: contracts.of(each, now=NOVEMBER_20) for each in partners[:3]]
    sweeps = [lambda: contracts.offer_due(now=NOVEMBER_20)] * 3
    assert at_once(*sweeps, *readers) == ["done"] * 6
    contracts.offer_due(now=NOVEMBER_20)  # what one of them held, the others left
    assert (Contract.objects.count(), ContractStep.objects.count(), len(letters_sent())) == (10, 10, 10)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gives_the_number() -> None:
    contract = uploaded()
    ended = at_once(lambda: sign(contract, number="118"), lambda: sign(contract, number="119"))
    assert sorted(ended) == ["AlreadySigned", "done"]
    contract.refresh_from_db()
    assert contract.number == ("118", "119")[ended.index("done")]
    assert letters_sent() == ["contract_offered", "contract_signed"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", range(5))
def test_copy_that_comes_while_another_is_accepted_is_refused_or_stops_the_acceptance(again: int) -> None:
    contract = uploaded()
    seen, staff, author = SignedCopy.objects.get().pk, StaffFactory(), UserFactory()
    ended = at_once(
        lambda: contracts.upload(contract, content=ANOTHER, by=author, now=NOVEMBER_20),
        lambda: contracts.accept(contract, number="118", signed_on=NOVEMBER_5, by=staff, now=NOVEMBER_20, copy=seen),
    )
    contract.refresh_from_db()
    assert (ended, contract.state, SignedCopy.objects.count()) in [
        (["AlreadySigned", "done"], "signed", 1),
        (["done", "AnotherCopy"], "uploaded", 2),
    ]
