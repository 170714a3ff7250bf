"""Acting for a family (代办): what a mandate opens, what the one who acts may write, and that nobody handles what they act in.

Whoever acts comes with a ticket of its own: `resident:<person>:<household>:agent:<mandate>`. Every act therefore names
both. For such a ticket `guard.scope_household()` is the household's number with a minus: what is said of residents ("a
resident does not write this") is said of it too, and no policy of a family's own rows opens anything. What it does open is
listed here, while the mandate holds. Frozen text.
"""

from django.db import migrations

TICKET = r"""
-- The mandate's id of a genuine ticket of somebody acting for a family; null for everybody else.
create function guard.scope_mandate() returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select case when actor ~ '^resident:[1-9][0-9]{0,11}:[1-9][0-9]{0,11}:agent:[0-9a-f]{32}$'
                then split_part(actor, ':', 5)::uuid end
    from (select (guard.read_ticket(current_setting('minzheng.ticket', true)))[1] as actor) ticket
$$;

create or replace function guard.scope_resident(part int) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select case
        when actor ~ '^resident:[1-9][0-9]{0,17}:[1-9][0-9]{0,17}$' then split_part(actor, ':', part + 1)::bigint
        when actor ~ '^resident:[1-9][0-9]{0,11}:[1-9][0-9]{0,11}:agent:[0-9a-f]{32}$'
        then - split_part(actor, ':', part + 1)::bigint end
    from (select (guard.read_ticket(current_setting('minzheng.ticket', true)))[1] as actor) ticket
$$;

-- The day the platform works on, as the application reads it.
create function guard.business_day() returns date
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce((select day from public.base_businessdate where id = 1),
                    (clock_timestamp() at time zone 'Asia/Shanghai')::date)
$$;

-- The owner's functions read every mandate.
do $$
begin
    execute format('create policy for_guard on cases_mandate for select to %I using (true)', current_user);
end
$$;

-- The ticket's mandate, while it holds: of that person and household, not taken back, not over.
create function cases_mandate_held() returns public.cases_mandate
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted uuid := guard.scope_mandate();
    found public.cases_mandate;
begin
    if wanted is null then
        return null;
    end if;
    select * into found from public.cases_mandate m
    where m.id = wanted and m.revoked_at is null and guard.business_day() between m.since and m.until
      and m.household_id = - guard.scope_resident(2) and m.person_id = - guard.scope_resident(1);
    return found;
end
$$;
create function cases_mandated_household() returns bigint
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select (public.cases_mandate_held()).household_id
$$;
create function cases_mandated_case() returns bigint
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select (public.cases_mandate_held()).case_id
$$;
create function cases_mandated_matter() returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select (public.cases_mandate_held()).matter
$$;
"""

