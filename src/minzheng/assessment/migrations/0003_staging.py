"""Where a county's findings stand while its transaction compares them with the leads: never seen by anybody else."""

from django.db import migrations

STAGED = r"""
create unlogged table assessment_staged (
    household_id bigint not null, person_id bigint, programme text not null, programme_code smallint not null,
    division varchar(9) not null, village bigint not null, kind smallint not null, outcome smallint not null,
    fen bigint, received_fen bigint, gap_fen bigint not null, questions smallint not null, asks jsonb not null,
    deciding text not null, clauses varchar(24)[] not null, sentence text not null, attention smallint not null,
    score int not null, lead_id bigint, held text, note text not null default '',
    closed_kind smallint, closed_at timestamptz, silent_at timestamptz, peace boolean, material text
);
select guard.by_region('assessment_staged');
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0002_guarantees")]

    operations = [migrations.RunSQL(STAGED, "drop table assessment_staged")]
