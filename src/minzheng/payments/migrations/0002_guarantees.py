"""What the database itself holds of payments: signatures over pinned content, one live payment, the ledger, Σ paid ≤ due.

Frozen text. Tables of steps and books are the same as in `types`; a test compares. Nothing here trusts the application:
each guarantee is attacked by SQL as the application's role in tests/apps/payments.
"""

from django.db import migrations

KEYS = r"""
alter table payments_payroll
    add column maker_signs text generated always as ('maker') stored,
    add column checker_signs text generated always as ('checker') stored,
    add column approver_signs text generated always as ('approver') stored,
    add foreign key (id, digest, maker_signs, maker)
        references payments_signature (payroll_id, digest, signing, natural_person),
    add foreign key (id, digest, checker_signs, checker)
        references payments_signature (payroll_id, digest, signing, natural_person),
    add foreign key (id, digest, approver_signs, approver)
        references payments_signature (payroll_id, digest, signing, natural_person),
    add constraint payroll_pinned check (state in ('building', 'cancelled') or digest is not null),
    add constraint payroll_signed check (
        (state not in ('prepared', 'checked', 'approved', 'released', 'closed') or maker is not null)
        and (state not in ('checked', 'approved', 'released', 'closed') or checker is not null)
        and (state not in ('approved', 'released', 'closed') or approver is not null)),
    add constraint payroll_three_people check (maker <> checker and maker <> approver and checker <> approver);

alter table payments_payment
    add foreign key (award_id) references awards_award (id),
    add foreign key (claim_id, award_id, month, claim_no, fen)
        references payments_claim (id, award_id, month, claim_no, fen),
    add foreign key (reissue_of) references payments_transfer (id),
    add constraint withheld_is_not_live check (not live or (withheld = '{}' and withheld_at_release = '{}'));

alter table payments_claim
    alter public_id set default gen_random_uuid(),
    add foreign key (award_id) references awards_award (id),
    add foreign key (term_id) references awards_term (id);

-- R2 of the security design: settled by the key of its own payment, month and amount; a second payment stands on a
-- void or return of the same claim, once.
alter table payments_transfer
    alter actor set default guard.scope_actor(),
    add column settles_phase varchar(8) generated always as (
        case phase when 'post' then 'pending' when 'void' then 'pending' when 'return' then 'post' end) stored,
    add column pays uuid generated always as (case phase when 'pending' then payment_id end) stored,
    add foreign key (settles, settles_phase, payment_id, award_id, month, claim_no, fen)
        references payments_transfer (id, phase, payment_id, award_id, month, claim_no, fen),
    add foreign key (reissue_of, reissue_phase, reissue_payment, award_id, month, claim_no, reissue_fen)
        references payments_transfer (id, phase, payment_id, award_id, month, claim_no, fen),
    add foreign key (pays, award_id, month, claim_no, fen)
        references payments_payment (id, award_id, month, claim_no, fen),
    add foreign key (recovery_id) references payments_recovery (id);

alter table payments_account
    add foreign key (household_id) references registry_household (id),
    add foreign key (person_id) references registry_person (id),
    add foreign key (payee_id) references registry_person (id);
alter table payments_hold add foreign key (payment_id) references payments_payment (id);
-- The second lift stands on the first.
alter table payments_lift
    add column after_seq smallint generated always as (nullif(seq - 1, 0)) stored,
    add foreign key (hold_id, after_seq) references payments_lift (hold_id, seq);
alter table payments_recovery add foreign key (award_id) references awards_award (id);

-- What is live of an award's month, kept by trigger: the one row two payments of the same month meet at.
create table payments_monthpaid (
    award_id bigint not null,
    month date not null check (extract(day from month) = 1),
    household_id bigint not null,
    division varchar(12) not null,
    fen bigint not null check (fen >= 0),
    primary key (award_id, month),
    foreign key (award_id, household_id, division) references awards_award (id, household_id, division)
        on update cascade
);
"""

