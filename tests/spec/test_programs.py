"""Programs

A program is what people are entitled to: its conditions in declared order, its amount, its place in the cascade. Its
outcome is the AND of the conditions. The first condition that made the outcome is the deciding clause; all failing ones
are listed; what is unknown is listed with the fewest questions first.
"""

from datetime import date

import pytest

from minzheng.rules import (
    Bool,
    Choice,
    Household,
    Money,
    OneOf,
    Person,
    fact,
    finding,
    people,
    program,
    provision,
    where,
    yuan,
)
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.determine import election_options
from minzheng.rules.facts import unit_facts
from minzheng.rules.parameters import ParameterSet
from tests.spec.running import TEXT

income = fact("income", "收入", Household, Money, bounds=(0, yuan(5000)))
hukou = fact("hukou", "本地户籍", Household, Bool)
home_finding = finding("home_finding", "住房情况符合规定", Household)
member = fact("member", "共同生活", Person, Bool)
disabled = fact("disabled", "重度残疾", Person, Bool)
aid_before = fact("aid_before", "上月享受补助", Household, Bool, absent=False)
family = people(member)


def clause(name, expr, of=Household):
    def text():
        """示例条文。"""
        return expr

    text.__name__ = name
    return provision(TEXT, 1, of=of, label=name)(text)


registered = clause("registered", hukou)
poor = clause("poor", income.below(yuan(600)))
home = clause("home", home_finding)
gap = clause("gap", yuan(600) - income)


def aid(**changes):
    options = {
        "label": "示例补助", "of": Household, "requires": (registered, poor, home), "amount": gap, "rank": 1,
        "cites": TEXT, "article": 2,
    }  # fmt: skip
    return program("aid", **(options | changes))


AID = aid()


@pytest.mark.compiled
def test_the_deciding_clause(spec):
    """The first condition in declared order that made the outcome decides; every failing one is listed."""
    spec(
        AID,
        households="""
        household | hukou | income | home_finding | → outcome | → decided by | → failing
        1         | yes   | 500    | yes          | yes       |              |
        2         | no    | 700    | yes          | no        | registered   | registered, poor
        3         | yes   | 700    | no           | no        | poor         | poor, home
        4         |       | 700    |              | no        | poor         | poor
        5         |       | 500    |              | review    | home         |
        6         |       | 500    | yes          | unknown   | registered   |
        7         | yes   |        | yes          | unknown   | poor         |
        """,
    )


@pytest.mark.compiled
def test_the_amount(spec):
    """The amount is exact and may still be open where the outcome is; for a no there is none."""
    spec(
        AID,
        households="""
        household | hukou | income | home_finding | → outcome | → amount
        1         | yes   | 500.50 | yes          | yes       | 99.50
        2         | yes   | 700    | yes          | no        |
        3         | yes   | 500.50 |              | review    | 99.50
        4         | yes   |        | yes          | unknown   | -4400 to 600 (unknown)
        """,
    )


def test_what_is_still_needed(spec):
    """An undecided outcome names the facts that would settle it; `ask first` is the smallest set that settles one
    condition. Facts that cannot change the outcome are not asked for.
    """
    spec(
        AID,
        households="""
        household | hukou | income | home_finding | → outcome | → needs                     | → ask first
        1         | yes   | 500    |              | review    | home_finding                | home_finding
        2         |       |        | yes          | unknown   | hukou, income               | hukou
        3         |       |        | no           | no        |                             |
        4         |       |        |              | review    | home_finding, hukou, income | home_finding
        """,
    )


def test_questions_about_people(spec):
    """Needs name the person; who surely does not count is not asked about."""
    spec(
        program(
            "care", label="护理补贴", of=Household, requires=(clause("somebody", family.any(disabled)),),
            amount=None, rank=1, cites=TEXT, article=3, cadence="status",
        ),
        people="""
        household | person | member | disabled
        1         | 1      | no     |
        1         | 2      | yes    |
        1         | 3      |        | yes
        """,
        households="""
        household | → outcome | → needs
        1         | unknown   | disabled of 2, member of 3
        """,
    )  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("on", "outcome"), [("2023-06-30", "no"), ("2023-07-01", "yes"), ("2024-07-01", "no")]
)
def test_a_program_outside_its_dates(spec, on, outcome):
    """Before it begins and after it ends a program gives nothing, and the program itself is the reason."""
    spec(
        aid(since="2023-07-01", until="2024-07-01"),
        on=on,
        households=f"""
        household | hukou | income | home_finding | → outcome | → decided by
        1         | yes   | 500    | yes          | {outcome} | {"" if outcome == "yes" else "aid"}
        """,
    )


WEALTHY = clause("wealthy", family.any(disabled & income.over(yuan(100))), of=Household)
CARER = program(
    "carer", label="照料者补助", of=Person, requires=(clause("is_disabled", disabled, of=Person),), rank=3, cites=TEXT,
    article=4, amount=clause("carer_amount", where(WEALTHY, income / 2, income + 100), of=Person),
)  # fmt: skip


@pytest.mark.compiled
def test_an_amount_that_waits_for_the_whole_household(spec):
    """A person's amount may read what is known only when all people have been looked at."""
    spec(
        CARER,
        people="""
        household | person | member | disabled | → outcome | → amount
        1         | 1      | yes    | yes      | yes       | 100
        1         | 2      | yes    | no       | no        |
        2         | 1      | yes    | yes      | yes       | 51
        2         | 2      | yes    |          | unknown   | 51
        """,
        households="""
        household | income
        1         | 200
        2         | 50
        """,
    )


# -- the cascade ------------------------------------------------------------------------------------------------------
not_on_aid = clause("not_on_aid", ~AID)
EDGE = program(
    "edge", label="边缘家庭", of=Household, requires=(registered, not_on_aid), amount=None, rank=2, cites=TEXT,
    article=4, cadence="status",
)  # fmt: skip


