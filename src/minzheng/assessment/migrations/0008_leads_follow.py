"""A lead follows its household to another village in the transaction of the move: who sees one sees the other."""

from django.db import migrations

FORWARD = r"""
create function assessment_leads_follow() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    update public.assessment_lead set division = new.township::text, village = new.village
    where household_id = new.id;
    return null;
end
$$;
create trigger followed_by_leads after update of village on registry_household for each row
    when (old.village <> new.village) execute function assessment_leads_follow();
"""

BACK = r"""
drop trigger followed_by_leads on registry_household;
drop function assessment_leads_follow();
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0007_enacting_guarantees"), ("registry", "0007_moves")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