DUE = r"""
-- What is due of an award for a month: the latest term that holds it. Null: no term speaks of the month.
create function payments_due(of_award bigint, of_month date) returns bigint
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select case when t.runs then t.fen else 0 end from public.awards_term t
    where t.award_id = of_award and t.since <= of_month and (t.until is null or t.until > of_month)
    order by t.id desc limit 1
$$;

-- The platform's moment: its business date where one is set, with the time of day.
create function payments_moment() returns timestamptz
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(
        (select (day + (clock_timestamp() at time zone 'Asia/Shanghai')::time) at time zone 'Asia/Shanghai'
         from public.base_businessdate where id = 1), clock_timestamp())
$$;

-- Account numbers that more than two payees of the whole city share: their blind indexes, and nothing else of them.
create table payments_accountuse (
    number_index bytea not null,
    payee_id bigint not null,
    accounts int not null check (accounts >= 0),
    primary key (number_index, payee_id)
);
create function payments_shared_numbers() returns setof bytea
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select number_index from public.payments_accountuse where accounts > 0 and guard.scope_actor() is not null
    group by 1 having count(*) > 2
$$;
"""

PAYROLL = r"""
create table payments_step (before text not null, after text not null, primary key (before, after));
insert into payments_step values
    ('building', 'listed'), ('listed', 'prepared'), ('prepared', 'checked'), ('checked', 'approved'),
    ('approved', 'released'), ('released', 'closed'),
    ('listed', 'building'), ('prepared', 'building'), ('checked', 'building'), ('approved', 'building'),
    ('building', 'cancelled'), ('listed', 'cancelled'), ('prepared', 'cancelled'), ('checked', 'cancelled'),
    ('approved', 'cancelled');

create function payments_digest(of_payroll uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select encode(sha256(convert_to(
        (select row(r.id, r.county, r.programme, r.month, r.run)::text from public.payments_payroll r
         where r.id = of_payroll)
        || coalesce((select string_agg(row(p.id, p.award_id, p.term_id, p.month, p.claim_no, p.claim_id, p.attempt,
                p.reissue_of, p.division, p.household_id, p.person_id, p.payee_id, p.account_id, a.number_index,
                a.holder_name, a.bank_code, a.agreement, p.fen, p.exact, p.withheld)::text, E'\n' order by p.id)
            from public.payments_payment p left join public.payments_account a on a.id = p.account_id
            where p.payroll_id = of_payroll), ''), 'UTF8')), 'hex')
$$;

create function payments_stopped(of_county text) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select exists (select from public.payments_hold h where h.kind = 'stop'
        and (of_county ^@ h.division or h.division ^@ of_county)
        and not exists (select from public.payments_lift l where l.hold_id = h.id and l.seq = 2))
$$;

create function payments_payroll_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.state <> 'building' or new.version <> 1 or new.digest is not null
       or coalesce(new.maker, new.checker, new.approver) is not null then
        raise exception 'a payroll begins unsigned' using errcode = 'check_violation';
    end if;
    return new;
end
$$;

create function payments_payroll_steps() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    pinned text[] := '{digest,lines,fen,withheld,zeros}';
    sent record;
    listed record;
begin
    if (new.id, new.county, new.programme, new.month, new.run)
       is distinct from (old.id, old.county, old.programme, old.month, old.run) then
        raise exception 'a payroll keeps what it is about' using errcode = 'restrict_violation';
    end if;
    if new.version <> old.version + 1 then
        raise exception 'a changed payroll is the next version' using errcode = 'serialization_failure';
    end if;
    if not exists (select from public.payments_step s where s.before = old.state and s.after = new.state) then
        raise exception 'no step from % to %', old.state, new.state using errcode = 'restrict_violation';
    end if;
    new.changed_at := clock_timestamp();
    if new.state in ('building', 'cancelled') then
        new.digest := null; new.maker := null; new.checker := null; new.approver := null;
        new.lines := 0; new.fen := 0; new.withheld := 0; new.zeros := 0;
        return new;
    end if;
    if new.state = 'listed' then
        new.digest := public.payments_digest(new.id);
        new.maker := null; new.checker := null; new.approver := null;
        select count(*) filter (where live and p.fen > 0) as lines,
               coalesce(sum(p.fen) filter (where live), 0) as fen,
               count(*) filter (where not live) as withheld,
               count(*) filter (where live and p.fen = 0) as zeros into listed
        from public.payments_payment p where payroll_id = new.id;
        new.lines := listed.lines; new.fen := listed.fen;
        new.withheld := listed.withheld; new.zeros := listed.zeros;
        return new;
    end if;
    if (new.digest, new.lines, new.fen, new.withheld, new.zeros)
       is distinct from (old.digest, old.lines, old.fen, old.withheld, old.zeros) then
        raise exception 'a pinned payroll keeps its content' using errcode = 'restrict_violation';
    end if;
    -- Who signed before stays who signed.
    if old.maker is not null and new.maker is distinct from old.maker
       or old.checker is not null and new.checker is distinct from old.checker
       or old.approver is not null and new.approver is distinct from old.approver then
        raise exception 'a signature is not exchanged' using errcode = 'restrict_violation';
    end if;
    if new.state in ('prepared', 'checked', 'approved', 'released')
       and public.payments_digest(new.id) <> new.digest then
        raise exception 'the lines are not those that were pinned' using errcode = 'restrict_violation';
    end if;
    if new.state = 'released' then
        if public.payments_stopped(new.county) then
            raise exception 'payment is stopped' using errcode = 'restrict_violation';
        end if;
        -- What is left of the list, the ledger and the file are one and the same money.
        select count(*) as count, coalesce(sum(t.fen), 0) as fen into sent
        from public.payments_transfer t where t.payroll_id = new.id and t.phase = 'pending';
        select count(*) as count, coalesce(sum(p.fen), 0) as fen into listed
        from public.payments_payment p where p.payroll_id = new.id and p.live and p.fen > 0;
        if sent is distinct from listed then
            raise exception 'the ledger is not the list' using errcode = 'restrict_violation';
        end if;
        if sent.count > 0 and not exists (
            select from public.payments_bankfile f
            where f.payroll_id = new.id and f.count = sent.count and f.fen = sent.fen) then
            raise exception 'the bank file is not the ledger' using errcode = 'restrict_violation';
        end if;
    end if;
    if new.state = 'closed' and exists (
        select from public.payments_transfer t where t.payroll_id = new.id and t.phase = 'pending'
        and not exists (select from public.payments_transfer s where s.settles = t.id)) then
        raise exception 'payments are still open' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create function payments_payroll_ledger() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.payments_payrollevent
        (payroll_id, county, version, at, actor, before, after, digest, reason)
    values (new.id, new.county, new.version, clock_timestamp(), guard.scope_actor(),
            case when tg_op = 'INSERT' then '' else old.state end, new.state, new.digest, new.reason);
    return null;
end
$$;

create trigger begins before insert on payments_payroll for each row execute function payments_payroll_begins();
create trigger steps before update on payments_payroll for each row execute function payments_payroll_steps();
create trigger ledger after insert or update on payments_payroll
    for each row execute function payments_payroll_ledger();

-- Only the person themselves signs: who acts is read from the ticket, who that is and may do from the staff.
create function payments_signature_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    list public.payments_payroll;
    signer record;
begin
    select * into list from public.payments_payroll where id = new.payroll_id for update;
    if list.id is null then
        raise exception 'no such payroll' using errcode = 'foreign_key_violation';
    end if;
    if list.state <> (case new.signing when 'maker' then 'listed' when 'checker' then 'prepared' else 'checked' end)
       or list.digest is distinct from new.digest then
        raise exception 'there is no such content to sign now' using errcode = 'serialization_failure';
    end if;
    select s.natural_person, s.roles, s.is_active into signer
    from public.base_staff s where 'staff:' || s.id = guard.scope_actor();
    if signer is null or not signer.is_active or not (
        (case new.signing when 'maker' then 'payment_maker' when 'checker' then 'payment_checker'
         else 'payment_releaser' end) = any (signer.roles)) then
        raise exception 'a payroll is signed by staff whose work it is' using errcode = 'insufficient_privilege';
    end if;
    if new.natural_person is distinct from signer.natural_person then
        raise exception 'nobody signs for somebody else' using errcode = 'insufficient_privilege';
    end if;
    new.county := list.county;
    new.actor := guard.scope_actor();
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stands before insert on payments_signature
    for each row execute function payments_signature_stands();
"""

