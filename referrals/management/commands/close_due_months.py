from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from partners import months
from referrals import close
from referrals.models import Month


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Закрывает каждый месяц, которому пришёл срок (1-го числа в 06:00 по Москве) и который ещё не закрыт, от"
        " старшего к младшему. То же делает задание по расписанию; повторный запуск ничего не меняет."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        before = Month.objects.closed_through()
        close.run_due(now=now)
        through = close.last_due(now)
        if through is not None:
            close.run(through, now=now)  # waits for what others have in hand
        closed = [month.starts_on for month in Month.objects.all() if before is None or month.starts_on > before]
        names = ", ".join(months.label(month) for month in closed)
        self.stderr.write(f"Закрыто: {names}" if closed else "Закрывать нечего.")
