import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from referrals import event_import
from referrals.events import RESULTS


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Принимает события сервиса из файла JSON Lines, как по HTTP. Повторный запуск ничего не меняет. Печатает число"
        " каждого результата; код 1, если есть отклонённые или противоречащие строки."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="файл событий, «-» — стандартный ввод")
        parser.add_argument(
            "--rejects", metavar="FILE", type=Path, help="куда записать непринятые строки с номером и причиной"
        )
        parser.add_argument(
            "--batch", type=int, default=event_import.BATCH, help="событий в одной транзакции (%(default)s)"
        )

    def handle(self, *, file: str, rejects: Path | None, batch: int, **options: Any) -> None:
        problems = 0
        if rejects is not None and file != "-" and rejects.resolve() == Path(file).resolve():
            raise CommandError("Файл непринятых строк — тот же, что и файл событий: он бы его стёр. Назовите другой.")
        with ExitStack() as stack:
            try:
                stream: IO[bytes] = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
                out = stack.enter_context(rejects.open("w", encoding="utf-8")) if rejects else None
            except OSError as error:
                raise CommandError(f"Файл не открыть: {error}") from None
            size = Path(file).stat().st_size if file != "-" else None
            bar = stack.enter_context(
                tqdm(total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr, leave=False)
            )

            def note(problem: event_import.Problem) -> None:
                nonlocal problems
                problems += 1
                if out is not None:
                    out.write(problem.as_json() + "\n")
                reasons = "; ".join(f"{field}: {', '.join(texts)}" for field, texts in problem.result.errors.items())
                self.stderr.write(f"строка {problem.line}: {problem.result.result}: {reasons}")

            def advance(done: int) -> None:
                bar.update(done)
                if out is not None:
                    out.flush()

            counts = event_import.run(
                stream, now=timezone.now(), on_problem=note, on_progress=advance, batch=max(batch, 1)
            )
        for result in RESULTS:
            self.stdout.write(f"{result} {counts[result]}")
        if problems:
            raise CommandError(f"Не принято строк: {problems}. Остальные учтены.")
