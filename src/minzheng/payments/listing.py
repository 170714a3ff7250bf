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
    ), due as (
        select a.id as award_id, a.household_id, a.person_id, a.division, m.month::date as month,
               t.id as term_id, t.fen, t.exact, coalesce(p.fen, 0) as paid,
               exists (select from payments_payment l where l.award_id = a.id and l.month = m.month::date
                       and l.claim_no = 0 and l.live) as begun
        from award a cross join lateral generate_series(a.first, a.last, interval '1 month') m (month)
        cross join lateral (
            select t.* from awards_term t where t.award_id = a.id and t.since <= m.month::date
            and (t.until is null or t.until > m.month::date) order by t.id desc limit 1) t
        left join payments_monthpaid p on p.award_id = a.id and p.month = m.month::date
        where t.runs and (p.fen is null or p.fen < t.fen or t.fen = 0)
    )
"""

#: The one claim a shortfall of a month is paid by: on the term that holds now, of exactly this amount, not yet paid.
_CLAIM = """
    select k.id, k.claim_no from payments_claim k
    where k.award_id = d.award_id and k.month = d.month and k.term_id = d.term_id and k.fen = d.fen - d.paid
    and not exists (select from payments_payment l where l.claim_id = k.id and l.live)
    order by k.claim_no desc limit 1
"""

NEW_CLAIMS = f"""
    with {_DUE}
    insert into payments_claim (division, household_id, award_id, month, claim_no, term_id, fen)
    select d.division, d.household_id, d.award_id, d.month,
           1 + (select count(*) from payments_claim k where k.award_id = d.award_id and k.month = d.month),
           d.term_id, d.fen - d.paid
    from due d
    where d.begun and d.fen > d.paid and not exists ({_CLAIM})
"""

LINES = f"""
    with {_DUE}, line as (
        select d.award_id, d.household_id, d.person_id, d.division, d.month, d.term_id, d.exact,
               d.fen - d.paid as fen, 0 as claim_no, null::bigint as claim_id
        from due d where not d.begun and (d.fen > d.paid or d.fen = 0)
        union all
        select d.award_id, d.household_id, d.person_id, d.division, d.month, d.term_id, d.exact,
               d.fen - d.paid, k.claim_no, k.id
        from due d cross join lateral ({_CLAIM}) k where d.begun and d.fen > d.paid
    ), candidate as (
        select l.*, ac.id as account_id, ac.payee_id from line l
        left join payments_account ac on ac.household_id = l.household_id
            and coalesce(ac.person_id, 0) = coalesce(l.person_id, 0) and ac.until is null
    )
    select c.award_id, c.household_id, c.person_id, c.division, c.month, c.term_id, c.exact, c.fen, c.claim_no,
           c.claim_id, c.account_id, c.payee_id,
           1 + coalesce((select max(q.attempt) from payments_payment q where q.award_id = c.award_id
               and q.month = c.month and q.claim_no = c.claim_no), 0) as attempt,
           (select s.id from payments_payment q join payments_transfer s on s.payment_id = q.id
            where q.award_id = c.award_id and q.month = c.month and q.claim_no = c.claim_no
            and s.phase in ('void', 'return')
            and not exists (select from payments_transfer r where r.reissue_of = s.id) limit 1) as reissue_of,
           {gate.reasons(at_release=False)} as withheld
    from candidate c {gate.JOINED}
    order by c.division, c.household_id, c.award_id, c.month, c.claim_no
"""
