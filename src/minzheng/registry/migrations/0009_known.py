"""Who is named in a row about somebody else must be seen by whoever writes it, or be named there already.

A foreign key is checked past the policies: a refused one tells that there is no such person, an accepted one that
there is, somewhere in the city. Here both are refused first, in the same words. A bulk load, which its owner validates
set-wise and no officer reaches, switches the trigger off and goes by the foreign key alone.
"""

from django.db import migrations

_FUNCTION = r"""
create function registry_known_{name}() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.{column} is not null
       and not exists (select from public.registry_person p where p.id = new.{column})
       and not exists (select from public.registry_{name} r
                       where r.{holder} = new.{holder} and r.{column} = new.{column}) then
        raise exception '{column} names nobody who is known here' using errcode = 'foreign_key_violation';
    end if;
    return new;
end
$$;
create trigger known before insert on registry_{name} for each row execute function registry_known_{name}();
"""

_NAMED = (
    ("kinship", "person_id", "relative_id"),
    ("receipt", "household_id", "person_id"),
    ("suppression", "household_id", "person_id"),
)

FORWARD = "\n".join(
    _FUNCTION.format(name=name, holder=holder, column=column) for name, holder, column in _NAMED
)
BACK = "\n".join(
    f"drop trigger known on registry_{name}; drop function registry_known_{name}();" for name, _, _ in _NAMED
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_civil_capacity")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
