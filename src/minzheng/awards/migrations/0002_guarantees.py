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
-- Stamps by row, judgements by statement: a city's awards are written in a few statements, and each look at a guarded
-- table verifies the ticket once.
create function awards_stamp() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.version := 1;
    new.ends := null;
    new.xact := pg_current_xact_id();
    new.changed_at := clock_timestamp();
    return new;
end
$$;

-- What is outside the region is as what does not exist.
create function awards_refuse_unknown(what text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'no such %', what using errcode = 'foreign_key_violation';
end
$$;

create function awards_judge_opened() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    odd record;
begin
    perform public.awards_refuse_unknown('household') from added a
        left join public.registry_household h on h.id = a.household_id and h.village::text = a.division
        where h.id is null limit 1;
    select a.programme, a.person_id into odd from added a join public.awards_programme p on p.name = a.programme
        where (a.person_id is null) <> p.whole limit 1;
    if found then
        raise exception 'an award of % names % person', odd.programme,
            case when odd.person_id is null then 'a' else 'no' end using errcode = 'check_violation';
    end if;
    perform public.awards_refuse_unknown('member of the household') from added a
        where a.person_id is not null and not exists (
            select from public.registry_membership m where m.household_id = a.household_id
            and m.person_id = a.person_id and m.superseded_at is null) limit 1;
    perform public.awards_refuse_unknown('decision about the household') from added a
        left join public.assessment_decision d on d.id = a.decision_id and d.household_id = a.household_id
        where a.decision_id is not null and d.id is null limit 1;
    return null;
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
    if new.division <> old.division and not exists (
            select from public.registry_household where id = new.household_id and village::text = new.division) then
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

create trigger stamp before insert on awards_award for each row execute function awards_stamp();
create trigger a_judged after insert on awards_award referencing new table as added
    for each statement execute function awards_judge_opened();
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
-- Rows of an award are written with its next version, in the transaction that made it, and carry its place.
create function awards_refuse_not_in_hand() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_unknown('award') from added r
        left join public.awards_award a
            on a.id = r.award_id and a.household_id = r.household_id and a.division = r.division
        where a.id is null limit 1;
    perform from added r join public.awards_award a on a.id = r.award_id
        where a.xact is distinct from pg_current_xact_id() or a.version <> r.version limit 1;
    if found then
        raise exception 'rows of an award are written with its next version' using errcode = 'serialization_failure';
    end if;
    return null;
end
$$;

create function awards_stamp_recorded() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.recorded_at := clock_timestamp();
    return new;
end
$$;

-- An amount is what a decision about the household grants, to the fen; or lies in what the decision leaves open.
create function awards_judge_terms() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    odd record;
begin
    perform from added t join public.awards_award a on a.id = t.award_id where t.since < a.since limit 1;
    if found then
        raise exception 'a term begins with its award' using errcode = 'check_violation';
    end if;
    perform public.awards_refuse_unknown('decision about the household') from added t
        left join public.assessment_decision d on d.id = t.decision_id and d.household_id = t.household_id
        where t.decision_id is not null and d.id is null limit 1;
    select a.programme, t.cause, t.fen, t.exact, o.said into odd
    from added t
    join public.awards_award a on a.id = t.award_id
    join public.assessment_decision d on d.id = t.decision_id
    left join lateral public.awards_outcome(d.content, a.programme, a.person_id) o (said) on true
    where t.runs and t.cause in ('opened', 'reviewed', 'changed', 'standard', 'work_refused', 'phase_out', 'gave_way',
                                 'corrected', 'discretion')
      and (o.said is null
           or o.said ->> 'status' = 'no'
           or t.cause <> 'discretion' and (
                o.said ->> 'status' <> 'yes'
                or t.fen <> coalesce((o.said ->> 'payable')::bigint, 0)
                or t.exact <> coalesce(o.said ->> 'amount', '0'))
           or t.cause = 'discretion' and jsonb_typeof(o.said -> 'amount') = 'object'
              and not public.awards_number(t.exact) between public.awards_number(o.said #>> '{amount,from}')
                                                        and public.awards_number(o.said #>> '{amount,to}'))
    limit 1;
    if found then
        raise exception 'the decision does not grant % so many fen (%)', odd.programme, odd.fen
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create trigger stamp before insert on awards_term for each row execute function awards_stamp_recorded();
create trigger a_in_hand after insert on awards_term referencing new table as added
    for each statement execute function awards_refuse_not_in_hand();
create trigger a_judged after insert on awards_term referencing new table as added
    for each statement execute function awards_judge_terms();

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
create trigger b_follows after insert on awards_term referencing new table as added
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
create function awards_stamp_member() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        new.recorded_at := clock_timestamp();
        new.superseded_at := null;
        return new;
    end if;
    if to_jsonb(new) - '{superseded_at,division}'::text[] <> to_jsonb(old) - '{superseded_at,division}'::text[] then
        raise exception 'member rows are never changed, only superseded' using errcode = 'restrict_violation';
    end if;
    if new.superseded_at is distinct from old.superseded_at then
        if old.superseded_at is not null then
            raise exception 'a member row is superseded once' using errcode = 'restrict_violation';
        end if;
        if (select xact from public.awards_award where id = new.award_id) is distinct from pg_current_xact_id() then
            raise exception 'rows of an award are written with its next version' using errcode = 'serialization_failure';
        end if;
        new.superseded_at := clock_timestamp();
    end if;
    return new;
end
$$;

create function awards_judge_members() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from added m join public.awards_award a on a.id = m.award_id
        where a.person_id is not null and a.person_id <> m.person_id limit 1;
    if found then
        raise exception 'a personal award covers its person' using errcode = 'check_violation';
    end if;
    perform from added m join public.awards_award a on a.id = m.award_id where m.since < a.since limit 1;
    if found then
        raise exception 'nobody is covered before the award' using errcode = 'check_violation';
    end if;
    perform public.awards_refuse_unknown('member of the household') from added m
        where not exists (
            select from public.registry_membership r where r.household_id = m.household_id
            and r.person_id = m.person_id and r.superseded_at is null) limit 1;
    return null;
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

create function awards_judge_receipts() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_unknown('receipt of the household') from added w
        left join public.registry_receipt r on r.household_id = w.household_id and r.id = w.receipt_id
        where r.id is null limit 1;
    return null;
end
$$;
create trigger a_in_hand after insert on awards_written referencing new table as added
    for each statement execute function awards_refuse_not_in_hand();
create trigger a_judged after insert on awards_written referencing new table as added
    for each statement execute function awards_judge_receipts();

create trigger stamp before insert or update on awards_member for each row execute function awards_stamp_member();
create trigger a_in_hand after insert on awards_member referencing new table as added
    for each statement execute function awards_refuse_not_in_hand();
create trigger a_judged after insert on awards_member referencing new table as added
    for each statement execute function awards_judge_members();
-- At commit: one row is superseded before its successor is written.
create constraint trigger still_covered after update on awards_member
    deferrable initially deferred for each row execute function awards_still_covered();
create trigger b_follows after insert on awards_member referencing new table as added
    for each statement execute function awards_cover_members();
create trigger b_follows_change after update on awards_member referencing new table as added
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
