"""Whom an account names is judged before any index or foreign key could tell that he is there, in another county.

The household stands where the account is written; the person and the payee are seen by whoever writes it, or named in an
account of that household already.
"""

from django.db import migrations

FORWARD = r"""
create function payments_account_known() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from public.registry_household h
                   where h.id = new.household_id and h.village::text = new.division) then
        raise exception 'no such household' using errcode = 'foreign_key_violation';
    end if;
    if exists (select from unnest(array[new.person_id, new.payee_id]) named (id)
               where named.id is not null
                 and not exists (select from public.registry_person p where p.id = named.id)
                 and not exists (select from public.payments_account a
                                 where a.household_id = new.household_id and named.id in (a.person_id, a.payee_id))) then
        raise exception 'no such person' using errcode = 'foreign_key_violation';
    end if;
    if new.replaces_id is not null and not exists (
            select from public.payments_account a where a.id = new.replaces_id and a.household_id = new.household_id) then
        raise exception 'no such account' using errcode = 'foreign_key_violation';
    end if;
    return new;
end
$$;
create trigger a_known before insert on payments_account for each row execute function payments_account_known();
"""
BACK = "drop trigger a_known on payments_account; drop function payments_account_known();"


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_notices")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
