"""Row checks and indexes that judgements by statement have made needless: they cost a third of a payroll's time.

A line's award and payroll, and a pending row's line, amount and month, are compared set-wise by `payments_lines_added` and
`payments_transfers_added`; none of those rows is ever removed.
"""

import django.db.models.deletion
from django.db import migrations, models

LEAN = r"""
alter table payments_transfer drop column pays;
alter table payments_payment drop constraint payments_payment_award_id_fkey;

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
            or (p.award_id, p.month, p.claim_no, p.fen, p.payroll_id, p.division, p.household_id, p.programme,
                r.county, p.reissue_of)
               is distinct from (a.award_id, a.month, a.claim_no, a.fen, a.payroll_id, a.division, a.household_id,
                a.programme, a.county, a.reissue_of))) then
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

create or replace function payments_line_ends() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    stands text;
begin
    if to_jsonb(new) - '{live,withheld_at_release}'::text[] <> to_jsonb(old) - '{live,withheld_at_release}'::text[]
       or not old.live or new.live then
        raise exception 'a line only ceases to be live' using errcode = 'restrict_violation';
    end if;
    if pg_trigger_depth() > 1 then
        return new;
    end if;
    select state into stands from public.payments_payroll where id = old.payroll_id for share;
    if stands is distinct from 'approved' and stands is distinct from 'cancelled'
       or exists (select from public.payments_transfer t where t.id = old.id) then
        raise exception 'a line ceases to be live at release or by the ledger' using errcode = 'restrict_violation';
    end if;
    if stands = 'approved' and new.withheld_at_release = '{}' then
        raise exception 'a line is withheld for a reason' using errcode = 'check_violation';
    end if;
    return new;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_agreements")]

    operations = [
        migrations.RunSQL(LEAN, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="payment", name="payment_whole"),
        migrations.RemoveIndex(model_name="payment", name="payment_by_account"),
        migrations.AlterField(
            model_name="payment",
            name="payroll",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="payments",
                to="payments.payroll",
                verbose_name="发放表",
            ),
        ),
    ]
