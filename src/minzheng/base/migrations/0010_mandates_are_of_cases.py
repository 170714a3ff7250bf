"""代办 is of the cases it acts in (`cases_mandate`): the table that nothing read goes, with what guarded it."""

from django.db import migrations

FORGET = """
drop trigger keep on base_mandate;
drop trigger counted on base_mandate;
drop function guard.keep_mandate();
drop function guard.count_mandate();
drop function guard.open_mandates(bigint);
drop table guard.mandate_count;
"""


class Migration(migrations.Migration):
    dependencies = [("base", "0009_days")]

    operations = [
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        migrations.DeleteModel(name="Mandate"),
    ]