PAYMENTS = r"""
-- What becomes live or ceases to be is counted at the month's one row, which then stays within what is due.
create function payments_count(award bigint[], months date[], deltas bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    beyond bigint;
begin
    -- Less first: rows are there, and what is let go may be needed by what comes.
    update public.payments_monthpaid m set fen = m.fen + d.fen from (
        select u.award_id, u.month, sum(u.fen) as fen from unnest(award, months, deltas) u (award_id, month, fen)
        where u.fen < 0 group by 1, 2 order by 1, 2) d
    where m.award_id = d.award_id and m.month = d.month;
    insert into public.payments_monthpaid as held (award_id, month, household_id, division, fen)
    select d.award_id, d.month, a.household_id, a.division, d.fen from (
        select u.award_id, u.month, sum(u.fen) as fen from unnest(award, months, deltas) u (award_id, month, fen)
        where u.fen > 0 group by 1, 2) d
    join public.awards_award a on a.id = d.award_id order by 1, 2
    on conflict (award_id, month) do update set fen = held.fen + excluded.fen;
    select m.award_id into beyond from unnest(award, months, deltas) u (award_id, month, fen)
    join public.payments_monthpaid m on m.award_id = u.award_id and m.month = u.month
    where u.fen > 0 and m.fen > coalesce(public.payments_due(m.award_id, m.month), 0) limit 1;
    if beyond is not null then
        raise exception 'more than is due' using errcode = 'check_violation', constraint = 'paid_within_due';
    end if;
end
$$;
revoke all on function payments_count(bigint[], date[], bigint[]) from public;

create function payments_lines_added() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from public.payments_payroll r where r.id in (select payroll_id from added) order by r.id for share;
    if exists (
        select from added a left join public.payments_payroll r on r.id = a.payroll_id
        where r.id is null or r.state <> 'building' or r.programme <> a.programme
           or left(a.division, 6) <> r.county) then
        raise exception 'lines are added while their payroll is being built' using errcode = 'restrict_violation';
    end if;
    if exists (
        select from added a left join public.awards_award w on w.id = a.award_id
        where w.id is null or (w.household_id, w.programme) is distinct from (a.household_id, a.programme)
           or w.person_id is distinct from a.person_id or w.division <> a.division) then
        raise exception 'a line is about its award' using errcode = 'foreign_key_violation';
    end if;
    if exists (
        select from added a left join public.payments_account c on c.id = a.account_id
        where a.account_id is not null and (c.id is null or c.household_id <> a.household_id
            or c.person_id is distinct from a.person_id or c.payee_id is distinct from a.payee_id)) then
        raise exception 'a line goes to an account of its people' using errcode = 'foreign_key_violation';
    end if;
    if exists (
        select from added a left join public.awards_term t on t.id = a.term_id
        where t.id is null or t.award_id <> a.award_id) then
        raise exception 'a line rests on a term of its award' using errcode = 'foreign_key_violation';
    end if;
    perform public.payments_count(array_agg(award_id), array_agg(month), array_agg(fen)) from added
        where live and fen > 0 having count(*) > 0;
    return null;
end
$$;
create trigger added after insert on payments_payment referencing new table as added
    for each statement execute function payments_lines_added();

create function payments_lines_removed() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from public.payments_payroll r where r.id in (select payroll_id from gone) order by r.id for share;
    if exists (select from gone g join public.payments_payroll r on r.id = g.payroll_id where r.state <> 'building') then
        raise exception 'lines are taken off while their payroll is being built' using errcode = 'restrict_violation';
    end if;
    perform public.payments_count(array_agg(award_id), array_agg(month), array_agg(-fen)) from gone
        where live and fen > 0 having count(*) > 0;
    return null;
end
$$;
create trigger removed after delete on payments_payment referencing old table as gone
    for each statement execute function payments_lines_removed();

-- A line changes once: from live to not, because it is withheld at release, its payroll is cancelled, or the ledger says
-- the money did not arrive.
create function payments_line_ends() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    stands text;
begin
    if to_jsonb(new) - '{live,withheld_at_release}'::text[] <> to_jsonb(old) - '{live,withheld_at_release}'::text[]
       or not old.live or new.live then
        raise exception 'a line only ceases to be live' using errcode = 'restrict_violation';
    end if;
    if pg_trigger_depth() > 1 then
        return new;
    end if;
    select state into stands from public.payments_payroll where id = old.payroll_id for share;
    if stands is distinct from 'approved' and stands is distinct from 'cancelled'
       or exists (select from public.payments_transfer t where t.pays = old.id) then
        raise exception 'a line ceases to be live at release or by the ledger' using errcode = 'restrict_violation';
    end if;
    if stands = 'approved' and new.withheld_at_release = '{}' then
        raise exception 'a line is withheld for a reason' using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger ends before update on payments_payment for each row execute function payments_line_ends();

create function payments_lines_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform public.payments_count(array_agg(award_id), array_agg(month), array_agg(-fen)) from after_it
        where fen > 0 having count(*) > 0;
    return null;
end
$$;
create trigger ended after update on payments_payment referencing new table as after_it
    for each statement execute function payments_lines_ended();
"""

