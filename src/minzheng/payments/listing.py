"""Who is paid what in a payroll: SQL over awards, their terms, and what was paid of each month before.

Of each month of an award that is due up to the payroll's month one line is listed: the month itself (`claim_no` 0) while
no payment of it is live, else what a redetermination raised it by, as a numbered claim on that term.
"""

from __future__ import annotations

from minzheng.payments import gate

#: Months due with what is live of them. An award the platform took over is paid from the month it was taken over in:
#: the months before were paid by whoever paid then.
_DUE = """
    award as (
        select a.id, a.household_id, a.person_id, a.division,
               case when a.origin = 'taken_over' then greatest(a.since, date_trunc('month', e.on_day)::date)
                    else a.since end as first,
               least(%(month)s::date, (a.ends - interval '1 month')::date) as last
        from awards_award a
        left join awards_event e on a.origin = 'taken_over' and e.award_id = a.id and e.version = 1
        where a.programme = %(programme)s and a.division >= %(low)s and a.division <= %(high)s
    ), due as materialized (
        select a.id as award_id, a.household_id, a.person_id, a.division, m.month::date as month,
               t.id as term_id, t.fen, t.exact, coalesce(p.fen, 0) as paid, l.id is not null as begun
        from award a cross join lateral generate_series(a.first, a.last, interval '1 month') m (month)
        cross join lateral (
            select t.* from awards_term t where t.award_id = a.id and t.since <= m.month::date
            and (t.until is null or t.until > m.month::date) order by t.id desc limit 1) t
        left join payments_monthpaid p on p.award_id = a.id and p.month = m.month::date
        left join payments_payment l on l.award_id = a.id and l.month = m.month::date and l.claim_no = 0 and l.live
        where t.runs and (p.fen is null or p.fen < t.fen or t.fen = 0)
    ), claim as materialized (
        -- The one claim a shortfall of a month is paid by: on the term that holds now, of exactly this amount, not yet paid.
        select d.award_id, d.month, max(k.claim_no) as claim_no
        from due d join payments_claim k on k.award_id = d.award_id and k.month = d.month and k.term_id = d.term_id
            and k.fen = d.fen - d.paid
        left join payments_payment l on l.claim_id = k.id and l.live
        where d.begun and d.fen > d.paid and l.id is null group by 1, 2
    )
"""

NEW_CLAIMS = f"""
    with {_DUE}, counted as (
        select k.award_id, k.month, count(*) as claims from payments_claim k
        join due d on d.award_id = k.award_id and d.month = k.month group by 1, 2
    )
    insert into payments_claim (division, household_id, award_id, month, claim_no, term_id, fen)
    select d.division, d.household_id, d.award_id, d.month, 1 + coalesce(n.claims, 0), d.term_id, d.fen - d.paid
    from due d left join claim k on k.award_id = d.award_id and k.month = d.month
    left join counted n on n.award_id = d.award_id and n.month = d.month
    where d.begun and d.fen > d.paid and k.award_id is null
"""

#: The whole list by one statement, each line with the id that follows from its claim and attempt.
LINES = f"""
    insert into payments_payment (payroll_id, programme, id, award_id, household_id, person_id, division, month, term_id,
        exact, fen, claim_no, claim_id, account_id, payee_id, attempt, reissue_of, withheld, live, withheld_at_release)
    with {_DUE}, line as (
        select d.award_id, d.household_id, d.person_id, d.division, d.month, d.term_id, d.exact,
               d.fen - d.paid as fen, 0::smallint as claim_no, null::bigint as claim_id
        from due d where not d.begun and (d.fen > d.paid or d.fen = 0)
        union all
        select d.award_id, d.household_id, d.person_id, d.division, d.month, d.term_id, d.exact,
               d.fen - d.paid, k.claim_no, k.id
        from due d join claim n on n.award_id = d.award_id and n.month = d.month
        join payments_claim k on k.award_id = n.award_id and k.month = n.month and k.claim_no = n.claim_no
    ), candidate as materialized (
        select l.*, ac.id as account_id, ac.payee_id from line l
        left join payments_account ac on ac.household_id = l.household_id
            and coalesce(ac.person_id, 0) = coalesce(l.person_id, 0) and ac.until is null
    ), before as (
        -- Attempts that did not stay: how many, and the void or return the next one stands on.
        select q.award_id, q.month, q.claim_no, max(q.attempt) as attempt,
               (array_agg(s.id) filter (where s.id is not null and r.id is null))[1] as reissue_of
        from payments_payment q
        left join payments_transfer s on s.payment_id = q.id and s.phase in ('void', 'return')
        left join payments_transfer r on r.reissue_of = s.id
        where q.programme = %(programme)s and not q.live group by 1, 2, 3
    ), {gate.SETS}
    select %(payroll)s, %(programme)s, payments_id(c.award_id, c.month, c.claim_no, c.attempt), c.award_id,
           c.household_id, c.person_id, c.division, c.month, c.term_id, c.exact, c.fen, c.claim_no, c.claim_id,
           c.account_id, c.payee_id, c.attempt, c.reissue_of, c.withheld, c.withheld = '{{}}', '{{}}'
    from (
        select c.*, 1 + coalesce(before.attempt, 0) as attempt, before.reissue_of,
               {gate.reasons(at_release=False)} as withheld
        from candidate c {gate.JOINED}
        left join before on before.award_id = c.award_id and before.month = c.month and before.claim_no = c.claim_no
    ) c
    order by c.award_id, c.month, c.claim_no
"""
