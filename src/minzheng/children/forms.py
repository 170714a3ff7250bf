"""What is asked about a child whose parents are dead, gone or unable, where no register says it."""

from __future__ import annotations

from minzheng.cases.asking import About, Asked, Choice, Kind
from minzheng.registry import codes

CHILD = (0, 17)


def parent(which: codes.Parent, label: str) -> Asked:
    return Asked(
        fact=f"{which.name.lower()}_state",
        label=label,
        about=About.PERSON,
        kind=Kind.CHOICE,
        table="parentstate",
        fixed={"parent": int(which)},
        choices=tuple(Choice(one.name, str(one.label), {"state": int(one)}) for one in codes.ParentState),
        help="服刑期限、失联日期等由经办人员查验",
        clause="SW-2",
        ages=CHILD,
    )


def away(kind: codes.Status, label: str) -> Asked:
    return Asked(
        fact=kind.name.lower(),
        label=label,
        about=About.PERSON,
        kind=Kind.DATE,
        table="status",
        fixed={"kind": int(kind)},
        help="从哪天起外出；没有外出的填“无”",
        clause="LB-2",
        ages=(0, 15),
    )


CHOICE = Asked(
    fact="child_choice",
    label="同时符合特困供养和儿童保障的，监护人的选择",
    about=About.PERSON,
    kind=Kind.CHOICE,
    table="choice",
    fixed={"kind": int(codes.Choice.CHILD_PROGRAMME)},
    choices=tuple(Choice(one.name, str(one.label), {"value": int(one)}) for one in codes.ChildProgramme),
    clause="TK-4",
    ages=CHILD,
)
QUESTIONS: tuple[Asked, ...] = (
    parent(codes.Parent.FATHER, "父亲状况"),
    parent(codes.Parent.MOTHER, "母亲状况"),
    CHOICE,
    away(codes.Status.FATHER_AWAY, "父亲外出务工"),
    away(codes.Status.MOTHER_AWAY, "母亲外出务工"),
)
