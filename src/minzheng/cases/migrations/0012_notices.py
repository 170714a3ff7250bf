"""Letters of no case: where they are seen, that they are of a household there, that each thing is told once.

Frozen text.
"""

from django.db import migrations, models

GUARDS = r"""
create policy of_a_household on cases_letterrow
    using (case_id is null and division ^@ any ((select guard.scope_regions())::text[]))
    with check (case_id is null and division ^@ any ((select guard.scope_regions())::text[]));
create policy own on cases_letterrow for select
    using (case_id is null and household_id = (select guard.scope_household()));
create trigger b_about_somebody before insert on cases_letterrow for each row
    when (new.case_id is null) execute function cases_about_somebody_here();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_corrections")]

    operations = [
        migrations.AlterField(
            model_name="letterrow",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="letters",
                to="cases.case",
                verbose_name="办件",
            ),
        ),
        migrations.AddField(
            model_name="letterrow",
            name="household_id",
            field=models.BigIntegerField(null=True, verbose_name="家庭"),
        ),
        migrations.AddField(
            model_name="letterrow",
            name="about",
            field=models.UUIDField(null=True, unique=True, verbose_name="告知事项"),
        ),
        migrations.AddIndex(
            model_name="letterrow",
            index=models.Index(fields=["household_id"], name="letter_by_household"),
        ),
        migrations.AddConstraint(
            model_name="letterrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("about", None), ("case__isnull", False), ("household_id", None)),
                    models.Q(("about__isnull", False), ("case", None), ("household_id__isnull", False)),
                    _connector="OR",
                ),
                name="letter_of_a_case_or_of_a_household",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
