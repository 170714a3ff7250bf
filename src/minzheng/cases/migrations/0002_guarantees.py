"""What the database itself holds of casework: regions, gap-free numbers, the ledger, separation of duties, recusal.

Constraint first; the actions only make the message friendly. Frozen text.
"""

from django.db import migrations

REGIONS = r"""
create extension if not exists btree_gist;

select guard.by_region('cases_application');
select guard.by_region('cases_case');
select guard.by_region('cases_kindeclaration');
-- A resident sees and applies for the own household, and takes the few steps that are a resident's.
select guard.by_household('cases_application', writes => true);
select guard.by_household('cases_case', writes => true, changes => true);

-- What belongs to a case is seen and written with the case.
create function cases_with_case(target regclass) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy with_case on %1$s using (exists (select from public.cases_case c where c.id = case_id))'
        ' with check (exists (select from public.cases_case c where c.id = case_id))', target);
end
$$;
revoke all on function cases_with_case(regclass) from public;
select cases_with_case('cases_event');
select cases_with_case('cases_duty');
create policy for_staff on cases_duty as restrictive using ((select guard.scope_household()) is null);
select cases_with_case('cases_clockrow');
select guard.append_only('cases_event');
select guard.append_only('cases_duty');

-- A sweep opens leads; nobody is taken into a programme without applying (GV-1).
select assessment_closed_to_sweeps('cases_application');
select assessment_closed_to_sweeps('cases_case');

create function cases_refuse_removal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception '% rows are never removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger no_removal before delete or truncate on cases_application
    for each statement execute function cases_refuse_removal();
create trigger no_removal before delete or truncate on cases_case
    for each statement execute function cases_refuse_removal();
create trigger no_removal before delete or truncate on cases_clockrow
    for each statement execute function cases_refuse_removal();
create trigger no_removal before delete or truncate on cases_kindeclaration
    for each statement execute function cases_refuse_removal();

alter table cases_case alter public_id set default gen_random_uuid();
"""

NUMBERS = r"""
-- One counter a business, county and year. The row lock makes numbers wait for each other's commit: no gap, no pair.
create table cases_counter (
    code text not null,
    county text not null,
    year int not null,
    last int not null check (last > 0),
    primary key (code, county, year)
);

create function cases_take_from_app(target regclass, privileges text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    grantee text;
begin
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = target and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke %s on %s from %s', privileges, target, grantee);
    end loop;
end
$$;
revoke all on function cases_take_from_app(regclass, text) from public;
select cases_take_from_app('cases_counter', 'all');

-- The application writes the business's code into `number`; the database makes the number of it.
create function cases_give_number() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    serial int;
    in_year int := extract(year from new.received_on);
begin
    if new.number !~ '^[A-Z]{2,4}$' then
        raise exception 'a number is given by the database' using errcode = 'restrict_violation';
    end if;
    insert into public.cases_counter as k (code, county, year, last)
    values (new.number, left(new.division, 6), in_year, 1)
    on conflict (code, county, year) do update set last = k.last + 1
    returning last into serial;
    new.number := format('%s-%s-%s-%s', new.number, left(new.division, 6), in_year, lpad(serial::text, 6, '0'));
    return new;
end
$$;
create trigger a_number before insert on cases_application for each row execute function cases_give_number();
create trigger a_number before insert on cases_case for each row execute function cases_give_number();
"""

