"""Paydays: arranged by whoever keeps the county's payrolls, known to everybody, families among them."""

import uuid

import django.db.models.functions.datetime
from django.db import migrations, models

DOORS = r"""
select guard.by_region('payments_payday', 'county');
-- A family is told when it is paid next, and so is everybody else.
create policy known_to_all on payments_payday for select using ((select guard.scope_actor()) is not null);
select guard.needs_actor('payments_payday');
select guard.append_only('payments_payday');
select assessment_closed_to_sweeps('payments_payday');

create function payments_payday_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stands before insert on payments_payday for each row execute function payments_payday_stands();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_held"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("county", models.CharField(max_length=6, verbose_name="县（市、区）")),
                ("programme", models.CharField(max_length=40, verbose_name="待遇")),
                ("since", models.DateField(verbose_name="起始月份")),
                ("number", models.SmallIntegerField(verbose_name="第几次登记")),
                ("day", models.SmallIntegerField(verbose_name="每月几日")),
                (
                    "rest",
                    models.CharField(
                        choices=[("before", "提前到前一个工作日"), ("after", "顺延到后一个工作日")],
                        max_length=8,
                        verbose_name="遇休息日",
                    ),
                ),
                ("document", models.CharField(max_length=200, verbose_name="依据")),
                ("actor", models.CharField(max_length=80, verbose_name="登记人")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="登记时间"
                    ),
                ),
            ],
            options={
                "verbose_name": "发放日",
                "verbose_name_plural": "发放日",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("county", "programme", "since", "number"), name="payday_numbered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("county__regex", "^[0-9]{6}$")), name="payday_of_a_county"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "programme__in",
                                [
                                    "dibao",
                                    "single",
                                    "phase_out",
                                    "tekun",
                                    "relief_emergency",
                                    "relief_expenditure",
                                    "orphan",
                                    "unattended",
                                    "living_subsidy",
                                    "care_subsidy",
                                    "old_age",
                                    "centenarian",
                                    "study_aid",
                                ],
                            )
                        ),
                        name="payday_of_a_programme",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__gte", 1), ("day__lte", 31), ("number__gte", 1), ("since__day", 1)
                        ),
                        name="payday_in_a_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rest__in", ["before", "after"])), name="payday_rest_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", ""), _negated=True), name="payday_rests_on_something"
                    ),
                ],
            },
        ),
        migrations.RunSQL(DOORS, migrations.RunSQL.noop),
    ]
