"""The draw of supervision's samples is the database's own: nobody chooses the seed, the cases, or draws again.

Of each natural person who decided, the share of their cases, rounded up, in the order of the digest of seed and number: once
the seed stands, everybody can draw the same again. Frozen text.
"""

from django.db import migrations

FORWARD = r"""
select guard.by_region('cases_sample');
alter table cases_sampled enable row level security;
alter table cases_sampled force row level security;
create policy with_sample on cases_sampled
    using (exists (select from public.cases_sample s where s.id = sample_id))
    with check (exists (select from public.cases_sample s where s.id = sample_id));
select guard.append_only('cases_sample');
select guard.append_only('cases_sampled');

alter table cases_sample add constraint once_over_a_time exclude using gist (
    division with =, parameter with =, daterange(since, until, '[]') with &&);

-- The population of a draw as the one who draws sees it: the whole county, or the row's own policy refuses the draw.
create function cases_drawn_from(drawn public.cases_sample)
returns table (case_id bigint, number text, decider uuid, rank bigint, of bigint)
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select p.id, p.number, p.decider,
           row_number() over (partition by p.decider
                              order by encode(sha256(convert_to(drawn.seed || '|' || p.number, 'UTF8')), 'hex') collate "C"),
           count(*) over (partition by p.decider)
    from (
        select c.id, c.number, d.natural_person as decider
        from public.cases_case c
        join lateral (select natural_person from public.cases_duty
                      where case_id = c.id and side = 'decide' order by id desc limit 1) d on true
        where c.division ^@ drawn.division::text and c.outcome = 'yes'
          and c.decided_on between drawn.since and drawn.until and drawn.programmes ? c.programme::text
    ) p
$$;

create function cases_draw_begins() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if guard.actor_person() is null then
        raise exception 'a sample is drawn by a person' using errcode = 'insufficient_privilege';
    end if;
    new.seed := gen_random_uuid();
    new.drawn_by := guard.scope_actor();
    new.recorded_at := clock_timestamp();
    if new.until >= guard.business_day() then
        raise exception 'what is not over is not drawn from' using errcode = 'restrict_violation';
    end if;
    select count(*), count(*) filter (where p.rank <= ceil(p.of::numeric * new.numerator / new.denominator)),
           encode(sha256(convert_to(coalesce(string_agg(p.number, ' ' order by p.number collate "C"), ''), 'UTF8')), 'hex')
    into new.population, new.chosen, new.digest
    from public.cases_drawn_from(new) p;
    return new;
end
$$;
create trigger begins before insert on cases_sample for each row execute function cases_draw_begins();

create function cases_draw() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.cases_sampled (sample_id, case_id, decider, rank)
    select new.id, p.case_id, p.decider, p.rank from public.cases_drawn_from(new) p
    where p.rank <= ceil(p.of::numeric * new.numerator / new.denominator);
    return null;
end
$$;
create trigger draw after insert on cases_sample for each row execute function cases_draw();

create function cases_sampled_by_draw() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'cases are drawn, not chosen' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger by_draw before insert on cases_sampled for each row execute function cases_sampled_by_draw();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_samples")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
