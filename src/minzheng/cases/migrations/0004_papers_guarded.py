"""Visits, findings, notices, letters, judgements: who may write them, what never changes, what a decision rests on.

Frozen text.
"""

from django.db import migrations

REGIONS = r"""
select cases_with_case(target) from unnest(array[
    'cases_visit', 'cases_finding', 'cases_override', 'cases_publicnotice', 'cases_objection', 'cases_letterrow',
    'cases_attachment', 'cases_appeal', 'cases_consent', 'cases_shortage']::regclass[]) target;

alter table cases_statementrow enable row level security;
alter table cases_statementrow force row level security;
create policy with_application on cases_statementrow
    using (exists (select from cases_application a where a.id = application_id))
    with check (exists (select from cases_application a where a.id = application_id));
-- An application is read with any of its cases, wherever they were handed on to.
create policy with_case on cases_application for select
    using (exists (select from cases_case c where c.application_id = cases_application.id));

-- What only staff and the platform write; what a family does not read.
create function cases_by_staff(target regclass) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('create policy added_by_staff on %s as restrictive for insert'
                   ' with check ((select guard.scope_household()) is null)', target);
    execute format('create policy changed_by_staff on %s as restrictive for update'
                   ' using ((select guard.scope_household()) is null)', target);
end
$$;
revoke all on function cases_by_staff(regclass) from public;
select cases_by_staff(target) from unnest(array[
    'cases_visit', 'cases_finding', 'cases_override', 'cases_publicnotice', 'cases_letterrow', 'cases_shortage',
    'cases_clockrow']::regclass[]) target;
create policy not_the_neighbours on cases_objection as restrictive
    using ((select guard.scope_household()) is null or about = 'check')
    with check ((select guard.scope_household()) is null or about = 'check');

select guard.append_only('cases_visit');
select guard.append_only('cases_override');
select guard.append_only('cases_attachment');

do $$
declare
    target text;
begin
    foreach target in array array['cases_finding', 'cases_publicnotice', 'cases_objection', 'cases_letterrow',
                                  'cases_appeal', 'cases_consent', 'cases_shortage', 'cases_statementrow']
    loop
        execute format('create trigger no_removal before delete or truncate on %s'
                       ' for each statement execute function cases_refuse_removal()', target);
    end loop;
end
$$;

-- Rows that stay as written but for the named columns, and those only from empty (or from what `moves` allows).
create function cases_only_fills() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := tg_argv[0]::text[];
    before jsonb := to_jsonb(old);
    after jsonb := to_jsonb(new);
    name text;
begin
    if after - free <> before - free then
        raise exception '% stays as it was written', tg_table_name using errcode = 'restrict_violation';
    end if;
    foreach name in array free loop
        if before -> name not in ('null'::jsonb, '""'::jsonb) and before -> name <> after -> name then
            raise exception '% of % is written once', name, tg_table_name using errcode = 'restrict_violation';
        end if;
    end loop;
    return new;
end
$$;
create trigger only_fills before update on cases_publicnotice
    for each row execute function cases_only_fills('{ended_on}');
create trigger only_fills before update on cases_objection
    for each row execute function cases_only_fills('{answered_on,answer}');
create trigger only_fills before update on cases_letterrow
    for each row execute function cases_only_fills('{document,delivered_on,delivered_by}');
create trigger only_fills before update on cases_appeal
    for each row execute function cases_only_fills('{decided_on,upheld,result,document}');
create trigger only_fills before update on cases_consent
    for each row execute function cases_only_fills('{withdrawn_on}');
create trigger only_fills before update on cases_shortage
    for each row execute function cases_only_fills('{supplied_on}');
"""

STAMPS = r"""
create function cases_stamp_author() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    author text := guard.scope_actor();
begin
    if tg_table_name = 'cases_attachment' then
        new.added_by := author;
    elsif tg_table_name = 'cases_consent' then
        new.signed_by := author;
    elsif tg_table_name = 'cases_override' then
        new.judged_by := author;
        new.natural_person := (select s.natural_person from public.base_staff s where 'staff:' || s.id = author);
        if new.natural_person is null then
            raise exception 'a judgement is a person''s' using errcode = 'insufficient_privilege';
        end if;
    elsif tg_table_name = 'cases_finding' then
        new.author := (select s.natural_person from public.base_staff s where 'staff:' || s.id = author);
        return new;
    end if;
    new.recorded_at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on cases_attachment for each row execute function cases_stamp_author();
create trigger stamp before insert on cases_consent for each row execute function cases_stamp_author();
create trigger stamp before insert on cases_override for each row execute function cases_stamp_author();
create trigger stamp before insert on cases_finding for each row execute function cases_stamp_author();
create trigger a_number before insert on cases_letterrow for each row execute function cases_give_number();

-- A finding keeps what was found; only where it stands moves on.
create function cases_finding_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{state,resolved_by,resolved_at,reason}';
begin
    if to_jsonb(new) - free <> to_jsonb(old) - free
       or (old.state, new.state) not in (('current', 'superseded'), ('conflict', 'current'), ('conflict', 'dismissed')) then
        raise exception 'a finding stays as it was written' using errcode = 'restrict_violation';
    end if;
    if old.state = 'conflict' then
        if new.reason = '' then
            raise exception 'a conflict is resolved with a reason' using errcode = 'restrict_violation';
        end if;
        new.resolved_by := guard.scope_actor();
        new.resolved_at := clock_timestamp();
    end if;
    return new;
end
$$;
create trigger stays before update on cases_finding for each row execute function cases_finding_stays();

create function cases_statement_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{state,against,fact_id,resolved_by,resolved_at,reason}';
begin
    if to_jsonb(new) - free <> to_jsonb(old) - free
       or (old.state not in ('stated', 'contradicted'))
       or (new.state in ('kept', 'overruled') and old.state <> 'contradicted') then
        raise exception 'a statement stays as it was made' using errcode = 'restrict_violation';
    end if;
    if guard.scope_household() is not null then
        raise exception 'what became of a statement is for staff' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger stays before update on cases_statementrow for each row execute function cases_statement_stays();

-- The list of what is missing is one: what comes later says why.
create function cases_one_list() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.reason = '' and exists (select from public.cases_shortage s
                                   where s.case_id = new.case_id and s.version <> new.version) then
        raise exception 'the list of what is missing is given once' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger one_list before insert on cases_shortage for each row execute function cases_one_list();
"""

