"""Residents: a ticket whose actor is `resident:<person>:<household>` opens the rows of that household, and no region.

Other apps' migrations call `select guard.by_household('cases_case')` beside `guard.by_region`.
"""

from django.db import migrations

FORWARD = r"""
-- Person (1) or household (2) of a resident's genuine ticket; null for everybody else.
create function guard.scope_resident(part int) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select case when actor ~ '^resident:[1-9][0-9]{0,17}:[1-9][0-9]{0,17}$'
                then split_part(actor, ':', part + 1)::bigint end
    from (select (guard.read_ticket(current_setting('minzheng.ticket', true)))[1] as actor) ticket
$$;
revoke all on function guard.scope_resident(int) from public;

create function guard.scope_person() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select guard.scope_resident(1)
$$;

create function guard.scope_household() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select guard.scope_resident(2)
$$;

-- Rows of the ticket's household are read; with `writes` added, with `changes` changed as well. Never removed.
-- Permissive: it adds to `in_scope`, so that staff see what they saw. `(select ...)` verifies the ticket once a query.
create function guard.by_household(
    target regclass, "column" text default 'household_id', writes boolean default false, changes boolean default false
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    mine text := format('%I = (select guard.scope_household())', "column");
begin
    if not (select relrowsecurity and relforcerowsecurity from pg_class where oid = target) then
        raise exception '% has no row-level security: call guard.by_region first', target;
    end if;
    execute format('create policy own on %s for select using (%s)', target, mine);
    if writes then
        execute format('create policy own_added on %s for insert with check (%s)', target, mine);
    end if;
    if changes then
        execute format('create policy own_changed on %1$s for update using (%2$s) with check (%2$s)', target, mine);
    end if;
end
$$;
revoke all on function guard.by_household(regclass, text, boolean, boolean) from public;
"""

BACK = r"""
drop function guard.by_household(regclass, text, boolean, boolean);
drop function guard.scope_household();
drop function guard.scope_person();
drop function guard.scope_resident(int);
"""


class Migration(migrations.Migration):
    dependencies = [("base", "0003_roles")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
