"""The pages of a partner with 100 clients against those of one with 100 000, among a million clients of others."""

import json

from tests.benchmarks.measuring import Cost, execute, template
from tests.databases import OwnDatabase

# Partner 1 is the small one, 2 the large one; the others have 100 clients each.
_FILL = """
-- Rows that are known to fit: checking each key of twenty million would take longer than all the rest.
SET LOCAL session_replication_role = replica;
INSERT INTO partners_user (id, email, account_id, full_name, phone, inn, password, is_superuser, is_staff, is_active)
SELECT n, 'p' || n || '@example.ru', 'p-' || n, 'Partner', '', '', '!', false, false, true
FROM generate_series(1, {partners}) n;
INSERT INTO partners_partner (id, user_id, status, tariff, full_name, phone, inn, registered_at, website, channels,
                              comment, muted_notices)
SELECT n, n, 'active', 'legal', 'Partner', '+79000000000', '', '2025-01-01+03', '', '[]', '', '[]'
FROM generate_series(1, {partners}) n;
INSERT INTO partners_code (id, value, partner_id, is_main) SELECT n, 'code' || n, n, true
FROM generate_series(1, {partners}) n;
INSERT INTO partners_termsassignment (id, partner_id, terms_id, starts_at, reason, note)
SELECT n, n, (SELECT id FROM partners_terms WHERE tariff = 'legal'), '2025-01-01+03', 'registration', ''
FROM generate_series(1, {partners}) n;

CREATE TEMPORARY TABLE held AS
SELECT n AS client, CASE WHEN n <= 100 THEN 1 WHEN n <= 100 + {large} THEN 2
                         ELSE 3 + (n - 101 - {large}) / 100 END AS partner,
       '2026-01-02+03'::timestamptz + (n::bigint * 7919 % 250 * 86400 + n % 86400) * interval '1 second' AS at,
       (ARRAY['ООО «Ромашка', 'ИП Сергеев', 'АО «Телемаркет', 'ООО «Северный ветер', 'ООО «Красные цветы'])[1 + n % 5]
       -- Sixty with the rare word for the small partner and for the large one: both fill a page.
       || ' ' || n || '»' || CASE WHEN n <= 60 OR n % ({large} / 60) = 1 THEN ' Сахалин' ELSE '' END AS name
FROM generate_series(1, 100 + {large} + {others}) n;
INSERT INTO referrals_client (id, account_id, name, registered_at, email, phone, inn, link_code, promo_code,
                              self_referral_code)
SELECT client, 'c-' || client, name, at, '', '', '', '', '', '' FROM held;
INSERT INTO referrals_attribution (client_id, partner_id, starts_at, via, code_id, reason)
SELECT client, partner, at, 'link', partner, '' FROM held;
INSERT INTO referrals_referral (id, partner_id, client_id, search_name, registered_at, via, code_id, held_since)
SELECT client, partner, client, translate(lower(name), '«»', ''), at, 'link', partner, at FROM held ORDER BY at;
INSERT INTO referrals_charge (external_id, client_id, kind, amount_kopecks, charged_at, confirmed_at, outcome,
                              partner_id, assignment_id, month)
SELECT 'ch-' || client || '-' || extract(month from month), client, 'subscription',
       10000 + (client::bigint * 7919 + extract(month from month)::int * 104729) % 400000,
       month + interval '5 days', month + interval '5 days', 'counted', partner, partner, month
FROM held, generate_series('2026-09-01'::date, '2026-11-01'::date, '1 month') month;
INSERT INTO referrals_month (starts_on, frozen_at) VALUES ('2026-09-01', '2026-10-01 06:00+03');
INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)
SELECT month, partner_id, client_id, assignment_id, amount_kopecks, (amount_kopecks * 1500 + 5000) / 10000
FROM referrals_charge WHERE month = '2026-09-01';
UPDATE referrals_month SET closed_at = frozen_at;
INSERT INTO referrals_month (starts_on, frozen_at) VALUES ('2026-10-01', '2026-11-01 06:00+03');
INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)
SELECT month, partner_id, client_id, assignment_id, amount_kopecks, (amount_kopecks * 1500 + 5000) / 10000
FROM referrals_charge WHERE month = '2026-10-01';
UPDATE referrals_month SET closed_at = frozen_at WHERE closed_at IS NULL;
INSERT INTO referrals_partnermonth (month, partner_id, clients, base_kopecks, reward_kopecks)
SELECT month, partner_id, COUNT(*), SUM(base_kopecks), SUM(reward_kopecks) FROM referrals_reward GROUP BY 1, 2;
INSERT INTO referrals_progress (referral_id, partner_id, paid_at, reward_kopecks)
SELECT client_id, partner_id, '2026-09-06+03', SUM(reward_kopecks) FROM referrals_reward GROUP BY 1, 2;
INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, month, booked_at, memo)
SELECT 'accrual:' || to_char(month, 'YYYY-MM') || ':' || partner_id, partner_id, 'accrual', reward_kopecks, month,
       month + interval '1 month 6 hours', 'Вознаграждение' FROM referrals_partnermonth;
"""


def run(large: int) -> dict[str, Cost]:
    """Print and return, page by page, what a partner with `large` clients waits for, and one with a hundred."""
    others = 10 * large
    fill = _FILL.format(partners=2 + others // 100, large=large, others=others)
    with template(lambda url: execute(url, fill)) as url:
        measure = "from tests.benchmarks import page_times; page_times.main()"
        said = OwnDatabase(url).manage("shell", "--no-imports", "--command", measure).stdout
    found = json.loads(said)
    for page, (small, big) in found["pages"].items():
        print(f"{page}: 100 clients {small:.1f} ms, {large:,} clients {big:.1f} ms, {big / small:.2f} x")
    small, big = found["forecast"]
    print(f"forecast made anew (kept for up to ten minutes): {small:.1f} ms, {big:.0f} ms")
    print("\n".join(found["scans"]) or "no full scan in any plan")
    return {page: Cost(big / 1000) for page, (_, big) in found["pages"].items()}
