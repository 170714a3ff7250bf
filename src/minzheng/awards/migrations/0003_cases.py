"""An award leads back to a decided case: the same household, the same decision (GV-1: nobody is taken in without one)."""

from django.db import migrations

FORWARD = r"""
alter table awards_award add constraint award_of_a_case foreign key (case_id) references cases_case (public_id);
alter table awards_award add constraint award_by_a_case foreign key (by_case) references cases_case (public_id);
alter table awards_event add constraint award_event_by_a_case foreign key (by_case) references cases_case (public_id);

create function awards_judge_case() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.awards_refuse_unknown('case of the household') from added a
        left join public.cases_case c on c.public_id = a.by_case and c.household_id = a.household_id
        where a.by_case is not null and c.id is null limit 1;
    if tg_op = 'INSERT' then
        perform from added a left join public.cases_case c
            on c.public_id = a.case_id and c.household_id = a.household_id and c.decision_id = a.decision_id
            where a.case_id is not null and c.id is null limit 1;
        if found then
            raise exception 'an award is opened by the decision of its case' using errcode = 'foreign_key_violation';
        end if;
    end if;
    return null;
end
$$;
create trigger a_judged_case after insert on awards_award referencing new table as added
    for each statement execute function awards_judge_case();
create trigger a_judged_case_change after update on awards_award referencing new table as added
    for each statement execute function awards_judge_case();
"""


class Migration(migrations.Migration):
    dependencies = [("awards", "0002_guarantees"), ("cases", "0002_guarantees")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
