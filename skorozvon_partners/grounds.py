"""Queries of the audit: that what stands has its grounds (M2, M5, M11). Rows added by hand have none, or false ones."""

# (invariant, sentence with a place for each column, query of the rows in breach)
CHECKS = [
    (
        "M2",
        "движение {}: партнёр {} не менял тариф, или его баланс тогда был иным",
        """SELECT key, partner_id FROM (
             SELECT line.key, line.partner_id, line.amount_kopecks, line.booked_at, assignment.starts_at,
                    assignment.partner_id AS changed, line.kind,
                    SUM(line.amount_kopecks) OVER (PARTITION BY line.partner_id ORDER BY line.id) AS balance
             FROM partners_ledgerline line
             LEFT JOIN partners_termsassignment assignment
               ON line.key = 'tariff_change:' || assignment.id AND assignment.reason = 'tariff_change'
           ) line WHERE kind = 'tariff_change' AND (changed IS NULL OR changed <> partner_id OR balance <> 0
             OR booked_at <> starts_at)""",
    ),
    (
        "M2",
        "движение {}: начальный остаток не назван по своему партнёру",
        "SELECT key FROM partners_ledgerline WHERE kind = 'opening_balance'"
        " AND key <> 'opening_balance:' || partner_id",
    ),
    (
        # It is booked together with its partner: nothing comes before it, and nobody let that partner in here.
        "M2",
        "движение {}: начальный остаток записан не при переезде партнёра",
        """SELECT line.key FROM partners_ledgerline line WHERE line.kind = 'opening_balance' AND (
             EXISTS (SELECT 1 FROM partners_ledgerline earlier
                     WHERE earlier.partner_id = line.partner_id AND earlier.id < line.id)
             OR (SELECT change.status FROM partners_statuschange change WHERE change.partner_id = line.partner_id
                 ORDER BY change.id LIMIT 1) IN ('pending', 'active'))""",
    ),
    (
        "M11",
        "движение {}: корректировку записал не сотрудник",
        """SELECT line.key FROM partners_ledgerline line JOIN partners_user ON partners_user.id = line.booked_by_id
           WHERE line.kind = 'correction' AND NOT partners_user.is_staff""",
    ),
    (
        "M11",
        "партнёр {}: условия «{}» назначены без основания",
        """SELECT assignment.partner_id, terms.name FROM partners_termsassignment assignment
           JOIN partners_terms terms ON terms.id = assignment.terms_id
           WHERE CASE assignment.reason
             WHEN 'registration' THEN assignment.id <> (
               SELECT MIN(first.id) FROM partners_termsassignment first WHERE first.partner_id = assignment.partner_id)
             WHEN 'new_version' THEN terms.judged_at IS NULL
             WHEN 'offer_accepted' THEN assignment.decided_by_id IS NULL OR NOT EXISTS (
               SELECT 1 FROM partners_termsoffer offer WHERE offer.partner_id = assignment.partner_id
                 AND offer.terms_id = assignment.terms_id AND offer.state = 'accepted')
             ELSE assignment.decided_by_id IS NULL END""",
    ),
    (
        "M11",
        "партнёр {}: тариф «{}», а условия у него — «{}»",
        """SELECT partner.id, partner.tariff, terms.name FROM partners_partner partner
           JOIN partners_termsassignment assignment ON assignment.id = (
             SELECT MAX(id) FROM partners_termsassignment WHERE partner_id = partner.id)
           JOIN partners_terms terms ON terms.id = assignment.terms_id WHERE terms.tariff <> partner.tariff""",
    ),
    (
        "M11",
        "партнёр {}: состояние «{}» не совпадает с последней записью о нём",
        """SELECT partner.id, partner.status FROM partners_partner partner
           LEFT JOIN partners_statuschange change ON change.id = (
             SELECT MAX(id) FROM partners_statuschange WHERE partner_id = partner.id)
           WHERE partner.status <> COALESCE(change.status, partner.status)
              OR change.id IS NULL AND partner.status IN ('blocked', 'declined')""",
    ),
    (
        "M5",
        "списание {}: события о нём не было",
        """SELECT charge.external_id FROM referrals_charge charge WHERE NOT EXISTS (
             SELECT 1 FROM referrals_event event
             WHERE event.fact = CASE WHEN charge.refund_of_id IS NULL THEN 'charge:' ELSE 'refund:' END
                                || charge.external_id AND event.state = 'applied')""",
    ),
    (
        "M2",
        "движение {} не следует ни из одной заявки на вывод",
        """SELECT line.key FROM partners_ledgerline line
           LEFT JOIN payouts_withdrawal withdrawal ON line.key = 'withdrawal:' || withdrawal.id
              OR line.key = 'withdrawal:' || withdrawal.id || ':returned'
           WHERE line.kind IN ('withdrawal', 'withdrawal_returned') AND withdrawal.id IS NULL""",
    ),
    (
        "M2",
        "корректировка {}: состояние «{}» не совпадает со строкой движения",
        """SELECT correction.id, correction.state FROM partners_correction correction
           LEFT JOIN partners_ledgerline line ON line.key = 'correction:' || correction.id
           WHERE (correction.state = 'booked') <> (line.id IS NOT NULL)
              OR line.id IS NOT NULL AND (
                 line.kind <> 'correction' OR line.partner_id <> correction.partner_id
                 OR line.amount_kopecks <> correction.amount_kopecks
                 OR line.booked_by_id <> correction.decided_by_id)""",
    ),
    (
        "M11",
        "движение {} — корректировка, о которой никто не просил",
        """SELECT line.key FROM partners_ledgerline line
           LEFT JOIN partners_correction correction ON line.key = 'correction:' || correction.id
           WHERE line.kind = 'correction' AND correction.id IS NULL""",
    ),
]
