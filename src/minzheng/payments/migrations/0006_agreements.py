"""An agreement by which somebody else receives a person's money (GV-5) is a document that was filed, of that household."""

from django.db import migrations

FORWARD = r"""
alter table payments_account add constraint account_agreement
    foreign key (agreement) references base_document (public_id);

create function payments_agreement_filed() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.agreement is not null and not exists (
        select from public.base_document d where d.public_id = new.agreement and d.household_id = new.household_id) then
        raise exception 'no such agreement of the household' using errcode = 'foreign_key_violation';
    end if;
    return new;
end
$$;
create trigger agreement_filed before insert on payments_account
    for each row when (new.agreement is not null) execute function payments_agreement_filed();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_set_wise"), ("base", "0005_documents")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
