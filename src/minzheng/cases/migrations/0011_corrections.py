"""更正: a family asks that what is registered of it be put right.

Asked by the family itself or by an officer of the region in its name, about a member of that family and nobody else;
answered once, by an officer of the region, never by the family; kept as it was. Frozen text.
"""

import uuid

import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = r"""
select guard.by_region('cases_correction');
select guard.by_household('cases_correction', writes => true);
select registry_follow('cases_correction');
create trigger no_removal before delete or truncate on cases_correction
    for each statement execute function cases_refuse_removal();

create function cases_keep_correction() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    moves text[] := '{division}';
    answers text[] := '{division,outcome,answer,answered_on,answered_by}';
begin
    if tg_op = 'INSERT' then
        new.raised_by := guard.scope_actor();
        new.recorded_at := clock_timestamp();
        if new.answered_on is not null then
            raise exception 'a correction is asked before it is answered' using errcode = 'restrict_violation';
        end if;
        new.answered_by := '';
        -- The same words for somebody of another family and for nobody.
        if not exists (
            select from public.registry_household h where h.id = new.household_id and h.village::text = new.division
              and (new.person_id is null or exists (
                  select from public.registry_membership m
                  where m.household_id = h.id and m.person_id = new.person_id and m.superseded_at is null)))
        then
            raise exception 'no such person in the household' using errcode = 'foreign_key_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - moves = to_jsonb(old) - moves then
        return new;
    end if;
    if old.answered_on is not null or to_jsonb(new) - answers <> to_jsonb(old) - answers then
        raise exception 'a correction is answered once, and stays as it was asked' using errcode = 'restrict_violation';
    end if;
    if guard.actor_staff() is null then
        raise exception 'a correction is answered by an officer' using errcode = 'insufficient_privilege';
    end if;
    new.answered_by := guard.scope_actor();
    return new;
end
$$;
create trigger keep before insert or update on cases_correction
    for each row execute function cases_keep_correction();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_mandates_guarded"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("division", models.CharField(db_collation="C", max_length=12, verbose_name="村（社区）")),
                ("household_id", models.BigIntegerField(verbose_name="家庭")),
                ("person_id", models.BigIntegerField(null=True, verbose_name="成员")),
                ("fact", models.CharField(blank=True, default="", max_length=80, verbose_name="事项")),
                ("label", models.CharField(max_length=80, verbose_name="事项名称")),
                (
                    "shown",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="登记的内容"),
                ),
                ("says", models.TextField(verbose_name="应当是")),
                ("changed_on", models.DateField(null=True, verbose_name="变化日期")),
                ("raised_on", models.DateField(verbose_name="提出日期")),
                ("due_on", models.DateField(null=True, verbose_name="答复期限")),
                (
                    "problem",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="期限无法计算的原因"
                    ),
                ),
                ("example", models.BooleanField(default=False, verbose_name="期限为示例值")),
                ("raised_by", models.CharField(db_default="", max_length=120, verbose_name="提出人")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="登记时间"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("corrected", "已更正"),
                            ("stands", "经核实登记无误"),
                            ("passed_on", "由原登记部门更正，已告知办法"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="处理",
                    ),
                ),
                ("answer", models.TextField(blank=True, default="", verbose_name="答复")),
                ("answered_on", models.DateField(null=True, verbose_name="答复日期")),
                (
                    "answered_by",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="答复人"),
                ),
            ],
            options={
                "verbose_name": "更正申请",
                "verbose_name_plural": "更正申请",
                "indexes": [
                    models.Index(fields=["household_id"], name="correction_by_household"),
                    models.Index(
                        condition=models.Q(("answered_on", None)),
                        fields=["division", "due_on"],
                        name="correction_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("says", ""), _negated=True), name="correction_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("changed_on", None), ("changed_on__lte", models.F("raised_on")), _connector="OR"
                        ),
                        name="correction_of_what_was",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_on", None), ("outcome", "")),
                            models.Q(
                                ("outcome__in", ["corrected", "stands", "passed_on"]),
                                models.Q(("answer", ""), _negated=True),
                                ("answered_on__gte", models.F("raised_on")),
                            ),
                            _connector="OR",
                        ),
                        name="correction_answered_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("answered_on", None), models.Q(("fact", ""), _negated=True)),
                        fields=("household_id", "person_id", "fact"),
                        name="one_open_correction_of_a_fact",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
