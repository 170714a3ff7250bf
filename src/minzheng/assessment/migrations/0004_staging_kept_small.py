"""Emptying the staging and telling the planner how many rows there are: what only the owner of the tables may do."""

from django.db import migrations

FUNCTIONS = r"""
create function assessment_clear_staging() returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if coalesce(guard.scope_actor(), '') !~ '^system:sweep' then
        raise exception 'the staging is a sweep''s' using errcode = 'insufficient_privilege';
    end if;
    truncate public.assessment_staged;
end
$$;

create function assessment_count_rows() returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    analyze public.assessment_staged, public.assessment_lead;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0003_staging")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS, "drop function assessment_clear_staging(); drop function assessment_count_rows()"
        )
    ]
