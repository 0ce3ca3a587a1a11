import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners import months
from partners.models import Partner
from partners.money import roubles
from referrals import close


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Закрывает месяц (и открытые до него): начисляет вознаграждение на балансы партнёров. Повторный запуск ничего"
        " не меняет. С --dry-run только печатает, что было бы начислено."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM", help="месяц, например 2026-10")
        parser.add_argument("--dry-run", action="store_true", help="напечатать начисления, ничего не записывая")

    def handle(self, *, month: str, dry_run: bool, **options: Any) -> None:
        try:
            wanted = months.parse(month)
        except months.NotAMonth:
            raise CommandError(f"«{month}» — не месяц. Напишите год и месяц: 2026-10.") from None
        try:
            self.preview(wanted) if dry_run else self.close(wanted)
        except close.MonthNotEnded:
            raise CommandError(
                f"Месяц {month} ещё не кончился: закрыть его можно с 00:00 1-го числа по Москве."
            ) from None

    def close(self, month: Any) -> None:
        closed = close.run(month, now=timezone.now())
        names = ", ".join(months.label(each) for each in closed)
        self.stderr.write(f"Закрыто: {names}" if closed else f"{months.label(month)} уже закрыт, менять нечего.")

    def preview(self, month: Any) -> None:
        credited = close.preview(month, now=timezone.now())
        emails = dict(Partner.objects.values_list("pk", "user__email"))
        for each, partner, kopecks in credited:
            line = {"month": months.label(each), "partner": emails[partner], "reward_kopecks": kopecks}
            self.stdout.write(json.dumps(line, ensure_ascii=False))
        total = sum(kopecks for *_, kopecks in credited)
        self.stderr.write(f"Было бы начислено {roubles(total)}, строк: {len(credited)}. Ничего не записано.")
