"""The fixed households: the same people with the same ids at every scale and seed, each with a story to look at.

Written by hand as data. Tours, documents and journeys refer to them by `key` and household id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from minzheng.demo.identity import public_ids
from minzheng.demo.receipts import Programme
from minzheng.values.identity import DEMO_AREA, compose

TOWN, VILLAGE_NEAR = 140403104005, 140403104206
VILLAGE_EAST, VILLAGE_SOUTH = 140425200200, 140427103201
SINCE = date(2021, 1, 1)
BUSINESS, TRANSFERS, WAGES, LAND = 2, 7, 1, 3
BASE_PENSION, LOCAL_PENSION = 5, 6
Row = dict[str, Any]


@dataclass(frozen=True)
class Someone:
    """A person of a story. `facts` are rows of other tables by table name, without the holder."""

    id: int
    name: str
    pinyin: str
    male: bool
    born: date
    relation: int
    incomes: tuple[tuple[int, int], ...] = ()
    father: int | None = None
    mother: int | None = None
    spouse: int | None = None
    here: bool = True
    facts: tuple[tuple[str, Row], ...] = ()
    draws: tuple[tuple[Programme, int, date], ...] = ()

    @property
    def public_id(self) -> str:
        return _public_ids()[100 + self.id]


@dataclass(frozen=True)
class FixedHousehold:
    """A household with its story: what it shows and where to look. `truth` is (programme, person or None, verdict).

    `settled` says whether what the platform may know settles that truth.
    """

    id: int
    key: str
    title: str
    look_at: str
    village: int
    urban: bool
    people: tuple[Someone, ...]
    facts: tuple[tuple[str, Row], ...] = ()
    draws: tuple[tuple[Programme, int | None, date, date | None], ...] = ()
    truth: tuple[tuple[Programme, int | None, str], ...] = field(default=())
    settled: bool = True

    @property
    def township(self) -> int:
        return self.village // 1000

    @property
    def public_id(self) -> str:
        """The same at every scale and seed: addresses of pages may be written down."""
        return _public_ids()[self.id]


@cache
def _public_ids() -> list[str]:
    """Of households by id, of people by 100 more than their id."""
    return list(public_ids(np.random.default_rng(140_400), 200).to_pylist())


def story_of(key: str) -> FixedHousehold:
    """A fixed household by its key."""
    return next(story for story in STORIES if story.key == key)


def _fact(table: str, **row: Any) -> tuple[str, Row]:
    return table, row


def _labour(code: int, *, independent: bool | None = None) -> tuple[str, Row]:
    return _fact("capacity", labour=code, independent=independent, since=SINCE, source=18)


def _works(since: date = SINCE) -> tuple[str, Row]:
    return _fact("employment", since=since, source=22)


def _school(stage: int, since: date) -> tuple[str, Row]:
    return _fact("enrolment", stage=stage, full_time=True, since=since, source=8)


def _certificate(level: int, part: str, since: date = date(2019, 3, 1)) -> tuple[str, Row]:
    return _fact(
        "certificate", level=level, expires_on=date(2029, 2, 28), since=since, source=3, **{part: level}
    )


def _spell(kind: int, since: date) -> tuple[str, Row]:
    return _fact("status", kind=kind, since=since, source=7)


def _parent(parent: int, state: int, since: date, term: int | None = None) -> tuple[str, Row]:
    return _fact(
        "parentstate", parent=parent, state=state, term_months=term, since=since, source=9 if term else 14
    )


CARE, SERIOUS, ILL, RECOGNISED, FATHER_AWAY, MOTHER_AWAY = 1, 3, 4, 14, 15, 16
ILL_UNABLE = (_labour(3), _spell(ILL, date(2022, 5, 1)))
_STEADY = date(2022, 3, 1)

STORIES: tuple[FixedHousehold, ...] = (
    FixedHousehold(
        1, "exactly_at_the_line", "恰好等于标准：人均682.00元",
        "人均收入恰为682.00元，“低于”不含本数，不符合低保，已认定为低保边缘家庭。把收入改低一分再看。",
        TOWN, True,
        (
            Someone(1, "郭建平", "guo jian ping", True, date(1979, 4, 12), 1, ((BUSINESS, 204_600),), spouse=2, facts=(_works(),)),
            Someone(2, "李秀珍", "li xiu zhen", False, date(1980, 9, 3), 2, spouse=1, facts=ILL_UNABLE),
            Someone(3, "郭子涵", "guo zi han", True, date(2013, 6, 20), 3, father=1, mother=2, facts=(_school(2, date(2019, 9, 1)),)),
        ),
        draws=((Programme.EDGE, None, date(2023, 5, 1), None),),
    ),
    FixedHousehold(
        2, "one_fen_below", "低一分：人均不足682元",
        "家庭月收入2,045.99元，比标准低一分：符合低保，金额四舍五入为0元，但身份保留，医疗、教育救助随之享受。",
        TOWN, True,
        (
            Someone(4, "赵志强", "zhao zhi qiang", True, date(1978, 2, 8), 1, ((BUSINESS, 204_599),), father=11, mother=12, spouse=5,
                    facts=(_works(),)),
            Someone(5, "王凤仙", "wang feng xian", False, date(1979, 11, 25), 2, spouse=4, facts=ILL_UNABLE),
            Someone(6, "赵雨萱", "zhao yu xuan", False, date(2012, 3, 14), 3, father=4, mother=5, facts=(_school(2, date(2018, 9, 1)),)),
        ),
        draws=((Programme.DIBAO, 0, date(2023, 1, 1), None),),
    ),
    FixedHousehold(
        3, "disabled_in_edge_family", "低保边缘家庭里的重度残疾人",
        "四口之家人均900元，属低保边缘；26岁的儿子肢体一级残疾、没有收入，可以单独申请低保，目前没有享受。",
        TOWN, True,
        (
            Someone(7, "张海生", "zhang hai sheng", True, date(1970, 7, 1), 1, ((BUSINESS, 360_000),), spouse=8, facts=(_works(),)),
            Someone(8, "杨桂芳", "yang gui fang", False, date(1971, 1, 19), 2, spouse=7, facts=ILL_UNABLE),
            Someone(9, "张鹏飞", "zhang peng fei", True, date(1997, 5, 6), 3, father=7, mother=8,
                    facts=(_certificate(1, "limb"), _labour(3, independent=False))),
            Someone(10, "张佳怡", "zhang jia yi", False, date(2011, 10, 30), 3, father=7, mother=8, facts=(_school(2, date(2017, 9, 1)),)),
        ),
        draws=((Programme.EDGE, None, date(2023, 4, 1), None),),
        truth=((Programme.SINGLE, 9, "missed"), (Programme.LIVING_SUBSIDY, 9, "neutral")),
    ),
    FixedHousehold(
        4, "eighty_in_dibao", "低保家庭里刚满八十岁的老人",
        "夫妻二人月收入400元，低保964元；丈夫2023年6月15日满80周岁，又是肢体一级、需要照护：两项补贴已发，高龄补贴还没有。",
        TOWN, True,
        (
            Someone(11, "赵福贵", "zhao fu gui", True, date(1943, 6, 15), 1, ((TRANSFERS, 20_000), (BASE_PENSION, 10_300)), spouse=12,
                    facts=(_certificate(1, "limb"), _spell(CARE, date(2020, 1, 1))),
                    draws=((Programme.LIVING_SUBSIDY, 8_000, date(2020, 9, 1)), (Programme.CARE_SUBSIDY, 8_000, date(2020, 9, 1)))),
            Someone(12, "史玉兰", "shi yu lan", False, date(1945, 2, 2), 2, ((TRANSFERS, 20_000), (BASE_PENSION, 10_300)), spouse=11),
        ),
        draws=((Programme.DIBAO, 96_400, date(2020, 6, 1), None),),
        truth=((Programme.OLD_AGE, 11, "missed"),),
    ),
    FixedHousehold(
        5, "orphan_with_grandparents", "跟祖父母生活的孤儿",
        "父母都已去世，跟祖父母在农村生活，选择孤儿基本生活保障，每月1,170元；看它与特困供养、家庭人口数的关系。",
        VILLAGE_NEAR, False,
        (
            Someone(13, "牛满堂", "niu man tang", True, date(1960, 8, 17), 1, ((BUSINESS, 240_000),), spouse=14, facts=(_works(), _labour(1))),
            Someone(14, "秦改花", "qin gai hua", False, date(1962, 4, 5), 2, ((BUSINESS, 150_000),), spouse=13, facts=(_works(), _labour(1))),
            Someone(15, "牛浩然", "niu hao ran", True, date(2014, 9, 9), 5,
                    facts=(_school(2, date(2020, 9, 1)), _parent(1, 2, date(2018, 2, 3)), _parent(2, 2, date(2019, 7, 21)),
                           _spell(RECOGNISED, date(2019, 10, 1)), _fact("choice", kind=1, value=1, since=date(2019, 10, 1), source=2),
                           _fact("kinship", relative_id=13, kind=5, since=date(2014, 9, 9), source=1),
                           _fact("kinship", relative_id=14, kind=5, since=date(2014, 9, 9), source=1)),
                    draws=((Programme.ORPHAN, 117_000, date(2019, 11, 1)),)),
        ),
    ),
    FixedHousehold(
        6, "after_a_new_job", "就业以后：低保渐退",
        "父亲2023年6月就业，家庭收入超过标准；7月至12月渐退，每月仍发546元，2024年1月停发，再看是否低保边缘。",
        TOWN, True,
        (
            Someone(16, "冯国庆", "feng guo qing", True, date(1985, 10, 1), 1, spouse=17,
                    facts=(_works(date(2023, 6, 5)), _fact("income", kind=WAGES, fen=160_000, since=date(2023, 6, 1), source=5),
                           _fact("lifeevent", kind=9, on_day=date(2023, 6, 5), source=22))),
            Someone(17, "申丽娟", "shen li juan", False, date(1987, 3, 28), 2, ((BUSINESS, 150_000),), spouse=16, facts=(_works(),)),
            Someone(18, "冯梓轩", "feng zi xuan", True, date(2016, 1, 11), 3, father=16, mother=17, facts=(_school(2, date(2022, 9, 1)),)),
        ),
        facts=(_fact("finding", kind=6, holds=True, since=date(2023, 6, 28), source=18),),
        draws=((Programme.DIBAO, 45_600, date(2021, 9, 1), date(2023, 1, 1)), (Programme.DIBAO, 54_600, date(2023, 1, 1), date(2023, 7, 1)),
               (Programme.PHASE_OUT, 54_600, date(2023, 7, 1), date(2024, 1, 1))),
        truth=((Programme.DIBAO, None, "neutral"), (Programme.EDGE, None, "neutral")),
    ),
    FixedHousehold(
        7, "able_and_idle", "有劳动能力但没有就业",
        "丈夫45岁有劳动能力、没有正当理由未就业，按最低工资推定收入1,880元，低保只有166元；认定他照料完全不能自理的妻子后再看。",
        TOWN, True,
        (
            Someone(19, "路卫东", "lu wei dong", True, date(1978, 12, 1), 1, spouse=20, facts=(_labour(1),)),
            Someone(20, "靳爱莲", "jin ai lian", False, date(1980, 5, 22), 2, spouse=19, facts=(_certificate(1, "limb"), _labour(3)),
                    draws=((Programme.LIVING_SUBSIDY, 8_000, date(2021, 1, 1)),)),
            Someone(21, "路欣悦", "lu xin yue", False, date(2015, 8, 8), 3, father=19, mother=20, facts=(_school(2, date(2021, 9, 1)),)),
        ),
        draws=((Programme.DIBAO, 16_600, date(2023, 1, 1), None),),
    ),
    FixedHousehold(
        8, "dormant_business", "登记了个体户，其实早已停业",
        "人均500元，名下有2019年登记的个体户，两年没有收入：不能直接否定，应调查核实；填写核实结论后再看。",
        TOWN, True,
        (
            Someone(22, "崔建军", "cui jian jun", True, date(1986, 6, 6), 1, ((WAGES, 184_100),), spouse=23,
                    facts=(_works(), _fact("asset", kind=5, fen=None, quantity=1, since=date(2019, 4, 1), source=12))),
            Someone(23, "段晓敏", "duan xiao min", False, date(1988, 10, 16), 2, mother=27, spouse=22, facts=ILL_UNABLE),
            Someone(24, "崔俊杰", "cui jun jie", True, date(2015, 2, 27), 3, father=22, mother=23, facts=(_school(2, date(2021, 9, 1)),)),
        ),
        truth=((Programme.DIBAO, None, "neutral"),),
    ),
    FixedHousehold(
        9, "bachelor_turned_sixty", "刚满六十岁的农村独居老人",
        "2023年5月10日满60周岁，没有收入来源、没有法定义务人，六项中两项不能自理：符合特困供养，每月1,189.01元，目前没有享受。",
        VILLAGE_NEAR, False,
        (
            Someone(25, "暴根喜", "bao gen xi", True, date(1963, 5, 10), 1, ((BASE_PENSION, 10_300),),
                    facts=(_labour(3), _fact("selfcare", fails=2, since=date(2023, 10, 18), source=18))),
        ),
        truth=((Programme.TEKUN, 25, "missed"),),
    ),
    FixedHousehold(
        10, "uncovered_widow", "什么都没有享受的残疾寡妇",
        "丈夫2022年去世，她肢体二级残疾、长期需要照护，土地流转收入每月200元，女儿出嫁后也困难：低保、两项补贴都应当主动找到她。",
        VILLAGE_NEAR, False,
        (
            Someone(27, "苗月英", "miao yue ying", False, date(1965, 3, 30), 1, ((LAND, 20_000),),
                    facts=(_certificate(2, "limb"), _spell(CARE, date(2022, 2, 1)), _labour(3))),
        ),
        truth=((Programme.DIBAO, None, "missed"), (Programme.LIVING_SUBSIDY, 27, "neutral"), (Programme.CARE_SUBSIDY, 27, "missed")),
    ),
    FixedHousehold(
        11, "child_who_may_choose", "可以选择的孩子：特困供养还是事实无人抚养",
        "父亲去世、母亲服刑，跟72岁的特困祖母生活：既符合特困供养，也符合事实无人抚养儿童保障，由监护人选择，尚未选择。",
        VILLAGE_SOUTH, False,
        (
            Someone(28, "栗先娥", "li xian e", False, date(1951, 9, 12), 1, ((BASE_PENSION, 10_300), (LOCAL_PENSION, 6_000)),
                    facts=(_fact("selfcare", fails=0, since=date(2022, 11, 3), source=18),),
                    draws=((Programme.TEKUN, 90_701, date(2020, 5, 1)),)),
            Someone(29, "栗小龙", "li xiao long", True, date(2013, 4, 18), 5,
                    facts=(_school(2, date(2019, 9, 1)), _parent(1, 2, date(2020, 1, 15)), _parent(2, 8, date(2021, 6, 1), 84),
                           _fact("kinship", relative_id=28, kind=5, since=date(2013, 4, 18), source=1))),
        ),
        truth=((Programme.UNATTENDED, 29, "neutral"), (Programme.TEKUN, 29, "neutral"), (Programme.DIBAO, None, "neutral")),
    ),
    FixedHousehold(
        12, "left_behind_child", "父母都在外务工的孩子",
        "九岁，农村户籍，父母2022年起都在外地务工，由祖父母照料：应认定为农村留守儿童，签委托照护责任确认书，目前没有认定。",
        VILLAGE_EAST, False,
        (
            Someone(30, "原庆祥", "yuan qing xiang", True, date(1961, 1, 20), 1, ((BUSINESS, 220_000),), spouse=31, facts=(_works(), _labour(1))),
            Someone(31, "和巧仙", "he qiao xian", False, date(1962, 12, 12), 2, ((BUSINESS, 160_000),), spouse=30, facts=(_works(), _labour(1))),
            Someone(32, "原晓亮", "yuan xiao liang", True, date(1988, 5, 5), 3, ((WAGES, 520_000),), father=30, mother=31, spouse=33, here=False,
                    facts=(_works(), _labour(1, independent=True))),
            Someone(33, "关青苗", "guan qing miao", False, date(1990, 7, 24), 4, ((WAGES, 430_000),), spouse=32, here=False,
                    facts=(_works(), _labour(1, independent=True))),
            Someone(34, "原诗涵", "yuan shi han", False, date(2014, 11, 2), 5, father=32, mother=33,
                    facts=(_school(2, date(2021, 9, 1)), _spell(FATHER_AWAY, date(2022, 2, 10)), _spell(MOTHER_AWAY, date(2022, 2, 10)))),
        ),
        truth=((Programme.LEFT_BEHIND, 34, "missed"),),
    ),
    FixedHousehold(
        13, "vehicle_to_look_at", "名下有一辆旧面包车的低保家庭",
        "人均450元，正在享受低保；车辆信息比对发现父亲名下有一辆2012年的面包车：不能直接停发，应调查核实，填写核实结论后再看。",
        VILLAGE_EAST, False,
        (
            Someone(35, "申来喜", "shen lai xi", True, date(1981, 9, 9), 1, ((BUSINESS, 135_000),), spouse=36,
                    facts=(_works(), _fact("asset", kind=3, fen=None, quantity=1, since=date(2012, 6, 1), source=11))),
            Someone(36, "牛翠变", "niu cui bian", False, date(1983, 4, 16), 2, spouse=35, facts=ILL_UNABLE),
            Someone(37, "申雅琪", "shen ya qi", False, date(2010, 12, 5), 3, father=35, mother=36, facts=(_school(2, date(2017, 9, 1)),)),
        ),
        draws=((Programme.DIBAO, 30_900, date(2023, 1, 1), None),),
    ),
    FixedHousehold(
        14, "died_since_last_payment", "上次发放以后去世的老人",
        "独居，享受低保和高龄补贴，12月补助已发；2023年12月19日去世，殡葬信息已到：下月起应停发，复核任务应当已经打开。",
        VILLAGE_SOUTH, False,
        (
            Someone(38, "暴秀兰", "bao xiu lan", False, date(1938, 3, 3), 1, ((TRANSFERS, 6_000), (BASE_PENSION, 10_300)),
                    facts=(_fact("death", died_on=date(2023, 12, 19), source=14), _fact("lifeevent", kind=2, on_day=date(2023, 12, 19), source=14)),
                    draws=((Programme.OLD_AGE, 7_000, date(2023, 1, 1)),)),
        ),
        draws=((Programme.DIBAO, 49_300, date(2023, 1, 1), None),),
        truth=((Programme.DIBAO, None, "ended"), (Programme.OLD_AGE, 38, "ended")),
    ),
    FixedHousehold(
        15, "one_fact_missing", "只差一项事实：妻子的工资没有查清",
        "丈夫经营月收入1,200元，妻子在外县打工、工资没有查清：低保、低保边缘都不能确定；只问这一项就能确定，不能当作零也不能当作超标。",
        TOWN, True,
        (
            Someone(39, "常永胜", "chang yong sheng", True, date(1984, 8, 21), 1, ((BUSINESS, 120_000),), spouse=40, facts=(_works(),)),
            Someone(40, "霍晓燕", "huo xiao yan", False, date(1986, 2, 11), 2, spouse=39,
                    facts=(_works(), _fact("gap", kind=10, since=date(2022, 6, 1), source=2))),
            Someone(41, "常博轩", "chang bo xuan", True, date(2016, 7, 7), 3, father=39, mother=40, facts=(_school(2, date(2022, 9, 1)),)),
        ),
        truth=((Programme.DIBAO, None, "missed"),),
        settled=False,
    ),
)  # fmt: skip

#: The widow's late husband: his membership is closed, his death recorded.
LATE_HUSBAND = Someone(26, "段庆祥", "duan qing xiang", True, date(1961, 6, 2), 2, spouse=27)
LATE_HUSBAND_DIED = date(2022, 8, 9)


def drawing(programme: Programme) -> int:
    """How many rows of a programme the fixed households draw on the business date."""
    of_homes = sum(
        1
        for story in STORIES
        for what, _fen, _since, until in story.draws
        if what == programme and _runs(until)
    )
    return of_homes + sum(
        1
        for story in STORIES
        for who in story.people
        for what, _fen, _since in who.draws
        if what == programme
    )


def drawing_either_subsidy() -> int:
    both = {Programme.LIVING_SUBSIDY, Programme.CARE_SUBSIDY}
    return sum(
        1 for story in STORIES for who in story.people if both & {what for what, _fen, _since in who.draws}
    )


def _runs(until: date | None) -> bool:
    return until is None or until > date(2023, 12, 31)


def rows() -> dict[str, dict[str, list[Any]]]:
    """The fixed households as columns of the registry's tables."""
    tables: dict[str, list[Row]] = defaultdict(list)
    for table, row in _all_rows():
        tables[table].append(row)
    return {table: _columns(found) for table, found in tables.items()}