VISITS = r"""
-- CK-6: two natural persons at least, by accounts that exist; each handles the case from then on.
create function cases_investigators() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    place text;
begin
    select c.division into place from public.cases_case c where c.id = new.case_id;
    select array_agg(distinct s.natural_person order by s.natural_person) into new.investigators
    from public.base_staff s where s.id = any(new.staff);
    if coalesce(cardinality(new.investigators), 0) < 2 then
        raise exception 'a visit is made by two' using errcode = 'check_violation';
    end if;
    if not exists (select from public.cases_event e where e.case_id = new.case_id and e.version = new.version
                   and e.action = 'visit' and e.xact = pg_current_xact_id()::text::bigint) then
        raise exception 'a visit stands in the ledger' using errcode = 'restrict_violation';
    end if;
    new.by_county := exists (
        select from public.base_regionincharge r where r.staff_id = any(new.staff) and length(r.division) <= 6
        and place ^@ r.division and (r.until is null or r.until > new.on_day) and r.since <= new.on_day);
    new.recorded_by := guard.scope_actor();
    new.recorded_at := clock_timestamp();
    return new;
end
$$;
create trigger investigators before insert on cases_visit for each row execute function cases_investigators();

create function cases_duty_of_visit() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.cases_take_duty(new.case_id, person, 'handle', 'visit', new.version)
    from unnest(new.investigators) person;
    return null;
end
$$;
create trigger duty after insert on cases_visit for each row execute function cases_duty_of_visit();
"""

NOTICES = r"""
-- Children are never on a board (PB-3); a name on it is the registry's, and a grown-up's.
create function cases_notice_is_lawful() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    about record;
    applicant record;
begin
    select * into about from public.cases_case where id = new.case_id;
    if about.programme in ('orphan', 'unattended', 'study_aid', 'left_behind') then
        raise exception 'children are not publicised' using errcode = 'restrict_violation';
    end if;
    select p.name, p.birth_date into applicant from public.registry_person p where p.id = about.applicant_id;
    if not found or applicant.birth_date > new.since - interval '18 years' then
        raise exception 'a notice names a grown-up applicant' using errcode = 'restrict_violation';
    end if;
    if new.kind = 'result' and about.outcome <> 'yes' then
        raise exception 'what is published as confirmed is confirmed' using errcode = 'restrict_violation';
    end if;
    new.applicant_name := applicant.name;
    new.programme := about.programme;
    new.village := about.division;
    return new;
end
$$;
create trigger lawful before insert on cases_publicnotice for each row execute function cases_notice_is_lawful();
"""

DECISIONS = r"""
-- Whether near kin of staff is declared among those a case is about; reads every declaration (GV-2).
create function cases_kin_declared(of_case bigint) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select exists (
        select from public.cases_case c, public.cases_kindeclaration k
        where c.id = of_case and k.withdrawn_on is null
          and (k.person_id in (c.person_id, c.applicant_id, c.second_applicant_id)
               or exists (select from public.registry_membership m
                          where m.household_id = c.household_id and m.person_id = k.person_id
                            and m.superseded_at is null)))
$$;

create function cases_decided_lawfully() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted text := new.outcome;
    content jsonb;
    came_to text;
begin
    if (new.kin_registered or public.cases_kin_declared(new.id)) and not exists (
        select from public.cases_visit v where v.case_id = new.id and v.by_county)
    then
        raise exception 'kin of staff: the county visits first' using errcode = 'restrict_violation';
    end if;
    if new.mode in ('county', 'separated') and not exists (
        select from unnest(guard.scope_regions()) region where length(region) <= 6 and new.division ^@ region)
    then
        raise exception 'the county decides here' using errcode = 'insufficient_privilege';
    end if;
    if new.decision_id is null then
        if new.household_id is not null then
            raise exception 'a decision rests on a determination' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    select d.content::jsonb into content from public.assessment_decision d where d.id = new.decision_id;
    select one ->> 'status' into came_to
    from jsonb_array_elements(content -> 'outcomes') one
    where one ->> 'programme' = new.programme
      and case when new.person_id is null then one -> 'person' = 'null'::jsonb
          else content -> 'household' -> 'people' -> (one ->> 'person')::int = to_jsonb(new.person_id) end;
    if came_to is distinct from wanted and not (
        came_to in ('unknown', 'review') and exists (
            select from public.cases_override o where o.case_id = new.id and o.verdict = (wanted = 'yes')
            and o.expires_on >= new.decided_on))
    then
        raise exception 'the decision is not what the rules or a judgement say' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger decided_lawfully before update on cases_case
    for each row when (old.outcome = '' and new.outcome in ('yes', 'no'))
    execute function cases_decided_lawfully();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_papers")]

    operations = [
        migrations.RunSQL(REGIONS, migrations.RunSQL.noop),
        migrations.RunSQL(STAMPS, migrations.RunSQL.noop),
        migrations.RunSQL(VISITS, migrations.RunSQL.noop),
        migrations.RunSQL(NOTICES, migrations.RunSQL.noop),
        migrations.RunSQL(DECISIONS, migrations.RunSQL.noop),
    ]
