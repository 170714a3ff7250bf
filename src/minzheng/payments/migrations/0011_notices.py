"""Short messages: what each is about, how far it got; one for each payment, its words never changed, a sent one final."""

import django.db.models.functions.datetime
from django.db import migrations, models

KEPT = r"""
create function payments_notice_steps() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_jsonb(new) - '{state,due_at,lease_until,attempts,message_id,problem,sent_at}'::text[]
       <> to_jsonb(old) - '{state,due_at,lease_until,attempts,message_id,problem,sent_at}'::text[] then
        raise exception 'a message keeps what it says and to whom' using errcode = 'restrict_violation';
    end if;
    if old.state = 'sent' then
        raise exception 'a message that was taken is not sent again' using errcode = 'restrict_violation';
    end if;
    -- What was offered may have been taken: it is asked for before it is offered again, not forgotten.
    if old.state = 'unknown' and new.state = 'waiting' then
        raise exception 'a message whose outcome is unknown is not a new one' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger steps before update on payments_notice for each row execute function payments_notice_steps();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_paydays"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="attempts",
            field=models.SmallIntegerField(default=0, verbose_name="尝试次数"),
        ),
        migrations.AddField(
            model_name="notice",
            name="due_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), verbose_name="不早于"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[("account", "收款账户变更"), ("paid", "到账通知")],
                default="account",
                max_length=8,
                verbose_name="事项",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="lease_until",
            field=models.DateTimeField(null=True, verbose_name="租约至"),
        ),
        migrations.AddField(
            model_name="notice",
            name="message_id",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="网关编号"),
        ),
        migrations.AddField(
            model_name="notice",
            name="params",
            field=models.JSONField(default=dict, verbose_name="模板内容"),
        ),
        migrations.AddField(
            model_name="notice",
            name="payment_id",
            field=models.UUIDField(null=True, verbose_name="付款"),
        ),
        migrations.AddField(
            model_name="notice",
            name="problem",
            field=models.CharField(blank=True, default="", max_length=80, verbose_name="说明"),
        ),
        migrations.AddField(
            model_name="notice",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "待发送"),
                    ("sending", "发送中"),
                    ("unknown", "结果待核实"),
                    ("sent", "网关已受理"),
                    ("dead", "没有发出"),
                ],
                default="waiting",
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sending", "unknown"])),
                fields=["due_at"],
                name="notice_due",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["state", "-at"], name="notice_by_state"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("payment_id",), name="notice_once_a_payment"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "paid"), ("payment_id__isnull", False)),
                    models.Q(("kind", "account"), ("payment_id", None)),
                    _connector="OR",
                ),
                name="notice_of_a_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "sending", "unknown", "sent", "dead"])),
                name="notice_state_known",
            ),
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
