"""The city itself: the same bytes from the same seed, the right sizes, people who could exist and do not."""

import ast
import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import minzheng.demo
from minzheng.demo import figures, names
from minzheng.demo.build import all_tables, world
from minzheng.demo.kin import generation_gap
from minzheng.demo.livelihood import counted, job_cost, wages_for
from minzheng.demo.people import TODAY
from minzheng.demo.receipts import Programme
from minzheng.demo.rows import TABLE_NAMES
from minzheng.demo.shapes import Level
from minzheng.registry.divisions import real_townships
from minzheng.registry.tables import BY_NAME
from minzheng.values import identity

ON = date(2023, 12, 31)


def digest(made) -> str:
    """Over the bytes of every table as it goes to the database."""
    whole = hashlib.sha256()
    for name, table in all_tables(made):
        whole.update(name.encode())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        whole.update(sink.getvalue())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def tables(small) -> dict[str, list[pa.Table]]:
    found: dict[str, list[pa.Table]] = {}
    for name, table in all_tables(small):
        found.setdefault(name, []).append(table)
    return found


def test_the_same_scale_and_seed_give_the_same_bytes_and_another_seed_gives_others():
    first, again, other = (digest(world(0.002, seed)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_the_population_is_exactly_the_figure_at_every_scale():
    for scale in (0.001, 0.004, 0.02):
        city = world(scale, 1).city
        assert city.persons == figures.FIGURES["population"].at(scale)


def test_households_have_about_two_and_a_half_members(small):
    assert 2.45 < small.city.persons / small.city.households < 2.65


def test_the_city_ages_like_a_chinese_prefecture(small):
    age = small.city.age
    assert 0.13 < (age < 15).mean() < 0.18
    assert 0.16 < (age >= 60).mean() < 0.22
    assert 0.01 < (age >= 80).mean() < 0.03
    assert 0.47 < small.city.male.mean() < 0.53


def test_every_ten_years_of_age_are_as_many_as_the_pyramid_says_within_a_third(small):
    share = np.bincount(np.minimum(small.city.age, 89) // 10, minlength=9) / small.city.persons * 100
    pairs = np.array(figures.PYRAMID[:18]).reshape(9, 2).sum(axis=1)
    assert pairs.sum() == pytest.approx(100, abs=1)
    assert np.abs(share / pairs - 1)[:8].max() < 0.34


def test_every_township_of_the_twelve_counties_is_lived_in(small):
    assert set(np.unique(small.city.village // 1000)) == set(real_townships())
    assert len(real_townships()) == 128
    assert len({code // 1000 for code in real_townships()}) == 12


def test_the_largest_district_is_luzhou(small):
    county, count = np.unique(small.city.village // 1_000_000, return_counts=True)
    assert county[count.argmax()] == 140403


def test_identity_numbers_are_valid_unique_and_of_the_unassigned_area(tables):
    seen = set()
    for table in tables["person"]:
        columns = zip(
            table["resident_id"].to_pylist(),
            table["birth_date"].to_pylist(),
            table["sex"].to_pylist(),
            strict=True,
        )
        for number, born, sex in columns:
            if number is None:
                continue
            parsed = identity.parse(number, on=ON)
            assert parsed.area == identity.DEMO_AREA
            assert (parsed.sex is identity.Sex.MALE) == (sex == 1)
            assert number not in seen
            seen.add(number)
            assert abs((parsed.birth_date - born).days) <= 6 * 366
    assert len(seen) > 30_000


def test_only_planted_people_have_a_birth_date_that_contradicts_their_number(small, tables):
    people = tables["person"][1]
    contradicting = [
        person - 1001
        for person, number, born in zip(
            people["id"].to_pylist(),
            people["resident_id"].to_pylist(),
            people["birth_date"].to_pylist(),
            strict=True,
        )
        if number is not None and f"{born:%Y%m%d}" != number[6:14]
    ]
    assert sorted(contradicting) == sorted(small.story.hidden.wrong_birth.tolist())


def test_elders_are_made_older_and_younger_than_eighty_in_a_city_large_enough(small):
    hidden = world(0.06, 1).story.hidden
    assert np.sort(hidden.birth_shift)[-1] == 6 * 1_461 // 4 == 2_191
    assert (hidden.birth_shift == -1_461).sum() == round(0.06 * figures.MISDATED["made_older"]) == 1
    assert np.abs(small.story.hidden.birth_shift).max() <= 365


def test_people_born_on_the_first_day_of_1970_have_a_birthday_too(small):
    from minzheng.demo.world import arrow

    written = arrow({"birth_date": np.array([0, 5]), "until": np.array([0, 5])})
    assert written["birth_date"].to_pylist() == [date(1970, 1, 1), date(1970, 1, 6)]
    assert written["until"].to_pylist() == [None, date(1970, 1, 6)]


def test_whoever_holds_a_certificate_has_the_hukou_where_it_was_issued(small, tables):
    certified = set(tables["certificate"][1]["person_id"].to_pylist())
    hukou = tables["hukou"][1]
    elsewhere = {
        person
        for person, division in zip(
            hukou["person_id"].to_pylist(), hukou["division"].to_pylist(), strict=True
        )
        if division // 100 in range(1_000, 9_999) and person - 1001 < small.city.persons
    }
    assert len(elsewhere) > 50
    assert not certified & elsewhere


def test_orphans_who_study_were_recognised_before_they_were_of_age(small):
    students = small.city.member(small.city.of("orphan_student"), 2)
    since = np.maximum(small.ties.father_since, small.ties.mother_since)[students]
    assert (since < small.city.birth[students] + 18 * 365).all()


def test_names_are_written_and_read_in_step():
    chance = np.random.default_rng(1)
    male = chance.random(50) < 0.5
    surname = chance.integers(0, names.surname_count(), 50).astype(np.int16)
    given = names.draw(chance, male)
    written, read = names.names(surname, *given).to_pylist(), names.readings(surname, *given).to_pylist()
    assert all(len(name) == len(reading.split()) for name, reading in zip(written, read, strict=True))
    assert {len(name) for name in written} == {2, 3}


def test_every_table_has_the_columns_the_registry_asks_for(tables):
    assert set(TABLE_NAMES) <= set(BY_NAME)
    for name, parts in tables.items():
        required = {column.name for column in BY_NAME[name].columns if not column.optional}
        for part in parts:
            assert required - set(part.column_names) == set()


def test_children_are_younger_than_their_parents(small):
    city = small.city
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero(tie_of >= 0)
        gap = city.age[tie_of[child]] - city.age[child]
        assert gap.min() >= 16
        assert gap.max() <= 60


def test_pairs_of_generations_leave_nobody_unmatched_who_could_be_matched():
    ages = np.array([70, 80, 50, 20, 40, 60])
    parents, children = generation_gap(np.array([0, 1]), np.array([2, 3, 4, 5]), ages)
    assert sorted(parents.tolist()) == [0, 1]
    assert all(18 <= ages[p] - ages[c] <= 46 for p, c in zip(parents, children, strict=True))


@pytest.mark.parametrize("net", [0, 10_000, 100_000, 136_400, 136_500, 500_000])
def test_a_wage_found_for_a_net_amount_nets_to_it_within_a_yuan(net):
    wage = wages_for(np.array([net]))
    assert abs(int((wage - job_cost(wage))[0]) - net) <= 100


def test_incomes_stay_clear_of_every_line(small):
    assert small.story.entitled.margin[~small.story.entitled.doubtful].min() > 0.05


def test_most_households_have_nothing_unknown(small):
    assert small.story.hidden.unsettled.mean() < 0.1


def test_every_magnitude_of_the_article_holds_at_a_small_scale(small):
    receipts, scale = small.story.receipts, small.city.scale
    expected = {
        Programme.DIBAO: "dibao_households", Programme.TEKUN: "tekun", Programme.OLD_AGE: "old_age",
        Programme.SINGLE: "single", Programme.EDGE: "edge", Programme.ORPHAN: "orphan",
        Programme.UNATTENDED: "unattended", Programme.LEFT_BEHIND: "left_behind", Programme.STUDY_AID: "study_aid",
    }  # fmt: skip
    from minzheng.demo import stories

    for programme, figure in expected.items():
        drawing = len(receipts.current(programme)[0]) + stories.drawing(programme)
        # one is always missed, and in a small city that one may be the one too few
        assert 0 <= figures.FIGURES[figure].at(scale) - drawing <= 1, figure
    either = np.union1d(*(receipts.current(p)[1] for p in (Programme.LIVING_SUBSIDY, Programme.CARE_SUBSIDY)))
    assert len(either) + stories.drawing_either_subsidy() == figures.FIGURES["two_subsidies"].at(scale)


def test_whatever_is_drawn_now_was_drawn_the_month_before_as_well(small):
    programme, _home, _person, _fen, since, until = small.story.receipts.columns()
    monthly = (programme != Programme.RELIEF) & ((until == 0) | (until > TODAY))
    assert since[monthly].max() <= int(np.datetime64("2023-11-01").astype(int))


def test_so_many_came_into_dibao_and_were_assessed_since_the_measures(small, tables):
    programme, home, _person, _fen, since, _until = small.story.receipts.columns()
    first = int(np.datetime64(figures.MEASURES_SINCE).astype(int))
    phase_out = np.isin(home, small.city.of("phase_out"))
    dibao = (programme == Programme.DIBAO) & ~phase_out
    had_before = np.unique(home[dibao & (since < first)])
    new = np.setdiff1d(home[dibao & (since >= first)], had_before)
    assert small.story.entitled.members[new].sum() == figures.FIGURES["dibao_new"].at(small.city.scale)
    drawing = small.story.receipts.current(Programme.TEKUN)[1]
    assessed = small.lives.selfcare_on[drawing] >= first
    assert assessed.sum() == figures.FIGURES["selfcare_assessed"].at(small.city.scale)
    rows = tables["selfcare"][1]["since"].to_pylist()
    assert sum(since >= figures.MEASURES_SINCE for since in rows) == assessed.sum()
    assert (programme == Programme.RELIEF).sum() == figures.FIGURES["reliefs"].at(small.city.scale)


def test_nobody_in_plenty_comes_near_a_line_with_or_without_those_away(small):
    city, lives = small.city, small.lives
    net = counted(lives) - lives.income[9] + lives.raise_fen
    year = np.where(city.urban, 12 * 68_200, 663_700)
    plenty = city.at_level(Level.PLENTY)
    dead = city.any_of(lives.died_on > 0)
    for present in (np.ones(city.persons, bool), city.here):
        share = 12 * city.sum_of(np.where(present, net, 0)) / (city.sum_of(present.astype(int)) * year)
        assert share[plenty & ~dead].min() > 1.7


def test_the_generator_does_not_read_the_law():
    for path in Path(minzheng.demo.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in imported:
                assert not name.startswith(("minzheng.rules", "minzheng.rulebook", "minzheng.assessment")), (
                    path.name
                )


def test_nothing_happens_after_the_business_date(tables):
    for name, parts in tables.items():
        for part in parts:
            for column in ("since", "died_on", "on_day", "relieved_on", "reported_on"):
                if column in part.column_names:
                    latest = pa.compute.max(part[column]).as_py()
                    assert latest is None or latest <= ON, (name, column)
    assert int(np.datetime64(ON).astype(int)) == TODAY
