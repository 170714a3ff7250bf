"""What the database itself holds of awards: exclusions, the way back to a decision, the ledger, regions, no removal.

Frozen text. A change goes: the award's next version (an event is left), then rows of `term` and `member`; both refuse to
be written outside the transaction that made the version. `cover` is written from `member` only.
"""

from django.db import migrations

PROGRAMMES = r"""
create table awards_programme (
    name text primary key,
    whole boolean not null,
    cadence text not null check (cadence in ('monthly', 'yearly', 'once', 'status'))
);
insert into awards_programme (name, whole, cadence) values
    ('tekun', false, 'monthly'), ('dibao', true, 'monthly'), ('phase_out', true, 'monthly'),
    ('single', false, 'monthly'), ('edge', true, 'status'), ('rigid', true, 'status'),
    ('relief_emergency', true, 'once'), ('relief_expenditure', true, 'once'),
    ('living_subsidy', false, 'monthly'), ('care_subsidy', false, 'monthly'), ('old_age', false, 'monthly'),
    ('centenarian', false, 'monthly'), ('orphan', false, 'monthly'), ('unattended', false, 'monthly'),
    ('study_aid', false, 'yearly'), ('left_behind', false, 'status');

create table awards_family (
    family text not null,
    programme text not null references awards_programme (name),
    span text not null default 'months' check (span in ('months', 'school_year')),
    primary key (family, programme)
);
insert into awards_family (family, programme) values
    ('livelihood', 'tekun'), ('livelihood', 'dibao'), ('livelihood', 'phase_out'), ('livelihood', 'single'),
    ('livelihood', 'edge'), ('livelihood', 'rigid'),
    ('child', 'tekun'), ('child', 'orphan'), ('child', 'unattended'),
    ('living', 'tekun'), ('living', 'orphan'), ('living', 'living_subsidy'),
    ('care', 'tekun'), ('care', 'care_subsidy'),
    ('age', 'tekun'), ('age', 'old_age'),
    ('hundred', 'old_age'), ('hundred', 'centenarian'),
    ('left_behind', 'left_behind');
insert into awards_family (family, programme, span) values ('study', 'study_aid', 'school_year');
"""

NUMBERS = r"""
create table awards_counter (
    programme text not null references awards_programme (name),
    county text not null check (county ~ '^[0-9]{6}$'),
    year int not null check (year between 2000 and 2200),
    taken bigint not null,
    primary key (programme, county, year)
);

-- The first of so many numbers that are now taken.
create function awards_take_numbers(of_programme text, of_county text, of_year int, many bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    first bigint;
begin
    if guard.scope_actor() is null or many < 1 then
        raise exception 'numbers are taken inside a scope' using errcode = 'insufficient_privilege';
    end if;
    insert into public.awards_counter as c (programme, county, year, taken)
        values (of_programme, of_county, of_year, many)
        on conflict (programme, county, year) do update set taken = c.taken + excluded.taken
        returning taken - many + 1 into first;
    return first;
end
$$;
"""

KEYS = r"""
alter table awards_award alter public_id set default gen_random_uuid();
-- The transaction that made the latest version; `pg_current_xact_id` is the same inside savepoints.
alter table awards_award add column xact xid8;
alter table awards_award add foreign key (programme) references awards_programme (name);
alter table awards_award add foreign key (household_id) references registry_household (id);
alter table awards_award add foreign key (person_id) references registry_person (id);
alter table awards_member add foreign key (person_id) references registry_person (id);
alter table awards_term add foreign key (award_id, household_id, division)
    references awards_award (id, household_id, division) on update cascade;
alter table awards_member add foreign key (award_id, household_id, division)
    references awards_award (id, household_id, division) on update cascade;
alter table awards_written add foreign key (award_id, household_id, division)
    references awards_award (id, household_id, division) on update cascade;
alter table awards_event add foreign key (award_id, household_id, division)
    references awards_award (id, household_id, division) on update cascade;
"""

