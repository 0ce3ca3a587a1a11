"""What `desk_bench` runs on its database: times of staff's lists, and their plans."""

import json
import sys

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from partners.models import User
from payouts.tests.desk import at_desk
from tests.benchmarks.page_times import milliseconds

ROUNDS = 6
_LARGE_TABLES = (
    *("partners_partner", "partners_user", "partners_code"),
    *("referrals_client", "referrals_referral", "referrals_attribution"),
)

PAGES = {
    "first page of the desk": "/admin/",
    "partners": "/admin/partners/partner/",
    "partners, last page": "/admin/partners/partner/?page=last",
    "partners, rare word": "/admin/partners/partner/?q=сахалинская",
    "partners, common word": "/admin/partners/partner/?q=анна",
    "partners, nothing found": "/admin/partners/partner/?q=нетникого",
    "partners, e-mail": "/admin/partners/partner/?q=p77@example.ru",
    "partners, code": "/admin/partners/partner/?q=code77",
    "partners, waiting": "/admin/partners/partner/?status=pending",
    "partners, individuals": "/admin/partners/partner/?tariff=individual",
    "partners, blocked individuals": "/admin/partners/partner/?status=blocked&tariff=individual",
    "clients": "/admin/referrals/client/",
    "clients, last page": "/admin/referrals/client/?page=last",
    "clients, rare word": "/admin/referrals/client/?q=сахалин",
    "clients, common word": "/admin/referrals/client/?q=ооо",
    "clients, nothing found": "/admin/referrals/client/?q=нетникого",
    "clients, ИНН": "/admin/referrals/client/?q=7700000077",
    "clients, e-mail": "/admin/referrals/client/?q=c77@clients.example",
    "clients of a partner": "/admin/referrals/client/?partner=code7",
    "clients since": "/admin/referrals/client/?since=2025-01-02",
}


def full_scans(browser: Browser, page: str, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        browser.get(path)
    found = []
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN ANALYZE " + query["sql"].replace("%", "%%"))
            plan = [row[0] for row in cursor.fetchall()]
        # A scan that stops after a page of rows is none.
        found += [
            f"full scan: {page}: {line.strip()}"
            for line in plan
            if any(f"Seq Scan on {table} " in line for table in _LARGE_TABLES) and _rows(line) > 20_000
        ]
    return found


def _rows(line: str) -> int:
    return int(line.rpartition("rows=")[2].split()[0])


def main() -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["*"]
    browser, times, scans = at_desk(User.objects.get(is_staff=True)), {}, []
    for page, path in PAGES.items():
        times[page] = [milliseconds(browser, path) for _ in range(ROUNDS + 2)][2:]
        scans += full_scans(browser, page, path)
    json.dump({"pages": times, "scans": scans}, sys.stdout)
