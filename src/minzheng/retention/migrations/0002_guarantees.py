"""What stands between a paper and its removal: its time, what still runs, two natural persons over one list."""

from django.db import migrations

GUARD = r"""
select guard.by_region('retention_hold');
select guard.by_region('retention_order');
select guard.by_region('retention_item');
select guard.by_region('retention_signature');
select guard.append_only('retention_signature');

do $$
declare
    name text;
begin
    foreach name in array array['retention_hold', 'retention_order', 'retention_item'] loop
        execute format('create trigger no_removal before delete or truncate on %I'
            ' for each statement execute function guard.refuse_change()', name);
    end loop;
end
$$;

-- Why nothing of a household is removed now; null when nothing stands in the way.
create function retention_blocked(of_household bigint, of_division text) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select case
        when exists (select from public.cases_case c where c.household_id = of_household and c.closed_on is null)
            then 'case'
        when exists (select from public.awards_award a where a.household_id = of_household
                     and (a.ends is null or a.ends > guard.business_day())) then 'award'
        when exists (select from public.cases_appeal p join public.cases_case c on c.id = p.case_id
                     where c.household_id = of_household and p.decided_on is null) then 'appeal'
        when exists (select from public.payments_recovery r where r.household_id = of_household
                     and r.state not in ('settled', 'dropped')) then 'recovery'
        when exists (select from public.retention_hold h where h.lifted_on is null
                     and (h.household_id = of_household or h.household_id is null and of_division ^@ h.division))
            then 'hold'
    end
$$;

-- The day the last thing that rested on a household's papers ended, not before the paper itself came.
create function retention_ended(of_household bigint, came timestamptz) returns date
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select greatest(
        (came at time zone 'Asia/Shanghai')::date,
        (select max(c.closed_on) from public.cases_case c where c.household_id = of_household),
        (select max(a.ends) from public.awards_award a where a.household_id = of_household),
        (select max(p.decided_on) from public.cases_appeal p join public.cases_case c on c.id = p.case_id
         where c.household_id = of_household),
        (select max(r.on_day) from public.payments_recovery r where r.household_id = of_household))
$$;

create function retention_digest(of_order uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select encode(sha256(convert_to(of_order::text || coalesce(
        (select string_agg(row(i.document_id, d.digest, i.household_id, i.ended_on, i.keep_until)::text, E'\n'
                           order by i.document_id)
         from public.retention_item i join public.base_document d on d.id = i.document_id
         where i.order_id = of_order), ''), 'UTF8')), 'hex')
$$;

create function retention_stamp() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
create function retention_hold_in_order() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('retention.hold', 0));
    return new;
end
$$;
create trigger in_order before insert on retention_hold for each row execute function retention_hold_in_order();
create trigger stamp before insert on retention_hold for each row execute function retention_stamp();
create trigger stamp before insert on retention_order for each row execute function retention_stamp();

-- A hold is only lifted, once.
create function retention_hold_lifts() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if old.lifted_on is not null or new.lifted_on is null
       or to_jsonb(new) - '{lifted_on,lifted_by,lift_reason}'::text[]
          <> to_jsonb(old) - '{lifted_on,lifted_by,lift_reason}'::text[] then
        raise exception 'a hold is only lifted' using errcode = 'restrict_violation';
    end if;
    new.lifted_by := guard.scope_actor();
    return new;
end
$$;
create trigger lifts before update on retention_hold for each row execute function retention_hold_lifts();

create function retention_order_finishes() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if old.finished_at is not null or new.finished_at is null
       or to_jsonb(new) - 'finished_at' <> to_jsonb(old) - 'finished_at'
       or exists (select from public.retention_item i where i.order_id = new.id and i.outcome = '') then
        raise exception 'a list is only finished, when all of it is done' using errcode = 'restrict_violation';
    end if;
    new.finished_at := clock_timestamp();
    return new;
end
$$;
create trigger finishes before update on retention_order for each row execute function retention_order_finishes();

create function retention_item_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    paper public.base_document;
begin
    if exists (select from public.retention_signature s where s.order_id = new.order_id) then
        raise exception 'a signed list grows no more' using errcode = 'restrict_violation';
    end if;
    select * into paper from public.base_document d where d.id = new.document_id;
    if paper.id is null or (paper.household_id, paper.division) is distinct from (new.household_id, new.division)
       or new.outcome <> '' or new.done_at is not null
       or new.ended_on <> public.retention_ended(new.household_id, paper.uploaded_at)
       or new.keep_until < new.ended_on + interval '1 year' or new.keep_until >= guard.business_day() then
        raise exception 'only papers whose time is over are listed' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger begins before insert on retention_item for each row execute function retention_item_begins();

create function retention_signs() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    select s.natural_person into new.natural_person from public.base_staff s
        where 'staff:' || s.id = guard.scope_actor() and s.is_active
        and s.roles::text[] && '{county_approver,city_supervisor,auditor}';
    if new.natural_person is null then
        raise exception 'a list is signed by staff in person' using errcode = 'insufficient_privilege';
    end if;
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    new.division := (select o.division from public.retention_order o where o.id = new.order_id for share);
    if new.digest is distinct from public.retention_digest(new.order_id)
       or not exists (select from public.retention_item i where i.order_id = new.order_id) then
        raise exception 'this is not the list' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger signs before insert on retention_signature for each row execute function retention_signs();

create function retention_item_done() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    signed int;
begin
    if old.outcome <> '' or new.outcome = ''
       or to_jsonb(new) - '{outcome,why,done_at}'::text[] <> to_jsonb(old) - '{outcome,why,done_at}'::text[] then
        raise exception 'a paper is done with once' using errcode = 'restrict_violation';
    end if;
    select count(distinct s.natural_person) into signed from public.retention_signature s
        where s.order_id = new.order_id and s.digest = public.retention_digest(new.order_id);
    if signed < 2 then
        raise exception 'two people sign before anything is removed' using errcode = 'restrict_violation';
    end if;
    if new.outcome = 'removed' then
        -- A hold being placed is waited for and seen; one that comes after waits until this is done.
        perform pg_advisory_xact_lock_shared(hashtextextended('retention.hold', 0));
        if public.retention_blocked(new.household_id, new.division) is not null then
            raise exception 'what still runs keeps its papers' using errcode = 'restrict_violation';
        end if;
        if new.keep_until >= guard.business_day() then
            raise exception 'its time is not over' using errcode = 'restrict_violation';
        end if;
    end if;
    new.done_at := clock_timestamp();
    return new;
end
$$;
create trigger done before update on retention_item for each row execute function retention_item_done();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0001_initial"),
        ("cases", "0010_mandates_guarded"),
        ("awards", "0003_cases"),
        ("payments", "0002_guarantees"),
    ]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
