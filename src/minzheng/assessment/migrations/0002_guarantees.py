"""What the database itself holds: regions, append-only tables, the ledger of leads, and that a sweep pays nobody."""

from django.db import migrations

REGIONS = r"""
select guard.by_region('assessment_lead');
select guard.by_region('assessment_leadevent');
select guard.by_region('assessment_sweeptotal');
select guard.by_region('assessment_clausetotal');
select guard.by_region('assessment_decision');
select guard.append_only('assessment_leadevent');
select guard.append_only('assessment_sweeptotal');
select guard.append_only('assessment_clausetotal');
select guard.append_only('assessment_decision');
select guard.append_only('assessment_rulebooktext');
select guard.needs_actor('assessment_sweep');
select guard.needs_actor('assessment_rulebooktext');
"""

DECISIONS = r"""
alter table assessment_decision add constraint decision_digest
    check (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex'));

create function assessment_stamp_decision() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.actor := guard.scope_actor();
    new.decided_at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on assessment_decision
    for each row execute function assessment_stamp_decision();
"""

LEADS = r"""
alter table assessment_lead alter public_id set default gen_random_uuid();

-- Leads are opened by a sweep, never by hand, and never removed.
create function assessment_opened_by_sweep() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if coalesce(guard.scope_actor(), '') !~ '^system:sweep' then
        raise exception 'leads are opened by a sweep' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
create trigger opened_by_sweep before insert on assessment_lead
    for each statement execute function assessment_opened_by_sweep();

create function assessment_refuse_removal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception '% rows are never removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger no_removal before delete or truncate on assessment_lead
    for each statement execute function assessment_refuse_removal();
create trigger no_removal before delete or truncate on assessment_sweep
    for each statement execute function assessment_refuse_removal();

-- What a lead is about never changes; what was found or done is a new version, one more than the last.
create function assessment_next_version() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{division,village,score,expires_on,version,changed_at}';
begin
    if (new.id, new.public_id, new.household_id, new.programme, new.first_found)
       is distinct from (old.id, old.public_id, old.household_id, old.programme, old.first_found)
       or new.person_id is distinct from old.person_id then
        raise exception 'a lead keeps whom and what it is about' using errcode = 'restrict_violation';
    end if;
    if to_jsonb(new) - free <> to_jsonb(old) - free then
        if new.version <> old.version + 1 then
            raise exception 'a changed lead is the next version' using errcode = 'serialization_failure';
        end if;
        new.changed_at := clock_timestamp();
    elsif new.version <> old.version then
        raise exception 'a new version without a change' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger next_version before update on assessment_lead
    for each row execute function assessment_next_version();

-- The ledger. Set-wise, so that a sweep's thousands cost one statement.
create function assessment_ledger() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        insert into public.assessment_leadevent
            (lead_id, version, division, at, actor, state, kind, fen, until, reason, sweep_id)
        select id, version, division, clock_timestamp(), guard.scope_actor(), state, kind, fen, until, reason, sweep_id
        from added;
    else
        insert into public.assessment_leadevent
            (lead_id, version, division, at, actor, state, kind, fen, until, reason, sweep_id)
        select a.id, a.version, a.division, clock_timestamp(), guard.scope_actor(), a.state, a.kind, a.fen, a.until,
               a.reason, case when a.sweep_id is distinct from b.sweep_id then a.sweep_id end
        from added a join before b on b.id = a.id where a.version <> b.version;
    end if;
    return null;
end
$$;
create trigger ledger_of_insert after insert on assessment_lead referencing new table as added
    for each statement execute function assessment_ledger();
create trigger ledger_of_update after update on assessment_lead referencing new table as added old table as before
    for each statement execute function assessment_ledger();

create function assessment_ledger_by_trigger() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'the ledger is written with the lead' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
create trigger by_trigger before insert on assessment_leadevent
    for each statement execute function assessment_ledger_by_trigger();

do $$
declare
    grantee text;
begin
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = 'assessment_leadevent'::regclass and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke insert on assessment_leadevent from %s', grantee);
    end loop;
end
$$;
"""

NO_MONEY = r"""
-- A sweep opens work for people; it awards and pays nothing. Later tables of awards and payments call this as well.
create function assessment_refuse_sweep() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if guard.scope_actor() ~ '^system:sweep' then
        raise exception 'a sweep does not write %', tg_table_name using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;

create function assessment_closed_to_sweeps(target regclass) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('create trigger closed_to_sweeps before insert or update or delete on %s'
                   ' for each statement execute function public.assessment_refuse_sweep()', target);
end
$$;
revoke all on function assessment_closed_to_sweeps(regclass) from public;
select assessment_closed_to_sweeps('registry_receipt');
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("registry", "0003_sources"), ("base", "0002_guard")]

    operations = [
        migrations.RunSQL(REGIONS, migrations.RunSQL.noop),
        migrations.RunSQL(DECISIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LEADS, migrations.RunSQL.noop),
        migrations.RunSQL(NO_MONEY, migrations.RunSQL.noop),
    ]
