from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.reasons import ReasonMissing
from payouts import sending
from payouts.models import SendingSwitch


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = (
        "Включает и выключает отправку выплат, как на рабочем месте сотрудника, но без входа: после восстановления из"
        " копии её выключают, пока ни один процесс не запущен. Без слова говорит, включена ли она."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", nargs="?", choices=["on", "off"])
        parser.add_argument("--reason", default="", help="почему; остаётся в истории")

    def handle(self, *, to: str | None, reason: str, **options: Any) -> None:
        if to is not None:
            try:
                sending.switch(to == "on", reason=reason, by=None, now=timezone.now())
            except ReasonMissing:
                raise CommandError('Напишите причину: --reason "…". Она останется в истории.') from None
        latest = SendingSwitch.objects.last()
        self.stdout.write("on" if sending.is_on() else f"off: {latest.reason if latest else ''}")