ROWS = r"""
select guard.by_region('cases_mandate');
select guard.by_household('cases_mandate', writes => true, changes => true);
create policy held on cases_mandate for select using (id = (select guard.scope_mandate()));
-- A resident sees what was given to them: by their own number's index and name.
create function cases_my_index() returns bytea
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select number_index from public.registry_person where id = guard.scope_person()
$$;
create function cases_my_name() returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select name from public.registry_person where id = guard.scope_person()
$$;
create policy given_to_me on cases_mandate for select
    using (agent_index = (select cases_my_index()) and agent_name = (select cases_my_name()));
create policy given_to_me_back on cases_mandate for update
    using (agent_index = (select cases_my_index()) and agent_name = (select cases_my_name()));
select registry_follow('cases_mandate');

-- The case it is for, and the cases it opened.
create policy mandated on cases_case for select using (
    household_id = (select cases_mandated_household())
    and (mandate = (select guard.scope_mandate()) or id = (select cases_mandated_case())));
create policy mandated_added on cases_case for insert with check (
    household_id = (select cases_mandated_household()) and mandate = (select guard.scope_mandate()));
create policy mandated_changed on cases_case for update using (
    household_id = (select cases_mandated_household())
    and (mandate = (select guard.scope_mandate()) or id = (select cases_mandated_case())));
create policy mandated on cases_application for select using (mandate = (select guard.scope_mandate())
    and household_id = (select cases_mandated_household()));
create policy mandated_added on cases_application for insert with check (
    household_id = (select cases_mandated_household()) and mandate = (select guard.scope_mandate()));

-- Of papers what they brought themselves and the letters they may read; of what belongs to a case, what it takes to go on.
create policy mandated on base_document for select using (
    (select guard.scope_mandate()) is not null and household_id = (select cases_mandated_household())
    and (uploaded_by = (select guard.scope_actor())
         or exists (select from cases_letterrow letter where letter.document = base_document.public_id)));
create policy mandated_added on base_document for insert with check (
    household_id = (select cases_mandated_household()));
do $$
declare
    target text;
begin
    foreach target in array array['cases_visit', 'cases_finding', 'cases_override', 'cases_consent', 'cases_publicnotice']
    loop
        execute format('create policy not_for_agents on %s as restrictive using ((select guard.scope_mandate()) is null)', target);
    end loop;
end
$$;
create policy not_for_agents on cases_letterrow as restrictive using (
    (select guard.scope_mandate()) is null or kind in ('receipt', 'shortage')
    or (select cases_mandated_matter()) = 'appeal');

-- Who applies for a family states its circumstances, and is asked by what is on record of it.
create function cases_applied_for() returns bigint
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select case when matter = 'apply' then household_id end from public.cases_mandate_held()
$$;
create policy mandated on registry_household for select using (id = (select cases_applied_for()));
create or replace function registry_own_households() returns int8multirange
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    mine bigint := guard.scope_household();
    villages bigint[];
begin
    if mine < 0 then
        mine := public.cases_applied_for();
        -- A range of null to null would be everybody.
        if mine is null then
            return '{}';
        end if;
    end if;
    if mine is not null then
        return int8multirange(int8range(mine, mine, '[]'));
    end if;
    villages := public.registry_villages();
    if villages = '{}' then
        return '{}';
    end if;
    return (select coalesce(range_agg(int8range(id, id, '[]')), '{}') from public.registry_household
            where township = any (array(select village / 1000 from unnest(villages) village))
              and village = any (villages));
end
$$;
"""

