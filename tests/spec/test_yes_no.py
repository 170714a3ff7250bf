"""Yes, no, unknown, review

An outcome is one of four. What nobody recorded is *unknown*; what an officer must judge is a *review*. Both stay
visible until a fact or a finding settles them, and neither ever becomes a no by itself.
"""

import pytest

from minzheng.rules import Bool, Household, always, conflict, fact, finding, never, where

resident = fact("resident", "户籍在本地", Household, Bool)
employed = fact("employed", "已就业", Household, Bool)
home_finding = finding("home_finding", "住房情况符合规定", Household)
land_finding = finding("land_finding", "承包地情况符合规定", Household)


@pytest.mark.compiled
def test_and(spec):
    """`&` is 且. One no decides; otherwise a review outweighs an unknown: **no > review > unknown > yes**."""
    spec(
        resident & home_finding,
        households="""
        household | resident | home_finding | →
        1         | yes      | yes          | yes
        2         | yes      | no           | no
        3         | no       |              | no
        4         |          | yes          | unknown
        5         | yes      |              | review
        6         |          |              | review
        7         |          | no           | no
        """,
    )


@pytest.mark.compiled
def test_or(spec):
    """`|` is 或. One yes decides; otherwise **yes > review > unknown > no**."""
    spec(
        resident | home_finding,
        households="""
        household | resident | home_finding | →
        1         | no       | no           | no
        2         | yes      |              | yes
        3         |          | no           | unknown
        4         | no       |              | review
        5         |          |              | review
        6         |          | yes          | yes
        """,
    )


def test_not(spec):
    """`~` is 非. The opposite of what is not known is not known."""
    spec(
        ~resident,
        households="""
        household | resident | →
        1         | yes      | no
        2         | no       | yes
        3         |          | unknown
        """,
    )


def test_findings(spec):
    """A `finding` is an officer's dated judgement. Until it exists, what depends on it is a review, not an unknown;
    afterwards it is read like any other fact. Where the outcome does not depend on it, nobody is asked.
    """
    spec(
        home_finding & land_finding,
        households="""
        household | home_finding | land_finding | →
        1         |              |              | review
        2         | yes          |              | review
        3         | yes          | yes          | yes
        4         | no           |              | no
        """,
    )


def test_where(spec):
    """`where(condition, then, otherwise)` reads one branch. While the condition is open, the answer is sure only
    where both branches say the same.
    """
    spec(
        where(resident, ~employed, home_finding),
        households="""
        household | resident | employed | home_finding | →
        1         | yes      | no       | no           | yes
        2         | no       | no       | no           | no
        3         |          | no       | yes          | yes
        4         |          | yes      | yes          | unknown
        5         |          | yes      |              | review
        """,
    )


def test_conflict(spec):
    """`conflict` is always a review: it stands where the text contradicts itself."""
    spec(
        where(employed, conflict, resident),
        households="""
        household | resident | employed | →
        1         | yes      | no       | yes
        2         | yes      | yes      | review
        """,
    )


def test_what_must_be_judged_is_asked_for_first(spec):
    """A case that holds is for an officer to judge; while nobody knows whether it holds, that is what is missing."""
    spec(
        resident | employed.must_be_judged(),
        households="""
        household | resident | employed | →
        1         | yes      | yes      | yes
        2         | no       | yes      | review
        3         | no       | no       | no
        4         | no       |          | unknown
        5         |          | yes      | review
        6         |          |          | unknown
        """,
    )


def test_always_and_never(spec):
    """`always` and `never` are texts that ask nothing or name no case; a nearer or later text says more."""
    spec(
        (resident & always) | never,
        households="""
        household | resident | →
        1         | yes      | yes
        2         | no       | no
        3         |          | unknown
        """,
    )
