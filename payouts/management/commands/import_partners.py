import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payouts import partner_import
from payouts.partner_lines import Errors


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Принимает партнёров из прежнего кабинета из файла JSON Lines. Повторная строка ничего не меняет, отличающаяся"
        " от записанного отклоняется. Код 1, если есть отклонённые строки; остальные приняты."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="файл партнёров, «-» — стандартный ввод")

    def handle(self, *, file: str, **options: Any) -> None:
        with ExitStack() as stack:
            try:
                stream: IO[bytes] = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
            except OSError as error:
                raise CommandError(f"Файл не открыть: {error}") from None
            counts = partner_import.run(stream, now=timezone.now(), on_problem=self.note)
        for result in ("created", "unchanged", "rejected"):
            self.stdout.write(f"{result} {counts[result]}")
        if counts["rejected"]:
            raise CommandError(f"Отклонено строк: {counts['rejected']}. Остальные приняты.")

    def note(self, line: int, errors: Errors) -> None:
        reasons = "; ".join(f"{field}: {', '.join(texts)}" for field, texts in errors.items())
        self.stderr.write(f"строка {line}: {reasons}")