AWARDS = r"""
create function awards_known_place(household bigint) returns text
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    place text;
begin
    select village::text into place from public.registry_household where id = household;
    -- One outside the region is as one that does not exist.
    if place is null then
        raise exception 'no such household' using errcode = 'foreign_key_violation';
    end if;
    return place;
end
$$;

create function awards_known_person(household bigint, person bigint) returns void
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from public.registry_membership m
        where m.household_id = household and m.person_id = person and m.superseded_at is null;
    if not found then
        raise exception 'no such member of the household' using errcode = 'foreign_key_violation';
    end if;
end
$$;

create function awards_open() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.division := public.awards_known_place(new.household_id);
    if (new.person_id is null) <> (select whole from public.awards_programme where name = new.programme) then
        raise exception 'an award of % names % person', new.programme,
            case when new.person_id is null then 'a' else 'no' end using errcode = 'check_violation';
    end if;
    if new.person_id is not null then
        perform public.awards_known_person(new.household_id, new.person_id);
    end if;
    if new.decision_id is not null then
        perform public.awards_decision_of(new.decision_id, new.household_id);
    end if;
    new.version := 1;
    new.ends := null;
    new.xact := pg_current_xact_id();
    new.changed_at := clock_timestamp();
    return new;
end
$$;

-- Whom and what an award is about never changes. What is done is the next version; the end follows the terms.
create function awards_next_version() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{division,ends}';
    changed text[] := '{division,ends,ground,review_class,review_due,version,verb,reason,on_day,by_case,changed_at,xact}';
begin
    if to_jsonb(new) - changed <> to_jsonb(old) - changed then
        raise exception 'an award keeps whom and what it is about' using errcode = 'restrict_violation';
    end if;
    if new.ends is distinct from old.ends and pg_trigger_depth() < 2 then
        raise exception 'an award ends by its terms' using errcode = 'restrict_violation';
    end if;
    if new.division <> old.division and new.division <> public.awards_known_place(new.household_id) then
        raise exception 'an award is where its household is' using errcode = 'restrict_violation';
    end if;
    if to_jsonb(new) - free <> to_jsonb(old) - free then
        if new.version <> old.version + 1 then
            raise exception 'a changed award is the next version' using errcode = 'serialization_failure';
        end if;
        new.xact := pg_current_xact_id();
        new.changed_at := clock_timestamp();
    end if;
    return new;
end
$$;

create function awards_ledger() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        insert into public.awards_event (award_id, household_id, division, version, at, on_day, actor, verb, reason,
                                         ground, by_case, review_class, review_due)
        select id, household_id, division, version, clock_timestamp(), on_day, guard.scope_actor(), verb, reason,
               ground, by_case, review_class, review_due from added;
    else
        insert into public.awards_event (award_id, household_id, division, version, at, on_day, actor, verb, reason,
                                         ground, by_case, review_class, review_due)
        select a.id, a.household_id, a.division, a.version, clock_timestamp(), a.on_day, guard.scope_actor(), a.verb,
               a.reason, a.ground, a.by_case, a.review_class, a.review_due
        from added a join before b on b.id = a.id where a.version <> b.version;
    end if;
    return null;
end
$$;

create trigger open before insert on awards_award for each row execute function awards_open();
create trigger next_version before update on awards_award for each row execute function awards_next_version();
create trigger ledger_of_insert after insert on awards_award referencing new table as added
    for each statement execute function awards_ledger();
create trigger ledger_of_update after update on awards_award referencing new table as added old table as before
    for each statement execute function awards_ledger();

create function awards_ledger_by_trigger() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'the ledger is written with the award' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
create trigger by_trigger before insert on awards_event
    for each statement execute function awards_ledger_by_trigger();
"""

DECISIONS = r"""
create function awards_decision_of(decision uuid, household bigint) returns text
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    said text;
begin
    select content into said from public.assessment_decision where id = decision and household_id = household;
    if said is null then
        raise exception 'no such decision about the household' using errcode = 'foreign_key_violation';
    end if;
    return said;
end
$$;

-- `n` or `n/d` as a number.
create function awards_number(exact text) returns numeric
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select split_part(exact, '/', 1)::numeric / coalesce(nullif(split_part(exact, '/', 2), '')::numeric, 1)
$$;

-- What a kept decision says of a programme: its outcome as it stands in the canonical text, null where it says nothing.
create function awards_outcome(content text, of_programme text, of_person bigint) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select outcome from (select content::jsonb as said) document, jsonb_array_elements(said -> 'outcomes') outcome
    where outcome ->> 'programme' = of_programme
      and (said #> '{household,people}' -> (outcome ->> 'person')::int)::bigint is not distinct from of_person
$$;
"""

