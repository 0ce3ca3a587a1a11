"""The close of a month against the least hand-written SQL that writes the same rows from the same tables."""

from tests.benchmarks.measuring import Cost, alternating, copy_of, execute, manage, rows, template, timed

MONTH = "2025-03"

_FILL = """
INSERT INTO partners_user (id, email, account_id, full_name, phone, inn, password, is_superuser, is_staff, is_active)
SELECT n, 'p' || n || '@example.ru', 'p-' || n, 'Partner', '', '', '!', false, false, true
FROM generate_series(1, {partners}) n;
INSERT INTO partners_partner (id, user_id, status, tariff, full_name, phone, inn, registered_at, website, channels,
                              comment, muted_notices)
SELECT n, n, 'active', CASE WHEN n % 2 = 0 THEN 'legal' ELSE 'individual' END, 'Partner', '+79000000000', '',
       '2024-01-01+03', '', '[]', '', '[]' FROM generate_series(1, {partners}) n;
INSERT INTO partners_termsassignment (id, partner_id, terms_id, starts_at, reason, note)
SELECT n, n, (SELECT id FROM partners_terms WHERE tariff = CASE WHEN n % 2 = 0 THEN 'legal' ELSE 'individual' END),
       '2024-01-01+03', 'registration', '' FROM generate_series(1, {partners}) n;
INSERT INTO referrals_client (id, account_id, name, registered_at, email, phone, inn, link_code, promo_code,
                              self_referral_code)
SELECT n, 'c-' || n, 'Client ' || n, '2025-01-15+03', '', '', '', '', '', '' FROM generate_series(1, {clients}) n;
INSERT INTO referrals_attribution (client_id, partner_id, starts_at, via, reason)
SELECT n, 1 + n % {partners}, '2025-01-15+03', 'link', '' FROM generate_series(1, {clients}) n;
INSERT INTO referrals_referral (id, partner_id, client_id, search_name, registered_at, via, held_since)
SELECT n, 1 + n % {partners}, n, 'client ' || n, '2025-01-15+03', 'link', '2025-01-15+03'
FROM generate_series(1, {clients}) n;
INSERT INTO referrals_progress (referral_id, partner_id, paid_at, reward_kopecks)
SELECT n, 1 + n % {partners}, '2025-03-02+03', 0 FROM generate_series(1, {clients}) n;
-- As a feed brings them: in the order of time, all clients mixed.
INSERT INTO referrals_charge (external_id, client_id, kind, amount_kopecks, charged_at, confirmed_at, outcome,
                              partner_id, assignment_id, month)
SELECT 'ch-' || n || '-' || charge, n, 'subscription', 10000 + (n::bigint * 7919 + charge * 104729) % 400000,
       '2025-03-02+03'::timestamptz + charge * interval '5 days' + (n::bigint * 7919 % 400000) * interval '1 second',
       '2025-03-02+03'::timestamptz + charge * interval '5 days' + (n::bigint * 7919 % 400000) * interval '1 second',
       'counted', 1 + n % {partners}, 1 + n % {partners}, '2025-03-01'
FROM generate_series(0, 4) charge, generate_series(1, {clients}) n ORDER BY charge, n::bigint * 7919 % 400000;
"""

_FLOOR = (
    "INSERT INTO referrals_month (starts_on, frozen_at) VALUES ('2025-03-01', '2025-04-01 06:00+03')",
    """
    INSERT INTO referrals_reward (month, partner_id, client_id, assignment_id, base_kopecks, reward_kopecks)
    SELECT c.month, c.partner_id, c.client_id, c.assignment_id, SUM(c.amount_kopecks)::bigint,
           CASE WHEN t.percent_bp IS NOT NULL THEN (SUM(c.amount_kopecks)::bigint * t.percent_bp + 5000) / 10000
                WHEN SUM(c.amount_kopecks) >= t.threshold_kopecks THEN t.one_time_kopecks ELSE 0 END
    FROM referrals_charge c JOIN partners_termsassignment a ON a.id = c.assignment_id
    JOIN partners_terms t ON t.id = a.terms_id
    WHERE c.month = '2025-03-01' AND c.outcome = 'counted'
    GROUP BY c.month, c.partner_id, c.client_id, c.assignment_id, t.id
    """,
    """
    INSERT INTO partners_ledgerline (key, partner_id, kind, amount_kopecks, month, booked_at, memo)
    SELECT 'accrual:2025-03:' || partner_id, partner_id, 'accrual', SUM(reward_kopecks)::bigint, '2025-03-01',
           '2025-04-01 06:00+03', 'Вознаграждение за март 2025'
    FROM referrals_reward WHERE month = '2025-03-01' GROUP BY partner_id HAVING SUM(reward_kopecks) <> 0
    """,
    "UPDATE referrals_month SET closed_at = '2025-04-01 06:00+03'",
)

_BOOKS = """
SELECT COUNT(*), SUM(base_kopecks), SUM(reward_kopecks), (SELECT COUNT(*) FROM partners_ledgerline),
       (SELECT SUM(amount_kopecks) FROM partners_ledgerline) FROM referrals_reward
"""


def run(clients: int) -> dict[str, Cost]:
    """Print and return the costs of a close of `clients` clients, a tenth as many partners, five charges each."""
    with template(lambda url: execute(url, _FILL.format(clients=clients, partners=clients // 10))) as full:
        books = []

        def floor() -> Cost:
            with copy_of(full) as url:
                cost = timed(lambda: execute(url, *_FLOOR))
                books.append(rows(url, _BOOKS))
            return cost

        def close(workers: int) -> Cost:
            with copy_of(full) as url:
                cost = manage(url, "close_month", MONTH, at_once=workers)
                books.append(rows(url, _BOOKS))
            return cost

        costs = alternating({"floor": floor, "close": lambda: close(1), "close by four workers": lambda: close(4)})
    assert books.count(books[0]) == len(books), "the two sides wrote different books"
    one, four, least = costs["close"], costs["close by four workers"], costs["floor"]
    print(
        f"close of {clients:,} clients, {clients * 5:,} charges: {one.seconds:.1f} s,"
        f" {one.seconds / least.seconds:.2f} x hand-written SQL ({least.seconds:.1f} s), peak {one.megabytes:.0f} MB;"
        f" four workers {four.seconds:.1f} s, {four.seconds / one.seconds:.2f} x one"
    )
    return costs
