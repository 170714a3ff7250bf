"""Households and persons move: where they were is kept, rows follow, and a household is handed over between two sides.

* `here_since` is the day of law since which a household, a person is where the row says; each change of place leaves a
  version that names the former place and the day it ended, so that a question about a day before, or as known before,
  is answered from where they were then.
* Versions carry the township of today for their policy, as every row does, and follow by the same foreign key.
* `registry_follow('cases_case')` lets a table of another app follow the household: its `division` becomes the new
  village's (12 digits, or as many as told), in the transaction of the move.
* A hand-over is offered by the township that has a household and taken by the one it goes to. The receiving side
  reads the offer and nothing else until it takes.
* Source 25 is the platform's own decisions and the work done in it.
"""

from django.db import migrations, models

SOURCES = r"""
do $$
declare
    one record;
begin
    for one in
        select conrelid::regclass::text as target, conname from pg_constraint
        where contype = 'c' and conname ~ '^registry_.*_source_check$'
    loop
        execute format('alter table %s drop constraint %I', one.target, one.conname);
        execute format('alter table %s add constraint %I check (source between 1 and 25)', one.target, one.conname);
    end loop;
end
$$;
insert into registry_source (id, code, label) values (25, 'platform', '本平台办理');
"""

PLACES = r"""
alter table registry_person add here_since date;
alter table registry_household add here_since date;

alter table registry_personversion
    add was_township int references registry_division (code),
    add until date,
    add check ((was_township is null) = (until is null));
drop trigger no_removal on registry_personversion;
create trigger no_removal before delete or truncate on registry_personversion
    for each statement execute function registry_refuse_removal();
create trigger follow_only before update on registry_personversion
    for each row execute function registry_refuse_change();

create or replace function registry_keep_version() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    moved boolean := new.township <> old.township;
begin
    if new.id <> old.id or new.public_id <> old.public_id then
        raise exception 'a person keeps its ids' using errcode = 'restrict_violation';
    end if;
    if moved and (new.here_since is null or new.here_since < old.here_since) then
        raise exception 'a person moves on a day, and not before the last move' using errcode = 'restrict_violation';
    end if;
    if moved or (new.name, new.sex, new.birth_date, new.number_index) is distinct from
                (old.name, old.sex, old.birth_date, old.number_index) then
        new.recorded_at := clock_timestamp();
        insert into public.registry_personversion (person_id, recorded_at, superseded_at, township, birth_date, sex,
            source, sealed_number, number_index, name, name_pinyin, was_township, until)
        values (old.id, old.recorded_at, new.recorded_at, old.township, old.birth_date, old.sex,
            old.source, old.sealed_number, old.number_index, old.name, old.name_pinyin,
            case when moved then old.township end, case when moved then new.here_since end);
    end if;
    return new;
end
$$;

create table registry_householdversion (
    household_id bigint not null,
    superseded_at timestamptz not null default clock_timestamp(),
    township int not null,
    was_village bigint not null references registry_division (code),
    until date,
    closed_on date,
    address text not null,
    primary key (household_id, superseded_at),
    foreign key (household_id, township) references registry_household (id, township) on update cascade
);
select registry_in_scope('registry_householdversion');
create policy also_own on registry_householdversion for select using (
    household_id <@ (select registry_own_households()));
create trigger follow_only before update on registry_householdversion
    for each row execute function registry_refuse_change();
create trigger no_removal before delete or truncate on registry_householdversion
    for each statement execute function registry_refuse_removal();

create function registry_keep_household_version() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    moved boolean := new.village <> old.village;
begin
    if (new.id, new.public_id, new.opened_on) is distinct from (old.id, old.public_id, old.opened_on) then
        raise exception 'a household keeps its ids and the day it was opened' using errcode = 'restrict_violation';
    end if;
    if moved and (old.closed_on is not null or new.here_since is null or new.here_since < old.opened_on
                  or new.here_since < old.here_since) then
        raise exception 'an open household moves on a day, and not before the last move'
            using errcode = 'restrict_violation';
    end if;
    if (new.village, new.address, new.closed_on) is distinct from (old.village, old.address, old.closed_on) then
        insert into public.registry_householdversion (household_id, township, was_village, until, closed_on, address)
        values (old.id, old.township, old.village, case when moved then new.here_since end, old.closed_on, old.address);
    end if;
    return new;
end
$$;
create trigger keep_version before update on registry_household
    for each row execute function registry_keep_household_version();
"""

FOLLOW = r"""
create function registry_rows_follow() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('update %s set %I = left($1::text, %s) where %I = $2', tg_argv[0]::regclass, tg_argv[1], tg_argv[2]::int,
                   tg_argv[3]) using new.village, new.id;
    return null;
end
$$;

create function registry_follow(
    target regclass, division text default 'division', digits int default 12, household text default 'household_id'
) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('create trigger %I after update of village on registry_household for each row'
                   ' when (old.village <> new.village) execute function public.registry_rows_follow(%L, %L, %L, %L)',
                   'followed_by_' || (select relname from pg_class where oid = target), target, division, digits, household);
end
$$;
revoke all on function registry_follow(regclass, text, int, text) from public;
"""

