"""Who draws what: receipts so that the magnitudes of `figures` hold wherever the city is large enough, and what is
left over, the missed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from minzheng.demo import stories
from minzheng.demo.figures import FIGURES, HIDDEN, MEASURES_SINCE, WRONG_AMOUNTS
from minzheng.demo.hidden import Hidden
from minzheng.demo.kin import Ties
from minzheng.demo.livelihood import YUAN, Lives, quota
from minzheng.demo.people import TODAY, Array, Bools, City, Ints, days
from minzheng.demo.planted import Planted, Story
from minzheng.demo.receipts import (
    LATEST_START,
    NEW_YEAR,
    NO_MONEY,
    NOBODY,
    Programme,
    Receipts,
    add_dibao,
    before_the_rise,
    measures_months,
    month_of,
    month_of_year,
    month_start,
    starts,
)
from minzheng.demo.shapes import Level
from minzheng.demo.truth import CARE, LIVING, OLD_AGE, Entitled


def draw(
    city: City, lives: Lives, ties: Ties, entitled: Entitled, ended: dict[str, Ints], hidden: Hidden,
    chance: np.random.Generator,
) -> Story:  # fmt: skip
    pen = _Pen(city, lives, entitled, hidden.unsettled, chance)
    missed_dibao = pen.households(ended)
    pen.phase_out()
    missed_single = pen.persons_alone(ended)
    pen.subsidies(ended, missed_dibao, missed_single)
    pen.children(ended)
    pen.selfcare(hidden.selfcare_missing)
    relief, open_relief = pen.reliefs()
    declined = quota(chance, missed_dibao, max(1, round(HIDDEN["declined"] * city.scale)))
    _mark_declined(pen.planted, declined)
    return Story(pen.receipts, pen.planted, hidden, entitled, relief, open_relief, declined)


def _mark_declined(planted: Planted, declined: Ints) -> None:
    who = set(declined.tolist())
    for place, (programme, home) in enumerate(zip(planted.programme, planted.household, strict=True)):
        if programme == Programme.DIBAO and home in who and planted.verdict[place] == "missed":
            planted.verdict[place] = "neutral"
            planted.reason[place] = "符合条件但已谢绝，不应再开线索"


def _in_stories(figure: str) -> int:
    """How many of a magnitude the fixed households make up."""
    if figure == "two_subsidies":
        return stories.drawing_either_subsidy()
    return stories.drawing(_OF_FIGURE[figure])


_OF_FIGURE = {
    "dibao_households": Programme.DIBAO,
    "edge": Programme.EDGE,
    "single": Programme.SINGLE,
    "tekun": Programme.TEKUN,
    "old_age": Programme.OLD_AGE,
    "orphan": Programme.ORPHAN,
    "unattended": Programme.UNATTENDED,
    "left_behind": Programme.LEFT_BEHIND,
    "study_aid": Programme.STUDY_AID,
}


@dataclass
class _Pen:
    """Writes receipts and, beside them, the planted truth."""

    city: City
    lives: Lives
    entitled: Entitled
    unsettled: Bools
    chance: np.random.Generator
    receipts: Receipts = field(default_factory=Receipts)
    planted: Planted = field(default_factory=Planted)

    def choose(self, entitled: Ints, figure: str, also: int, keep: Ints | None = None) -> tuple[Ints, Ints]:
        """Those who draw, so that with `also` others the figure holds, and those missed; never one of `keep`."""
        wanted = FIGURES[figure].at(self.city.scale) - also - _in_stories(figure)
        free = np.setdiff1d(entitled, keep) if keep is not None else entitled
        missed = quota(self.chance, free, max(len(entitled) - wanted, 1 if len(free) > 2 else 0))
        return np.setdiff1d(entitled, missed), missed

    def say(
        self, verdict: str, programme: Programme, rows: Ints, reason: str, *, household: bool = False
    ) -> None:
        homes = rows if household else self.city.home[rows]
        self.planted.say(verdict, programme, homes, None if household else rows, reason, self.unsettled)

    def give(
        self, programme: Programme, people: Ints, fen: Ints | int, *, months: Ints | None = None
    ) -> None:
        since = starts(self.chance, len(people)) if months is None else months
        self.receipts.add(programme, self.city.home[people], people, fen, since)

    # -- households

    def households(self, ended: dict[str, Ints]) -> Ints:
        """Dibao and 边缘; returns the households missed for dibao."""
        city, entitled = self.city, self.entitled
        dependent = city.any_of((self.lives.level > 0) | (city.age >= 80))
        over = np.concatenate([ended["dibao_income"], ended["dibao_property"], ended["alone_dead"]])
        drawing, missed = self.choose(
            np.flatnonzero(entitled.dibao), "dibao_households", len(over), np.flatnonzero(dependent)
        )
        self._dibao_rows(drawing)
        fen = np.full(len(over), 30_000)
        earlier = before_the_rise(city, over, fen, city.size[over])
        add_dibao(self.receipts, over, fen, earlier, starts(self.chance, len(over)))
        self.say("missed", Programme.DIBAO, missed, "家庭人均收入低于低保标准且财产符合规定", household=True)
        for key, reason in (
            ("dibao_income", "就业后家庭人均收入已高于标准"),
            ("dibao_property", "金融资产超过规定"),
            ("alone_dead", "享受人已死亡"),
        ):
            self.say("ended", Programme.DIBAO, ended[key], reason, household=True)
        drawing, missed_edge = self.choose(np.flatnonzero(entitled.edge), "edge", len(ended["edge_income"]))
        for homes in (drawing, ended["edge_income"]):
            self.receipts.add(
                Programme.EDGE, homes, NOBODY, NO_MONEY, measures_months(self.chance, len(homes))
            )
        self.say(
            "missed", Programme.EDGE, missed_edge, "家庭人均收入低于标准的1.5倍且财产符合规定", household=True
        )
        self.say(
            "ended", Programme.EDGE, ended["edge_income"], "家庭人均收入已高于标准的1.5倍", household=True
        )
        return missed

    def _dibao_rows(self, drawing: Ints) -> None:
        """So many persons of the figure came in since the Ten Measures; the others before."""
        city = self.city
        wanted = FIGURES["dibao_new"].at(city.scale)
        order = self.chance.permutation(drawing)
        total = np.cumsum(self.entitled.members[order])
        fresh = order[total <= wanted]
        lacking = wanted - int(self.entitled.members[fresh].sum())
        rest = np.setdiff1d(order, fresh)
        fresh = np.concatenate([fresh, rest[self.entitled.members[rest] == 1][:lacking]])
        is_fresh = np.isin(drawing, fresh)
        since = np.where(
            is_fresh, measures_months(self.chance, len(drawing)), starts(self.chance, len(drawing))
        )
        right = self.entitled.dibao_fen[drawing]
        earlier = before_the_rise(city, drawing, right, self.entitled.members[drawing])
        paid = self._paid(right, earlier, since)
        why = "标准或者收入变动以后金额没有重新核定"
        self.say("amount", Programme.DIBAO, drawing[paid != right], why, household=True)
        add_dibao(self.receipts, drawing, paid, earlier, since)

    def _paid(self, right: Ints, earlier: Ints, since: Ints) -> Ints:
        """What is paid: mostly what is due; to some still what was due before 2023, to some more than is due."""
        n = {key: max(1, round(count * self.city.scale)) for key, count in WRONG_AMOUNTS.items()}
        old = self.chance.permutation(np.flatnonzero((since < NEW_YEAR) & (right > 30_000)))
        not_raised, not_lowered = np.split(old[: sum(n.values())], [n["not_raised"]])
        paid = right.copy()
        paid[not_raised] = earlier[not_raised]
        paid[not_lowered] += 12_000
        return paid

    def phase_out(self) -> None:
        """Dibao until the month after the job began, then six months of 渐退."""
        homes = self.city.of("phase_out")
        job = self.lives.raise_since[self.city.start[homes]]
        fen = np.full(len(homes), 60_000)
        begins, ends = month_of(job, 1), month_of(job, 7)
        self.receipts.add(
            Programme.DIBAO, homes, NOBODY, fen, np.full(len(homes), month_start(2021, 6)), begins
        )
        self.receipts.add(Programme.PHASE_OUT, homes, NOBODY, fen, begins, ends)
        running = homes[ends > TODAY]
        over = homes[ends <= TODAY]
        self.say("neutral", Programme.PHASE_OUT, over, "渐退期已满，待遇已停发", household=True)
        for programme in (Programme.DIBAO, Programme.EDGE):
            self.say(
                "neutral",
                programme,
                running,
                "渐退期内，按当月收入与按12个月平均收入结论不同",
                household=True,
            )

    # -- persons

    def persons_alone(self, ended: dict[str, Ints]) -> Ints:
        """单人户低保 and 特困; returns the persons missed for the former."""
        entitled = self.entitled
        drawing, missed_single = self.choose(
            np.flatnonzero(entitled.single), "single", len(ended["single_dead"])
        )
        self.give(Programme.SINGLE, drawing, entitled.single_fen[drawing])
        self.give(Programme.SINGLE, ended["single_dead"], 68_200)
        self.say(
            "missed", Programme.SINGLE, missed_single, "低保边缘家庭中的重残重病人员或者成年无业重度残疾人"
        )
        self.say("ended", Programme.SINGLE, ended["single_dead"], "享受人已死亡")
        gone = np.concatenate([ended["tekun_dead"], ended["tekun_prison"]])
        drawing, missed = self.choose(
            np.flatnonzero(entitled.tekun), "tekun", len(gone), ended["tekun_double"]
        )
        for people in (drawing, gone):
            self.give(Programme.TEKUN, people, entitled.tekun_fen[people])
        self.say("missed", Programme.TEKUN, missed, "无劳动能力、无生活来源、无法定义务人")
        self.say("ended", Programme.TEKUN, ended["tekun_dead"], "享受人已死亡")
        self.say("ended", Programme.TEKUN, ended["tekun_prison"], "正在服刑")
        return missed_single

    def subsidies(self, ended: dict[str, Ints], missed_dibao: Ints, missed_single: Ints) -> None:
        """The two disability subsidies and the old-age allowance."""
        city, lives, entitled = self.city, self.lives, self.entitled
        waiting = np.zeros(city.persons, bool)
        waiting[missed_single] = True
        waiting |= np.isin(city.home, missed_dibao)
        self._neutral(entitled.living & waiting, Programme.LIVING_SUBSIDY)
        living = entitled.living & ~waiting
        any_of_two = np.flatnonzero(living | entitled.care)
        dead_alone = city.start[ended["alone_dead"]]
        lost_living = np.concatenate([dead_alone[lives.level[dead_alone] > 0], ended["living_expired"]])
        single_dead = ended["single_dead"]
        lost_living = np.concatenate([lost_living, single_dead])
        lost_care = np.concatenate([ended["care_dead"], ended["care_expired"], ended["tekun_double"]])
        others = np.setdiff1d(np.concatenate([lost_living, lost_care]), any_of_two)
        drawing, missed = self.choose(any_of_two, "two_subsidies", len(others))
        half = quota(
            self.chance, drawing[living[drawing] & entitled.care[drawing]], max(1, round(60 * city.scale))
        )
        gets_living, gets_care = drawing[living[drawing]], np.setdiff1d(drawing[entitled.care[drawing]], half)
        for people in (gets_living, lost_living):
            self.give(Programme.LIVING_SUBSIDY, people, LIVING)
        for people in (gets_care, lost_care):
            self.give(Programme.CARE_SUBSIDY, people, CARE)
        self.say("missed", Programme.LIVING_SUBSIDY, missed[living[missed]], "低保对象中的持证残疾人")
        missed_care = np.concatenate([missed[entitled.care[missed]], half])
        self.say("missed", Programme.CARE_SUBSIDY, missed_care, "一、二级残疾且需要长期照护")
        self.say("ended", Programme.LIVING_SUBSIDY, lost_living, "已死亡或者残疾证已过期")
        self.say(
            "ended",
            Programme.CARE_SUBSIDY,
            np.setdiff1d(lost_care, ended["tekun_double"]),
            "已死亡或者残疾证已过期",
        )
        self.say("ended", Programme.CARE_SUBSIDY, ended["tekun_double"], "已享受特困供养，不得同时享受")
        self._old_age(ended, waiting)
        self._depends_on_dibao(ended)

    def _old_age(self, ended: dict[str, Ints], waiting: Bools) -> None:
        city, entitled = self.city, self.entitled
        self._neutral(entitled.old_age & waiting, Programme.OLD_AGE)
        turned = entitled.old_age & ~waiting & (city.age == 80) & (month_of_year(city.birth) == 12)
        self.say("neutral", Programme.OLD_AGE, np.flatnonzero(turned), "本月刚满80周岁，本月起发放")
        waiting = waiting | turned
        dead = city.start[ended["alone_dead"]]
        lost = np.concatenate([dead[city.age[dead] >= 80], ended["old_age_over"]])
        drawing, missed = self.choose(np.flatnonzero(entitled.old_age & ~waiting), "old_age", len(lost))
        for people in (drawing, lost):
            since = np.clip(month_of(city.birth[people] + 80 * 365 + 20), month_start(2019, 1), LATEST_START)
            self.give(Programme.OLD_AGE, people, OLD_AGE, months=since)
        self.say("missed", Programme.OLD_AGE, missed, "低保家庭中80至99周岁的老年人")
        self.say("ended", Programme.OLD_AGE, lost, "已死亡或者已满100周岁")

    def _depends_on_dibao(self, ended: dict[str, Ints]) -> None:
        """Whoever leaves dibao leaves what hangs on it: not counted either way."""
        homes = np.concatenate([ended["dibao_income"], ended["dibao_property"]])
        people = np.flatnonzero(np.isin(self.city.home, homes))
        for programme in (Programme.LIVING_SUBSIDY, Programme.OLD_AGE):
            self.say("neutral", programme, people, "随低保结论而定")

    def _neutral(self, who: Bools, programme: Programme) -> None:
        self.say("neutral", programme, np.flatnonzero(who), "随低保结论而定")

    def children(self, ended: dict[str, Ints]) -> None:
        entitled = self.entitled
        for programme, who, figure, over, reason, why in (
            (Programme.ORPHAN, entitled.orphan, "orphan", "orphan_grown", "父母双亡的儿童", "已满18周岁"),
            (Programme.UNATTENDED, entitled.unattended, "unattended", "unattended_grown",
             "父母均不能履行抚养义务的儿童", "已满18周岁"),
            (Programme.LEFT_BEHIND, entitled.left_behind, "left_behind", "left_behind_returned",
             "父母双方外出务工的农村儿童", "父母已返乡"),
            (Programme.STUDY_AID, entitled.study_aid, "study_aid", "", "18周岁后全日制在读的孤儿", ""),
        ):  # fmt: skip
            lost = ended[over] if over else np.zeros(0, np.int64)
            drawing, missed = self.choose(np.flatnonzero(who), figure, len(lost))
            monthly = programme in (Programme.ORPHAN, Programme.UNATTENDED)
            fen: Array = entitled.child_fen if monthly else np.full(self.city.persons, NO_MONEY)
            for people in (drawing, lost):
                months = np.maximum(month_of(self.city.birth[people], 2), starts(self.chance, len(people)))
                months = np.minimum(months, LATEST_START)
                if programme is Programme.STUDY_AID:
                    months = np.full(len(people), month_start(2023, 9))
                self.give(programme, people, fen[people], months=months)
            self.say("missed", programme, missed, reason)
            self.say("ended", programme, lost, why)

    def selfcare(self, missing: Ints) -> None:
        """So many of those in 特困 were assessed anew since the Ten Measures; never one whose assessment is missing."""
        _homes, people = self.receipts.current(Programme.TEKUN)
        people = np.setdiff1d(people[self.lives.died_on[people] == 0], missing)
        fresh = quota(self.chance, people, FIGURES["selfcare_assessed"].at(self.city.scale))
        first = days(MEASURES_SINCE)
        self.lives.selfcare_on[fresh] = self.chance.integers(first, TODAY - 5, len(fresh))

    def reliefs(self) -> tuple[tuple[Ints, ...], Ints]:
        """(household, cause, grade, day it happened, day of relief) of those helped, and households still waiting."""
        city, chance = self.city, self.chance
        count = FIGURES["reliefs"].at(city.scale)
        poor = np.flatnonzero(~city.at_level(Level.PLENTY))
        plenty = np.flatnonzero(city.at_level(Level.PLENTY))
        homes = np.concatenate([quota(chance, poor, count // 2), quota(chance, plenty, count - count // 2)])
        happened = chance.integers(days(MEASURES_SINCE), TODAY - 12, len(homes))
        relieved = happened + chance.integers(1, 9, len(homes))
        grade = chance.integers(1, 4, len(homes))
        fen = 682 * YUAN * self.city.size[homes] * grade
        month = month_of(relieved)
        self.receipts.add(Programme.RELIEF, homes, NOBODY, fen, month, month_of(relieved, 1))
        cause = chance.choice((1, 2, 3, 3, 3, 4, 5, 5), len(homes))
        waiting = quota(chance, np.setdiff1d(plenty, homes), max(1, round(40 * city.scale)))
        self.say("missed", Programme.RELIEF, waiting, "急难情形经核实，尚未救助", household=True)
        return (homes, cause, grade, happened, relieved), waiting
