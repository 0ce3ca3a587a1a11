"""What waits for somebody of staff in the demo, so that each queue of the desk has something."""

import datetime as dt

from partners import corrections, months
from partners.models import Partner, Tariff, User
from payouts import contracts, decisions, withdrawals
from payouts.models import Contract, Withdrawal
from referrals import new_terms
from skorozvon_partners import demo_payouts

_DAY = dt.timedelta(days=1)
_COPY = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def wait(*, anna: Partner, boris: Partner, gleb: Partner, by: User, now: dt.datetime) -> None:
    """Corrections, a copy to look at, a payment that nobody knows of, terms that are about to start."""
    irina = User.objects.create_user("irina@example.ru", is_staff=True, full_name="Ирина Сопровождаева")
    corrections.request(
        boris,
        amount_kopecks=500_00,
        memo="бонус за отзыв на вебинаре",
        reason="Обещали письмом 3 ноября",
        key="demo:small",
        by=irina,
        now=now - 6 * _DAY,
    )
    corrections.request(
        gleb,
        amount_kopecks=15_000_00,
        memo="клиент из прежнего кабинета, август",
        reason="В прежнем кабинете клиент числился за Глебом, вознаграждение за август не перенесли",
        key="demo:large",
        by=irina,
        now=now - 4 * _DAY,
    )
    if offered := Contract.objects.filter(state=Contract.State.OFFERED).first():
        contracts.upload(offered, content=_COPY, by=by, now=now - 2 * _DAY)
    _doubtful(anna, by=by, now=now)
    new_terms.publish(
        name="individual-2026-2",
        tariff=Tariff.INDIVIDUAL,
        starts_on=months.following(months.month_of(now)),
        now=now - _DAY / 2,
        by=by,
        reason="Решение руководителя отдела продаж: поднять вознаграждение физлицам",
        one_time_kopecks=350_000,
        threshold_kopecks=500_000,
        counts_telephony=True,
    )


def _doubtful(anna: Partner, *, by: User, now: dt.datetime) -> None:
    at = now - 3 * _DAY
    own = demo_payouts.own_destination()
    asked = withdrawals.request(anna, amount_kopecks=2_000_00, destination=own, by=anna.user, now=at - _DAY)
    decisions.approve(asked, by=by, now=at)
    asked = withdrawals.lock(asked)
    asked.sendings, asked.sent_at, asked.next_try_at = 1, at, None
    asked.question = "Больше суток неизвестно, ушёл ли платёж: ответа нет"
    withdrawals.step(asked, Withdrawal.State.UNKNOWN, by=None, now=now - 2 * _DAY)
