"""Each list of the desk that grows, with a thousand rows against one with many."""

import json
import statistics
from collections.abc import Callable

from tests.benchmarks.measuring import Cost, execute, template
from tests.databases import OwnDatabase

SMALL = 1_000
TURNS = 4
# A twentieth of the partners holds half of the clients; the other half came without a code.
_FILL = """
-- Rows that are known to fit: checking each key would take longer than all the rest.
SET LOCAL session_replication_role = replica;
INSERT INTO partners_user (id, email, account_id, full_name, phone, inn, password, is_superuser, is_staff, is_active)
SELECT n, 'p' || n || '@example.ru', 'p-' || n, '', '', '', '!', false, false, true
FROM generate_series(1, {rows}) n;
INSERT INTO partners_partner (id, user_id, status, tariff, full_name, phone, inn, registered_at, website, channels,
                              comment, muted_notices)
SELECT n, n, CASE WHEN n % ({rows} / 60) = 1 THEN 'pending' WHEN n % 5 = 2 THEN 'blocked' ELSE 'active' END,
       CASE WHEN n % 3 = 0 THEN 'individual' ELSE 'legal' END,
       (ARRAY['Анна', 'Борис', 'Вера', 'Глеб', 'Дарья'])[1 + n % 5] || ' '
       || (ARRAY['Юрлицова', 'Физлицын', 'Блогова', 'Первоклиентов', 'Новосёлова', 'Переходов', 'Закрытова'])[1 + n % 7]
       || CASE WHEN n % ({rows} / 60) = 1 THEN ' Сахалинская' ELSE '' END,
       '+79000000000', '', '2025-01-01+03'::timestamptz + n * interval '1 second', '', '[]', '', '[]'
FROM generate_series(1, {rows}) n;
INSERT INTO partners_code (id, value, partner_id, is_main) SELECT n, 'code' || n, n, true
FROM generate_series(1, {rows}) n;
INSERT INTO referrals_client (id, account_id, name, registered_at, email, phone, inn, link_code, promo_code,
                              self_referral_code)
SELECT n, 'c-' || n,
       (ARRAY['ООО «Ромашка', 'ИП Сергеев', 'АО «Телемаркет', 'ООО «Северный ветер', 'ООО «Красные цветы'])[1 + n % 5]
       || ' ' || n || '»' || CASE WHEN n % ({rows} / 60) = 1 THEN ' Сахалин' ELSE '' END,
       '2025-01-02+03'::timestamptz + n * interval '30 seconds', 'c' || n || '@clients.example', '',
       (7700000000 + n)::text, '', '', ''
FROM generate_series(1, {rows}) n;
INSERT INTO referrals_attribution (client_id, partner_id, starts_at, via, code_id, reason)
SELECT id, 1 + id % ({rows} / 20), registered_at, 'link', 1 + id % ({rows} / 20), ''
FROM referrals_client WHERE id % 2 = 0;
INSERT INTO referrals_referral (id, partner_id, client_id, search_name, registered_at, via, code_id, held_since)
SELECT client_id, partner_id, client_id, lower(name), registered_at, via, code_id, starts_at
FROM referrals_attribution JOIN referrals_client client ON client.id = client_id;
INSERT INTO referrals_progress (referral_id, partner_id, reward_kopecks)
SELECT id, partner_id, 0 FROM referrals_referral;
-- What is under way is as much in either: it is work, and doesn't grow with the years. So is what is rare.
INSERT INTO payouts_withdrawal (partner_id, amount_kopecks, destination, account_id, payment_key, request_key, state,
                                requested_at, due_on, ended_at, sendings, question, provider_id, requested_by_id)
SELECT n, 100000 + n, 'service', 'p-' || n, gen_random_uuid(), '',
       CASE WHEN n % ({rows} / 60) = 1 THEN 'requested' WHEN n % ({rows} / 60) = 2 THEN 'returned' ELSE 'paid' END,
       '2025-02-01+03'::timestamptz + n * interval '1 second', '2025-02-13',
       CASE WHEN n % ({rows} / 60) = 1 THEN NULL ELSE now() END, 0, '', '', n
FROM generate_series(1, {rows}) n;
INSERT INTO payouts_contract (partner_id, state, number, signed_on, offered_at)
SELECT n, CASE WHEN n % ({rows} / 60) = 1 THEN 'uploaded' ELSE 'signed' END,
       CASE WHEN n % ({rows} / 60) = 1 THEN '' ELSE 'Д-' || n END,
       CASE WHEN n % ({rows} / 60) = 1 THEN NULL ELSE '2025-02-01'::date END, '2025-01-20+03'
FROM generate_series(1, {rows}) n;
INSERT INTO payouts_signedcopy (contract_id, content, content_type, uploaded_at, uploaded_by_id)
SELECT id, '', 'application/pdf', '2025-01-21+03', partner_id FROM payouts_contract;
INSERT INTO referrals_attachrequest (partner_id, company, comment, state, requested_at, decided_at, reason)
SELECT n, 'ООО «Заявка ' || n || '»' || CASE WHEN n % ({rows} / 60) = 1 THEN ' Сахалин' ELSE '' END, '',
       CASE WHEN n % ({rows} / 60) = 1 THEN 'open' ELSE 'declined' END,
       '2025-02-01+03'::timestamptz + n * interval '1 second',
       CASE WHEN n % ({rows} / 60) = 1 THEN NULL ELSE now() END,
       CASE WHEN n % ({rows} / 60) = 1 THEN '' ELSE 'Не найден' END
FROM generate_series(1, {rows}) n;
INSERT INTO partners_correction (partner_id, key, amount_kopecks, memo, reason, asked_at, asked_by_id, needs_second,
                                 state, decided_at, decided_by_id, refusal)
SELECT n, 'key-' || n, n, 'По письму', 'Письмо', '2025-02-01+03', {rows} + 1, n % ({rows} / 60) = 1,
       CASE WHEN n % ({rows} / 60) = 1 THEN 'requested' ELSE 'booked' END,
       CASE WHEN n % ({rows} / 60) = 1 THEN NULL ELSE now() END,
       CASE WHEN n % ({rows} / 60) = 1 THEN NULL ELSE {rows} + 1 END, ''
FROM generate_series(1, {rows}) n;
INSERT INTO referrals_feedbatch (id, received_at, source, received, accepted, duplicate, waiting, conflict, rejected)
VALUES (1, now(), 'file', 0, 0, 0, 0, 0, 0);
INSERT INTO referrals_event (event_id, fact, digest, state, batch_id, waits_for, content, reason)
SELECT 'evt-' || n, 'charge:ch-' || n, md5(n::text),
       CASE n % ({rows} / 60) WHEN 1 THEN 'conflict' WHEN 2 THEN 'waiting' WHEN 3 THEN 'conflict' ELSE 'applied' END, 1,
       CASE WHEN n % ({rows} / 60) = 2 THEN 'client:c-none-' || n END,
       CASE WHEN n % ({rows} / 60) IN (1, 2, 3) THEN jsonb_build_object('type', 'charge.created', 'occurred_at',
         '2025-02-01T10:00:00+03:00', 'data', jsonb_build_object('charge_id', 'ch-' || n, 'client_id', 'c-' || n)) END,
       ''
FROM generate_series(1, {rows}) n;
INSERT INTO referrals_review (event_id, reviewed_by_id, reviewed_at, reason)
SELECT id, {rows} + 1, now(), 'Выяснено' FROM referrals_event
WHERE state = 'conflict' AND substr(event_id, 5)::int % ({rows} / 60) = 3;
INSERT INTO partners_deed (at, by_id, action, title, subject, subject_id, reason, asked)
SELECT '2025-02-01+03'::timestamptz + n * interval '1 second', {rows} + 1,
       CASE WHEN n % ({rows} / 60) = 1 THEN 'partners.partner.block' ELSE 'payouts.withdrawal.approve' END, 'Одобрить',
       CASE WHEN n % ({rows} / 60) = 1 THEN 'partners.partner' ELSE 'payouts.withdrawal' END, n::text, '', '{{}}'
FROM generate_series(1, {rows}) n;
UPDATE partners_user SET erased_at = now() WHERE id % ({rows} / 60) = 5;
INSERT INTO partners_user (id, email, full_name, phone, inn, password, is_superuser, is_staff, is_active)
VALUES ({rows} + 1, 'staff@example.ru', '', '', '', '!', true, true, true);
"""


