"""Two natural persons sign over one list, and the list they signed is the one that is kept: held by the database.

Who signs, which natural person that is and when is read from the ticket and the staff, whatever the statement says.
The digest of a list is computed here again from its rows when somebody signs, and a signed list takes no more rows.
"""

from django.db import migrations

DIGEST = r"""
-- Over the proposal, what it was priced on, the counts, and every row in a fixed order.
create function assessment_impact_digest(wanted uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select encode(sha256(convert_to(concat_ws(chr(31),
        'minzheng-enacting-1', p.id, p.kind, p.key, p.place, p.value, p.since, coalesce(p.withdraws_id::text, ''),
        p.document, p.link, p.example::text, i.snapshot, i.month, i.on_day, i.rulebook, i.after, i.rows, i.summary)
        || chr(30) || coalesce((
            select string_agg(concat_ws(chr(31), r.programme, r.household_id, coalesce(r.person_id, 0), r.division,
                r.outcome_before, r.outcome_after, coalesce(r.fen_before, -1), coalesce(r.fen_after, -1)), chr(30)
                order by r.programme collate "C", r.household_id, coalesce(r.person_id, 0))
            from public.assessment_impactrow r where r.impact_id = i.id), ''), 'UTF8')), 'hex')
    from public.assessment_impact i join public.assessment_proposal p on p.id = i.proposal_id
    where i.id = wanted
$$;
"""

SIGNERS = r"""
-- The natural person behind the ticket, who must hold the office that proposes and signs (base.types.PERMISSIONS).
create function assessment_enacting_person() returns uuid
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    found_person uuid;
begin
    select natural_person into found_person from public.base_staff
    where 'staff:' || id = guard.scope_actor() and is_active and 'policy_officer' = any (roles);
    if found_person is null then
        raise exception 'only staff of the policy office propose and sign' using errcode = 'insufficient_privilege';
    end if;
    return found_person;
end
$$;

create function assessment_stamp_proposal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.natural_person := assessment_enacting_person();
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    if new.kind = 'withdrawal' and not exists (
        select from public.assessment_enactment e join public.assessment_proposal p on p.id = e.proposal_id
        where p.id = new.withdraws_id and p.kind = 'value' and (p.key, p.place) = (new.key, new.place)) then
        raise exception 'only what is in force is taken back' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger stamp before insert on assessment_proposal
    for each row execute function assessment_stamp_proposal();

create function assessment_stamp_impact() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform assessment_enacting_person();
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on assessment_impact
    for each row execute function assessment_stamp_impact();

create function assessment_stamp_signature() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    of_list uuid;
    proposer uuid;
begin
    new.natural_person := assessment_enacting_person();
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    select id into of_list from public.assessment_impact
    where proposal_id = new.proposal_id and digest = new.digest;
    if assessment_impact_digest(of_list) is distinct from new.digest then
        raise exception 'the list is not the one the digest stands for, or not all of it is seen'
            using errcode = 'restrict_violation';
    end if;
    select natural_person into proposer from public.assessment_proposal where id = new.proposal_id;
    if (new.side = 'first') <> (new.natural_person = proposer) then
        raise exception 'the proposer signs first, somebody else second' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger stamp before insert on assessment_signature
    for each row execute function assessment_stamp_signature();
"""

SIGNATURES = r"""
alter table assessment_signature
    add column first_side varchar(8) generated always as (case when side = 'second' then 'first' end) stored,
    add constraint signature_of_a_list foreign key (proposal_id, digest)
        references assessment_impact (proposal_id, digest),
    add constraint second_after_first foreign key (proposal_id, digest, first_side)
        references assessment_signature (proposal_id, digest, side);

alter table assessment_enactment
    add column second_side varchar(8) generated always as ('second') stored,
    add constraint enacted_by_two foreign key (proposal_id, digest, second_side)
        references assessment_signature (proposal_id, digest, side);

-- A signed list is closed.
create function assessment_list_is_open() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (
        select from added a join public.assessment_impact i on i.id = a.impact_id
        join public.assessment_signature s on s.proposal_id = i.proposal_id and s.digest = i.digest) then
        raise exception 'a signed list takes no more rows' using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;
create trigger open_list after insert on assessment_impactrow referencing new table as added
    for each statement execute function assessment_list_is_open();
"""

ENACTMENTS = r"""
-- One after another: a list that was made before the last enactment is of another law.
create function assessment_enact() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('minzheng.enactment'));
    new.at := clock_timestamp();
    new.day := coalesce((select day from public.base_businessdate where id = 1),
                        (clock_timestamp() at time zone 'Asia/Shanghai')::date);
    if exists (
        select from public.assessment_enactment e
        where e.id > (select after from public.assessment_impact
                      where proposal_id = new.proposal_id and digest = new.digest)) then
        raise exception 'another value came into force since the list was made' using errcode = 'serialization_failure';
    end if;
    select e.id into new.withdraws_id from public.assessment_proposal p
    join public.assessment_enactment e on e.proposal_id = p.withdraws_id where p.id = new.proposal_id;
    return new;
end
$$;
create trigger enact before insert on assessment_enactment
    for each row execute function assessment_enact();
"""

TABLES = r"""
select guard.append_only('assessment_proposal');
select guard.append_only('assessment_impact');
select guard.append_only('assessment_impactrow');
select guard.append_only('assessment_signature');
select guard.append_only('assessment_enactment');
select guard.needs_actor('assessment_proposal');
select guard.needs_actor('assessment_impact');
select guard.needs_actor('assessment_signature');
select guard.needs_actor('assessment_enactment');
select guard.by_region('assessment_impactrow');
select assessment_closed_to_sweeps('assessment_signature');
select assessment_closed_to_sweeps('assessment_enactment');
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0006_enacting"), ("base", "0004_residents")]

    operations = [
        migrations.RunSQL(DIGEST, migrations.RunSQL.noop),
        migrations.RunSQL(SIGNERS, migrations.RunSQL.noop),
        migrations.RunSQL(SIGNATURES, migrations.RunSQL.noop),
        migrations.RunSQL(ENACTMENTS, migrations.RunSQL.noop),
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
    ]