LEDGER = r"""
-- Whom a case is about has to be where the case says it is, and somebody its author may see.
create function cases_about_somebody_here() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.household_id is not null and not exists (
        select from public.registry_household h
        where h.id = new.household_id and h.village::text = new.division)
    then
        raise exception 'no such household there' using errcode = 'foreign_key_violation';
    end if;
    if tg_table_name = 'cases_case' then
        if new.household_id is not null and new.person_id is not null and not exists (
            select from public.registry_membership m
            where m.household_id = new.household_id and m.person_id = new.person_id and m.superseded_at is null)
        then
            raise exception 'no such person in the household' using errcode = 'foreign_key_violation';
        end if;
    end if;
    return new;
end
$$;
create trigger b_about_somebody before insert on cases_application
    for each row execute function cases_about_somebody_here();
create trigger b_about_somebody before insert on cases_case
    for each row execute function cases_about_somebody_here();

create function cases_stamp_application() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.received_by := guard.scope_actor();
    new.recorded_at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on cases_application for each row execute function cases_stamp_application();

-- What was applied for stays as it was received.
create function cases_application_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'an application is never changed' using errcode = 'restrict_violation';
end
$$;
create trigger stays before update on cases_application for each row execute function cases_application_stays();

-- An event is the next version of its case, by the actor of the ticket and the natural person behind the account.
create function cases_stamp_event() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    author text := guard.scope_actor();
    found_case record;
begin
    select state, version into found_case from public.cases_case where id = new.case_id;
    if author is null or not found then
        raise exception 'no such case' using errcode = 'foreign_key_violation';
    end if;
    if new.version = 1 then
        if found_case.version <> 1 or new.before <> '' or new.after <> found_case.state or new.action <> 'submit' then
            raise exception 'the first event opens the case' using errcode = 'restrict_violation';
        end if;
    elsif new.version <> found_case.version + 1 or new.before <> found_case.state then
        raise exception 'an event is the next version of its case' using errcode = 'serialization_failure';
    end if;
    if author ~ '^resident:' and (new.side <> '' or new.action not in (
        'submit', 'file', 'supply', 'authorise', 'object_to_check', 'object', 'withdraw', 'appeal', 'report_change',
        'book', 'cancel'))
    then
        raise exception 'this is no step of a resident' using errcode = 'insufficient_privilege';
    end if;
    new.actor := author;
    new.at := clock_timestamp();
    new.xact := pg_current_xact_id()::text::bigint;
    new.natural_person := (select s.natural_person from public.base_staff s where 'staff:' || s.id = author);
    return new;
end
$$;
create trigger stamp before insert on cases_event for each row execute function cases_stamp_event();

-- The event moves its case; what else the step changes is written in the same transaction.
create function cases_event_moves_case() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    update public.cases_case set state = new.after, version = new.version where id = new.case_id;
    if not found then
        raise exception 'an event that moves no case' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
create trigger moves after insert on cases_event
    for each row when (new.version > 1) execute function cases_event_moves_case();

-- A case opens with its first event. Staff who take an application in handle the case from there on.
create function cases_first_event() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.cases_event
        (case_id, version, on_day, actor, action, before, after, side, clause, reason, fields)
    values (new.id, 1, new.received_on, '', 'submit', '', new.state,
            case when guard.scope_actor() ~ '^staff:' then 'handle' else '' end, '', '', '{}');
    return null;
end
$$;
create trigger first_event after insert on cases_case for each row execute function cases_first_event();

-- A case changes only as its ledger says, in the transaction in which the ledger says so.
create function cases_next_version() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    event record;
begin
    if (new.id, new.public_id, new.number, new.line, new.programme, new.channel, new.received_on, new.opened_at)
       is distinct from
       (old.id, old.public_id, old.number, old.line, old.programme, old.channel, old.received_on, old.opened_at)
       or (new.application_id, new.previous_id, new.household_id, new.person_id, new.applicant_id)
       is distinct from
       (old.application_id, old.previous_id, old.household_id, old.person_id, old.applicant_id)
    then
        raise exception 'a case keeps its number and whom it is about' using errcode = 'restrict_violation';
    end if;
    if new.version not in (old.version, old.version + 1) then
        raise exception 'a changed case is the next version' using errcode = 'serialization_failure';
    end if;
    select * into event from public.cases_event e where e.case_id = old.id and e.version = new.version;
    if not found or event.after <> new.state or event.xact <> pg_current_xact_id()::text::bigint then
        raise exception 'a change of a case stands in its ledger' using errcode = 'restrict_violation';
    end if;
    if new.division <> old.division and event.action <> 'transfer' then
        raise exception 'a case moves by transfer only' using errcode = 'restrict_violation';
    end if;
    if old.outcome <> '' and (new.outcome, new.decision_id, new.decided_on)
       is distinct from (old.outcome, old.decision_id, old.decided_on) then
        raise exception 'a decided case stays decided' using errcode = 'restrict_violation';
    end if;
    if new.outcome in ('yes', 'no') and old.outcome = '' and event.side <> 'decide' then
        raise exception 'cases are decided by deciders' using errcode = 'restrict_violation';
    end if;
    if new.decision_id is not null and new.decision_id is distinct from old.decision_id and not exists (
        select from public.assessment_decision d where d.id = new.decision_id and d.household_id = new.household_id)
    then
        raise exception 'no such decision of the household' using errcode = 'foreign_key_violation';
    end if;
    return new;
end
$$;
create trigger next_version before update on cases_case for each row execute function cases_next_version();

create function cases_opens_undecided() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.version <> 1 or new.outcome <> '' or new.decision_id is not null or new.decided_on is not null
       or new.closed_on is not null then
        raise exception 'a case is opened undecided' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger opens_undecided before insert on cases_case for each row execute function cases_opens_undecided();
"""