TERMS = r"""
-- The row's award, locked by whoever made its version in this transaction; nobody else writes rows of it.
create function awards_in_hand(of_award bigint) returns awards_award
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    held public.awards_award;
begin
    select * into held from public.awards_award where id = of_award;
    if held.id is null then
        raise exception 'no such award' using errcode = 'foreign_key_violation';
    end if;
    if held.xact is distinct from pg_current_xact_id() then
        raise exception 'rows of an award are written with its next version' using errcode = 'serialization_failure';
    end if;
    return held;
end
$$;

create function awards_term_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    held public.awards_award := public.awards_in_hand(new.award_id);
    said jsonb;
    content text;
begin
    new.version := held.version;
    new.household_id := held.household_id;
    new.division := held.division;
    new.recorded_at := clock_timestamp();
    if new.since < held.since then
        raise exception 'a term begins with its award' using errcode = 'check_violation';
    end if;
    if new.decision_id is not null then
        content := public.awards_decision_of(new.decision_id, new.household_id);
    end if;
    if new.runs and new.cause in ('opened', 'reviewed', 'changed', 'standard', 'work_refused', 'phase_out', 'gave_way', 'corrected', 'discretion') then
        said := public.awards_outcome(content, held.programme, held.person_id);
        if new.cause = 'discretion' then
            if said is null or said ->> 'status' = 'no' then
                raise exception 'the decision does not grant %', held.programme using errcode = 'check_violation';
            end if;
            if jsonb_typeof(said -> 'amount') = 'object' and not (public.awards_number(new.exact) between
                    public.awards_number(said #>> '{amount,from}') and public.awards_number(said #>> '{amount,to}')) then
                raise exception 'outside what the decision leaves open' using errcode = 'check_violation';
            end if;
        else
            if said is null or said ->> 'status' <> 'yes' then
                raise exception 'the decision does not grant %', held.programme using errcode = 'check_violation';
            end if;
            if new.fen <> coalesce((said ->> 'payable')::bigint, 0) or new.exact <> coalesce(said ->> 'amount', '0') then
                raise exception 'the decision says another amount' using errcode = 'check_violation';
            end if;
        end if;
    end if;
    return new;
end
$$;
create trigger stands before insert on awards_term for each row execute function awards_term_stands();

create function awards_folded(running datemultirange, part daterange, runs boolean) returns datemultirange
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case when runs then running + datemultirange(part) else running - datemultirange(part) end
$$;
-- The months in which something is received: terms in the order they were recorded, each over those before it.
create aggregate awards_running(daterange, boolean) (sfunc = awards_folded, stype = datemultirange, initcond = '{}');

-- Nobody is paid for a month in which the award covers nobody: whoever is covered occupies the families of `cover`.
create function awards_refuse_uncovered(these bigint[]) returns void
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    bare bigint;
begin
    select r.award_id into bare from (
        select award_id, public.awards_running(daterange(since, until), runs order by id) as running
        from public.awards_term where award_id = any (these) group by award_id) r
    where not r.running <@ coalesce((
        select range_agg(daterange(m.since, m.until)) from public.awards_member m
        where m.award_id = r.award_id and m.superseded_at is null), '{}')
    limit 1;
    if bare is not null then
        raise exception 'an award covers somebody in every month it runs' using errcode = 'check_violation';
    end if;
end
$$;

create function awards_after_terms() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_uncovered((select array_agg(distinct award_id) from added));
    update public.awards_award a set ends = f.ends from (
        select award_id, case when isempty(running) then min(since)
                              when not upper_inf(running) then upper(running) end as ends
        from (select award_id, min(since) as since,
                     public.awards_running(daterange(since, until), runs order by id) as running
              from public.awards_term where award_id in (select award_id from added) group by award_id) r
        group by award_id, running) f
    where a.id = f.award_id and a.ends is distinct from f.ends;
    return null;
end
$$;
create trigger after_terms after insert on awards_term referencing new table as added
    for each statement execute function awards_after_terms();

-- A row follows its household to another place, by the key's cascade; nothing else of it changes.
create function awards_refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_jsonb(new) - 'division' <> to_jsonb(old) - 'division' then
        raise exception '% rows are never changed', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger unchanged before update on awards_term for each row execute function awards_refuse_change();
create trigger unchanged before update on awards_written for each row execute function awards_refuse_change();
create trigger unchanged before update on awards_event for each row execute function awards_refuse_change();

create function awards_refuse_removal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception '% rows are never removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger no_removal before delete or truncate on awards_award for each statement execute function awards_refuse_removal();
create trigger no_removal before delete or truncate on awards_term for each statement execute function awards_refuse_removal();
create trigger no_removal before delete or truncate on awards_member for each statement execute function awards_refuse_removal();
create trigger no_removal before delete or truncate on awards_written for each statement execute function awards_refuse_removal();
create trigger no_removal before delete or truncate on awards_event for each statement execute function awards_refuse_removal();
"""

