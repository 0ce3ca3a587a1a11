"""The card of an individual, with Solar Staff's emulator at the other end: invited, linked, changed, removed."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from pytest_django import Settings

from partners import consents
from partners.models import Consent, Notice, Partner
from partners.tests.answering import answering
from payouts import cards, decisions, withdrawals
from payouts.models import Card, Withdrawal, Worker
from payouts.tests.people import individual, link_card
from payouts.tests.said import bad, good
from tests.emulators.solar_staff import SolarStaff
from tests.factories import PartnerFactory, StaffFactory, moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2025-11-03 12:00")
LATER = moscow("2025-11-03 12:10")
EMAIL = "boris@example.ru"
TEXT = consents.current()[Consent.Kind.SOLAR_STAFF]
BACK = "https://partners.example/cabinet/payouts/card/return/"


@pytest.fixture(scope="module")
def _running() -> Iterator[SolarStaff]:
    with SolarStaff() as solar_staff:
        yield solar_staff


@pytest.fixture
def solar_staff(_running: SolarStaff, settings: Settings) -> SolarStaff:
    """Knows nobody yet."""
    _running.reset()
    for name, value in _running.settings.items():
        setattr(settings, name, value)
    return _running


@pytest.fixture
def boris() -> Partner:
    """An individual without a card, who has agreed to nothing."""
    return PartnerFactory(tariff="individual", user__email=EMAIL)


def invite(partner: Partner, **given: Any) -> Worker:
    return cards.invite(partner, **{"now": NOW, "agreed_to": TEXT, "ip": "203.0.113.7"} | given)


def registered(partner: Partner, solar_staff: SolarStaff) -> int:
    """The worker's id of a partner who has come as far as to link a card."""
    invite(partner)
    worker_id = solar_staff.register(EMAIL)
    assert cards.check_registration(partner, now=NOW)
    return worker_id


def take(partner: Partner, now: dt.datetime = NOW) -> tuple[str, bool]:
    card, is_other = cards.take_linked(partner, now=now)
    return card.card_id, is_other


def refused(error: type[Exception], *args: Any, **kwargs: Any) -> str:
    """What a refusal says. The first argument is what is refused."""
    with pytest.raises(error) as refusal:
        args[0](*args[1:], **kwargs)
    return str(refusal.value)


def rows() -> list[tuple[str, bool]]:
    """Cards and whether they stand."""
    return [(card.card_id, card.removed_at is None) for card in Card.objects.order_by("pk")]


def letters() -> list[tuple[str, dict[str, Any]]]:
    return list(Notice.objects.filter(kind="card_changed").order_by("pk").values_list("kind", "context"))


# --- Invited ----------------------------------------------------------------------------------------------------------


def test_person_is_invited_by_its_e_mail_after_it_has_agreed(solar_staff: SolarStaff, boris: Partner) -> None:
    worker = invite(boris)
    [known] = solar_staff.workers()
    assert (known["email"], known["status"]) == (EMAIL, "reg_null")
    assert (worker.worker_id, worker.email) == (str(known["worker_id"]), EMAIL)
    assert (worker.invited_at, worker.registered_at) == (NOW, None)
    given = Consent.objects.get(kind="solar_staff")
    assert (given.user, given.version, given.given_at, given.ip) == (boris.user, TEXT.version, NOW, "203.0.113.7")


def test_nobody_is_told_of_a_person_who_has_not_agreed(solar_staff: SolarStaff, boris: Partner) -> None:
    assert "Без согласия" in refused(cards.ConsentMissing, invite, boris, agreed_to=None)
    assert (list(solar_staff.calls()), Consent.objects.count(), Worker.objects.count()) == ([], 0, 0)


def test_who_agreed_at_the_registration_is_not_asked_again(solar_staff: SolarStaff, boris: Partner) -> None:
    Consent.objects.create(user=boris.user, kind="solar_staff", version="2026-11-01", given_at=NOW)
    assert cards.standing(boris).consent is None
    invite(boris, agreed_to=None)
    assert Consent.objects.count() == 1