HANDOVERS = r"""
create table registry_handover (
    id bigint generated by default as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    household_id bigint not null references registry_household (id),
    person_id bigint references registry_person (id),
    from_township int not null references registry_division (code),
    from_village bigint not null references registry_division (code),
    to_village bigint not null references registry_division (code),
    on_day date not null,
    event smallint not null check (event between 1 and 12),
    who text not null check (who <> ''),
    people smallint not null check (people > 0),
    reason text not null check (reason <> ''),
    state smallint not null default 1 check (state between 1 and 4),
    version int not null default 1,
    offered_by text not null default '',
    offered_at timestamptz not null default clock_timestamp(),
    answered_by text,
    answered_at timestamptz,
    answer text not null default '',
    check (from_village / 1000 = from_township),
    check (to_village / 1000 <> from_township),
    check ((state = 1) = (answered_by is null))
);
create unique index registry_handover_open on registry_handover (household_id, coalesce(person_id, 0)) where state = 1;
create index registry_handover_by_receiver on registry_handover (to_village) where state = 1;
create index registry_handover_by_giver on registry_handover (from_township);

alter table registry_handover enable row level security;
alter table registry_handover force row level security;
create policy both_sides on registry_handover using (
    from_township <@ (select registry_scope()) or (to_village / 1000)::int <@ (select registry_scope()))
    with check (
    from_township <@ (select registry_scope()) or (to_village / 1000)::int <@ (select registry_scope()));

-- Offered by whoever sees the household where the offer says it is; nobody else can say that there is one.
create function registry_offer() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.state <> 1 or new.version <> 1 or not exists (
        select from public.registry_household h where h.id = new.household_id and h.township = new.from_township
           and h.village = new.from_village and h.closed_on is null)
       or (new.person_id is not null and not exists (
        select from public.registry_membership m where m.household_id = new.household_id and m.person_id = new.person_id
           and m.home and m.until is null and m.superseded_at is null)) then
        raise exception 'offered by the township that has the household' using errcode = 'insufficient_privilege';
    end if;
    new.offered_by := guard.scope_actor();
    new.offered_at := clock_timestamp();
    return new;
end
$$;
create trigger offer before insert on registry_handover for each row execute function registry_offer();

-- An offer is answered once: taken (2) or refused (3) by the side it goes to, withdrawn (4) by the side that made it.
-- Taken means that the household, the person is there: the move is made in the same transaction, before.
create function registry_answer() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    answers text[] := '{state,version,answered_by,answered_at,answer}';
    answering int;
    there boolean;
begin
    if old.state <> 1 or new.state = 1 or new.version <> old.version + 1 then
        raise exception 'an offer is answered once' using errcode = 'restrict_violation';
    end if;
    if to_jsonb(new) - answers <> to_jsonb(old) - answers then
        raise exception 'an offer is not changed' using errcode = 'restrict_violation';
    end if;
    answering := case new.state when 4 then old.from_township else (old.to_village / 1000)::int end;
    if not answering <@ public.registry_scope() then
        raise exception 'answered by the other side' using errcode = 'insufficient_privilege';
    end if;
    if new.state = 2 then
        if new.person_id is null then
            there := exists (select from public.registry_household h
                             where h.id = new.household_id and h.village = new.to_village);
        else
            there := exists (select from public.registry_person p
                             where p.id = new.person_id and p.township = new.to_village / 1000);
        end if;
        if not there then
            raise exception 'taken without the move' using errcode = 'restrict_violation';
        end if;
    end if;
    new.answered_by := guard.scope_actor();
    new.answered_at := clock_timestamp();
    return new;
end
$$;
create trigger answer before update on registry_handover for each row execute function registry_answer();
create trigger no_removal before delete or truncate on registry_handover
    for each statement execute function registry_refuse_removal();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_own")]

    operations = [
        migrations.RunSQL(
            SOURCES + PLACES + FOLLOW + HANDOVERS,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.CreateModel(
                    "Handover",
                    [("id", models.BigAutoField(primary_key=True, serialize=False))],
                    {
                        "managed": False,
                        "db_table": "registry_handover",
                        "verbose_name": "移交",
                        "verbose_name_plural": "移交",
                    },
                ),
                migrations.AddField(
                    "person", "here_since", models.DateField(null=True, verbose_name="自何日登记在此")
                ),
                migrations.AddField(
                    "household", "here_since", models.DateField(null=True, verbose_name="自何日登记在此")
                ),
            ],
        )
    ]