LEDGER = r"""
create table payments_entry (phase text primary key, debit text not null, credit text not null);
insert into payments_entry values
    ('pending', 'treasury', 'payable'), ('post', 'payable', 'delivered'), ('void', 'payable', 'treasury'),
    ('return', 'delivered', 'treasury'), ('refund', 'refunded', 'treasury');

create function payments_transfers_added() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from added where actor is distinct from guard.scope_actor()) then
        raise exception 'the ledger names who wrote it' using errcode = 'insufficient_privilege';
    end if;
    if exists (
        select from added a join public.payments_entry e on e.phase = a.phase
        left join public.payments_ledgeraccount d on d.id = a.debit_id
        left join public.payments_ledgeraccount c on c.id = a.credit_id
        where (d.book, c.book, d.county, c.county, d.programme, c.programme)
           is distinct from (e.debit, e.credit, a.county, a.county, a.programme, a.programme)) then
        raise exception 'money moves between the books of its phase' using errcode = 'check_violation';
    end if;
    if exists (
        select from added a left join public.payments_payment p on p.id = a.payment_id
        left join public.payments_payroll r on r.id = p.payroll_id
        where a.phase = 'pending' and (p.id is null or not p.live or r.state <> 'approved'
            or (p.payroll_id, p.division, p.household_id, p.programme, r.county, p.reissue_of)
               is distinct from (a.payroll_id, a.division, a.household_id, a.programme, a.county, a.reissue_of))) then
        raise exception 'only live lines of an approved payroll are paid' using errcode = 'restrict_violation';
    end if;
    if exists (
        select from added a join public.payments_transfer s on s.id = a.settles
        where (s.payroll_id, s.division, s.household_id, s.programme, s.county)
           is distinct from (a.payroll_id, a.division, a.household_id, a.programme, a.county)) then
        raise exception 'a payment is settled where it was made' using errcode = 'check_violation';
    end if;
    update public.payments_payment p set live = false from added a
        where a.phase in ('void', 'return') and p.id = a.payment_id and p.live;
    update public.payments_recovery r set refunded_fen = r.refunded_fen + a.fen, version = r.version + 1,
           reason = a.reason, on_day = a.on_day,
           state = case when r.refunded_fen + a.fen = r.fen then 'settled' else r.state end
        from (select recovery_id, sum(fen) as fen, max(reason) as reason, max(on_day) as on_day from added
              where phase = 'refund' group by 1) a
        where r.id = a.recovery_id;
    if exists (
        select from added a left join public.payments_recovery r on r.id = a.recovery_id
        where a.phase = 'refund' and (r.award_id, r.division, r.household_id, r.programme)
              is distinct from (a.award_id, a.division, a.household_id, a.programme)) then
        raise exception 'a refund is of its recovery' using errcode = 'foreign_key_violation';
    end if;
    return null;
end
$$;
create trigger added after insert on payments_transfer referencing new table as added
    for each statement execute function payments_transfers_added();

-- A file is what was released; only how far it got changes, and REJECTED and ANSWERED are final.
create function payments_file_steps() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_jsonb(new) - '{state,problem,changed_at}'::text[] <> to_jsonb(old) - '{state,problem,changed_at}'::text[]
       or old.state in ('rejected', 'answered') and new.state <> old.state then
        raise exception 'a bank file keeps what it is' using errcode = 'restrict_violation';
    end if;
    new.changed_at := clock_timestamp();
    return new;
end
$$;
create trigger steps before update on payments_bankfile for each row execute function payments_file_steps();

create function payments_file_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.state <> 'queued' or not exists (
        select from public.payments_payroll r
        where r.id = new.payroll_id and r.state = 'approved' and r.county = new.county) then
        raise exception 'a bank file is made at release' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger begins before insert on payments_bankfile for each row execute function payments_file_begins();

create function payments_refuse_removal() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception '% rows are never removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
"""

