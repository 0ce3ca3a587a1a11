from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from skorozvon_partners import audit


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Проверяет книги: балансы, начисления, списания, закрытые месяцы, выводы (M1–M12). Печатает каждое нарушение;"
        " код 1, если есть хоть одно. Только читает."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        breaches = 0
        for breach in audit.run(self.stderr.write if verbosity > 1 else lambda name: None, now=timezone.now()):
            breaches += 1
            self.stdout.write(f"{breach.invariant}: {breach.what}")
        if breaches:
            raise CommandError(f"Нарушений: {breaches}.")
        self.stderr.write("Нарушений нет.")
