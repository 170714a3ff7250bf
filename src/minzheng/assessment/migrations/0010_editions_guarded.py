"""Texts of the rulebook come into force as values do: by two natural persons over one list. Held by the database.

An edition is what its digest says, is kept for good, and is written by the policy office; the one that was in force before
anybody signed is written once, before every other. A proposal of a text names an edition that is kept. Of two texts in
force the later one is taken back first, since it was signed against the earlier one.
"""

from django.db import migrations

EDITIONS = r"""
alter table assessment_edition add constraint edition_is_its_digest
    check (digest = encode(sha256(convert_to(text, 'UTF8')), 'hex'));

create function assessment_stamp_edition() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if not new.initial then
        perform public.assessment_enacting_person();
    elsif exists (select from public.assessment_edition) then
        raise exception 'what was in force before anybody signed is written once, before every other'
            using errcode = 'restrict_violation';
    end if;
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on assessment_edition
    for each row execute function assessment_stamp_edition();

select guard.append_only('assessment_edition');
select guard.needs_actor('assessment_edition');
select assessment_closed_to_sweeps('assessment_edition');

alter table assessment_proposal
    add column edition varchar(64) generated always as (case when kind = 'text' then value end) stored,
    add constraint text_of_an_edition foreign key (edition) references assessment_edition (digest);
"""

PROPOSALS = r"""
create or replace function assessment_stamp_proposal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.natural_person := public.assessment_enacting_person();
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    if new.kind = 'withdrawal' and not exists (
        select from public.assessment_enactment e join public.assessment_proposal p on p.id = e.proposal_id
        where p.id = new.withdraws_id and p.kind <> 'withdrawal' and (p.key, p.place) = (new.key, new.place)) then
        raise exception 'only what is in force is taken back' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
"""

ENACTMENTS = r"""
create function assessment_last_text() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (
        select from public.assessment_proposal p, public.assessment_enactment later
        join public.assessment_proposal of_later on of_later.id = later.proposal_id
        where p.id = new.proposal_id and p.kind = 'withdrawal' and of_later.kind = 'text' and p.key = of_later.key
            and later.id > new.withdraws_id
            and not exists (select from public.assessment_enactment w where w.withdraws_id = later.id)) then
        raise exception 'a text signed against this one is in force and is taken back first'
            using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;
create trigger last_text after insert on assessment_enactment
    for each row execute function assessment_last_text();
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0009_editions")]

    operations = [
        migrations.RunSQL(EDITIONS, migrations.RunSQL.noop),
        migrations.RunSQL(PROPOSALS, migrations.RunSQL.noop),
        migrations.RunSQL(ENACTMENTS, migrations.RunSQL.noop),
    ]
