"""What a household that asks for assistance is asked to state: where it is registered, its means, its needs."""

from __future__ import annotations

from minzheng.cases.asking import About, Asked, Choice, Kind
from minzheng.registry import codes

A_MONTH, A_YEAR = "元/月", "元"
HOUSE, PERSON = About.HOUSEHOLD, About.PERSON
MOST_WAGES, MOST_SAVINGS, MOST_BILL = 200_000, 10_000_000, 2_000_000
ADULT = (16, 150)


def income(
    kind: codes.Income, label: str, *, clause: str, hint: str = "", ages: tuple[int, int] = ADULT
) -> Asked:
    """A monthly income over the months of the means test; 0 is an answer."""
    return Asked(
        fact=kind.name.lower(),
        label=label,
        about=PERSON,
        kind=Kind.MONEY,
        table="income",
        fixed={"kind": int(kind)},
        column="fen",
        unit=A_MONTH,
        most=MOST_WAGES,
        help=hint or "最近12个月的月平均数，没有的填 0",
        clause=clause,
        ages=ages,
        monthly=True,
    )


def owned(fact: str, kind: codes.Asset, label: str, clause: str, hint: str = "") -> Asked:
    return Asked(
        fact=fact,
        label=label,
        about=PERSON,
        kind=Kind.YESNO,
        table="asset",
        fixed={"kind": int(kind), "quantity": 1},
        help=hint,
        clause=clause,
        ages=ADULT,
    )


def bill(kind: codes.Expenditure, label: str, clause: str, hint: str) -> Asked:
    return Asked(
        fact=kind.name.lower() if kind is not codes.Expenditure.EDUCATION else "education_paid",
        label=label,
        about=HOUSE,
        kind=Kind.MONEY,
        table="expenditure",
        fixed={"kind": int(kind)},
        column="fen",
        unit=A_YEAR,
        most=MOST_BILL,
        help=hint,
        clause=clause,
    )


def spell(fact: str, kind: codes.Status, label: str, clause: str, ages: tuple[int, int] = (0, 150)) -> Asked:
    return Asked(
        fact=fact,
        label=label,
        about=PERSON,
        kind=Kind.YESNO,
        table="status",
        fixed={"kind": int(kind)},
        clause=clause,
        ages=ages,
    )


REGISTRATION = Asked(
    fact="registration",
    label="户籍登记地类型",
    about=HOUSE,
    kind=Kind.CHOICE,
    table="standing",
    choices=tuple(Choice(one.name, str(one.label), {"registration": int(one)}) for one in codes.Registration),
    clause="HH-8",
)
LAND = Asked(
    fact="contracted_land",
    label="拥有承包土地或者参加农村集体经济收益分配",
    about=HOUSE,
    kind=Kind.YESNO,
    table="standing",
    column="contracted_land",
    clause="HH-8",
)
LABOUR = Asked(
    fact="labour",
    label="劳动能力",
    about=PERSON,
    kind=Kind.CHOICE,
    table="capacity",
    choices=tuple(Choice(one.name, str(one.label), {"labour": int(one)}) for one in codes.Labour),
    help="按本人情况申报，由经办人员核实",
    clause="IN-8",
    ages=(16, 59),
)
INDEPENDENT = Asked(
    fact="independent",
    label="成年后能够独立生活",
    about=PERSON,
    kind=Kind.YESNO,
    table="capacity",
    column="independent",
    clause="HH-1",
    ages=(18, 150),
)
WORKING = Asked(
    fact="working",
    label="目前在业",
    about=PERSON,
    kind=Kind.YESNO,
    table="employment",
    clause="IN-2",
    ages=ADULT,
)
SAVINGS = Asked(
    fact="financial_assets",
    label="存款、证券、基金、商业保险等金融资产合计",
    about=PERSON,
    kind=Kind.MONEY,
    table="asset",
    fixed={"kind": int(codes.Asset.FINANCIAL), "quantity": 1},
    column="fen",
    unit="元",
    most=MOST_SAVINGS,
    help="没有的填 0",
    clause="PR-1",
)
HOMES = Asked(
    fact="homes_owned",
    label="家庭拥有住房套数",
    about=HOUSE,
    kind=Kind.COUNT,
    table="asset",
    fixed={"kind": int(codes.Asset.HOME)},
    column="quantity",
    unit="套",
    most=20,
    clause="PR-4",
)
SCHOOLING = Asked(
    fact="schooling",
    label="在读学段（全日制）",
    about=PERSON,
    kind=Kind.CHOICE,
    table="enrolment",
    fixed={"full_time": True},
    choices=(
        Choice("none", "不在读"),
        *(Choice(one.name, str(one.label), {"stage": int(one)}) for one in codes.Stage),
    ),
    clause="HH-1",
    ages=(3, 40),
)
EMERGENCY = Asked(
    fact="emergency",
    label="家庭遭遇的急难情形",
    about=HOUSE,
    kind=Kind.CHOICE,
    table="relief",
    fixed={"people": 1},
    choices=(
        Choice("none", "没有"),
        *(
            Choice(one.name, str(one.label), {"cause": int(one)})
            for one in codes.Cause
            if one is not codes.Cause.EXPENDITURE
        ),
    ),
    help="救助人数由经办人员核定",
    clause="LS-1",
)
SPENDING = Asked(
    fact="expenditure_hardship",
    label="因教育、医疗等支出过大，基本生活出现困难",
    about=HOUSE,
    kind=Kind.YESNO,
    table="relief",
    fixed={"cause": int(codes.Cause.EXPENDITURE), "people": 1},
    clause="LS-2",
)
YEAR_BEFORE = "申请前12个月内的合计，没有的填 0"

