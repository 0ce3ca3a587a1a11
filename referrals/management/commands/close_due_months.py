from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from partners import months
from referrals import close


class Command(BaseCommand):
    help = (
        "Закрывает каждый месяц, которому пришёл срок (1-го числа в 06:00 по Москве) и который ещё не закрыт, от"
        " старшего к младшему. То же делает задание по расписанию; повторный запуск ничего не меняет."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        through = close.last_due(now)
        closed = close.run(through, now=now) if through else []
        names = ", ".join(months.label(month) for month in closed)
        self.stderr.write(f"Закрыто: {names}" if closed else "Закрывать нечего.")
