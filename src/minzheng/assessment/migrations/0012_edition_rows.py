"""An edition has the rows of the parameter files as well as the texts, and says so.

An installation whose initial edition was recorded without rows records them once more, before anybody signed an edition that
has them.
"""

from django.db import migrations, models

ROWS = r"""
alter table assessment_edition add constraint edition_says_its_rows check (with_rows = (text::jsonb ? 'rows'));

create or replace function assessment_stamp_edition() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if not new.initial then
        perform public.assessment_enacting_person();
    elsif exists (select from public.assessment_edition where with_rows or not new.with_rows) then
        raise exception 'what was in force before anybody signed is written once, before every other'
            using errcode = 'restrict_violation';
    end if;
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0011_rulebook_text")]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="with_rows",
            field=models.BooleanField(db_default=False, default=False, verbose_name="含参数数值"),
        ),
        migrations.RemoveConstraint(model_name="edition", name="one_initial_edition"),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("initial", True)),
                fields=("initial", "with_rows"),
                name="one_initial_edition",
            ),
        ),
        migrations.RunSQL(ROWS, migrations.RunSQL.noop),
    ]
