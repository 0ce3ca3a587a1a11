"""What `pages_bench` runs on its database: times of pages for a small and a large partner, and their plans."""

import json
import statistics
import sys
import time

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Partner
from referrals import forecast
from referrals.models import Client

SMALL, LARGE = 1, 2
ROUNDS = 25
_LARGE_TABLES = ("client", "referral", "progress", "charge", "reward", "forecastreward", "attribution")


PAGES = {
    "home": "/cabinet/",
    "clients": "/cabinet/clients/",
    "clients, last page": "/cabinet/clients/?page=last",
    "clients, rare word": "/cabinet/clients/?q=сахалин",
    "clients, common word": "/cabinet/clients/?q=ооо",
    "clients, nothing found": "/cabinet/clients/?q=нетникого",
    "clients by reward": "/cabinet/clients/?sort=-reward",
    "clients by name": "/cabinet/clients/?sort=name",
    "month": "/cabinet/reports/2026-10/",
    "open month": "/cabinet/reports/2026-11/",
    "reports": "/cabinet/reports/",
    "client": "/cabinet/clients/{client}/",
}


def browser_of(partner: int) -> Browser:
    browser = Browser()
    browser.force_login(Partner.objects.get(pk=partner).user)
    return browser


def milliseconds(browser: Browser, path: str) -> float:
    started = time.perf_counter()
    response = browser.get(path)
    list(response)
    took = time.perf_counter() - started
    if response.status_code != 200:
        raise SystemExit(f"{path}: {response.status_code}")
    return took * 1000


def forecast_times() -> list[float]:
    times = []
    for pk in (SMALL, LARGE):
        started = time.perf_counter()
        forecast.of(Partner.objects.get(pk=pk), now=timezone.now())
        times.append((time.perf_counter() - started) * 1000)
    return times


def full_scans(browser: Browser, page: str, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        browser.get(path)
    found = []
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"))
            plan = [row[0] for row in cursor.fetchall()]
        found += [
            f"full scan: {page}: {line.strip()}"
            for line in plan
            if any(f"Seq Scan on referrals_{table} " in line for table in _LARGE_TABLES)
        ]
    return found


def main() -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["*"]
    made = forecast_times()
    # What a first close after the fill would leave to autovacuum.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE referrals_forecastreward")
    browsers = {pk: browser_of(pk) for pk in (SMALL, LARGE)}
    clients = {pk: Client.objects.filter(attributions__partner=pk).first() for pk in browsers}
    times, scans = {}, []
    for page, path in PAGES.items():
        paths = {pk: path.format(client=clients[pk].pk if clients[pk] else 0) for pk in browsers}
        taken: dict[int, list[float]] = {pk: [] for pk in browsers}
        for turn in range(ROUNDS + 3):
            for pk, browser in browsers.items():
                took = milliseconds(browser, paths[pk])
                if turn >= 3:
                    taken[pk].append(took)
        times[page] = [statistics.median(taken[pk]) for pk in (SMALL, LARGE)]
        scans += full_scans(browsers[LARGE], page, paths[LARGE])
    json.dump({"pages": times, "forecast": made, "scans": scans}, sys.stdout)