def run(rows: int) -> dict[str, Cost]:
    """Print and return, page by page, what staff waits for with so many partners and clients, and with a thousand."""
    taken: dict[int, dict[str, list[float]]] = {SMALL: {}, rows: {}}
    scans: set[str] = set()
    with template(_filled(SMALL), name="bench_small") as small, template(_filled(rows)) as large:
        for _ in range(TURNS):  # taking turns, so that a busy minute hits both
            for size, url in ((SMALL, small), (rows, large)):
                found = _measured(url)
                for page, times in found["pages"].items():
                    taken[size].setdefault(page, []).extend(times)
                scans |= set(found["scans"])
    medians = {size: {page: statistics.median(times) for page, times in pages.items()} for size, pages in taken.items()}
    for page, took in medians[rows].items():
        few = medians[SMALL][page]
        print(f"{page}: {SMALL:,} rows {few:.1f} ms, {rows:,} rows {took:.1f} ms, {took / few:.2f} x")
    print("\n".join(sorted(scans)) or "no long scan in any plan")
    return {page: Cost(took / 1000) for page, took in medians[rows].items()}


def _filled(rows: int) -> Callable[[str], None]:
    return lambda url: execute(url, _FILL.format(rows=rows))


def _measured(url: str) -> dict:
    measure = "from tests.benchmarks import desk_times; desk_times.main()"
    return json.loads(OwnDatabase(url).manage("shell", "--no-imports", "--command", measure).stdout)
