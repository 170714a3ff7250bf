"""The payroll's own gate: SQL that reads facts as they are now and says why a payment is kept back.

Read when a payroll is built and again when it is released, city-wide: a guardian or an account may be of another county.
"""

from __future__ import annotations

from minzheng.payments.types import Withheld

#: What a candidate `c` brings: award_id, household_id, person_id, month, payee_id, account_id, term_id.
JOINED = """
    left join payments_account account on account.id = c.account_id
    left join registry_person payee on payee.id = c.payee_id
    join awards_term term on term.id = c.term_id
"""

_LIVE_HOLD = "not exists (select from payments_lift l where l.hold_id = h.id and l.seq = 2)"
#: Whoever the award covers in the month.
_COVERED = (
    "from awards_member m where m.award_id = c.award_id and m.superseded_at is null"
    " and m.since <= c.month and (m.until is null or m.until > c.month)"
)

_CONDITIONS: dict[Withheld, str] = {
    # In the months after a death, until the amount was reckoned anew by somebody who knew of it. Whoever takes an
    # award over as it stands has not reckoned.
    Withheld.DEATH: (
        "exists (select from (select m.person_id as who " + _COVERED + " offset 0) covered"
        " join registry_death d on d.person_id = covered.who and d.superseded_at is null and d.died_on < c.month"
        " where covered.who = c.person_id or d.recorded_at > term.recorded_at"
        " or term.cause in ('taken_over', 'carried_over', 'discretion'))"
    ),
    Withheld.PAYEE_DIED: (
        "exists (select from registry_death d where d.person_id = c.payee_id"
        " and d.superseded_at is null and d.died_on < c.month)"
    ),
    Withheld.NO_ACCOUNT: "c.account_id is null",
    Withheld.COOLING: "account.cools_until > payments_moment()",
    Withheld.SHARED: "account.number_index in (select payments_shared_numbers())",
    # A payee the registry does not know, or knows under another name, is nobody's to pay.
    Withheld.NAME: (
        "c.account_id is not null and replace(account.holder_name, ' ', '')"
        " is distinct from replace(payee.name, ' ', '')"
    ),
    Withheld.NO_AGREEMENT: (
        "c.account_id is not null and account.agreement is null"
        " and not exists (select " + _COVERED + " and m.person_id = c.payee_id)"
    ),
    Withheld.HELD: (
        "exists (select from payments_hold h where " + _LIVE_HOLD + " and ("
        "h.kind = 'award' and h.target = c.award_id or h.kind = 'household' and h.target = c.household_id"
        " or h.kind = 'account' and h.target = c.account_id"
        " or h.kind = 'person' and (h.target in (c.person_id, c.payee_id)"
        " or h.target in (select m.person_id " + _COVERED + "))"
        " or h.kind = 'payment' and exists (select from payments_payment q where q.id = h.payment_id"
        " and q.award_id = c.award_id and q.month = c.month and q.claim_no = c.claim_no)))"
    ),
}

_AT_RELEASE: dict[Withheld, str] = {
    Withheld.STOPPED: "coalesce(payments_due(c.award_id, c.month), 0) = 0",
    Withheld.REDUCED: (
        "payments_due(c.award_id, c.month) > 0 and payments_due(c.award_id, c.month)"
        " < (select p.fen from payments_monthpaid p where p.award_id = c.award_id and p.month = c.month)"
    ),
    Withheld.ACCOUNT_CHANGED: "c.account_id is not null and account.until is not null",
}


def reasons(*, at_release: bool) -> str:
    """An SQL array of the reasons for a candidate `c` with `JOINED`; empty where nothing speaks against it."""
    conditions = _CONDITIONS | (_AT_RELEASE if at_release else {})
    cases = ", ".join(f"case when {test} then '{reason.value}' end" for reason, test in conditions.items())
    return f"array_remove(array[{cases}], null)"
