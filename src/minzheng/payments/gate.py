"""The payroll's own gate: SQL that reads facts as they are now and says why a payment is kept back.

Read when a payroll is built and again when it is released, city-wide: a guardian or an account may be of another county.
Each reason is a set that is joined once, never a question asked line by line: a payroll has a hundred thousand lines.
"""

from __future__ import annotations

from minzheng.payments.types import Withheld

#: Over `candidate` (materialized: award_id, household_id, person_id, month, term_id, payee_id, account_id).
SETS = """
    dead as materialized (
        select person_id, min(died_on) as died_on, max(recorded_at) as recorded_at from registry_death
        where superseded_at is null group by 1
    ), live_hold as materialized (
        select h.kind, h.target, h.payment_id from payments_hold h
        where h.kind <> 'stop' and not exists (select from payments_lift l where l.hold_id = h.id and l.seq = 2)
    ), covered as materialized (
        select c.award_id, c.month, m.person_id, c.person_id as beneficiary, c.payee_id, c.term_id
        from candidate c join awards_member m on m.award_id = c.award_id and m.superseded_at is null
            and m.since <= c.month and (m.until is null or m.until > c.month)
    ), dying as (
        -- In the months after a death, until the amount was reckoned anew by somebody who knew of it. Whoever takes an
        -- award over as it stands has not reckoned.
        select distinct b.award_id, b.month from covered b
        join dead d on d.person_id = b.person_id and d.died_on < b.month join awards_term t on t.id = b.term_id
        where b.person_id = b.beneficiary or d.recorded_at > t.recorded_at
           or t.cause in ('taken_over', 'carried_over', 'discretion')
    ), own as (
        select distinct award_id, month from covered where person_id = payee_id
    ), held as (
        select c.award_id, c.month from candidate c
        where c.award_id in (select target from live_hold where kind = 'award')
           or c.household_id in (select target from live_hold where kind = 'household')
           or c.account_id in (select target from live_hold where kind = 'account')
           or c.person_id in (select target from live_hold where kind = 'person')
           or c.payee_id in (select target from live_hold where kind = 'person')
        union select b.award_id, b.month from covered b
        where b.person_id in (select target from live_hold where kind = 'person')
        union select q.award_id, q.month from payments_payment q join live_hold h on h.payment_id = q.id
    )
"""

JOINED = """
    left join payments_account account on account.id = c.account_id
    left join registry_person payee on payee.id = c.payee_id
    left join dead payee_dead on payee_dead.person_id = c.payee_id
    left join dying on dying.award_id = c.award_id and dying.month = c.month
    left join own on own.award_id = c.award_id and own.month = c.month
    left join held on held.award_id = c.award_id and held.month = c.month
"""

_CONDITIONS: dict[Withheld, str] = {
    Withheld.DEATH: "dying.award_id is not null",
    Withheld.PAYEE_DIED: "payee_dead.died_on < c.month",
    Withheld.NO_ACCOUNT: "c.account_id is null",
    Withheld.COOLING: "account.cools_until > (select payments_moment())",
    Withheld.SHARED: "account.number_index in (select payments_shared_numbers())",
    # A payee the registry does not know, or knows under another name, is nobody's to pay.
    Withheld.NAME: (
        "c.account_id is not null and replace(account.holder_name, ' ', '')"
        " is distinct from replace(payee.name, ' ', '')"
    ),
    Withheld.NO_AGREEMENT: "c.account_id is not null and account.agreement is null and own.award_id is null",
    Withheld.HELD: "held.award_id is not null",
}

_AT_RELEASE: dict[Withheld, str] = {
    Withheld.STOPPED: "coalesce(due.fen, 0) = 0",
    Withheld.REDUCED: "due.fen > 0 and due.fen < live.fen",
    Withheld.ACCOUNT_CHANGED: "c.account_id is not null and account.until is not null",
}
#: What is due of the month by now, and what is live of it. Not by a function: each call would verify the ticket anew.
JOINED_AT_RELEASE = f"""
    {JOINED}
    left join lateral (
        select case when t.runs then t.fen else 0 end as fen from awards_term t where t.award_id = c.award_id
        and t.since <= c.month and (t.until is null or t.until > c.month) order by t.id desc limit 1) due on true
    left join payments_monthpaid live on live.award_id = c.award_id and live.month = c.month
"""


def reasons(*, at_release: bool) -> str:
    """An SQL array of the reasons for a candidate `c`, joined; empty where nothing speaks against it."""
    conditions = _CONDITIONS | (_AT_RELEASE if at_release else {})
    cases = ", ".join(f"case when {test} then '{reason.value}' end" for reason, test in conditions.items())
    return f"array_remove(array[{cases}], null)"
