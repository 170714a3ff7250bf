"""No civil capacity and limited civil capacity are two things; rows that do not tell them apart keep their code."""

from django.db import migrations

FORWARD = """
alter table registry_status drop constraint registry_status_kind_check;
alter table registry_status add constraint registry_status_kind_check check (kind between 1 and 19);
"""

BACK = """
alter table registry_status drop constraint registry_status_kind_check;
alter table registry_status add constraint registry_status_kind_check check (kind between 1 and 17);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_moves")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
