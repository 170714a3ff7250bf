"""The closed sets of casework."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices


class Channel(TextChoices):
    """How an application came in."""

    OFFICE = "office", "窗口"
    PORTAL = "portal", "网上"
    LEAD = "lead", "主动发现"
    EVENT = "event", "情况变化"
    SYSTEM = "system", "平台"
    API = "api", "接口"


class Side(TextChoices):
    """Which part of a case somebody took: one natural person takes one in a case (GV-4)."""

    AGENT = "agent", "代办"
    HANDLE = "handle", "受理调查审核"
    DECIDE = "decide", "确认"
    SUPERVISE = "supervise", "监督"


class Mode(TextChoices):
    """Who confirms (GV-3): the county's `approval.mode` on the day of acceptance, kept with the case."""

    COUNTY = "county", "县级审核确认"
    DELEGATED = "delegated", "委托乡镇（街道）审核确认"
    SEPARATED = "separated", "审批与监管分离"


class Unit(TextChoices):
    """What a limit is counted in. `NATURAL` days end on a rest day as well (publicity); `DAY`s move on to a working day."""

    WORKDAY = "workday", "工作日"
    DAY = "day", "日"
    NATURAL = "natural", "自然日"
    MONTH = "month", "个月"


class Who(StrEnum):
    """Who takes a step."""

    OFFICER = "officer"
    RESIDENT = "resident"
    PLATFORM = "platform"

    @property
    def label(self) -> str:
        return {"officer": "工作人员", "resident": "申请人", "platform": "平台"}[self.value]


class Tone(StrEnum):
    """What a state's tag looks like."""

    PROGRESS = "progress"
    GRANTED = "granted"
    ATTENTION = "attention"
    QUIET = "quiet"
    STOPPED = "stopped"


class Outcome(TextChoices):
    """How a case ended; empty while it is open."""

    OPEN = "", "在办"
    YES = "yes", "确认"
    NO = "no", "不予确认"
    WITHDRAWN = "withdrawn", "撤回"
    TERMINATED = "terminated", "终止"
    VOIDED = "voided", "作废"
    DONE = "done", "办结"
    REJECTED = "rejected", "不予受理"


class NoticeKind(TextChoices):
    """What hangs on the village's board."""

    OPINION = "opinion", "审核意见公示"
    RESULT = "result", "确认结果公布"


class LetterKind(TextChoices):
    """Written notices."""

    RECEIPT = "receipt", "受理通知书"
    SHORTAGE = "shortage", "一次性补正告知书"
    REFUSAL = "refusal", "不予确认告知书"
    CONFIRMATION = "confirmation", "确认告知书"
    TERMINATION = "termination", "终止办理告知书"
    CHANGE = "change", "待遇变动告知书"
    REJECTION = "rejection", "不予受理告知书"
    OTHER = "other", "告知书"


class AppealKind(TextChoices):
    """Ways against a decision."""

    RECONSIDERATION = "reconsideration", "行政复议"
    LITIGATION = "litigation", "行政诉讼"


class Found(TextChoices):
    """Where a finding of a visit stands."""

    CURRENT = "current", "现行"
    CONFLICT = "conflict", "有冲突，待处理"
    SUPERSEDED = "superseded", "已被更新"
    DISMISSED = "dismissed", "不采用"


class Stated(TextChoices):
    """What became of something an applicant stated."""

    STATED = "stated", "已申报"
    ADOPTED = "adopted", "已登记"
    SAME = "same", "与登记一致"
    CONTRADICTED = "contradicted", "与登记不一致，待处理"
    KEPT = "kept", "经核实按申报登记"
    OVERRULED = "overruled", "经核实按原登记"


class Matter(TextChoices):
    """What somebody acts for a family in. A mandate is for one of these."""

    APPLY = "apply", "提出申请、补交材料"
    SUPPLY = "supply", "补交材料"
    OBJECT = "object", "提出异议"
    APPEAL = "appeal", "申请行政复议或者提起诉讼"


class Relation(TextChoices):
    """What the one who acts is to the one who lets them act."""

    KIN = "kin", "亲属"
    NEIGHBOUR = "neighbour", "邻居、朋友"
    VILLAGE = "village", "村（社区）工作人员"
    SOCIAL = "social", "社会工作者、志愿者"
    OTHER = "other", "其他"


class Righted(TextChoices):
    """How somebody who asked that the registry be put right was answered."""

    CORRECTED = "corrected", "已更正"
    STANDS = "stands", "经核实登记无误"
    PASSED_ON = "passed_on", "由原登记部门更正，已告知办法"


class Need(StrEnum):
    """What a step waits for; `custom` asks the line's own test."""

    ATTACHMENT = "attachment"
    CONSENT = "consent"
    VISIT = "visit"
    COUNTY_VISIT = "county_visit"
    NOTICE_ENDED = "notice_ended"
    NO_OPEN_OBJECTION = "no_open_objection"
    NO_OPEN_CONFLICT = "no_open_conflict"
    NOTHING_MISSING = "nothing_missing"
    CUSTOM = "custom"
