"""Addresses in the order of code points, and an index by which a village's households are found by the beginning of one.

As names (0004): under a policy a beginning is a range of `>=` and `<` on a column of collation C.
"""

from django.db import migrations, models

FORWARD = r"""
alter table registry_household alter column address type text collate "C";
create index registry_household_by_address on registry_household (village, address, id, township)
    where closed_on is null;
-- A column whose collation changes loses what the planner knew about it.
analyze registry_household (address);
"""

BACK = r"""
drop index registry_household_by_address;
alter table registry_household alter column address type text collate "default";
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_changes")]

    operations = [
        migrations.RunSQL(
            FORWARD,
            BACK,
            state_operations=[
                migrations.AlterField(
                    "household",
                    "address",
                    models.TextField(db_collation="C", default="", verbose_name="住址"),
                )
            ],
        )
    ]
