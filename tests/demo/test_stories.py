"""The fixed households: always there, always the same, apart from everybody else."""

from datetime import date

from minzheng.demo import stories
from minzheng.demo.build import all_tables, world
from minzheng.demo.people import FIRST_HOUSEHOLD, FIRST_PERSON
from minzheng.registry.divisions import shipped_divisions
from minzheng.values import identity


def test_ids_and_keys_are_unique_and_below_everybody_elses():
    people = [who.id for story in stories.STORIES for who in story.people]
    assert len(set(people)) == len(people)
    assert stories.LATE_HUSBAND.id not in people
    assert max(people) < FIRST_PERSON
    assert [story.id for story in stories.STORIES] == list(range(1, len(stories.STORIES) + 1))
    assert len({story.key for story in stories.STORIES}) == len(stories.STORIES) >= 10
    assert len(stories.STORIES) < FIRST_HOUSEHOLD


def test_they_are_the_same_at_every_scale_and_seed():
    def fixed(scale, seed):
        return [
            (name, table.to_pylist())
            for (name, table), _ in zip(all_tables(world(scale, seed)), stories.rows(), strict=False)
        ]

    assert fixed(0.001, 1) == fixed(0.002, 5)


def test_addresses_of_their_pages_never_change():
    assert stories.story_of("exactly_at_the_line").public_id == "70c96955-d535-4ccf-be20-9e96aecd2f91"
    assert stories.story_of("uncovered_widow").public_id == "08de2a49-4014-4cc8-9471-1a6a5b56504f"
    assert stories.story_of("uncovered_widow").people[0].public_id == "594a50e8-2dc9-4016-bf14-23113ecf1688"
    rows = stories.rows()
    assert rows["household"]["public_id"] == [story.public_id for story in stories.STORIES]
    assert len({*rows["household"]["public_id"], *rows["person"]["public_id"]}) == len(
        rows["household"]["id"]
    ) + len(rows["person"]["id"])


def test_the_stories_that_tours_and_documents_count_on_are_told():
    assert {story.key for story in stories.STORIES} >= {
        "exactly_at_the_line", "one_fen_below", "disabled_in_edge_family", "eighty_in_dibao",
        "orphan_with_grandparents", "after_a_new_job", "bachelor_turned_sixty", "uncovered_widow",
        "vehicle_to_look_at", "died_since_last_payment", "one_fact_missing",
    }  # fmt: skip


def test_one_question_settles_the_household_of_which_one_fact_is_missing():
    story = stories.story_of("one_fact_missing")
    assert not story.settled
    asked = [row for who in story.people for table, row in who.facts if table == "gap"]
    assert len(asked) == 1


def test_they_live_in_real_villages():
    real = {row.code for row in shipped_divisions() if row.level == 12 and not row.pseudo}
    assert {story.village for story in stories.STORIES} <= real


def test_their_numbers_are_valid_and_no_one_elses(small):
    own = set(stories.rows()["person"]["resident_id"])
    assert len(own) == len(stories.rows()["person"]["id"])
    for number in own:
        assert identity.parse(number, on=date(2023, 12, 31)).area == identity.DEMO_AREA
        assert int(number[14:17]) >= 980
    for name, table in all_tables(small):
        if name == "person" and table["id"][0].as_py() >= FIRST_PERSON:
            assert not own & set(table["resident_id"].to_pylist())


def test_titles_and_hints_are_written_for_people():
    for story in stories.STORIES:
        assert 4 <= len(story.title) <= 24
        assert story.look_at.endswith("。")


def test_boundary_incomes_stand_on_either_side_of_the_line():
    by_key = {story.key: story for story in stories.STORIES}
    income = {key: sum(fen for who in by_key[key].people for _kind, fen in who.incomes) for key in by_key}
    assert income["exactly_at_the_line"] == 3 * 68_200
    assert income["one_fen_below"] == 3 * 68_200 - 1
