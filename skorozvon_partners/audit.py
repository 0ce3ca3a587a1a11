"""The invariants of the books, checked over everything that stands (M1–M5, M7, M9, M11, M12).

Each check is a query that names the rows in breach; none found means that it holds. Reads only, and in flat memory.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection

from partners import months
from payouts import comparison, sending
from payouts.models import Comparison
from referrals import month_proof, verification
from referrals.models import Month
from skorozvon_partners import grounds


class Breach(NamedTuple):
    """One row that contradicts an invariant."""

    invariant: str
    what: str


# (invariant, sentence with a place for each column, query of the rows in breach)
_CHECKS = [
    (
        "M2",
        "движение {} не названо по своему месяцу и партнёру",
        """SELECT key FROM partners_ledgerline WHERE kind = 'accrual' AND key <> 'accrual:' ||
           SUBSTR(CAST(month AS text), 1, 7) || ':' || partner_id""",
    ),
    (
        "M3",
        "партнёр {}, месяц {}: начислено {} коп., а вознаграждения месяца дают {} коп.",
        """SELECT partner_id, month, SUM(booked), SUM(earned) FROM (
             SELECT partner_id, month, amount_kopecks AS booked, 0 AS earned
             FROM partners_ledgerline WHERE kind = 'accrual'
             UNION ALL
             SELECT reward.partner_id, reward.month, 0, reward_kopecks FROM referrals_reward reward
             WHERE reward.month NOT IN (SELECT starts_on FROM referrals_month WHERE closed_at IS NULL)
           ) both_sides
           WHERE month NOT IN (SELECT starts_on FROM referrals_month WHERE closed_at IS NULL)
           GROUP BY partner_id, month HAVING SUM(booked) <> SUM(earned)""",
    ),
    (
        "M3",
        "списание {}: учтено партнёру {}, хотя клиента тогда держал партнёр {}",
        """SELECT external_id, partner_id, holder FROM (
             SELECT charge.external_id, charge.partner_id, charge.refund_of_id,
               (SELECT attribution.partner_id FROM referrals_attribution attribution
                WHERE attribution.client_id = charge.client_id AND attribution.starts_at <= charge.charged_at
                ORDER BY attribution.starts_at DESC, attribution.id DESC LIMIT 1) AS holder
             FROM referrals_charge charge WHERE charge.outcome = 'counted' AND charge.refund_of_id IS NULL
           ) held WHERE holder IS NULL OR holder <> partner_id""",
    ),
    (
        "M3",
        "списание {}: условия не те или не учитывают такие списания",
        """SELECT charge.external_id FROM referrals_charge charge
           JOIN partners_termsassignment assignment ON assignment.id = charge.assignment_id
           JOIN partners_terms terms ON terms.id = assignment.terms_id
           WHERE charge.outcome = 'counted' AND (assignment.partner_id <> charge.partner_id
             OR assignment.starts_at > charge.charged_at AND charge.refund_of_id IS NULL
             OR NOT (charge.kind = 'subscription' AND terms.counts_subscription
                     OR charge.kind = 'telephony' AND terms.counts_telephony))""",
    ),
    (
        "M3",
        "возврат {} не следует за своим списанием",
        """SELECT refund.external_id FROM referrals_charge refund
           JOIN referrals_charge charge ON charge.id = refund.refund_of_id
           WHERE refund.outcome NOT IN (charge.outcome, 'settled') OR refund.client_id <> charge.client_id
             OR refund.outcome = 'counted' AND (refund.partner_id <> charge.partner_id
                OR refund.assignment_id <> charge.assignment_id OR refund.month < charge.month)""",
    ),
    (
        "M3",
        "возвраты списания {} больше его самого",
        """SELECT charge.external_id FROM referrals_charge charge
           JOIN referrals_charge refund ON refund.refund_of_id = charge.id
           GROUP BY charge.id, charge.external_id, charge.amount_kopecks
           HAVING charge.amount_kopecks + SUM(refund.amount_kopecks) < 0""",
    ),
    (
        "M3",
        "партнёр {}, месяц {}: в сводке клиентов {}, база {}, вознаграждение {} коп., а вознаграждения дают иное",
        """SELECT partner_id, month, clients, base_kopecks, reward_kopecks FROM (
             SELECT partner_id, month, clients, base_kopecks, reward_kopecks FROM referrals_partnermonth
             EXCEPT
             SELECT partner_id, month, COUNT(DISTINCT client_id), CAST(SUM(base_kopecks) AS bigint),
                    CAST(SUM(reward_kopecks) AS bigint) FROM referrals_reward GROUP BY partner_id, month
           ) unlike_rewards""",
    ),
    (
        "M3",
        "партнёр {}, месяц {}: вознаграждения есть, а сводки нет",
        """SELECT partner_id, month FROM referrals_reward
           WHERE month NOT IN (SELECT starts_on FROM referrals_month WHERE closed_at IS NULL)
           EXCEPT SELECT partner_id, month FROM referrals_partnermonth""",
    ),
    (
        "M3",
        "клиент {} у партнёра {}: в списке вознаграждение {} коп., а вознаграждения дают иное",
        """SELECT client_id, partner_id, kopecks FROM (
             SELECT referral.client_id, referral.partner_id, reward_kopecks AS kopecks FROM referrals_referral referral
             LEFT JOIN referrals_progress progress ON progress.referral_id = referral.id
             EXCEPT
             SELECT referral.client_id, referral.partner_id, CAST(COALESCE(SUM(reward.reward_kopecks), 0) AS bigint)
             FROM referrals_referral referral
             LEFT JOIN referrals_reward reward
               ON reward.partner_id = referral.partner_id AND reward.client_id = referral.client_id
             GROUP BY referral.client_id, referral.partner_id
           ) unlike_rewards""",
    ),
    (
        "M3",
        "клиент {} у партнёра {}: список клиентов не следует из закреплений",
        """SELECT client_id, partner_id FROM (
             SELECT client_id, partner_id FROM referrals_attribution
             EXCEPT SELECT client_id, partner_id FROM referrals_referral
           ) missing
           UNION ALL
           SELECT client_id, partner_id FROM (
             SELECT client_id, partner_id FROM referrals_referral
             EXCEPT SELECT client_id, partner_id FROM referrals_attribution
           ) surplus
           UNION ALL
           SELECT client_id, partner_id FROM (
             SELECT client_id, partner_id, held_since FROM referrals_referral
             EXCEPT
             SELECT client_id, partner_id, MIN(starts_at) FROM referrals_attribution GROUP BY client_id, partner_id
           ) held_otherwise
           UNION ALL
           SELECT client_id, partner_id FROM (
             SELECT client_id, partner_id, held_until FROM referrals_referral
             EXCEPT
             SELECT client_id, partner_id, (
               SELECT MIN(later.starts_at) FROM referrals_attribution later
               WHERE later.client_id = its_last.client_id
                 AND (later.starts_at, later.id) > (its_last.starts_at, its_last.id))
             FROM referrals_attribution its_last
             WHERE NOT EXISTS (
               SELECT 1 FROM referrals_attribution again
               WHERE again.client_id = its_last.client_id AND again.partner_id = its_last.partner_id
                 AND (again.starts_at, again.id) > (its_last.starts_at, its_last.id))
           ) passed_on_otherwise""",
    ),
    (
        "M3",
        "клиент {} у партнёра {}: отметка об оплате не следует из списаний",
        """SELECT referral.client_id, referral.partner_id FROM referrals_referral referral
           JOIN referrals_progress progress ON progress.referral_id = referral.id
           WHERE (progress.paid_at IS NOT NULL) <> EXISTS (
             SELECT 1 FROM referrals_charge charge WHERE charge.client_id = referral.client_id
               AND charge.partner_id = referral.partner_id AND charge.outcome = 'counted'
               AND charge.refund_of_id IS NULL)""",
    ),
    (
        "M4",
        "партнёр {}: вывод {} увёл баланс до {} коп.",
        """SELECT partner_id, key, balance FROM (
             SELECT partner_id, key, kind, SUM(amount_kopecks) OVER (PARTITION BY partner_id ORDER BY id) AS balance
             FROM partners_ledgerline
           ) line WHERE kind = 'withdrawal' AND balance < 0""",
    ),
    (
        "M2",
        "вывод {}: строка движения не совпадает с заявкой",
        """SELECT withdrawal.id FROM payouts_withdrawal withdrawal
           LEFT JOIN partners_ledgerline line ON line.key = 'withdrawal:' || withdrawal.id
           WHERE line.id IS NULL OR line.kind <> 'withdrawal' OR line.partner_id <> withdrawal.partner_id
              OR line.amount_kopecks <> -withdrawal.amount_kopecks""",
    ),
    (
        "M2",
        "вывод {}: состояние «{}» не совпадает с возвратом на баланс",
        """SELECT withdrawal.id, withdrawal.state FROM payouts_withdrawal withdrawal
           LEFT JOIN partners_ledgerline line ON line.key = 'withdrawal:' || withdrawal.id || ':returned'
           WHERE (withdrawal.state = 'returned') <> (line.id IS NOT NULL)
              OR line.id IS NOT NULL AND (line.kind <> 'withdrawal_returned'
                 OR line.partner_id <> withdrawal.partner_id OR line.amount_kopecks <> withdrawal.amount_kopecks)""",
    ),
    (
        "M9",
        "вывод {} в банке стоит в состоянии «{}», а живых поручений у него {}",
        """SELECT withdrawal.id, withdrawal.state, COUNT(bankorder.id) FROM payouts_withdrawal withdrawal
           LEFT JOIN payouts_bankorder bankorder ON bankorder.withdrawal_id = withdrawal.id AND bankorder.is_live
           WHERE withdrawal.destination = 'bank' AND withdrawal.state IN ('requested', 'approved', 'sent')
           GROUP BY withdrawal.id, withdrawal.state
           HAVING COUNT(bankorder.id) <> CASE withdrawal.state WHEN 'sent' THEN 1 ELSE 0 END""",
    ),
    (
        "M11",
        "вывод {}: состояние «{}» не совпадает с последним шагом истории",
        """SELECT withdrawal.id, withdrawal.state FROM payouts_withdrawal withdrawal
           LEFT JOIN payouts_withdrawalstep step ON step.id = (
             SELECT MAX(id) FROM payouts_withdrawalstep WHERE withdrawal_id = withdrawal.id)
           WHERE step.id IS NULL OR step.state <> withdrawal.state""",
    ),
    (
        "M12",
        "вывод {} застрял: состояние «{}», но ничего о нём не запланировано",
        """SELECT id, state FROM payouts_withdrawal
           WHERE next_try_at IS NULL AND (state IN ('approved', 'sent') AND destination <> 'bank'
              OR state = 'unknown' AND question = '')""",
    ),
    (
        "M5",
        "поставка {}: записано событий {}, а принято, ждёт и противоречит — {}",
        """SELECT batch.id, COUNT(event.id), MAX(batch.accepted + batch.waiting + batch.conflict)
           FROM referrals_feedbatch batch
           LEFT JOIN referrals_event event ON event.batch_id = batch.id AND event.event_id IS NOT NULL
           GROUP BY batch.id
           HAVING COUNT(event.id) < MAX(batch.accepted + batch.waiting)
               OR COUNT(event.id) > MAX(batch.accepted + batch.waiting + batch.conflict)""",
    ),
    (
        "M5",
        "событие {} ждёт «{}», хотя оно уже есть",
        """SELECT event_id, waits_for FROM referrals_event event WHERE state = 'waiting' AND (
             EXISTS (SELECT 1 FROM referrals_client client WHERE 'client:' || client.account_id = event.waits_for)
             OR EXISTS (SELECT 1 FROM referrals_charge charge
                        WHERE charge.refund_of_id IS NULL AND 'charge:' || charge.external_id = event.waits_for))""",
    ),
    (
        "M7",
        "месяц {} закрыт с пропуском перед ним",
        """SELECT starts_on FROM (
             SELECT starts_on, LAG(starts_on) OVER (ORDER BY starts_on) AS earlier FROM referrals_month
           ) month
           WHERE 12 * (CAST(SUBSTR(CAST(starts_on AS text), 1, 4) AS integer)
                       - CAST(SUBSTR(CAST(earlier AS text), 1, 4) AS integer))
             + CAST(SUBSTR(CAST(starts_on AS text), 6, 2) AS integer)
             - CAST(SUBSTR(CAST(earlier AS text), 6, 2) AS integer) <> 1""",
    ),
    (
        "M7",
        "месяц {} не закрыт, хотя закрывался более поздний",
        """SELECT starts_on FROM referrals_month
           WHERE closed_at IS NULL AND starts_on < (SELECT MAX(starts_on) FROM referrals_month)""",
    ),
    (
        "M7",
        "вознаграждения за месяц {} записаны, хотя он не закрывался",
        "SELECT DISTINCT month FROM referrals_reward WHERE month NOT IN (SELECT starts_on FROM referrals_month)",
    ),
]


def run(on_check: Callable[[str], None] = lambda name: None, *, now: dt.datetime | None = None) -> Iterator[Breach]:
    """Every breach of the books' invariants; none when all hold. `on_check` hears what is being checked.

    Without `now`, what only the clock can tell isn't looked at: whether anything is overdue.
    """
    for invariant, sentence, query in [*_CHECKS, *grounds.CHECKS]:
        on_check(f"{invariant}: {sentence}")
        with connection.chunked_cursor() as cursor:
            cursor.execute(query)
            while chunk := cursor.fetchmany(1_000):
                for row in chunk:
                    yield Breach(invariant, sentence.format(*row))
    if now:
        on_check("M12: просроченные выводы")
        for pk, state in sending.overdue(now=now).values_list("pk", "state"):
            yield Breach("M12", f"вывод {pk} застрял: состояние «{state}», а за ним полчаса никто не приходил")
    on_check("M9: последняя сверка")
    if latest := Comparison.objects.last():
        for difference in comparison.left(latest):
            yield Breach("M9", f"сверка с Solar Staff {latest.night:%d.%m.%Y}: {difference}")
    on_check("M3: исходы списаний")
    for charge, stands, follows in verification.misjudged():
        yield Breach("M3", f"списание {charge}: записано «{stands}», а по правилам «{follows}»")
    for month, frozen_at in Month.objects.values_list("starts_on", "frozen_at"):
        if frozen_at < months.start_of(months.following(month)):
            yield Breach("M7", f"месяц {months.label(month)} закрыт раньше, чем кончился")
    for month in Month.objects.exclude(closed_at=None).values_list("starts_on", flat=True):
        on_check(f"M7: {months.label(month)}")
        # What follows from the rewards of a month is compared above, for all months at once.
        for difference in month_proof.rewards_unlike(month):
            yield Breach("M7", difference)
