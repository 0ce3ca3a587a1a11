"""What `desk_bench` runs on its database: times of staff's lists, and their plans."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from partners.models import User
from payouts.tests.desk import at_desk
from tests.benchmarks.page_times import milliseconds

ROUNDS = 6
_MANY = 20_000  # more than what is counted to say "more than 10 000"
_LARGE_TABLES = (
    *("partners_partner", "partners_user", "partners_code"),
    *("referrals_client", "referrals_referral", "referrals_attribution", "referrals_attachrequest", "referrals_event"),
    *("payouts_withdrawal", "payouts_contract", "payouts_signedcopy", "partners_correction", "partners_deed"),
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
    "withdrawals": "/admin/payouts/withdrawal/",
    "withdrawals, last page": "/admin/payouts/withdrawal/?page=last",
    "withdrawals, open": "/admin/payouts/withdrawal/?state=open",
    "withdrawals, returned": "/admin/payouts/withdrawal/?state=returned",
    "withdrawals, to cards": "/admin/payouts/withdrawal/?destination=card",
    "withdrawals, late": "/admin/payouts/withdrawal/?mark=late",
    "withdrawals, number": "/admin/payouts/withdrawal/?q=77",
    "withdrawals, rare word": "/admin/payouts/withdrawal/?q=сахалинская",
    "withdrawals, common word": "/admin/payouts/withdrawal/?q=анна",
    "contracts": "/admin/payouts/contract/",
    "contracts, last page": "/admin/payouts/contract/?page=last",
    "contracts, uploaded": "/admin/payouts/contract/?state=uploaded",
    "contracts, number": "/admin/payouts/contract/?q=д-77",
    "contracts, rare word": "/admin/payouts/contract/?q=сахалинская",
    "contracts, common word": "/admin/payouts/contract/?q=анна",
    "requests to attach": "/admin/referrals/attachrequest/",
    "requests to attach, open": "/admin/referrals/attachrequest/?state=open",
    "requests to attach, accepted": "/admin/referrals/attachrequest/?state=accepted",
    "requests to attach, rare word": "/admin/referrals/attachrequest/?q=сахалин",
    "requests to attach, common word": "/admin/referrals/attachrequest/?q=ооо",
    "corrections": "/admin/partners/correction/",
    "corrections, asked for": "/admin/partners/correction/?state=requested",
    "corrections, refused": "/admin/partners/correction/?state=refused",
    "corrections, common word": "/admin/partners/correction/?q=анна",
    "events that contradict": "/admin/referrals/event/",
    "events that wait": "/admin/referrals/event/?state=waiting",
    "events that were looked at": "/admin/referrals/event/?state=reviewed",
    "events, number": "/admin/referrals/event/?q=evt-77",
    "journal": "/admin/partners/deed/",
    "journal, last page": "/admin/partners/deed/?page=last",
    "journal, rare action": "/admin/partners/deed/?action=partners.partner.block",
    "journal, subject": "/admin/partners/deed/?subject=payouts.withdrawal",
    "journal, number": "/admin/partners/deed/?q=77",
    "journal, number that nothing has": "/admin/partners/deed/?q=77777777",
    "journal since": "/admin/partners/deed/?since=2025-02-01",
    "staff": "/admin/skorozvon_partners/staffmember/",
    "people": "/admin/skorozvon_partners/person/",
    "people, e-mail": "/admin/skorozvon_partners/person/?q=p77@example.ru",
    "people, erased": "/admin/skorozvon_partners/person/?state=erased",
}


def long_scans(browser: Browser, page: str, path: str) -> list[str]:
    """Where the page reads more rows of a large table than it could ever show, whatever is then left of them."""
    with CaptureQueriesContext(connection) as queries:
        browser.get(path)
    found = []
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"].replace("%", "%%"))
            ((plan,),) = cursor.fetchall()
        found += [
            f"long scan: {page}: {told}"
            for told in _scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        ]
    return found


def _scans(node: dict[str, Any]) -> Iterator[str]:
    left_out = sum(node.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck"))
    rows = (node["Actual Rows"] + left_out) * node["Actual Loops"]
    if node.get("Relation Name") in _LARGE_TABLES and rows > _MANY:
        yield f"{node['Node Type']} of {node['Relation Name']}, {rows:,} rows"
    for each in node.get("Plans", ()):
        yield from _scans(each)


def main() -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["*"]
    browser, times, scans = at_desk(User.objects.get(is_staff=True)), {}, []
    for page, path in PAGES.items():
        times[page] = [milliseconds(browser, path) for _ in range(ROUNDS + 2)][2:]
        scans += long_scans(browser, page, path)
    json.dump({"pages": times, "scans": scans}, sys.stdout)
