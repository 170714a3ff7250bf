"""A case goes where its household goes, in the transaction of the move, and its ledger says so.

History (letters, notices, kept decisions) stays where it was made; it is read with the case.
"""

from django.db import migrations

FOLLOW = r"""
select registry_follow('cases_case');
select registry_follow('cases_application');

-- What was applied for stays as it was received; only where it is kept follows the household.
create or replace function cases_application_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_jsonb(new) - '{division}'::text[] <> to_jsonb(old) - '{division}'::text[]
       or not exists (select from public.registry_household h
                      where h.id = new.household_id and h.village::text = new.division) then
        raise exception 'an application is never changed' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create function cases_follows_household(old_row public.cases_case, new_row public.cases_case) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select old_row.division <> new_row.division and old_row.version = new_row.version
       and to_jsonb(new_row) - '{division,assignee_id}'::text[] = to_jsonb(old_row) - '{division,assignee_id}'::text[]
       and exists (select from public.registry_household h
                   where h.id = new_row.household_id and h.village::text = new_row.division)
$$;

-- Moving with its household is the one change that needs no event before it: the event follows at once.
drop trigger next_version on cases_case;
create trigger next_version before update on cases_case for each row
    when (not cases_follows_household(old, new)) execute function cases_next_version();

create function cases_unassign_moved() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.assignee_id := null;
    return new;
end
$$;
create trigger a_unassign before update of division on cases_case for each row
    when (old.division <> new.division) execute function cases_unassign_moved();

create function cases_note_move() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.cases_event
        (case_id, version, on_day, actor, action, before, after, side, clause, reason, fields)
    select new.id, new.version + 1, coalesce(h.here_since, current_date), '', 'transfer', new.state, new.state, '', 'HH-5',
           '随家庭迁移', jsonb_build_object('from', old.division, 'to', new.division)
    from public.registry_household h where h.id = new.household_id;
    return null;
end
$$;
create trigger note_move after update of division on cases_case for each row
    when (old.division <> new.division and old.version = new.version) execute function cases_note_move();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_residents_guarded"), ("registry", "0007_moves")]

    operations = [migrations.RunSQL(FOLLOW, migrations.RunSQL.noop)]
