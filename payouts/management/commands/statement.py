import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.models import Partner
from partners.money import roubles
from partners.rules import normal_email
from payouts.statement import statements


class Command(BaseCommand):
    requires_system_checks = ("settings",)  # all of them would load every page first
    help = "Печатает счета партнёров: баланс, движения и вознаграждения. В формате json — один объект на строку."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("emails", metavar="EMAIL", nargs="*", help="партнёры; или --all")
        parser.add_argument("--all", action="store_true", help="все партнёры, по порядку e-mail")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, emails: list[str], all: bool, format: str, **options: Any) -> None:
        if bool(emails) == all:
            raise CommandError("Назовите партнёров по e-mail или всех сразу: --all.")
        partners = Partner.objects.select_related("user").order_by("user__email")
        wanted = {normal_email(email) for email in emails}
        if wanted:
            partners = partners.filter(user__email__in=wanted)
        show = self.show_json if format == "json" else self.show_text
        for account in statements(partners.iterator(chunk_size=500), now=timezone.now()):
            wanted.discard(account["partner"])
            show(account)
        if wanted:
            raise CommandError(f"Нет таких партнёров: {', '.join(sorted(wanted))}.")

    def show_json(self, account: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(account, ensure_ascii=False))

    def show_text(self, account: dict[str, Any]) -> None:
        self.stdout.write(f"{account['partner']} — тариф {account['tariff']}, условия {account['terms']}")
        self.stdout.write(
            f"  на балансе {roubles(account['balance_kopecks'])}, начислено {roubles(account['accrued_kopecks'])}"
        )
        for entry in account["entries"]:
            self.stdout.write(
                f"  {entry['booked_at'][:10]}  {roubles(entry['amount_kopecks']):>16}  {entry['memo']} ({entry['key']})"
            )
        for row in account["rewards"]:
            self.stdout.write(
                f"    {row['month']}  {row['client_id']}: учтено {roubles(row['base_kopecks'])},"
                f" вознаграждение {roubles(row['reward_kopecks'])} по {row['terms']}"
            )