def test_inviting_again_finds_what_stands(solar_staff: SolarStaff, boris: Partner) -> None:
    assert invite(boris).pk == invite(boris, now=LATER).pk
    assert [call["body"]["action"] for call in solar_staff.calls()] == ["worker_find", "worker_invite"]
    assert Consent.objects.count() == 1


def test_who_is_known_there_is_not_invited_and_may_link_a_card_at_once(solar_staff: SolarStaff, boris: Partner) -> None:
    worker_id = solar_staff.register(EMAIL)
    worker = invite(boris)
    assert (worker.worker_id, worker.registered_at) == (str(worker_id), NOW)


def test_second_click_at_the_same_moment_takes_whom_the_first_has_invited(settings: Settings, boris: Partner) -> None:
    absent, repeated, found = bad(404), bad(409), good({"id": 100001})
    with answering(absent, repeated, found) as settings.SOLAR_STAFF_URL:
        assert invite(boris).worker_id == "100001"


def test_silence_keeps_the_consent_and_nothing_else(solar_staff: SolarStaff, boris: Partner) -> None:
    solar_staff.fault("error")
    said = "Solar Staff сейчас не отвечает. Ничего не изменилось: попробуйте через несколько минут."
    assert refused(cards.NoAnswer, invite, boris) == said
    assert (Worker.objects.count(), Consent.objects.count()) == (0, 1)
    solar_staff.end_faults()
    invite(boris)
    assert Worker.objects.count() == 1


def test_answer_that_was_lost_costs_no_second_invitation(solar_staff: SolarStaff, boris: Partner) -> None:
    solar_staff.fault("drop_after", times=2)  # to the search and to the invitation
    refused(cards.NoAnswer, invite, boris)
    refused(cards.NoAnswer, invite, boris)
    assert invite(boris).worker_id == str(solar_staff.workers()[0]["worker_id"])
    assert len(solar_staff.workers()) == 1


def test_refusal_is_told_without_the_providers_words(settings: Settings, boris: Partner) -> None:
    with answering(bad(403, error_text="Boris is on the list")) as settings.SOLAR_STAFF_URL:
        said = refused(cards.Declined, invite, boris)
    assert said == "Solar Staff не принял запрос, ничего не изменилось. Напишите на welcome@skorozvon.ru: разберёмся."


def test_whom_solar_staff_knows_by_an_e_mail_that_was_anothers_is_not_mixed_up(
    solar_staff: SolarStaff, boris: Partner
) -> None:
    invite(boris)
    boris.user.email = "new@example.ru"
    boris.user.save()
    vera = PartnerFactory(tariff="individual", user__email=EMAIL)
    assert "связан с другим партнёром" in refused(cards.WorkerIsTaken, invite, vera)
    assert Worker.objects.get().partner == boris


# --- Registered -------------------------------------------------------------------------------------------------------


def test_registration_is_asked_about_until_it_is_there(solar_staff: SolarStaff, boris: Partner) -> None:
    invite(boris)
    assert cards.check_registration(boris, now=NOW) is False
    solar_staff.register(EMAIL)
    assert cards.check_registration(boris, now=LATER) is True
    assert cards.standing(boris).is_registered
    before = len(list(solar_staff.calls()))
    assert cards.check_registration(boris, now=LATER) is True
    assert len(list(solar_staff.calls())) == before
    assert Worker.objects.get().registered_at == LATER


def test_registration_is_asked_about_by_the_e_mail_that_was_invited(solar_staff: SolarStaff, boris: Partner) -> None:
    invite(boris)
    boris.user.email = "new@example.ru"
    boris.user.save()
    solar_staff.register(EMAIL)
    assert cards.check_registration(boris, now=NOW) is True


def test_each_step_needs_the_one_before(solar_staff: SolarStaff, boris: Partner) -> None:
    assert "приглашение" in refused(cards.NotRegistered, cards.check_registration, boris, now=NOW)
    assert "приглашение" in refused(cards.NotRegistered, cards.page, boris, return_url=BACK)
    invite(boris)
    assert "зарегистрируйтесь" in refused(cards.NotRegistered, cards.page, boris, return_url=BACK)
    assert "зарегистрируйтесь" in refused(cards.NotRegistered, take, boris)


