"""No slot is ever overfull, nobody holds two open bookings of a kind, and each step follows from the last: by the database."""

from django.db import migrations

GUARD = r"""
select guard.by_region('booking_office');
select guard.by_region('booking_window');
select guard.by_region('booking_openinghours');
select guard.by_region('booking_specialday');
select guard.by_region('booking_slot');
select guard.by_region('booking_booking');
select guard.by_region('booking_party');

do $$
declare
    name text;
begin
    foreach name in array array['office', 'window', 'slot', 'booking', 'party'] loop
        execute format('create trigger no_removal before delete or truncate on %I'
            ' for each statement execute function guard.refuse_change()', 'booking_' || name);
    end loop;
end
$$;

create function booking_today() returns date
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce((select day from public.base_businessdate where id = 1),
                    (clock_timestamp() at time zone 'Asia/Shanghai')::date)
$$;

create function booking_refuse(message text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '%', message using errcode = 'restrict_violation';
end
$$;

-- What belongs to an office lies where it lies, and stays with it.
create function booking_of_office() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.office_id <> old.office_id then
        perform public.booking_refuse('it stays with its office');
    end if;
    new.division := (select o.division from public.booking_office o where o.id = new.office_id);
    if new.division is null then
        perform public.booking_refuse('no such office here');
    end if;
    return new;
end
$$;
create trigger a_of_office before insert or update on booking_window for each row execute function booking_of_office();
create trigger a_of_office before insert or update on booking_openinghours for each row execute function booking_of_office();
create trigger a_of_office before insert or update on booking_specialday for each row execute function booking_of_office();
create trigger a_of_office before insert or update on booking_slot for each row execute function booking_of_office();

create function booking_office_stays() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if (new.id, new.kind, new.division) is distinct from (old.id, old.kind, old.division) then
        perform public.booking_refuse('an office keeps its kind and place');
    end if;
    return new;
end
$$;
create trigger stays before update on booking_office for each row execute function booking_office_stays();

-- Whatever is written into `taken`, it is what is there. The row is locked before this counts, so that of two bookings
-- at once the second sees the first; under a snapshot older than the first it fails to serialize.
create function booking_slot_counts() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        new.taken := 0;
        return new;
    end if;
    if (new.id, new.office_id, new.day, new.starts) is distinct from (old.id, old.office_id, old.day, old.starts) then
        perform public.booking_refuse('a slot keeps its time');
    end if;
    new.taken := (select count(*) from public.booking_booking b
                  where b.slot_id = new.id and b.state in ('booked', 'arrived', 'called', 'served', 'unserved'));
    return new;
end
$$;
create trigger counts before insert or update on booking_slot for each row execute function booking_slot_counts();

create function booking_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    place public.booking_slot;
begin
    select * into place from public.booking_slot s where s.id = new.slot_id;
    if place.id is null or place.day <= public.booking_today() then
        perform public.booking_refuse('a place is booked the day before at the latest');
    end if;
    if new.state <> 'booked' or new.ticket is not null or new.window_id is not null or new.moved <> 0 or new.version <> 1 then
        perform public.booking_refuse('a booking begins as one');
    end if;
    new.office_id := place.office_id;
    new.division := place.division;
    new.day := place.day;
    new.kind := (select o.kind from public.booking_office o where o.id = place.office_id);
    new.at := clock_timestamp();
    new.changed_at := new.at;
    new.changed_by := guard.scope_actor();
    return new;
end
$$;
create trigger begins before insert on booking_booking for each row execute function booking_begins();

create function booking_goes_on() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    place public.booking_slot;
    step constant text := old.state || ' ' || new.state;
begin
    if (new.id, new.client_key, new.kind, new.phone, new.phone_index, new.at)
       is distinct from (old.id, old.client_key, old.kind, old.phone, old.phone_index, old.at)
       or new.version <> old.version + 1 then
        perform public.booking_refuse('whose booking it is does not change');
    end if;
    if new.slot_id <> old.slot_id then
        select * into place from public.booking_slot s where s.id = new.slot_id;
        if step <> 'booked booked' or new.moved <> old.moved + 1 or place.id is null
           or place.day <= public.booking_today() or old.day < public.booking_today()
           or new.kind <> (select o.kind from public.booking_office o where o.id = place.office_id) then
            perform public.booking_refuse('only what is booked is moved, to a day to come');
        end if;
        new.office_id := place.office_id;
        new.division := place.division;
        new.day := place.day;
    elsif (new.office_id, new.division, new.day, new.moved) is distinct from (old.office_id, old.division, old.day, old.moved)
          or step not in ('booked arrived', 'booked cancelled', 'booked no_show', 'arrived called', 'arrived cancelled',
                          'arrived unserved', 'called served', 'called arrived', 'called unserved') then
        perform public.booking_refuse('this step does not follow');
    end if;
    if step = 'booked arrived' and old.day <> public.booking_today() then
        perform public.booking_refuse('one arrives on the day');
    end if;
    if step = 'booked no_show' and old.day >= public.booking_today() then
        perform public.booking_refuse('the day is not over');
    end if;
    if new.ticket is distinct from old.ticket and step <> 'booked arrived'
       or new.window_id is distinct from old.window_id and step not in ('arrived called', 'called arrived') then
        perform public.booking_refuse('the ticket is given at arrival, the window by the call');
    end if;
    if step = 'arrived called' and not exists (select from public.booking_window w
            where w.id = new.window_id and w.office_id = new.office_id and not w.closed) then
        perform public.booking_refuse('one is called to an open window of the office');
    end if;
    if new.state = 'cancelled' and new.reason = '' then
        perform public.booking_refuse('a cancellation says why');
    end if;
    new.changed_at := clock_timestamp();
    new.changed_by := guard.scope_actor();
    return new;
end
$$;
create trigger goes_on before update on booking_booking for each row execute function booking_goes_on();

create function booking_takes() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    touched bigint[] := array[new.slot_id];
begin
    if tg_op = 'UPDATE' then
        touched := touched || old.slot_id;
        update public.booking_party set open = open where booking_id = new.id;
    end if;
    -- In one order, so that two who change places do not wait for each other.
    perform from public.booking_slot s where s.id = any (touched) order by s.id for no key update;
    update public.booking_slot set taken = taken where id = any (touched);
    return null;
end
$$;
create trigger takes after insert or update on booking_booking for each row execute function booking_takes();

create function booking_party_follows() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    of_booking public.booking_booking;
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - '{open,division}'::text[] <> to_jsonb(old) - '{open,division}'::text[] then
        perform public.booking_refuse('who comes does not change');
    end if;
    select * into of_booking from public.booking_booking b where b.id = new.booking_id;
    if of_booking.id is null then
        perform public.booking_refuse('no such booking here');
    end if;
    if tg_op = 'INSERT' and (of_booking.state <> 'booked' or of_booking.version <> 1) then
        perform public.booking_refuse('who comes is said when booking');
    end if;
    new.division := of_booking.division;
    new.kind := of_booking.kind;
    new.open := of_booking.state in ('booked', 'arrived', 'called');
    return new;
end
$$;
create trigger follows before insert or update on booking_party for each row execute function booking_party_follows();

-- At commit the ticket is gone already: the owner's function reads past the regions, and answers yes or no.
do $$
begin
    execute format('create policy for_guard on booking_party for select to %I using (true)', current_user);
end
$$;
create function booking_has_somebody() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from public.booking_party p where p.booking_id = new.id and p.position = 1) then
        perform public.booking_refuse('somebody comes');
    end if;
    return null;
end
$$;
create constraint trigger has_somebody after insert on booking_booking
    deferrable initially deferred for each row execute function booking_has_somebody();

-- The lists of an office: the day's queue, and the next free slot of it.
create index booking_free on booking_slot (office_id, day, starts) where taken < capacity;
create index booking_of_day on booking_booking (office_id, day);
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial"), ("base", "0010_mandates_are_of_cases")]

    operations = [migrations.RunSQL(GUARD)]