QUESTIONS: tuple[Asked, ...] = (
    REGISTRATION,
    LAND,
    HOMES,
    LABOUR,
    INDEPENDENT,
    WORKING,
    SCHOOLING,
    income(codes.Income.WAGES, "工资性收入", clause="IN-2"),
    income(codes.Income.BUSINESS_INCOME, "经营净收入", clause="IN-3"),
    income(codes.Income.PROPERTY_INCOME, "财产净收入（利息、租金、土地流转、分红等）", clause="IN-4"),
    income(codes.Income.EMPLOYEE_PENSION, "职工养老金、离退休金", clause="IN-5", ages=(45, 150)),
    income(codes.Income.TRANSFERS_RECEIVED, "其他转移性收入", clause="IN-5", ages=(0, 150)),
    income(codes.Income.SUPPORT_RECEIVED, "实际取得的赡养、抚养、扶养费", clause="IN-5", ages=(0, 150)),
    income(codes.Income.SUPPORT_PAID, "支付的赡养、抚养、扶养费和社会保险费", clause="IN-5"),
    SAVINGS,
    owned("ordinary_vehicle", codes.Asset.ORDINARY_VEHICLE, "拥有普通机动车辆", "PR-4"),
    owned("business_registered", codes.Asset.BUSINESS, "登记有市场主体（个体户、公司等）", "PR-3", "已停业的也请填“是”，由经办人员核实"),
    owned("shareholding", codes.Asset.SHAREHOLDING, "持有企业股份", "PR-4"),
    spell("serious_disease", codes.Status.SERIOUS_DISEASE, "患当地认定的重特大疾病", "SP-2"),
    spell("certified_ill", codes.Status.CERTIFIED_ILL, "经诊断患病暂时不能劳动", "IN-8", (16, 59)),
    spell("pregnant_or_nursing", codes.Status.PREGNANT_OR_NURSING, "孕期或者哺乳期", "IN-8", (16, 55)),
    spell("cares_for_dependent", codes.Status.CARES_FOR_DEPENDENT, "照料完全不能自理者或者3周岁以下幼儿", "IN-8", (16, 80)),
    bill(codes.Expenditure.MEDICAL_OWN_PAID, "个人自付医疗费用", "GX-4", YEAR_BEFORE),
    bill(codes.Expenditure.EDUCATION, "按公办标准的教育支出", "GX-4", YEAR_BEFORE),
    EMERGENCY,
    SPENDING,
)  # fmt: skip
"""Asked of whoever applies for assistance, in the order of the form."""
