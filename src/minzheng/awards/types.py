"""The closed sets of awards: where one came from, what changed an amount, and on what ground one ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.db.models import TextChoices

from minzheng.values.month import Month


class Origin(TextChoices):
    """Where an award came from."""

    CASE = "case", "办件确认"
    TAKEN_OVER = "taken_over", "由登记的已享受待遇接管"
    CARRIED_OVER = "carried_over", "随人员转入另一家庭"


class ReviewClass(TextChoices):
    """How often the family is looked at again; the months are parameters of the rulebook."""

    A = "A", "A 类（情况稳定）"
    B = "B", "B 类（情况较稳定）"
    C = "C", "C 类（情况易变）"
    TEKUN = "T", "特困年度核查"
    NONE = "", "不定期复核"


class Cause(TextChoices):
    """Why an amount is what it is from a month on."""

    OPENED = "opened", "首次确认"
    REVIEWED = "reviewed", "复核认定"
    CHANGED = "changed", "家庭情况变化"
    STANDARD = "standard", "标准或规则调整重新核算"
    WORK_REFUSED = "work_refused", "无正当理由拒绝就业，核减本人份额"
    PHASE_OUT = "phase_out", "渐退按月比例"
    GAVE_WAY = "gave_way", "成员改享其他待遇后重新核算"
    CORRECTED = "corrected", "更正以前的认定"
    DISCRETION = "discretion", "在法定幅度内核定"
    TAKEN_OVER = "taken_over", "按登记的在享金额接管"
    CARRIED_OVER = "carried_over", "随人员转入"
    ENDED = "ended", "停发"


#: Amounts of these causes are what a kept decision says, to the fen; the database compares.
DECIDED = (
    Cause.OPENED,
    Cause.REVIEWED,
    Cause.CHANGED,
    Cause.STANDARD,
    Cause.WORK_REFUSED,
    Cause.GAVE_WAY,
    Cause.CORRECTED,
    Cause.PHASE_OUT,
)


class Ground(TextChoices):
    """Why an award ends. `GROUNDS` has the article and the procedure of each."""

    NONE = "", "未停发"
    NOT_ENTITLED = "not_entitled", "不再符合条件"
    TO_PHASE_OUT = "to_phase_out", "就业增收，转入渐退"
    TERM_OVER = "term_over", "期满"
    AGE = "age", "达到年龄界限"
    CERTIFICATE = "certificate", "残疾证到期或注销"
    DEATH = "death", "死亡"
    DECLARED = "declared", "被宣告死亡或失踪"
    PRISON = "prison", "服刑或被限制人身自由"
    MOVED = "moved", "户籍或居住地迁出"
    CAPACITY = "capacity", "恢复劳动能力或义务人有履行能力"
    REFUSED_CHECK = "refused_check", "无正当理由不配合核查"
    REFUSED_WORK = "refused_work", "连续三次拒绝就业且只有本人享受"
    FRAUD = "fraud", "虚报、隐瞒、伪造"
    VOLUNTARY = "voluntary", "本人自愿退出"
    OTHER_PROGRAMME = "other_programme", "改享不能同时享受的待遇"
    HOUSEHOLD_CHANGED = "household_changed", "家庭分立或合并"
    PAID_ONCE = "paid_once", "一次性待遇已核发"
    REVERSED = "reversed", "原确认有误，自始撤销"


@dataclass(frozen=True)
class GroundRule:
    """The clause and article of a ground and what must have happened before an award ends on it.

    notice: the family is told in writing (DY-4). publicity: 特困 is publicised before it ends (TM-15). decision: a kept
    decision must stand behind it. `at_once`: may be ended by the platform itself, since a fact alone ends it.
    """

    clause: str
    article: str
    notice: bool = True
    publicity: bool = False
    decision: bool = False
    at_once: bool = False


GROUNDS: dict[Ground, GroundRule] = {
    Ground.NOT_ENTITLED: GroundRule("DY-4", "国务院令第649号第十三条", publicity=True, decision=True),
    Ground.TO_PHASE_OUT: GroundRule("JT-1", "民发〔2021〕57号第三十三条", decision=True),
    Ground.TERM_OVER: GroundRule("DY-6", "民发〔2021〕57号第三十一条", decision=True, at_once=True),
    Ground.AGE: GroundRule("DY-6", "民发〔2021〕57号第三十一条", decision=True, at_once=True),
    Ground.CERTIFICATE: GroundRule("DL-4", "国发〔2015〕52号三", decision=True, at_once=True),
    Ground.DEATH: GroundRule("TM-19", "民发〔2022〕83号一（三）", notice=False, at_once=True),
    Ground.DECLARED: GroundRule("DY-6", "民发〔2021〕43号第二十四条", publicity=True),
    Ground.PRISON: GroundRule("DY-6", "民发〔2021〕57号第七条", publicity=True),
    Ground.MOVED: GroundRule("DY-6", "民发〔2021〕57号第四条"),
    Ground.CAPACITY: GroundRule("DY-6", "民发〔2021〕43号第二十四条", publicity=True),
    Ground.REFUSED_CHECK: GroundRule("DY-7", "民发〔2021〕57号第二十九条"),
    Ground.REFUSED_WORK: GroundRule("DY-8", "民发〔2021〕57号第三十四条", decision=True),
    Ground.FRAUD: GroundRule("SA-1", "国务院令第649号第六十八条"),
    Ground.VOLUNTARY: GroundRule("DY-4", "国务院令第649号第十三条", publicity=True),
    Ground.OTHER_PROGRAMME: GroundRule("ST-1", "民发〔2021〕57号第七条", decision=True),
    Ground.HOUSEHOLD_CHANGED: GroundRule("DY-6", "民发〔2021〕57号第三十条"),
    Ground.PAID_ONCE: GroundRule("LS-1", "民发〔2018〕23号二（三）", notice=False, at_once=True),
    Ground.REVERSED: GroundRule("SA-2", "国务院令第649号第六十八条", decision=True),
}
"""Every ground has a row; a test requires the clauses to stand in the catalogue."""


class TaskKind(TextChoices):
    """Why a running award has to be looked at by a person. The lines open review cases from these."""

    NOT_ENTITLED = "not_entitled", "按现有事实不再符合"
    ENTITLED_AGAIN = "entitled_again", "渐退期内重新符合低保"
    UNSETTLED = "unsettled", "须查清后才能重新核算"
    REGROUPED = "regrouped", "家庭成员变动后须重新认定"
    NOTICE = "notice", "待遇终止或者减少，须书面告知"


class Fate(TextChoices):
    """What becomes of a running award when its family changes."""

    STAYS = "stays", "照发"
    CARRIED = "carried", "随人转入另一户"
    ENDS = "ends", "停发"
    REVIEWED = "reviewed", "转入复核"


@dataclass(frozen=True)
class Amount:
    """What is due a month from `since` to the month before `until` (open when None); exact as the law reckons it."""

    since: Month
    until: Month | None
    fen: int
    exact: Fraction

    @property
    def exact_text(self) -> str:
        return str(self.exact)


@dataclass(frozen=True)
class Due:
    """One award and a month: what payroll pays."""

    award_id: int
    public_id: str
    number: str
    household_id: int
    person_id: int | None
    programme: str
    division: str
    term_id: int
    fen: int