DUTIES = r"""
-- R4: one natural person takes one side of a case.
alter table cases_duty add constraint one_side_of_a_case
    exclude using gist (case_id with =, natural_person with =, side with <>);
select cases_take_from_app('cases_duty', 'insert');

create function cases_take_duty(of_case bigint, person uuid, taken text, by_action text, at_version int) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.cases_duty (case_id, natural_person, side, action, version)
    select of_case, person, taken, by_action, at_version
    where not exists (select from public.cases_duty d
        where d.case_id = of_case and d.natural_person = person and d.side = taken and d.action = by_action);
end
$$;
revoke all on function cases_take_duty(bigint, uuid, text, text, int) from public;

create function cases_duty_of_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.cases_take_duty(new.case_id, new.natural_person, new.side, new.action, new.version);
    return null;
end
$$;
create trigger duty after insert on cases_event
    for each row when (new.side <> '') execute function cases_duty_of_event();

-- R5: near kin of anybody in the household takes no side. The owner's functions read every declaration.
do $$
begin
    execute format('create policy for_recusal on cases_kindeclaration for select to %I using (true)', current_user);
end
$$;

create function cases_refuse_kin() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    about record;
begin
    select household_id, person_id, applicant_id, second_applicant_id into about
    from public.cases_case where id = new.case_id;
    if exists (
        select from public.cases_kindeclaration k
        where k.natural_person = new.natural_person and k.withdrawn_on is null
          and (k.person_id in (about.person_id, about.applicant_id, about.second_applicant_id)
               or exists (select from public.registry_membership m
                          where m.household_id = about.household_id and m.person_id = k.person_id
                            and m.superseded_at is null)))
    then
        raise exception 'near kin takes no part in a case' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger recusal before insert on cases_duty for each row execute function cases_refuse_kin();

-- A declaration stays; it is withdrawn once, and by somebody else than the one it is about.
create function cases_kin_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{withdrawn_on,withdrawn_by,reason}';
begin
    if tg_op = 'INSERT' then
        new.declared_by := guard.scope_actor();
        new.recorded_at := clock_timestamp();
        if new.withdrawn_on is not null then
            raise exception 'a declaration begins in force' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - free <> to_jsonb(old) - free or old.withdrawn_on is not null or new.withdrawn_on is null
       or new.reason = '' then
        raise exception 'a declaration of kin stays as it is' using errcode = 'restrict_violation';
    end if;
    if exists (select from public.base_staff s
               where 'staff:' || s.id = guard.scope_actor() and s.natural_person = old.natural_person) then
        raise exception 'nobody withdraws a declaration about himself' using errcode = 'insufficient_privilege';
    end if;
    new.withdrawn_by := guard.scope_actor();
    return new;
end
$$;
create trigger stays before insert or update on cases_kindeclaration
    for each row execute function cases_kin_stays();
"""

CLOCKS = r"""
-- A limit is met once and moves only by extension or when the calendar it lacked is there.
create function cases_clock_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{value,due_on,calendar,problem,document,example,extended_from,met_on,met_by}';
begin
    if to_jsonb(new) - free <> to_jsonb(old) - free or old.met_on is not null then
        raise exception 'a clock keeps what it measures' using errcode = 'restrict_violation';
    end if;
    if old.due_on is not null and new.due_on is distinct from old.due_on and (
        new.extended_from is distinct from old.due_on or old.extended_from is not null or not exists (
            select from public.cases_event e where e.case_id = old.case_id and e.action = 'extend'))
    then
        raise exception 'a limit moves by extension only' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger stays before update on cases_clockrow for each row execute function cases_clock_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("base", "0004_residents"),
        ("registry", "0005_counts"),
        ("assessment", "0004_staging_kept_small"),
    ]

    operations = [
        migrations.RunSQL(REGIONS, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.RunSQL(DUTIES, migrations.RunSQL.noop),
        migrations.RunSQL(CLOCKS, migrations.RunSQL.noop),
    ]
