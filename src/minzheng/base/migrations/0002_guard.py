"""The database's own guarantees: the scope ticket, row-level security by region, append-only tables, the audit chain.

Everything lives in the schema `guard`. Other apps' migrations call, with plain SQL:
`select guard.by_region('registry_person')`, `guard.append_only('…')`, `guard.needs_actor('…')`.
"""

from django.db import migrations

TICKET = r"""
create schema guard;
grant usage on schema guard to public;

-- The padded keys of the ticket's HMAC. No role but the owner reads them; the functions below do so for others.
create table guard.scope_key (
    only_row boolean primary key default true check (only_row),
    inner_pad bytea not null check (length(inner_pad) = 64),
    outer_pad bytea not null check (length(outer_pad) = 64)
);
revoke all on guard.scope_key from public;

create function guard.mac(message text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select encode(sha256(outer_pad || sha256(inner_pad || convert_to(message, 'UTF8'))), 'hex') from guard.scope_key
$$;
revoke all on function guard.mac(text) from public;

-- The parts of a ticket that is genuine and of this very transaction, else null.
create function guard.read_ticket(ticket text) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    part text[] := string_to_array(ticket, '|');
begin
    if cardinality(part) is distinct from 6
       or part[4] <> pg_backend_pid()::text
       or part[5] <> (extract(epoch from transaction_timestamp()) * 1000000)::bigint::text
       or part[3] !~ '^[0-9]{1,12}$'
       or part[3]::bigint < extract(epoch from transaction_timestamp())
       or part[6] is distinct from guard.mac(array_to_string(part[1:5], '|'))
    then
        return null;
    end if;
    return part;
end
$$;
revoke all on function guard.read_ticket(text) from public;

create function guard.open_scope(ticket text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    part text[] := guard.read_ticket(ticket);
begin
    if part is null or part[3]::bigint < extract(epoch from clock_timestamp()) then
        raise exception 'scope ticket refused' using errcode = 'insufficient_privilege';
    end if;
    perform set_config('minzheng.ticket', ticket, true);
end
$$;

create function guard.scope_actor() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (guard.read_ticket(current_setting('minzheng.ticket', true)))[1]
$$;

-- The regions of the open ticket; none without one, so that a policy over them shows nothing.
create function guard.scope_regions() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_to_array(nullif(
        (guard.read_ticket(current_setting('minzheng.ticket', true)))[2], ''), ','), '{}')
$$;

create function guard.scope_allows(division text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select division ^@ any (guard.scope_regions())
$$;
"""

HELPERS = r"""
-- Only rows whose division lies in the ticket's regions are seen and written, by the owner as well.
-- `(select ...)` makes the regions a constant of the query, verified once and not once a row.
create function guard.by_region(target regclass, division text default 'division') returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy in_scope on %1$s using (%2$I ^@ any ((select guard.scope_regions())::text[]))'
        ' with check (%2$I ^@ any ((select guard.scope_regions())::text[]))', target, division);
end
$$;
revoke all on function guard.by_region(regclass, text) from public;

create function guard.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

-- No update, delete or truncate, not by the owner either; grants of them are taken back.
create function guard.append_only(target regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    grantee text;
begin
    execute format(
        'create trigger append_only before update or delete or truncate on %s'
        ' for each statement execute function guard.refuse_change()', target);
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = target and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke update, delete, truncate, references, trigger on %s from %s', target, grantee);
    end loop;
end
$$;
revoke all on function guard.append_only(regclass) from public;

create function guard.refuse_without_actor() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if guard.scope_actor() is null then
        raise exception '% is written only inside a scope', tg_table_name using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;

-- A write with no actor fails, in a shell as well. For tables that carry no division.
create function guard.needs_actor(target regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format(
        'create trigger needs_actor before insert or update or delete on %s'
        ' for each statement execute function guard.refuse_without_actor()', target);
end
$$;
revoke all on function guard.needs_actor(regclass) from public;
"""

AUDIT = r"""
create function guard.stamp_audit() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    actor text := guard.scope_actor();
begin
    if actor is null then
        raise exception 'an audit entry needs a scope' using errcode = 'insufficient_privilege';
    end if;
    if new.actor not in ('', actor) then
        raise exception 'the audit entry names another actor' using errcode = 'insufficient_privilege';
    end if;
    new.actor := actor;
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stamp before insert on base_auditentry for each row execute function guard.stamp_audit();

-- Runs at commit, so that the chain is locked for the commit only and holds committed entries only.
create function guard.link_audit() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    at_number bigint;
    at_digest text;
begin
    perform pg_advisory_xact_lock(hashtext('minzheng.audit.chain'));
    select number, digest into at_number, at_digest from public.base_auditlink order by number desc limit 1;
    if not found then
        at_number := 0;
        at_digest := repeat('0', 64);
    end if;
    insert into public.base_auditlink (number, entry, previous, digest) values (
        at_number + 1, new.id, at_digest,
        encode(sha256(convert_to(concat_ws(chr(31), at_number + 1, at_digest, new.id,
            (extract(epoch from new.at) * 1000000)::bigint, new.actor, new.verb, new.subject_kind, new.subject,
            new.division, new.reason, new.detail), 'UTF8')), 'hex'));
    return null;
end
$$;
create constraint trigger link after insert on base_auditentry
    deferrable initially deferred for each row execute function guard.link_audit();

select guard.append_only('base_auditentry');
select guard.append_only('base_auditlink');

-- Links are written by the trigger alone.
do $$
declare
    grantee text;
begin
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = 'base_auditlink'::regclass and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke insert on base_auditlink from %s', grantee);
    end loop;
end
$$;

-- One reads one's own entries and those of one's regions; entries of no region only with a whole city in charge.
alter table base_auditentry enable row level security;
alter table base_auditentry force row level security;
create policy written_by_anyone on base_auditentry for insert with check (guard.scope_actor() is not null);
create policy read_in_scope on base_auditentry for select using (
    actor = (select guard.scope_actor())
    or (division <> '' and division ^@ any ((select guard.scope_regions())::text[]))
    or (select bool_or(length(region) <= 4) from unnest(guard.scope_regions()) region)
);

select guard.needs_actor('base_staff');
select guard.needs_actor('base_regionincharge');
select guard.needs_actor('base_businessdate');
"""


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]

    operations = [
        migrations.RunSQL(TICKET, "drop schema guard cascade"),
        migrations.RunSQL(HELPERS, migrations.RunSQL.noop),
        migrations.RunSQL(AUDIT, migrations.RunSQL.noop),
    ]
