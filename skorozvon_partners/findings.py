"""What is wrong with the portal and a person has to look at: found by each sweep, told to staff once, and once more
when it is over.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from partners import heartbeats, months
from partners.money import roubles
from partners.templatetags.words import day
from payouts import rules
from payouts.models import SendingSwitch, Withdrawal
from referrals import close
from referrals.models import FeedBatch
from skorozvon_partners import staff_letters
from skorozvon_partners.models import AuditRun, Finding

Kind = Finding.Kind
_HOUR = dt.timedelta(hours=1)


class Found(NamedTuple):
    """What stands now: one thing that staff has to know."""

    kind: Kind
    key: str
    says: str
    page: str


def look(*, now: dt.datetime) -> None:
    """Compare what is wrong now with what staff was told of, and write the letters about the difference.

    Repeatable, and harmless beside others: they take turns at the sweep's row.
    """
    if not _difference(_standing(now)).is_none():
        with transaction.atomic():
            heartbeats.hold("sweep-watching", now=now)
            difference = _difference(_standing(now))
            Finding.objects.bulk_create(Finding(**new._asdict(), found_at=now) for new in difference.new)
            Finding.objects.filter(pk__in=[each.pk for each in difference.over]).update(over_at=now)
            for kind in Kind:
                new = [(each.says, each.page) for each in difference.new if each.kind == kind]
                over = [(each.says, each.page) for each in difference.over if each.kind == kind]
                if new:
                    staff_letters.write(kind, new, is_over=False, now=now)
                if over:
                    staff_letters.write(kind, over, is_over=True, now=now)


class _Difference(NamedTuple):
    new: list[Found]
    over: list[Finding]

    def is_none(self) -> bool:
        return not self.new and not self.over


def _difference(standing: dict[str, Found]) -> _Difference:
    known = {finding.key: finding for finding in Finding.objects.standing()}
    new = [found for key, found in standing.items() if key not in known]
    return _Difference(new, [finding for key, finding in known.items() if key not in standing])


# --- What is wrong ----------------------------------------------------------------------------------------------------


def _standing(now: dt.datetime) -> dict[str, Found]:
    """By key, everything that is wrong now."""
    found = [*_breaches(), *_late_months(now), *_late_withdrawals(now), *_silent_feed(now), *_sending_off(now)]
    return {each.key: each for each in found}


def _breaches() -> Iterator[Found]:
    """What the last audit found."""
    latest = AuditRun.objects.finished().order_by("-night").first()
    if latest is None:
        return
    page = reverse("admin:skorozvon_partners_auditrun_change", args=[latest.pk])
    for breach in latest.breaches:
        key = f"audit:{hashlib.sha256(breach.encode()).hexdigest()[:32]}"
        yield Found(Kind.AUDIT, key, breach, page)


def _late_months(now: dt.datetime) -> Iterator[Found]:
    month, last = close.overdue(now), close.last_due(now)
    while month is not None and last is not None and month <= last:
        due_at = months.due_at(month, settings.CLOSE_DUE_HOUR)
        if now >= due_at + settings.CLOSE_LATE_HOURS * _HOUR:
            says = f"Месяц {months.name(month)} должен был закрыться {day(due_at)} и до сих пор не закрыт."
            yield Found(Kind.MONTH_LATE, f"month_late:{months.label(month)}", says, reverse("admin:index"))
        month = months.following(month)


def _late_withdrawals(now: dt.datetime) -> Iterator[Found]:
    """R21: from the tenth day on, and once more when the twelfth has passed."""
    today = rules.day_of(now)
    late = Withdrawal.objects.open().filter(due_on__lte=rules.late_through(today))
    for withdrawal in late.select_related("partner").order_by("due_on", "pk"):
        state = withdrawal.get_state_display()
        if withdrawal.is_suspended:
            state += ", участие партнёра приостановлено"
        says = (
            f"Вывод № {withdrawal.pk} на {roubles(withdrawal.amount_kopecks)} обещан до {day(withdrawal.due_on)},"
            f" состояние: {state}."
        )
        page = reverse("admin:payouts_withdrawal_change", args=[withdrawal.pk])
        yield Found(Kind.WITHDRAWAL_LATE, f"withdrawal_late:{withdrawal.pk}", says, page)
        if withdrawal.due_on < today:
            says = f"Обещанный срок вывода № {withdrawal.pk} прошёл: {day(withdrawal.due_on)}, а он не выплачен."
            yield Found(Kind.WITHDRAWAL_LATE, f"withdrawal_overdue:{withdrawal.pk}", says, page)


def _silent_feed(now: dt.datetime) -> Iterator[Found]:
    """Nothing came for longer than it ever should. Of a portal that never had an event nothing is said."""
    latest = FeedBatch.objects.order_by("-received_at").first()
    hours = settings.FEED_SILENT_HOURS
    if hours and latest is not None and now >= latest.received_at + hours * _HOUR:
        at = latest.received_at.astimezone(months.MOSCOW)
        says = f"Последние события сервиса пришли {day(at)} в {at:%H:%M}, с тех пор их нет."
        yield Found(Kind.FEED_SILENT, "feed_silent", says, reverse("admin:index"))


def _sending_off(now: dt.datetime) -> Iterator[Found]:
    latest = SendingSwitch.objects.last()
    if latest and not latest.is_on and now >= latest.switched_at + settings.SENDING_OFF_HOURS * _HOUR:
        says = f"Отправка выплат выключена с {day(latest.switched_at)}: на карты и аккаунты ничего не уходит."
        page = reverse("admin:payouts_sendingswitch_changelist")
        yield Found(Kind.SENDING_OFF, f"sending_off:{latest.pk}", says, page)