@pytest.mark.compiled
def test_a_later_program_reads_an_earlier_one(spec):
    """Programs are tried in the order of their rank; one may read the outcome of those before it. What is not decided
    there is not decided here.
    """
    spec(
        EDGE,
        households="""
        household | hukou | income | home_finding | → outcome
        1         | yes   | 700    | yes          | yes
        2         | yes   | 500    | yes          | no
        3         | yes   | 500    |              | review
        4         | yes   |        | yes          | unknown
        5         | no    |        |              | no
        """,
    )


def test_reading_a_program_that_is_tried_later(spec):
    """An edge against the cascade does not load: it reads the recorded status of the month before instead."""

    def wrong_order():
        early = program(
            "early", label="早", of=Household, requires=(clause("needs_aid", AID | hukou),), amount=None, rank=0,
            cites=TEXT, article=5, cadence="status",
        )  # fmt: skip
        return Rulebook(programs=[AID, early], parameters=ParameterSet([], []), counties=("140403",))

    spec.refuses(wrong_order, "which is tried after it; read its recorded status instead")


@pytest.mark.compiled
def test_the_month_before_is_a_recorded_fact(spec):
    """The recorded status (`aid_before`) is a fact like any other, so that nothing goes round in a circle."""
    spec(
        where(aid_before, income.below(yuan(900)), income.below(yuan(600))),
        households="""
        household | aid_before | income | →
        1         | yes        | 700    | yes
        2         | no         | 700    | no
        3         |            | 700    | unknown
        """,
    )


def test_a_circle_of_provisions(spec):
    """Undeclared cycles do not load; the message names the way round."""

    def circle():
        def first():
            """甲。"""
            return second_made | hukou

        def second():
            """乙。"""
            return first_made & hukou

        first_made = provision(TEXT, 6, of=Household, label="甲")(first)
        second_made = provision(TEXT, 6, of=Household, label="乙")(second)
        return first_made

    spec.refuses(circle, "depends on itself")


def test_one_person_of_a_household(spec):
    """A person's program reads the household's outcome and changes nobody else's count."""
    ill = clause("ill", disabled, of=Person)
    spec(
        program(
            "single", label="单人保", of=Person, requires=(clause("not_aided", ~AID, of=Person), ill), amount=None,
            rank=2, cites=TEXT, article=7, cadence="status",
        ),
        people="""
        household | person | disabled | → outcome | → decided by
        1         | 1      | yes      | yes       |
        1         | 2      | no       | no        | ill
        2         | 1      | yes      | no        | not_aided
        """,
        households="""
        household | hukou | income | home_finding
        1         | yes   | 700    | yes
        2         | yes   | 500    | yes
        """,
    )  # fmt: skip


# -- elections --------------------------------------------------------------------------------------------------------
class Option(Choice):
    """监护人的选择"""

    CHILD = "儿童保障"
    TEKUN = "特困供养"


option = fact("option", "选择", Household, OneOf(Option), often_unknown=True, election=True)
PAID = program(
    "paid", label="选择后的保障", of=Household, requires=(registered,), rank=1, cites=TEXT, article=8,
    amount=clause("chosen_amount", option.lookup({Option.CHILD: income + 0, Option.TEKUN: income * 2})),
    elections=(option,),
)  # fmt: skip


@pytest.mark.compiled
def test_an_open_election(spec):
    """A choice of the applicant is a dated fact; while it is open the amount is a range and the choice is needed."""
    spec(
        PAID,
        households="""
        household | hukou | income | option | → outcome | → amount               | → needs
        1         | yes   | 100    | CHILD  | yes       | 100                    |
        2         | yes   | 100    |        | yes       | 100 to 200 (unknown)   | option
        """,
    )


def test_each_option_is_shown_with_its_amount():
    """`election_options` gives the determination under each option."""
    book = Rulebook(programs=[PAID], parameters=ParameterSet([], []), counties=("140403",))
    facts = unit_facts(book.columns.values(), {"hukou": True, "income": 10_000}, [])
    found = election_options(book, facts, Situation.at("140403", date(2023, 12, 31)), option, None)
    assert {name: told.of("paid").amount for name, told in found.items()} == {
        "CHILD": 10_000,
        "TEKUN": 20_000,
    }


# -- sizes ------------------------------------------------------------------------------------------------------------
def test_a_household_of_more_than_sixty(spec):
    """Counts are bounded; a household beyond the bound is a review in every program, in every engine."""
    crowd = "\n".join(f"1 | {n} | yes | no" for n in range(1, 62))
    spec(
        program(
            "care", label="护理补贴", of=Household, requires=(clause("anybody", family.any(disabled)),), amount=None,
            rank=1, cites=TEXT, article=3, cadence="status",
        ),
        people=f"household | person | member | disabled\n{crowd}\n2 | 1 | yes | yes",
        households="""
        household | → outcome
        1         | review
        2         | yes
        """,
    )  # fmt: skip


# -- what does not load -----------------------------------------------------------------------------------------------
def test_programs_that_do_not_hold_together(spec):
    """Each mistake names the program and the line."""
    spec.refuses(lambda: aid(cadence="weekly"), "cadence is one of")
    spec.refuses(lambda: aid(requires=()), "between 1 and 30 conditions")

    def twice():
        clone = clause("registered", hukou)
        return Rulebook(
            programs=[AID, program(
                "other", label="另", of=Household, requires=(clone,), amount=None, rank=3, cites=TEXT, article=9,
            )],
            parameters=ParameterSet([], []), counties=("140403",),
        )  # fmt: skip

    spec.refuses(twice, "two rules are named registered")