# --- Linked -----------------------------------------------------------------------------------------------------------


def test_page_for_the_card_is_solar_staffs_own_and_leads_back(solar_staff: SolarStaff, boris: Partner) -> None:
    registered(boris, solar_staff)
    assert cards.page(boris, return_url=BACK).startswith(f"{solar_staff.url}/terminal/")
    assert list(solar_staff.calls())[-1]["body"]["redirect_url"] == BACK


def test_linked_card_is_paid_to_from_now_on_and_a_letter_tells_it(solar_staff: SolarStaff, boris: Partner) -> None:
    card_id = solar_staff.link_card(registered(boris, solar_staff), number="4000000000009876")
    assert take(boris) == (str(card_id), True)
    card = withdrawals.current_card(boris)
    assert card is not None
    assert (card.shown, card.linked_at) == ("•• 9876", NOW)
    assert letters() == [("card_changed", {"number": "•• 9876"})]


def test_portal_never_keeps_a_cards_number(solar_staff: SolarStaff, boris: Partner) -> None:
    solar_staff.link_card(registered(boris, solar_staff), number="4000000000009876")
    take(boris)
    assert "400000000000" not in Card.objects.get().number


def test_coming_back_twice_changes_nothing_more(solar_staff: SolarStaff, boris: Partner) -> None:
    card_id = solar_staff.link_card(registered(boris, solar_staff))
    assert [take(boris), take(boris, LATER)] == [(str(card_id), True), (str(card_id), False)]
    assert (rows(), len(letters())) == ([(str(card_id), True)], 1)


def test_another_card_takes_the_place_of_the_first(solar_staff: SolarStaff, boris: Partner) -> None:
    worker_id = registered(boris, solar_staff)
    first = solar_staff.link_card(worker_id, number="4000000000001111")
    take(boris)
    second = solar_staff.link_card(worker_id, number="4000000000002222")
    assert take(boris, LATER) == (str(second), True)
    assert rows() == [(str(first), False), (str(second), True)]
    assert [context["number"] for _, context in letters()] == ["•• 1111", "•• 2222"]


def test_newest_is_by_number_and_not_by_the_order_of_the_list(settings: Settings, boris: Partner) -> None:
    Worker.objects.create(partner=boris, worker_id="w", email=EMAIL, invited_at=NOW, registered_at=NOW)
    listed = [{"card_id": number, "card_number": "**1", "verify_status_id": 4} for number in (9, 10, 2)]
    with answering(good(listed)) as settings.SOLAR_STAFF_URL:
        assert take(boris) == ("10", True)


def test_where_ids_are_no_numbers_the_last_of_the_list_is_the_newest(settings: Settings, boris: Partner) -> None:
    Worker.objects.create(partner=boris, worker_id="w", email=EMAIL, invited_at=NOW, registered_at=NOW)
    listed = [{"card_id": name, "card_number": "**1", "verify_status_id": 4} for name in ("zz", "aa")]
    with answering(good(listed)) as settings.SOLAR_STAFF_URL:
        assert take(boris) == ("aa", True)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (1, "Карта не привязана: на странице Solar Staff её не ввели до конца. Попробуйте ещё раз."),
        (2, "Solar Staff ещё проверяет карту •• 1234. Подождите несколько минут и проверьте снова."),
        (5, "Карта •• 1234 заблокирована в Solar Staff. Привяжите другую."),
        (6, "Карту •• 1234 Solar Staff не принимает. Привяжите другую."),
    ],
)
def test_card_that_can_not_be_paid_is_not_taken_and_says_what_to_do(
    solar_staff: SolarStaff, boris: Partner, status: int, said: str
) -> None:
    solar_staff.link_card(registered(boris, solar_staff), verify_status_id=status)
    assert refused(cards.NotLinked, take, boris) == said
    assert (rows(), letters()) == ([], [])


