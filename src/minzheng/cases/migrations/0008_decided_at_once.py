"""A decision is checked with its event: no case is in a decided state for the length of a statement without being decided.

Small relief is decided by the township wherever it is (S649 art. 48, LS-4), up to the amount its decision itself cites; the
county mode's rule of 0004 is otherwise unchanged. Frozen text.
"""

from django.db import migrations

SMALL_RELIEF = r"""
create or replace function cases_decided_lawfully() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted text := new.outcome;
    content jsonb;
    came_to text;
    came_from text;
    by_county boolean;
    small boolean;
    judged bigint;
    pays bigint;
begin
    if (new.kin_registered or public.cases_kin_declared(new.id)) and not exists (
        select from public.cases_visit v where v.case_id = new.id and v.by_county)
    then
        raise exception 'kin of staff: the county visits first' using errcode = 'restrict_violation';
    end if;
    by_county := exists (
        select from unnest(guard.scope_regions()) region where length(region) <= 6 and new.division ^@ region);
    select e.before into came_from from public.cases_event e where e.case_id = new.id and e.version = new.version;
    small := new.programme in ('relief_emergency', 'relief_expenditure') and came_from <> 'reported';
    if not by_county and (came_from = 'reported' or (new.mode in ('county', 'separated') and not small)) then
        raise exception 'the county decides here' using errcode = 'insufficient_privilege';
    end if;
    if new.decision_id is null then
        if new.household_id is not null then
            raise exception 'a decision rests on a determination' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    select d.content::jsonb into content from public.assessment_decision d where d.id = new.decision_id;
    select one ->> 'status', (one ->> 'payable')::bigint into came_to, pays
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
    if wanted = 'yes' and small and not by_county and new.mode <> 'delegated' then
        select o.fen into judged from public.cases_override o
        where o.case_id = new.id and o.verdict and o.expires_on >= new.decided_on order by o.id desc limit 1;
        if coalesce(judged, pays) is null
           or coalesce(judged, pays) > (content #>> '{parameters,ls.township_cap,value}')::bigint then
            raise exception 'above what a township decides' using errcode = 'insufficient_privilege';
        end if;
    end if;
    return new;
end
$$;
"""


AT_ONCE = r"""
create or replace function cases_event_moves_case() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.after in ('decided_yes', 'decided_no') and new.before <> new.after
       and new.action not in ('confirm', 'refuse') then
        raise exception 'a case is decided by a decision' using errcode = 'restrict_violation';
    end if;
    if new.action in ('confirm', 'refuse') then
        update public.cases_case
        set state = new.after, version = new.version, decided_on = new.on_day,
            outcome = case new.action when 'confirm' then 'yes' else 'no' end,
            decision_id = (new.fields ->> 'decision')::uuid
        where id = new.case_id;
    else
        update public.cases_case set state = new.after, version = new.version where id = new.case_id;
    end if;
    if not found then
        raise exception 'an event that moves no case' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_follow")]

    operations = [
        migrations.RunSQL(SMALL_RELIEF, migrations.RunSQL.noop),
        migrations.RunSQL(AT_ONCE, migrations.RunSQL.noop),
    ]