ACCOUNTS = r"""
create function payments_account_begins() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    former bigint;
begin
    select a.id into former from public.payments_account a
    where a.household_id = new.household_id and a.person_id is not distinct from new.person_id
    order by a.id desc limit 1;
    if new.until is not null or new.replaces_id is distinct from former then
        raise exception 'an account replaces the one before it' using errcode = 'serialization_failure';
    end if;
    -- The first account has nobody to take it from; every change waits, and the old phone hears of it.
    new.cools_until := case when former is not null then public.payments_moment() + interval '72 hours' end;
    new.actor := guard.scope_actor();
    new.recorded_at := clock_timestamp();
    insert into public.payments_accountuse as u (number_index, payee_id, accounts)
        values (new.number_index, new.payee_id, 1)
        on conflict (number_index, payee_id) do update set accounts = u.accounts + 1;
    return new;
end
$$;
create trigger begins before insert on payments_account
    for each row execute function payments_account_begins();

create function payments_account_ends() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_jsonb(new) - '{until,division}'::text[] <> to_jsonb(old) - '{until,division}'::text[]
       or old.until is not null and new.until is distinct from old.until then
        raise exception 'an account only ends' using errcode = 'restrict_violation';
    end if;
    if new.division <> old.division and not exists (
        select from public.registry_household h where h.id = new.household_id and h.village::text = new.division) then
        raise exception 'an account is where its household is' using errcode = 'restrict_violation';
    end if;
    if old.until is null and new.until is not null then
        update public.payments_accountuse set accounts = accounts - 1
        where number_index = old.number_index and payee_id = old.payee_id;
    end if;
    return new;
end
$$;
create trigger ends before update on payments_account
    for each row execute function payments_account_ends();

create function payments_hold_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.actor := guard.scope_actor();
    new.natural_person := (select s.natural_person from public.base_staff s where 'staff:' || s.id = new.actor);
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stands before insert on payments_hold for each row execute function payments_hold_stands();

create function payments_lift_stands() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    signer uuid;
begin
    select s.natural_person into signer from public.base_staff s
        where 'staff:' || s.id = guard.scope_actor() and s.is_active
        and s.roles::text[] && '{payment_maker,payment_checker,payment_releaser,county_approver,city_supervisor}';
    if signer is null or new.natural_person is distinct from signer then
        raise exception 'a hold is lifted by staff in person' using errcode = 'insufficient_privilege';
    end if;
    new.actor := guard.scope_actor();
    new.division := (select division from public.payments_hold where id = new.hold_id);
    new.at := clock_timestamp();
    return new;
end
$$;
create trigger stands before insert on payments_lift for each row execute function payments_lift_stands();
"""