def test_who_comes_back_without_a_card_is_told_so(solar_staff: SolarStaff, boris: Partner) -> None:
    registered(boris, solar_staff)
    assert "не ввели до конца" in refused(cards.NotLinked, take, boris)


def test_card_that_can_not_take_the_place_leaves_the_first_where_it_is(solar_staff: SolarStaff, boris: Partner) -> None:
    worker_id = registered(boris, solar_staff)
    first = solar_staff.link_card(worker_id, number="4000000000001111")
    take(boris)
    solar_staff.link_card(worker_id, number="4000000000002222", verify_status_id=6)
    assert refused(cards.NotLinked, take, boris) == (
        "Карту •• 2222 Solar Staff не принимает. Привяжите другую. Пока выплаты приходят на прежнюю карту •• 1111."
    )
    assert rows() == [(str(first), True)]


def test_own_card_that_was_blocked_there_is_not_called_the_former_one(solar_staff: SolarStaff, boris: Partner) -> None:
    card_id = solar_staff.link_card(registered(boris, solar_staff))
    take(boris)
    solar_staff.set_card_status(card_id, 5)
    assert refused(cards.NotLinked, take, boris) == "Карта •• 1234 заблокирована в Solar Staff. Привяжите другую."


def test_silence_about_cards_changes_nothing(solar_staff: SolarStaff, boris: Partner) -> None:
    solar_staff.link_card(registered(boris, solar_staff))
    solar_staff.fault("html")
    for ask in (take, lambda partner: cards.page(partner, return_url=BACK)):
        refused(cards.NoAnswer, ask, boris)
    assert (rows(), letters()) == ([], [])


def test_tab_that_asked_earlier_does_not_undo_what_a_later_one_has_taken(
    solar_staff: SolarStaff, boris: Partner, settings: Settings
) -> None:
    worker_id = registered(boris, solar_staff)
    first, second = solar_staff.link_card(worker_id), solar_staff.link_card(worker_id)
    assert take(boris, LATER) == (str(second), True)
    listed = [{"card_id": first, "card_number": "**1", "verify_status_id": 4}]
    with answering(good(listed)) as settings.SOLAR_STAFF_URL:
        assert take(boris, NOW) == (str(second), False)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_take_one_card_and_write_one_letter(
    solar_staff: SolarStaff, boris: Partner
) -> None:
    solar_staff.link_card(registered(boris, solar_staff))

    def come_back(_: int) -> None:
        try:
            take(Partner.objects.get(pk=boris.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_back, range(4)))
    assert (len(rows()), len(letters())) == (1, 1)


def test_next_withdrawal_goes_before_staff_and_the_one_under_way_keeps_its_card(
    solar_staff: SolarStaff, settings: Settings
) -> None:
    settings.WITHDRAWALS_NEED_APPROVAL = False
    vera = individual(9_000_00, card="")
    vera.user.email = EMAIL
    vera.user.save()
    worker_id = registered(vera, solar_staff)
    solar_staff.link_card(worker_id)
    take(vera)

    def ask(at: dt.datetime) -> Withdrawal:
        return withdrawals.request(vera, amount_kopecks=2_000_00, destination="card", by=vera.user, now=at)

    first = ask(NOW)
    assert (first.state, first.question) == ("requested", "Изменена карта 3\u00a0ноября 2025")
    decisions.approve(first, by=StaffFactory(), now=NOW)
    assert ask(LATER).state == "approved"
    solar_staff.link_card(worker_id)
    changed_at = moscow("2025-11-05 12:00")
    card, _ = cards.take_linked(vera, now=changed_at)
    third = ask(changed_at)
    assert (third.state, third.card, third.question) == ("requested", card, "Изменена карта 5\u00a0ноября 2025")
    first.refresh_from_db()
    assert first.card != card


# --- Removed ----------------------------------------------------------------------------------------------------------


def test_removed_card_is_paid_to_no_more_here_or_there(solar_staff: SolarStaff, boris: Partner) -> None:
    card_id = solar_staff.link_card(registered(boris, solar_staff))
    take(boris)
    assert cards.remove(boris, now=LATER) is True
    assert rows() == [(str(card_id), False)]
    assert solar_staff.workers()[0]["cards"] == []
    assert cards.remove(boris, now=LATER) is True  # a second click