def _columns(found: list[Row]) -> dict[str, list[Any]]:
    keys = dict.fromkeys(key for row in found for key in row)
    return {key: [row.get(key, _DEFAULTS.get(key)) for row in found] for key in keys}


_DEFAULTS = {"visual": 0, "hearing": 0, "speech": 0, "limb": 0, "intellectual": 0, "mental": 0}


def _all_rows() -> Iterator[tuple[str, Row]]:
    for story in STORIES:
        yield from _household_rows(story)
        people = story.people if story.key != "uncovered_widow" else (*story.people, LATE_HUSBAND)
        for position, who in enumerate(people):
            yield from _person_rows(story, who, position)
    widow_home = story_of("uncovered_widow")
    yield "death", {
        "person_id": LATE_HUSBAND.id, "township": widow_home.township, "died_on": LATE_HUSBAND_DIED, "source": 14,
    }  # fmt: skip


def _household_rows(story: FixedHousehold) -> Iterator[tuple[str, Row]]:
    holder = {"household_id": story.id, "township": story.township}
    yield "household", {
        "id": story.id, "public_id": story.public_id, "township": story.township, "village": story.village,
        "address": f"{story.id}号楼101室" if story.urban else f"{story.id}组1号", "opened_on": date(2010, 1, 1), "source": 1,
    }  # fmt: skip
    yield "standing", {
        **holder, "registration": 1 if story.urban else 2, "contracted_land": not story.urban, "relocated_to_town": False,
        "cooperates": True, "since": date(2010, 1, 1), "source": 21,
    }  # fmt: skip
    for table, row in story.facts:
        yield table, {**holder, **row}
    for programme, fen, since, until in story.draws:
        yield "receipt", {
            **holder, "person_id": None, "programme": int(programme), "fen": fen, "since": since, "until": until, "source": 2,
        }  # fmt: skip