RECOVERY = r"""
create table payments_recoverystep (before text not null, after text not null, primary key (before, after));
insert into payments_recoverystep values
    ('candidate', 'candidate'), ('candidate', 'ordered'), ('candidate', 'dropped'), ('candidate', 'settled'),
    ('ordered', 'ordered'), ('ordered', 'suspended'), ('ordered', 'settled'), ('ordered', 'dropped'),
    ('suspended', 'ordered'), ('suspended', 'dropped');

create function payments_recovery_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.state <> 'candidate' or new.version <> 1 or new.refunded_fen <> 0 or new.fine_fen is not null then
        raise exception 'a recovery begins as a candidate' using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger begins before insert on payments_recovery
    for each row execute function payments_recovery_begins();

create function payments_recovery_steps() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if (new.id, new.public_id, new.division, new.household_id, new.award_id, new.programme, new.since, new.until,
        new.paid_fen, new.due_fen, new.fen, new.client_key)
       is distinct from (old.id, old.public_id, old.division, old.household_id, old.award_id, old.programme,
        old.since, old.until, old.paid_fen, old.due_fen, old.fen, old.client_key) then
        raise exception 'a recovery keeps what it is about' using errcode = 'restrict_violation';
    end if;
    if new.version <> old.version + 1 then
        raise exception 'a changed recovery is the next version' using errcode = 'serialization_failure';
    end if;
    if not exists (select from public.payments_recoverystep s where s.before = old.state and s.after = new.state) then
        raise exception 'no step from % to %', old.state, new.state using errcode = 'restrict_violation';
    end if;
    if new.refunded_fen <> old.refunded_fen and pg_trigger_depth() < 2 then
        raise exception 'refunds are in the ledger' using errcode = 'restrict_violation';
    end if;
    if new.refunded_fen <> old.refunded_fen and old.state = 'suspended' then
        raise exception 'an appeal suspends recovery' using errcode = 'restrict_violation';
    end if;
    new.changed_at := clock_timestamp();
    return new;
end
$$;
create trigger steps before update on payments_recovery
    for each row execute function payments_recovery_steps();

create function payments_recovery_ledger() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.payments_recoveryevent
        (recovery_id, division, household_id, version, at, actor, state, refunded_fen, reason)
    values (new.id, new.division, new.household_id, new.version, clock_timestamp(), guard.scope_actor(), new.state,
            new.refunded_fen, new.reason);
    return null;
end
$$;
create trigger ledger after insert or update on payments_recovery
    for each row execute function payments_recovery_ledger();
"""