def test_card_that_money_is_on_its_way_to_stays(solar_staff: SolarStaff, settings: Settings) -> None:
    vera = individual(9_000_00)
    asked = withdrawals.request(vera, amount_kopecks=2_000_00, destination="card", by=vera.user, now=NOW)
    assert "На эту карту идёт вывод." in refused(cards.CardInUse, cards.remove, vera, now=NOW)
    assert (rows(), list(solar_staff.calls())) == ([("card-1", True)], [])
    decisions.cancel(asked, by=vera.user, now=NOW)
    cards.remove(vera, now=NOW)
    assert rows() == [("card-1", False)]


def test_card_is_gone_from_the_portal_also_when_solar_staff_does_not_answer(
    solar_staff: SolarStaff, boris: Partner
) -> None:
    card_id = solar_staff.link_card(registered(boris, solar_staff))
    take(boris)
    solar_staff.fault("down")
    assert cards.remove(boris, now=LATER) is False
    assert rows() == [(str(card_id), False)]


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"), [({"tariff": "legal"}, "Карта нужна физлицам."), ({"status": "blocked"}, "приостановлено")]
)
def test_legal_and_blocked_partners_change_nothing(
    solar_staff: SolarStaff, boris: Partner, changes: dict[str, str], said: str
) -> None:
    solar_staff.link_card(registered(boris, solar_staff))
    before = len(list(solar_staff.calls()))
    Partner.objects.update(**changes)
    stranger = Partner.objects.select_related("user").get()
    for ask in (
        invite,
        take,
        lambda partner: cards.check_registration(partner, now=NOW),
        lambda partner: cards.page(partner, return_url=BACK),
        lambda partner: cards.remove(partner, now=NOW),
    ):
        assert said in refused(cards.NotForThisPartner, ask, stranger)
    assert (len(list(solar_staff.calls())), rows()) == (before, [])


def test_who_was_blocked_while_solar_staff_answered_changes_nothing(solar_staff: SolarStaff, boris: Partner) -> None:
    solar_staff.link_card(registered(boris, solar_staff))
    Partner.objects.update(status="blocked")  # `boris` was read before
    assert "приостановлено" in refused(cards.NotForThisPartner, take, boris)
    assert rows() == []


class Watching(list[bytes]):
    """Notes how many transactions this thread has open whenever the other system, in its own, hears something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[int] = []
        self._ours = connections["default"]

    def append(self, _: bytes) -> None:
        self.open.append(len(self._ours.savepoint_ids))


def test_no_transaction_is_open_while_solar_staff_is_asked(settings: Settings, boris: Partner) -> None:
    heard = Watching()
    linked = [{"card_id": 7, "card_number": "**1", "verify_status_id": 4}]
    said = [bad(404), good({"worker_id": 1}), good({"status": "reg_success"}), good(linked), good({})]
    with answering(*said, heard=heard) as settings.SOLAR_STAFF_URL:
        invite(boris)
        cards.check_registration(boris, now=NOW)
        take(boris)
        cards.remove(boris, now=NOW)
    assert heard.open == [len(connections["default"].savepoint_ids)] * 5


# --- What the database itself refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE payouts_card SET card_id = 'another'", "a card never changes"),
        ("UPDATE payouts_card SET worker_id = worker_id + 1", "a card never changes"),
        ("UPDATE payouts_card SET removed_at = NULL", "a card never changes"),
        ("DELETE FROM payouts_card", "rows are only added"),
        ("UPDATE payouts_worker SET worker_id = 'another'", "whose worker it is never changes"),
        ("DELETE FROM payouts_worker", "rows are only added"),
    ],
)
def test_card_is_not_swapped_between_request_and_payment(sql: str, why: str) -> None:
    card = link_card(PartnerFactory(tariff="individual"))
    Card.objects.filter(pk=card.pk).update(removed_at=card.linked_at)
    with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
