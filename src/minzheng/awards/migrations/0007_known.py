"""What a row names is judged before any uniqueness could tell that it is there, in another county.

A unique or excluding index is asked before the judgements of a statement are: where one holds a column that names an
award or a receipt, each row is looked at first. What an award continues is an award its writer sees.
"""

from django.db import migrations

FORWARD = r"""
create function awards_known() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from public.awards_award a where a.id = new.award_id
                   and a.household_id = new.household_id and a.division = new.division) then
        perform public.awards_refuse_unknown('award');
    end if;
    return new;
end
$$;
create trigger known before insert on awards_task for each row execute function awards_known();
create trigger known before insert on awards_member for each row execute function awards_known();
create trigger known before insert on awards_term for each row execute function awards_known();

create function awards_known_receipt() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from public.registry_receipt r
                   where r.household_id = new.household_id and r.id = new.receipt_id) then
        perform public.awards_refuse_unknown('receipt of the household');
    end if;
    return new;
end
$$;
create trigger known before insert on awards_written for each row execute function awards_known_receipt();

create function awards_judge_predecessors() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_unknown('award') from added a
        left join public.awards_award p on p.id = a.predecessor_id
        where a.predecessor_id is not null and p.id is null limit 1;
    return null;
end
$$;
create trigger a_judged_predecessors after insert on awards_award referencing new table as added
    for each statement execute function awards_judge_predecessors();
"""

BACK = r"""
drop trigger a_judged_predecessors on awards_award;
drop function awards_judge_predecessors();
drop trigger known on awards_written;
drop function awards_known_receipt();
drop trigger known on awards_term;
drop trigger known on awards_member;
drop trigger known on awards_task;
drop function awards_known();
"""


class Migration(migrations.Migration):
    dependencies = [("awards", "0006_notices")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
