"""What a resident's ticket may write in a case, whatever SQL is run with it."""

from django.db import migrations

RESIDENTS = r"""
-- A family applies from the portal, into the first state.
create function cases_resident_opens() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if guard.scope_household() is null then
        return new;
    end if;
    if new.channel <> 'portal' then
        raise exception 'this is not how a family applies' using errcode = 'insufficient_privilege';
    end if;
    if tg_table_name = 'cases_case' then
        if new.state not in ('submitted', 'draft') or new.mode <> '' or new.kin_registered or new.assignee_id is not null
           or new.application_id is null then
            raise exception 'this is not how a family applies' using errcode = 'insufficient_privilege';
        end if;
    end if;
    return new;
end
$$;
create trigger c_resident before insert on cases_application for each row execute function cases_resident_opens();
create trigger c_resident before insert on cases_case for each row execute function cases_resident_opens();

create function cases_resident_steps() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if guard.scope_household() is not null and new.version > 1 and new.after <> new.before and (new.action, new.after) not in (
        ('supply', 'submitted'), ('withdraw', 'withdrawn'), ('object_to_check', 'investigating'), ('object', 'objection'))
    then
        raise exception 'this is no step of a resident' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger resident before insert on cases_event for each row execute function cases_resident_steps();

create function cases_resident_changes() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    free text[] := '{state,version,due_on,due_clock,closed_on,outcome}';
begin
    if guard.scope_household() is null then
        return new;
    end if;
    if to_jsonb(new) - free <> to_jsonb(old) - free
       or (new.outcome <> old.outcome and (new.outcome <> 'withdrawn' or new.state <> 'withdrawn'))
       or (new.closed_on is distinct from old.closed_on and new.state <> 'withdrawn')
       or (new.due_on is distinct from old.due_on and new.due_on is not null and not exists (
            select from public.cases_clockrow c where c.case_id = old.id and c.due_on = new.due_on)) then
        raise exception 'this is not for a resident to change' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger resident before update on cases_case for each row execute function cases_resident_changes();

-- A resident signs for himself, and brings what is his household's.
create function cases_resident_signs() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if guard.scope_household() is not null and new.person_id <> guard.scope_person() then
        raise exception 'everybody signs for himself' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger resident before insert or update on cases_consent
    for each row execute function cases_resident_signs();
"""


ONCE = r"""
-- What a step settles for the case stays settled, in the transaction of another step as well.
create function cases_settled_once() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if (old.mode <> '' and new.mode <> old.mode)
       or (old.accepted_on is not null and new.accepted_on is distinct from old.accepted_on)
       or (old.extended_on is not null and new.extended_on is distinct from old.extended_on)
       or (old.closed_on is not null and new.closed_on is distinct from old.closed_on)
       or (old.kin_registered and not new.kin_registered) then
        raise exception 'what is settled of a case stays in its ledger' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger settled_once before update on cases_case for each row execute function cases_settled_once();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_rejections")]

    operations = [
        migrations.RunSQL(RESIDENTS, migrations.RunSQL.noop),
        migrations.RunSQL(ONCE, migrations.RunSQL.noop),
    ]
