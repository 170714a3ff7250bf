"""The law of social assistance in Changzhi as provisions: national, then Shanxi, then the city and its counties.

Pure: no framework, clock, network. `load()` gives the rulebook that every engine runs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import ParameterSet, Row
from minzheng.rules.parameters import load as load_parameters

FOLDER = Path(__file__).parent
COUNTIES = {
    "140403": "潞州区", "140404": "上党区", "140405": "屯留区", "140406": "潞城区", "140423": "襄垣县", "140425": "平顺县",
    "140426": "黎城县", "140427": "壶关县", "140428": "长子县", "140429": "武乡县", "140430": "沁县", "140431": "沁源县",
}  # fmt: skip


@lru_cache(maxsize=16)
def load(enacted: tuple[Row, ...] = ()) -> Rulebook:
    """The rulebook of the files, or with rows brought into force beside them; provisions are traced and checked once."""
    return load().with_enacted(enacted) if enacted else _of_files()


@cache
def _of_files() -> Rulebook:
    from .programs import EXTRA, PROGRAMS

    return Rulebook(programs=PROGRAMS, provisions=EXTRA, parameters=parameters(), counties=tuple(COUNTIES))


def open_to_reform(book: Rulebook) -> Rulebook:
    """The rulebook for pricing a reform: whoever reforms the law sets its bounds too, so that a value above a national
    bound is a value and not a review. What is in force keeps its meaning: no value in force exceeds a bound."""
    from .declared import edge_basis, jt_basis

    return book.with_parameters(
        book.parameters.overlaid({jt_basis.key: True, edge_basis.key: True}, document="改革方案")
    )


@cache
def parameters() -> ParameterSet:
    """All dated values, from parameters/*.yaml."""
    from .declared import PARAMETERS

    return load_parameters(FOLDER / "parameters", PARAMETERS)