WRITES = r"""
create function cases_stamp_mandate() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.mandate := guard.scope_mandate();
    return new;
end
$$;
create trigger a_mandate before insert on cases_application for each row execute function cases_stamp_mandate();
create trigger a_mandate before insert on cases_case for each row execute function cases_stamp_mandate();
create function cases_mandate_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'by which mandate a case was opened stays' using errcode = 'restrict_violation';
end
$$;
create trigger mandate_stays before update on cases_case for each row
    when (old.mandate is distinct from new.mandate) execute function cases_mandate_stays();

-- What somebody acting may do: what the mandate is for. A member of staff takes a side of the case by it, so that they take
-- no other. After the stamp, which knows residents only.
create function cases_act_by_mandate() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    held public.cases_mandate;
begin
    if guard.scope_mandate() is null then
        return new;
    end if;
    held := public.cases_mandate_held();
    if held.id is null or (held.matter, new.action) not in (
        ('apply', 'submit'), ('apply', 'supply'), ('supply', 'supply'), ('object', 'object'), ('object', 'object_to_check'),
        ('appeal', 'appeal'))
    then
        raise exception 'the mandate is not for this' using errcode = 'insufficient_privilege';
    end if;
    new.natural_person := (select s.natural_person from public.base_staff s where s.id = held.agent_id);
    new.side := case when new.natural_person is null then '' else 'agent' end;
    return new;
end
$$;
create trigger z_agent before insert on cases_event for each row execute function cases_act_by_mandate();

-- Nobody but somebody acting takes that side; near kin may act for their family, and take no other side.
alter table cases_event add constraint agents_act_by_mandate
    check (side <> 'agent' or actor ~ ':agent:[0-9a-f]{32}$');
drop trigger recusal on cases_duty;
create trigger recusal before insert on cases_duty for each row when (new.side <> 'agent')
    execute function cases_refuse_kin();

-- A family does not read who took part; the check below does.
do $$
begin
    execute format('alter policy for_staff on cases_duty using ((select guard.scope_household()) is null or current_user = %L)',
                   current_user);
end
$$;

-- Who may act for the family handles, decides and supervises nothing of it, whether they have acted yet or not.
create function cases_refuse_agent() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (
        select from public.cases_mandate m
        join public.base_staff s on s.id = m.agent_id and s.natural_person = new.natural_person
        join public.cases_case c on c.id = new.case_id and c.household_id = m.household_id
        where m.revoked_at is null and guard.business_day() between m.since and m.until
          and (m.case_id is null or m.case_id = c.id))
    then
        raise exception 'who acts for the family takes no other part in its case' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger not_the_agent before insert on cases_duty for each row when (new.side <> 'agent')
    execute function cases_refuse_agent();

create function cases_keep_mandate() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{division,revoked_at,revoked_by}';
    whose uuid;
begin
    if guard.scope_mandate() is not null then
        raise exception 'who acts for a family gives no mandate on' using errcode = 'insufficient_privilege';
    end if;
    if tg_op = 'UPDATE' then
        if to_jsonb(new) - free <> to_jsonb(old) - free
           or (old.revoked_at is not null and (new.revoked_at, new.revoked_by) is distinct from (old.revoked_at, old.revoked_by)) then
            raise exception 'a mandate is taken back, nothing else' using errcode = 'restrict_violation';
        end if;
        if old.revoked_at is null and new.revoked_at is not null then
            new.revoked_at := clock_timestamp();
            new.revoked_by := guard.scope_actor();
        end if;
        return new;
    end if;
    new.granted_by := guard.scope_actor();
    new.recorded_at := clock_timestamp();
    new.revoked_at := null;
    new.revoked_by := '';
    if new.since < guard.business_day() or new.until > new.since + 90 then
        raise exception 'a mandate begins today and ends within ninety days' using errcode = 'restrict_violation';
    end if;
    select natural_person into whose from public.base_staff where id = new.agent_id;
    if guard.scope_household() is distinct from new.household_id then
        -- Recorded at the window: from the signed paper, and by another than the one who is to act.
        if new.paper is null or guard.actor_staff() is null or guard.actor_person() is not distinct from whose then
            raise exception 'a mandate is given by the family, or recorded from its signed paper by another officer'
                using errcode = 'insufficient_privilege';
        end if;
    elsif guard.scope_person() is distinct from new.person_id then
        raise exception 'everybody gives their own mandate' using errcode = 'insufficient_privilege';
    end if;
    if not exists (
        select from public.registry_membership m join public.registry_household h on h.id = m.household_id
        where m.household_id = new.household_id and m.person_id = new.person_id and m.superseded_at is null
          and h.village::text = new.division)
    then
        raise exception 'no such person in the household' using errcode = 'foreign_key_violation';
    end if;
    if new.case_id is not null and not exists (
        select from public.cases_case c where c.id = new.case_id and c.household_id = new.household_id)
    then
        raise exception 'no such case of the household' using errcode = 'foreign_key_violation';
    end if;
    if whose is not null and exists (
        select from public.cases_duty d join public.cases_case c on c.id = d.case_id
        where d.natural_person = whose and d.side <> 'agent' and c.household_id = new.household_id
          and (c.id = new.case_id or (new.case_id is null and c.closed_on is null)))
    then
        raise exception 'who takes part in the family''s case does not act for it' using errcode = 'restrict_violation';
    end if;
    -- One at a time for one agent, so that two families at once do not both come last.
    perform pg_advisory_xact_lock(hashtextextended('mandates:' || coalesce(new.agent_id::text, encode(new.agent_index, 'hex')), 0));
    if (select count(*) from public.cases_mandate m
        where (m.agent_id = new.agent_id or m.agent_index = new.agent_index) and m.revoked_at is null
          and m.until >= guard.business_day()) >= 50
    then
        raise exception 'fifty open mandates are the most of one agent' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger keep before insert or update on cases_mandate for each row execute function cases_keep_mandate();
create trigger no_removal before delete or truncate on cases_mandate
    for each statement execute function cases_refuse_removal();
alter table cases_mandate add constraint one_mandate_at_a_time exclude using gist (
    household_id with =,
    (coalesce(agent_id::text, encode(agent_index, 'hex'))) with =,
    matter with =,
    (coalesce(case_id, 0)) with =,
    daterange(since, until, '[]') with &&
) where (revoked_at is null);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_mandates"),
        ("base", "0007_resident_door"),
        ("registry", "0009_known"),
    ]

    operations = [
        migrations.RunSQL(TICKET, migrations.RunSQL.noop),
        migrations.RunSQL(ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(WRITES, migrations.RunSQL.noop),
    ]
