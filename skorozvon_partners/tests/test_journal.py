"""The journal: each change by staff leaves who, when, what and why (M11), and nobody changes it."""

import io

import openpyxl
import pytest
import time_machine
from django.test import Client as Browser

from partners.models import Deed, Partner, User
from payouts import withdrawals
from payouts.models import Withdrawal
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import legal
from skorozvon_partners.roles import Role
from skorozvon_partners.tests.desk import administrator, in_role, sign_in, told
from tests.factories import NOW, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

LIST = "/admin/partners/deed/"


@pytest.fixture
def anna() -> Partner:
    return legal(90_000_00)


@pytest.fixture
def olga() -> User:
    return boss(email="olga@skorozvon.ru")


def asked(anna: Partner, kopecks: int = 2_000_00) -> Withdrawal:
    return withdrawals.request(anna, amount_kopecks=kopecks, destination="bank", by=anna.user, now=NOW)


def test_an_action_leaves_who_what_about_what_and_why(anna: Partner, olga: User) -> None:
    withdrawal = asked(anna)
    with time_machine.travel("2026-12-15T12:00:00Z", tick=False):
        answer(at_desk(olga), page("payouts_withdrawal_decline", withdrawal.pk), {"reason": "Счёт закрыт"})
    deed = Deed.objects.get()
    assert (deed.by, deed.at.isoformat()) == (olga, "2026-12-15T12:00:00+00:00")
    assert (deed.action, deed.title) == ("payouts.withdrawal.decline", "Отклонить")
    assert (deed.subject, deed.subject_id, deed.reason) == ("payouts.withdrawal", str(withdrawal.pk), "Счёт закрыт")


def test_several_rows_at_once_leave_one_each(anna: Partner, olga: User) -> None:
    first, second, third = asked(anna), asked(anna), asked(anna)
    desk = at_desk(olga)
    answer(desk, page("payouts_withdrawal_approve", second.pk))
    chosen = {"chosen": [first.pk, second.pk, third.pk]}
    assert "Одобрено заявок: 2." in answer(desk, page("payouts_withdrawal_approve-chosen"), chosen)
    together = Deed.objects.filter(action="payouts.withdrawal.approve-chosen").order_by("subject_id")
    assert [deed.subject_id for deed in together] == [str(first.pk), str(third.pk)]


def test_what_was_refused_leaves_nothing(anna: Partner, olga: User) -> None:
    withdrawal = asked(anna)
    desk = at_desk(olga)
    answer(desk, page("payouts_withdrawal_approve", withdrawal.pk))
    answer(desk, page("payouts_withdrawal_approve", withdrawal.pk))
    answer(desk, page("payouts_withdrawal_approve-chosen"), {"chosen": [withdrawal.pk]})
    assert Deed.objects.count() == 1


def test_of_what_was_asked_numbers_and_choices_are_kept_and_no_texts(anna: Partner, olga: User) -> None:
    answer(
        at_desk(olga),
        page("payouts_withdrawal_enter"),
        {
            "partner": anna.user.email,
            "amount_kopecks": "2 000,00",
            "destination": "bank",
            "asked_on": "2026-11-15",
            "note": "По письму Анны",
            "key": "staff:1",
        },
    )
    deed = Deed.objects.get()
    assert deed.asked == {
        "partner": anna.pk,
        "amount_kopecks": 200000,
        "destination": "bank",
        "asked_on": "2026-11-15",
    }
    told = words(at_desk(olga).get(page("partners_deed_change", deed.pk)))
    assert "Внести заявку" in told
    assert "Куда на расчётный счёт" in told
    assert f"Партнёр № {anna.pk}" in told
    assert "Сумма, ₽ 2 000 ₽" in told
    assert "День письма 15 ноября 2026" in told
    assert "Анны" not in told


def test_sign_ins_are_in_it(olga: User) -> None:
    user = in_role(Role.MANAGER, email="marina@skorozvon.ru")
    UserFactory(email="anna@example.ru")
    sign_in(user, "not the password")
    Browser().post("/admin/login/", {"username": "anna@example.ru", "password": "guess"})
    browser = sign_in(user)
    browser.post("/admin/logout/")
    assert told() == [("Неверный пароль", ""), ("Вход", "marina@skorozvon.ru"), ("Выход", "marina@skorozvon.ru")]
    assert set(Deed.objects.values_list("subject", "subject_id")) == {("skorozvon_partners.staffmember", str(user.pk))}


def test_a_row_tells_on_its_own_page_what_was_done_about_it(anna: Partner, olga: User) -> None:
    withdrawal = asked(anna)
    desk = at_desk(olga)
    answer(desk, page("payouts_withdrawal_decline", withdrawal.pk), {"reason": "Счёт закрыт"})
    read = words(desk.get(page("payouts_withdrawal_change", withdrawal.pk)))
    assert "Кто и что сделал" in read
    assert "olga@skorozvon.ru Счёт закрыт" in read


def deed(by: User, action: str, at: str, subject_id: int = 1) -> Deed:
    return Deed.objects.create(
        by=by, at=at, action=action, title=action, subject="payouts.withdrawal", subject_id=subject_id, reason="=1+1"
    )


def test_it_is_narrowed_by_person_action_subject_number_and_days(
    olga: User, django_assert_max_num_queries: object
) -> None:
    anton = administrator()
    first = deed(olga, "payouts.withdrawal.approve", "2026-11-30T20:59:59Z")
    second = deed(olga, "payouts.withdrawal.decline", "2026-11-30T21:00:00Z", subject_id=2)
    third = deed(anton, "payouts.withdrawal.approve", "2026-12-01T21:00:00Z")
    desk = at_desk(anton)

    def found(query: str) -> list[int]:
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            return [row.pk for row in desk.get(f"{LIST}?{query}").context["rows"]]

    assert found("") == [third.pk, second.pk, first.pk]
    assert found(f"by={olga.pk}") == [second.pk, first.pk]
    assert found("action=payouts.withdrawal.approve") == [third.pk, first.pk]
    assert found("subject=payouts.withdrawal&q=2") == [second.pk]
    assert found("since=2026-12-01&until=2026-12-01") == [second.pk]
    assert found("subject=payouts.contract") == []


def test_it_is_taken_away_as_it_is_narrowed(olga: User) -> None:
    deed(olga, "payouts.withdrawal.approve", "2026-11-30T20:59:59Z")
    deed(olga, "payouts.withdrawal.decline", "2026-11-30T21:00:00Z", subject_id=2)
    file = at_desk(administrator()).get(f"{LIST}download/xlsx/?q=2")
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(file.streaming_content))).active.values)
    assert len(rows) == 2
    assert rows[1][1:6] == ("olga@skorozvon.ru", "payouts.withdrawal.decline", "Выводы", "2", "=1+1")
