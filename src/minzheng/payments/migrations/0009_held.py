"""A hold and a release stand in one order: who held money back sees it kept back, or released before the hold stood.

Read committed lets a release look for holds, a hold commit, and the release book the money: each saw what was true. So
whoever holds takes the lock below alone and whoever books takes it with the others who book; both until they commit.
What booked money must not be is then checked where it is booked, after the lock, past every check of the program.
"""

from django.db import migrations

FORWARD = r"""
-- One lock for the city: a hold waits for the releases that are under way, releases do not wait for each other.
create function payments_wait_for_holds() returns void
language sql volatile set search_path = pg_catalog, public, pg_temp as $$
    select pg_advisory_xact_lock_shared(hashtextextended('payments.hold', 0))
$$;

create function payments_hold_in_order() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('payments.hold', 0));
    return new;
end
$$;
create trigger in_order before insert on payments_hold for each row execute function payments_hold_in_order();

create function payments_refuse_held() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from added where phase = 'pending') then
        return null;
    end if;
    perform public.payments_wait_for_holds();
    if exists (
        select from (select distinct county from added where phase = 'pending') a
        where public.payments_stopped(a.county)) then
        raise exception 'payment is stopped' using errcode = 'restrict_violation';
    end if;
    if exists (
        with live_hold as materialized (
            select h.kind, h.target, h.payment_id from public.payments_hold h
            where h.kind <> 'stop'
            and not exists (select from public.payments_lift l where l.hold_id = h.id and l.seq = 2)
        ), paid as (
            select p.id, p.award_id, p.month, p.household_id, p.account_id, p.person_id, p.payee_id
            from added a join public.payments_payment p on p.id = a.payment_id
            where a.phase = 'pending' and exists (select from live_hold)
        )
        select from paid p join live_hold h on
            h.kind = 'award' and h.target = p.award_id
            or h.kind = 'household' and h.target = p.household_id
            or h.kind = 'account' and h.target = p.account_id
            or h.kind = 'person' and (h.target in (p.person_id, p.payee_id) or exists (
                select from public.awards_member m where m.award_id = p.award_id and m.person_id = h.target
                and m.superseded_at is null and m.since <= p.month and (m.until is null or m.until > p.month)))
            or h.kind = 'payment' and exists (
                select from public.payments_payment q
                where q.id = h.payment_id and q.award_id = p.award_id and q.month = p.month))
    then
        raise exception 'what is held back is not paid' using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;
create trigger not_held after insert on payments_transfer referencing new table as added
    for each statement execute function payments_refuse_held();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_ids")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
