"""What a village worker and a resident read: a second, permissive policy `own` beside the one by township.

Rows carry the township. A village is known of a household only, and a person is of the village where their home is;
so the ids that a narrow ticket opens are gathered once a query, as a multirange that is searched by halving. For
tickets of townships and above the functions answer with nothing and touch no table.

Reading only: what is written in the registry is written by somebody in charge of a whole township. So a narrow
ticket cannot find out by a refused key that a row it does not see exists.
"""

from django.db import migrations

FUNCTIONS = r"""
create function registry_villages() returns bigint[]
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(region::bigint), '{}') from unnest(guard.scope_regions()) region where length(region) = 12
$$;

create function registry_own_households() returns int8multirange
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    mine bigint := guard.scope_household();
    villages bigint[];
begin
    if mine is not null then
        return int8multirange(int8range(mine, mine, '[]'));
    end if;
    villages := public.registry_villages();
    if villages = '{}' then
        return '{}';
    end if;
    return (select coalesce(range_agg(int8range(id, id, '[]')), '{}') from public.registry_household
            where township = any (array(select village / 1000 from unnest(villages) village))
              and village = any (villages));
end
$$;

-- Of a household: everybody with an open tie to it. Of a village: everybody whose home is in it.
create function registry_own_persons() returns int8multirange
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    mine bigint := guard.scope_household();
    households int8multirange := public.registry_own_households();
begin
    if isempty(households) then
        return '{}';
    end if;
    return (select coalesce(range_agg(int8range(person_id, person_id, '[]')), '{}') from public.registry_membership
            where household_id in (select generate_series(lower(part), upper(part) - 1) from unnest(households) part)
              and until is null and superseded_at is null and (home or mine is not null));
end
$$;
"""

#: A household's own policy asks no table: everything else rests on it.
HOUSEHOLD = r"""
create policy also_own on registry_household for select using (
    village = any ((select registry_villages())::bigint[]) or id = (select guard.scope_household()));
"""

PERSON = r"""
create policy also_own on registry_person for select using (id <@ (select registry_own_persons()));
"""

OF_PERSONS = (
    "hukou", "kinship", "death", "income", "asset", "certificate", "status", "capacity", "selfcare", "enrolment",
    "employment", "workoffer", "restriction", "parentstate", "choice", "lifeevent", "gap", "personversion",
)  # fmt: skip
OF_HOUSEHOLDS = ("membership", "standing", "expenditure", "relief", "finding", "receipt", "suppression")

POLICIES = "\n".join(
    [
        HOUSEHOLD,
        PERSON,
        *(
            f"create policy also_own on registry_{name} for select using (person_id <@ (select registry_own_persons()));"
            for name in OF_PERSONS
        ),
        *(
            f"create policy also_own on registry_{name} for select"
            " using (household_id <@ (select registry_own_households()));"
            for name in OF_HOUSEHOLDS
        ),
    ]
)

#: The policy now asks for more than the township; counting along an index goes on as long as the index has it.
INDEXES = r"""
drop index registry_household_open_by_township;
drop index registry_person_by_township;
create index registry_person_by_township on registry_person (township, id);
create index registry_household_open_by_township on registry_household (township, village, id) where closed_on is null;
"""

BACK = "\n".join(
    [
        "drop index registry_household_open_by_township;",
        "drop index registry_person_by_township;",
        "create index registry_person_by_township on registry_person (township);",
        "create index registry_household_open_by_township on registry_household (township) where closed_on is null;",
        *(
            f"drop policy also_own on registry_{name};"
            for name in ("household", "person", *OF_PERSONS, *OF_HOUSEHOLDS)
        ),
        "drop function registry_own_persons();",
        "drop function registry_own_households();",
        "drop function registry_villages();",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_counts"), ("base", "0004_residents")]

    operations = [migrations.RunSQL(FUNCTIONS + POLICIES + INDEXES, BACK)]
