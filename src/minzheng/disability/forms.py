"""What is asked of somebody who applies for the disability subsidies, where the federation's register does not say it."""

from __future__ import annotations

from minzheng.cases.asking import About, Asked, Choice, Kind
from minzheng.registry import codes

PARTS = {
    "visual": "视力", "hearing": "听力", "speech": "言语", "limb": "肢体", "intellectual": "智力", "mental": "精神",
}  # fmt: skip
LEVELS = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}

CERTIFICATE = Asked(
    fact="disability_level",
    label="残疾人证类别和等级",
    about=About.PERSON,
    kind=Kind.CHOICE,
    table="certificate",
    choices=(
        Choice("none", "没有残疾人证"),
        *(
            Choice(f"{part}-{level}", f"{label}{word}", {"level": level, part: level})
            for part, label in PARTS.items()
            for level, word in LEVELS.items()
        ),
    ),
    help="多重残疾请到窗口办理",
    clause="DL-1",
)
CARE = Asked(
    fact="care_months",
    label="从什么时候起需要长期照护",
    about=About.PERSON,
    kind=Kind.DATE,
    table="status",
    fixed={"kind": int(codes.Status.CARE_NEED)},
    help="不需要的填“无”",
    clause="DC-1",
)
INJURY = Asked(
    fact="injury_care_allowance",
    label="领取工伤保险生活护理费",
    about=About.PERSON,
    kind=Kind.YESNO,
    table="status",
    fixed={"kind": int(codes.Status.INJURY_CARE_ALLOWANCE)},
    clause="ST-13",
    ages=(16, 150),
)
CADRE = Asked(
    fact="retired_cadre",
    label="离休人员",
    about=About.PERSON,
    kind=Kind.YESNO,
    table="status",
    fixed={"kind": int(codes.Status.RETIRED_CADRE)},
    clause="ST-14",
    ages=(60, 150),
)
QUESTIONS: tuple[Asked, ...] = (CERTIFICATE, CARE, INJURY, CADRE)
