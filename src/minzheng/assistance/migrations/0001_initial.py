"""Changes that had their review opened, and how far they were read."""

import django.db.models.functions.datetime
from django.db import migrations, models

GUARD = r"""
select guard.by_region('assistance_changetask');
select guard.append_only('assistance_changetask');
select guard.needs_actor('assistance_changetask');
select guard.needs_actor('assistance_readto');
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("base", "0004_residents"), ("cases", "0002_guarantees"), ("awards", "0002_guarantees")]

    operations = [
        migrations.CreateModel(
            name="ChangeTask",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("division", models.CharField(db_collation="C", max_length=12, verbose_name="村（社区）")),
                ("household_id", models.BigIntegerField(verbose_name="家庭")),
                ("person_id", models.BigIntegerField(verbose_name="人员")),
                ("what", models.CharField(max_length=40, verbose_name="变化")),
                ("on_day", models.DateField(verbose_name="发生日期")),
                ("award", models.UUIDField(verbose_name="待遇")),
                ("case", models.UUIDField(verbose_name="办件")),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="开启时间"
                    ),
                ),
            ],
            options={
                "verbose_name": "变化任务",
                "verbose_name_plural": "变化任务",
                "indexes": [models.Index(fields=["household_id"], name="change_by_household")],
            },
        ),
        migrations.CreateModel(
            name="ReadTo",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("events_to", models.DateTimeField(verbose_name="事件读至")),
                ("days_to", models.DateField(verbose_name="日期看至")),
            ],
            options={"verbose_name": "读取进度", "verbose_name_plural": "读取进度"},
        ),
        migrations.AddConstraint(
            model_name="changetask",
            constraint=models.UniqueConstraint(
                fields=("award", "person_id", "what", "on_day"), name="change_once_an_award"
            ),
        ),
        migrations.AddConstraint(
            model_name="changetask",
            constraint=models.CheckConstraint(
                condition=models.Q(("division__regex", "^[0-9]{12}$")), name="change_in_a_village"
            ),
        ),
        migrations.AddConstraint(
            model_name="readto",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="one_reading"),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
