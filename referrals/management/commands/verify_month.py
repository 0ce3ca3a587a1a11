from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partners import months
from referrals import month_proof
from referrals.models import Month


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Доказывает закрытый месяц: пересчитывает его из списаний и условий и сравнивает строка за строкой с тем, что"
        " записано: вознаграждения, итоги партнёров, движения по балансу. Печатает каждое различие; код 1, если есть"
        " хоть одно. Только читает. То же для всех месяцев делает audit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM", help="закрытый месяц, например 2026-10")

    def handle(self, *, month: str, **options: Any) -> None:
        try:
            wanted = months.parse(month)
        except months.NotAMonth as error:
            raise CommandError(f"«{month}» — не месяц. Напишите год и месяц: 2026-10.") from error
        if not Month.objects.filter(starts_on=wanted).exclude(closed_at=None).exists():
            raise CommandError(f"Месяц {month} не закрыт: доказывать нечего.")
        differences = 0
        for difference in month_proof.unlike(wanted):
            differences += 1
            self.stdout.write(difference)
        if differences:
            raise CommandError(f"Различий: {differences}.")
        self.stderr.write(f"Месяц {month} следует из своих списаний.")