DOORS = r"""
select guard.by_region('payments_payroll', 'county');
select guard.by_region('payments_payrollevent', 'county');
select guard.by_region('payments_signature', 'county');
select guard.by_region('payments_payer', 'county');
select guard.by_region('payments_bankfile', 'county');
select guard.by_region('payments_outbox', 'county');
select guard.by_region('payments_returnfile', 'county');
select guard.by_region('payments_returnline', 'county');
select guard.by_region('payments_statement', 'county');
select guard.by_region('payments_statementline', 'county');
select guard.by_region('payments_ledgeraccount', 'county');
select guard.by_region('payments_account');
select guard.by_region('payments_notice');
select guard.by_region('payments_claim');
select guard.by_region('payments_payment');
select guard.by_region('payments_transfer');
select guard.by_region('payments_monthpaid');
select guard.by_region('payments_hold');
select guard.by_region('payments_lift');
select guard.by_region('payments_recovery');
select guard.by_region('payments_recoveryevent');
-- A stop of a wider division is known to everybody inside it, whoever pressed the button.
create policy stop_from_above on payments_hold for select using (
    kind = 'stop' and exists (select from unnest((select guard.scope_regions())::text[]) region where region ^@ division));
create policy stop_from_above on payments_lift for select using (
    exists (select from unnest((select guard.scope_regions())::text[]) region where region ^@ division));

select guard.by_household('payments_account');
select guard.by_household('payments_notice');
select guard.by_household('payments_claim');
select guard.by_household('payments_payment');
select guard.by_household('payments_transfer');
select guard.by_household('payments_recovery');

do $$
declare
    name text;
begin
    foreach name in array array['payroll', 'signature', 'payer', 'bankfile', 'outbox', 'returnfile', 'returnline',
        'statement', 'statementline', 'ledgeraccount', 'account', 'notice', 'claim', 'payment', 'transfer', 'hold',
        'lift', 'recovery']
    loop
        execute format('select guard.needs_actor(%L)', 'payments_' || name);
        execute format('select assessment_closed_to_sweeps(%L)', 'payments_' || name);
    end loop;
    foreach name in array array['payrollevent', 'signature', 'returnfile', 'returnline', 'statement', 'statementline',
        'ledgeraccount', 'claim', 'transfer', 'hold', 'lift', 'recoveryevent']
    loop
        execute format('select guard.append_only(%L)', 'payments_' || name);
    end loop;
    foreach name in array array['payroll', 'payer', 'bankfile', 'outbox', 'account', 'notice', 'recovery']
    loop
        execute format('create trigger no_removal before delete or truncate on %I for each statement'
                       ' execute function payments_refuse_removal()', 'payments_' || name);
    end loop;
end
$$;

do $$
declare
    grantee text;
begin
    for grantee in
        select distinct acl.grantee::regrole::text from pg_class c, aclexplode(c.relacl) acl
        where c.oid = 'payments_payment'::regclass and acl.grantee <> c.relowner and acl.grantee <> 0
    loop
        execute format('revoke insert, update, delete, truncate on payments_step, payments_entry,'
                       ' payments_recoverystep, payments_monthpaid, payments_accountuse, payments_payrollevent,'
                       ' payments_recoveryevent from %s', grantee);
        execute format('revoke select on payments_accountuse from %s', grantee);
        execute format('revoke truncate on payments_payment from %s', grantee);
    end loop;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"),
        ("awards", "0003_cases"),
        ("assessment", "0004_staging_kept_small"),
        ("registry", "0005_counts"),
        ("base", "0004_residents"),
    ]

    operations = [
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
        migrations.RunSQL(PAYROLL, migrations.RunSQL.noop),
        migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(RECOVERY, migrations.RunSQL.noop),
        migrations.RunSQL(DOORS, migrations.RunSQL.noop),
    ]
