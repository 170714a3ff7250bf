"""The same judgements, the ticket verified once a statement and not once a row: a hundred thousand rows in seconds."""

from django.db import migrations

COUNT = r"""
create or replace function payments_count(award bigint[], months date[], deltas bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    beyond bigint;
begin
    -- Less first: rows are there, and what is let go may be needed by what comes.
    update public.payments_monthpaid m set fen = m.fen + d.fen from (
        select u.award_id, u.month, sum(u.fen) as fen from unnest(award, months, deltas) u (award_id, month, fen)
        where u.fen < 0 group by 1, 2 order by 1, 2) d
    where m.award_id = d.award_id and m.month = d.month;
    insert into public.payments_monthpaid as held (award_id, month, household_id, division, fen)
    select d.award_id, d.month, a.household_id, a.division, d.fen from (
        select u.award_id, u.month, sum(u.fen) as fen from unnest(award, months, deltas) u (award_id, month, fen)
        where u.fen > 0 group by 1, 2) d
    join public.awards_award a on a.id = d.award_id order by 1, 2
    on conflict (award_id, month) do update set fen = held.fen + excluded.fen;
    select u.award_id into beyond
    from (select distinct d.award_id, d.month from unnest(award, months, deltas) d (award_id, month, fen)
          where d.fen > 0) u
    join public.payments_monthpaid m on m.award_id = u.award_id and m.month = u.month
    left join lateral (
        select t.runs, t.fen from public.awards_term t where t.award_id = u.award_id and t.since <= u.month
        and (t.until is null or t.until > u.month) order by t.id desc limit 1) due on true
    where m.fen > case when due.runs then due.fen else 0 end limit 1;
    if beyond is not null then
        raise exception 'more than is due' using errcode = 'check_violation', constraint = 'paid_within_due';
    end if;
end
$$;
"""

LEDGER = r"""
create or replace function payments_transfers_added() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from added where actor is distinct from (select guard.scope_actor())) then
        raise exception 'the ledger names who wrote it' using errcode = 'insufficient_privilege';
    end if;
    if exists (
        select from added a join public.payments_entry e on e.phase = a.phase
        left join public.payments_ledgeraccount d on d.id = a.debit_id
        left join public.payments_ledgeraccount c on c.id = a.credit_id
        where (d.book, c.book, d.county, c.county, d.programme, c.programme)
           is distinct from (e.debit, e.credit, a.county, a.county, a.programme, a.programme)) then
        raise exception 'money moves between the books of its phase' using errcode = 'check_violation';
    end if;
    if exists (
        select from added a left join public.payments_payment p on p.id = a.payment_id
        left join public.payments_payroll r on r.id = p.payroll_id
        where a.phase = 'pending' and (p.id is null or not p.live or r.state <> 'approved'
            or (p.payroll_id, p.division, p.household_id, p.programme, r.county, p.reissue_of)
               is distinct from (a.payroll_id, a.division, a.household_id, a.programme, a.county, a.reissue_of))) then
        raise exception 'only live lines of an approved payroll are paid' using errcode = 'restrict_violation';
    end if;
    if exists (
        select from added a join public.payments_transfer s on s.id = a.settles
        where (s.payroll_id, s.division, s.household_id, s.programme, s.county)
           is distinct from (a.payroll_id, a.division, a.household_id, a.programme, a.county)) then
        raise exception 'a payment is settled where it was made' using errcode = 'check_violation';
    end if;
    update public.payments_payment p set live = false from added a
        where a.phase in ('void', 'return') and p.id = a.payment_id and p.live;
    update public.payments_recovery r set refunded_fen = r.refunded_fen + a.fen, version = r.version + 1,
           reason = a.reason, on_day = a.on_day,
           state = case when r.refunded_fen + a.fen = r.fen then 'settled' else r.state end
        from (select recovery_id, sum(fen) as fen, max(reason) as reason, max(on_day) as on_day from added
              where phase = 'refund' group by 1) a
        where r.id = a.recovery_id;
    if exists (
        select from added a left join public.payments_recovery r on r.id = a.recovery_id
        where a.phase = 'refund' and (r.award_id, r.division, r.household_id, r.programme)
              is distinct from (a.award_id, a.division, a.household_id, a.programme)) then
        raise exception 'a refund is of its recovery' using errcode = 'foreign_key_violation';
    end if;
    return null;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_claims_found")]

    operations = [
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
    ]
