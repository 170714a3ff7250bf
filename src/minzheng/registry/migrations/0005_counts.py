"""How many people and open households a township has, counted along an index a hundredth as wide as the table."""

from django.db import migrations

FORWARD = r"""
create index registry_person_by_township on registry_person (township);
create index registry_household_open_by_township on registry_household (township) where closed_on is null;
"""

BACK = r"""
drop index registry_household_open_by_township;
drop index registry_person_by_township;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_names")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