def _person_rows(story: FixedHousehold, who: Someone, position: int) -> Iterator[tuple[str, Row]]:
    holder = {"person_id": who.id, "township": story.township}
    number = compose(DEMO_AREA, who.born, 981 if who.male else 982)
    since = max(date(2010, 1, 1), who.born)
    yield "person", {
        "id": who.id, "public_id": who.public_id, "township": story.township, "name": who.name,
        "name_pinyin": who.pinyin, "resident_id": number.reveal_for("demonstration city"), "sex": 1 if who.male else 2,
        "birth_date": who.born, "source": 1,
    }  # fmt: skip
    gone = who is LATE_HUSBAND
    yield "membership", {
        "household_id": story.id, "township": story.township, "person_id": who.id, "person_township": story.township,
        "relation": who.relation, "position": position, "home": True, "lives_here": who.here,
        "lives_here_since": since if who.here else None, "since": since, "until": date(2022, 8, 10) if gone else None, "source": 1,
    }  # fmt: skip
    yield (
        "hukou",
        {**holder, "division": story.village, "rural": not story.urban, "since": who.born, "source": 1},
    )
    for kind, relative in ((1, who.father), (2, who.mother), (3, who.spouse)):
        if relative is not None and (kind < 3 or who.id < relative):
            yield (
                "kinship",
                {
                    **holder,
                    "relative_id": relative,
                    "kind": kind,
                    "since": max(who.born, date(2009, 1, 1)) if kind == 3 else who.born,
                    "source": 1,
                },
            )
    for kind, fen in who.incomes:
        yield "income", {**holder, "kind": kind, "fen": fen, "since": _STEADY, "source": 16}
    for table, row in who.facts:
        yield table, {**holder, **row}
    for programme, fen, began in who.draws:
        yield "receipt", {
            "household_id": story.id, "township": story.township, "person_id": who.id, "programme": int(programme), "fen": fen,
            "since": began, "until": None, "source": 2,
        }  # fmt: skip