MEMBERS = r"""
create function awards_member_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    held public.awards_award := public.awards_in_hand(new.award_id);
begin
    if tg_op = 'UPDATE' then
        if new.superseded_at is distinct from old.superseded_at then
            if old.superseded_at is not null then
                raise exception 'a member row is superseded once' using errcode = 'restrict_violation';
            end if;
            new.superseded_at := clock_timestamp();
        end if;
        if to_jsonb(new) - '{superseded_at,division}'::text[] <> to_jsonb(old) - '{superseded_at,division}'::text[] then
            raise exception 'member rows are never changed, only superseded' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if held.person_id is not null and new.person_id <> held.person_id then
        raise exception 'a personal award covers its person' using errcode = 'check_violation';
    end if;
    perform public.awards_known_person(held.household_id, new.person_id);
    if new.since < held.since then
        raise exception 'nobody is covered before the award' using errcode = 'check_violation';
    end if;
    new.version := held.version;
    new.household_id := held.household_id;
    new.division := held.division;
    new.recorded_at := clock_timestamp();
    new.superseded_at := null;
    return new;
end
$$;

-- The first of September of the school year a day lies in.
create function awards_school_year(day date) returns date
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select make_date(date_part('year', day)::int - (date_part('month', day) < 9)::int, 9, 1)
$$;

create function awards_occupies(span text, since date, until date) returns daterange
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
    select case when span = 'months' then daterange(since, until)
        else daterange(public.awards_school_year(since),
                       (public.awards_school_year(until - 1) + interval '1 year')::date) end
$$;

create function awards_cover_members() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        insert into public.awards_cover (member_id, award_id, division, person_id, family, during)
        select m.id, m.award_id, m.division, m.person_id, f.family, public.awards_occupies(f.span, m.since, m.until)
        from added m join public.awards_award a on a.id = m.award_id
        join public.awards_family f on f.programme = a.programme;
    else
        delete from public.awards_cover c using added m where c.member_id = m.id and m.superseded_at is not null;
        update public.awards_cover c set division = m.division from added m
            where c.member_id = m.id and c.division <> m.division;
    end if;
    return null;
end
$$;

create function awards_still_covered() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_uncovered(array[new.award_id]);
    return null;
end
$$;

create function awards_receipt_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    held public.awards_award := public.awards_in_hand(new.award_id);
begin
    perform from public.registry_receipt r where r.id = new.receipt_id and r.household_id = held.household_id;
    if not found then
        raise exception 'no such receipt of the household' using errcode = 'foreign_key_violation';
    end if;
    new.version := held.version;
    new.household_id := held.household_id;
    new.division := held.division;
    return new;
end
$$;
create trigger stands before insert on awards_written for each row execute function awards_receipt_stands();
create trigger stands before insert on awards_member for each row execute function awards_member_stands();
create trigger superseded before update on awards_member for each row execute function awards_member_stands();
-- At commit: one row is superseded before its successor is written.
create constraint trigger still_covered after update on awards_member
    deferrable initially deferred for each row execute function awards_still_covered();
create trigger cover_added after insert on awards_member referencing new table as added
    for each statement execute function awards_cover_members();
create trigger cover_changed after update on awards_member referencing new table as added
    for each statement execute function awards_cover_members();
"""

DOORS = r"""
select guard.by_region('awards_award');
select guard.by_region('awards_term');
select guard.by_region('awards_member');
select guard.by_region('awards_cover');
select guard.by_region('awards_written');
select guard.by_region('awards_event');
select guard.by_household('awards_award');
select guard.by_household('awards_term');
select guard.by_household('awards_member');
select guard.by_household('awards_event');
select guard.needs_actor('awards_award');
select guard.needs_actor('awards_term');
select guard.needs_actor('awards_member');
select assessment_closed_to_sweeps('awards_award');
select assessment_closed_to_sweeps('awards_term');
select assessment_closed_to_sweeps('awards_member');
select assessment_closed_to_sweeps('awards_written');

-- What the application may do to each table; the rest the triggers do, as the owner.
do $$
declare
    grantee text;
begin
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = 'awards_award'::regclass and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke insert, update, delete, truncate on awards_programme, awards_family, awards_counter,'
                       ' awards_cover, awards_event from %s', grantee);
        execute format('revoke select on awards_counter from %s', grantee);
        execute format('revoke update, delete, truncate on awards_term, awards_written from %s', grantee);
        execute format('revoke update, delete, truncate on awards_member from %s', grantee);
        execute format('grant update (superseded_at) on awards_member to %s', grantee);
        execute format('revoke delete, truncate on awards_award from %s', grantee);
    end loop;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0001_initial"),
        ("assessment", "0004_staging_kept_small"),
        ("registry", "0005_counts"),
        ("base", "0004_residents"),
    ]

    operations = [
        migrations.RunSQL(PROGRAMMES, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(DECISIONS, migrations.RunSQL.noop),
        migrations.RunSQL(AWARDS, migrations.RunSQL.noop),
        migrations.RunSQL(TERMS, migrations.RunSQL.noop),
        migrations.RunSQL(MEMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(DOORS, migrations.RunSQL.noop),
    ]
