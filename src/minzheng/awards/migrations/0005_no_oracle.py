"""A household or person that is not visible is refused like one that does not exist.

Foreign keys see through row-level security and would be judged first, with other words: they are judged at commit.
"""

from django.db import migrations

FORWARD = r"""
alter table awards_award alter constraint awards_award_household_id_fkey deferrable initially deferred;
alter table awards_award alter constraint awards_award_person_id_fkey deferrable initially deferred;
alter table awards_member alter constraint awards_member_person_id_fkey deferrable initially deferred;
alter table awards_award alter constraint award_of_a_case deferrable initially deferred;
alter table awards_award alter constraint award_by_a_case deferrable initially deferred;
"""


class Migration(migrations.Migration):
    dependencies = [("awards", "0004_tasks")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
