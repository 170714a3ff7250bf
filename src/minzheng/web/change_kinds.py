"""Each kind of change of a family: its words, what its form asks, and the verb that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.registry import codes, handover, joining, moving
from minzheng.registry.actions import register_death
from minzheng.registry.naming import division_path
from minzheng.registry.queries import HouseholdView, homes_of
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from minzheng.web.changing import Given

R, E = codes.Relation, codes.Event
SPLITTING = (E.MOVE, E.MARRIAGE, E.DIVORCE)
YES_NO = (("", "是否同住不清楚"), ("yes", "同住"), ("no", "不同住"))
LEAVING = (E.MOVE, E.MARRIAGE, E.DIVORCE, E.IMPRISONED)
REPORTED_BY = (
    codes.Source.FUNERAL,
    codes.Source.HEALTH,
    codes.Source.POLICE_HUKOU,
    codes.Source.COURT,
    codes.Source.VILLAGE,
    codes.Source.VISIT,
)


@dataclass(frozen=True)
class Planned:
    """What the form comes to. `write` makes it as an actor and returns the households there are because of it."""

    said: str
    write: Callable[[Actor], list[int]]
    done: str
    also: tuple[int, ...] = ()
    onward: HouseholdView | None = None
    foreseen_as: Callable[[Actor], list[int]] | None = None
    """Where nothing changes before the other side takes it: what the taking will do, tried as the platform."""


@dataclass(frozen=True)
class ChangeKind:
    """A line on the page of changes and the form behind it."""

    name: str
    label: str
    hint: str
    plan: Callable[[Given], Planned]
    asks: tuple[str, ...]
    members: str = ""
    events: tuple[codes.Event, ...] = ()
    sources: tuple[codes.Source, ...] = field(default=())
    day: str = "变动日期"


def _move(given: Given) -> Planned:
    village, on, reason = given.village("to_village"), given.day(), given.reason()
    view, place = given.view, division_path(village)
    address, hukou = given.text("address") or None, bool(given.text("with_hukou"))

    def relocated(actor: Actor) -> list[int]:
        moving.move_household(
            actor=actor, household=view.id, to_village=village, on=on, reason=reason, seen_in=view.village,
            address=address, with_hukou=hukou,
        )  # fmt: skip
        return [view.id]

    def offered(actor: Actor) -> list[int]:
        handover.offer_household(actor=actor, household=view.id, to_village=village, on=on, reason=reason)
        return [view.id]

    if given.actor.covers(str(village)):
        return Planned(f"全户自 {on} 起迁往{place}。", relocated, f"已登记全户迁往{place}。")
    return Planned(
        f"向{place}所在的乡镇（街道）移交全户，对方接收后自 {on} 起迁入；接收之前登记不变。",
        offered,
        "已发出移交，由迁入地接收或者退回。",
        foreseen_as=relocated,
    )


def _hand_over(given: Given) -> Planned:
    member, village, on = given.member("person"), given.village("to_village"), given.day()
    event, reason, view = given.event(LEAVING), given.reason(), given.view
    name = member.person.name if member.person else ""
    if given.actor.covers(str(village)):
        raise Refusal(
            "change.in_charge",
            "迁入地在您的管辖区域内，不用移交。",
            field="to_village",
            next_step="请在迁入的家庭办理“加入本户”，单独立户的办理“分户”。",
        )

    def offered(actor: Actor) -> list[int]:
        handover.offer_person(
            actor=actor, household=view.id, person=member.person_id, to_village=village, on=on, event=event,
            reason=reason,
        )  # fmt: skip
        return [view.id]

    def left(actor: Actor) -> list[int]:
        joining.leave_household(
            actor=actor, household=view.id, person=member.person_id, on=on, event=event, reason=reason
        )
        return [view.id]

    said = f"向{division_path(village)}所在的乡镇（街道）移交{name}，对方接收后自 {on} 起离开本户；接收之前登记不变。"
    return Planned(said, offered, "已发出移交，由迁入地接收或者退回。", foreseen_as=left)


def _split(given: Given) -> Planned:
    home = given.at_home()
    going = [key for key in home if given.text(f"go-{key}") == "go"]
    if not going:
        raise Refusal("change.nobody_goes", "请选择分出的人员。", field="members")
    members = given.joinings(going)
    relations = given.relations(key for key in home if key not in going)
    village = given.village("to_village") if given.text("to_village") else given.view.village
    on, event, reason, address = given.day(), given.event(SPLITTING), given.reason(), given.text("address")
    names = "、".join(m.person.name for key in going if (m := home[key]).person)

    def write(actor: Actor) -> list[int]:
        new = moving.split_household(
            actor=actor, household=given.view.id, members=members, relations=relations, on=on, event=event,
            reason=reason, to_village=village, address=address,
        )  # fmt: skip
        return [given.view.id, new.pk]

    return Planned(
        f"{names}自 {on} 起分出，在{division_path(village)}单独立户。", write, f"已登记{names}分户。"
    )


def _merge(given: Given) -> Planned:
    into, on, reason = given.household("into"), given.day(), given.reason()
    members = given.joinings(given.at_home())
    head = next((m.person.name for m in into.members if m.person), "")

    def write(actor: Actor) -> list[int]:
        moving.merge_households(
            actor=actor, household=given.view.id, into=into.id, members=members, on=on, reason=reason
        )
        return [given.view.id, into.id]

    said = f"本户全部人员自 {on} 起并入{head}户（{into.place}），本户同日销户。"
    return Planned(said, write, f"已并入{head}户，原户销户。", also=(into.id,), onward=into)


def _leave(given: Given) -> Planned:
    member, on, event, reason = given.member("person"), given.day(), given.event(LEAVING), given.reason()
    relations = given.relations(key for key in given.at_home() if given.members[key] is not member)
    name = member.person.name if member.person else ""

    def write(actor: Actor) -> list[int]:
        joining.leave_household(
            actor=actor, household=given.view.id, person=member.person_id, on=on, event=event, reason=reason,
            relations=relations,
        )  # fmt: skip
        return [given.view.id]

    return Planned(f"{name}自 {on} 起因{event.label}离开本户。", write, f"已登记{name}离开本户。")


def _join(given: Given) -> Planned:
    person, on, reason = given.person("person"), given.day(), given.reason()
    event = given.event(joining.JOINING)
    how = Joining(given.relation("relation"), given.yes("lives_here"))
    former = tuple(homes_of(given.actor, person.id, on=business_date())[:1])

    def write(actor: Actor) -> list[int]:
        joining.join_household(
            actor=actor,
            household=given.view.id,
            person=person.id,
            joining=how,
            on=on,
            event=event,
            reason=reason,
        )
        return [given.view.id, *former]

    said = f"{person.name}自 {on} 起因{event.label}加入本户，为户主的{how.relation.label}。"
    return Planned(said, write, f"已登记{person.name}加入本户。", also=former)


def _birth(given: Given) -> Planned:
    name, on, reason = given.text("name", most=40), given.day(), given.reason()
    sex = next((one for one in codes.Sex if given.text("sex") == str(int(one))), None)
    if sex is None:
        raise Refusal("change.no_sex", "请选择性别。", field="sex")
    relation, number = given.relation("relation"), given.text("number", most=18).upper()
    father, mother = given.optional_member("father"), given.optional_member("mother")

    def write(actor: Actor) -> list[int]:
        joining.register_birth(
            actor=actor, household=given.view.id, name=name, sex=sex, born_on=on, relation=relation, reason=reason,
            father=father.person_id if father else None, mother=mother.person_id if mother else None,
            number=number, rural=given.yes("rural"),
        )  # fmt: skip
        return [given.view.id]

    return Planned(f"{name}（{sex.label}）{on} 出生，登记为本户人员。", write, f"已登记{name}出生。")


def _death(given: Given) -> Planned:
    member, on, reason = given.member("person"), given.day(), given.reason()
    source = next((one for one in REPORTED_BY if given.text("source") == str(int(one))), None)
    if source is None:
        raise Refusal("change.no_source", "请选择死亡信息的来源。", field="source")
    relations = given.relations(key for key in given.at_home() if given.members[key] is not member)
    name = member.person.name if member.person else ""

    def write(actor: Actor) -> list[int]:
        register_death(actor=actor, person=member.person_id, died_on=on, source=source, reason=reason)
        if member.home:
            joining.leave_household(
                actor=actor, household=given.view.id, person=member.person_id, on=on, event=E.DEATH, reason=reason,
                relations=relations,
            )  # fmt: skip
        return [given.view.id]

    return Planned(f"{name}于 {on} 死亡，同日起不再是本户人员。", write, f"已登记{name}死亡。")


def _head(given: Given) -> Planned:
    relations, on, reason = given.relations(given.at_home()), given.day(), given.reason()
    if not relations:
        raise Refusal("change.nothing", "没有填写任何变动。", field="members")

    def write(actor: Actor) -> list[int]:
        moving.change_head(actor=actor, household=given.view.id, relations=relations, on=on, reason=reason)
        return [given.view.id]

    heads = [
        m.person.name for m in given.at_home().values() if relations.get(m.person_id) is R.HEAD and m.person
    ]
    who = f"户主变更为{heads[0]}" if heads else "与户主的关系变更"
    return Planned(f"自 {on} 起{who}。", write, f"已登记{who}。")


KINDS: dict[str, ChangeKind] = {
    one.name: one
    for one in (
        ChangeKind(
            "move", "全户迁移", "迁往本辖区其他村（社区），或者移交其他乡镇（街道）", _move,
            ("to_village", "address", "with_hukou"), day="迁移日期",
        ),
        ChangeKind(
            "split", "分户", "部分人员分出，单独立户", _split, ("to_village_or_here", "address", "event"),
            members="split", events=SPLITTING, day="分户日期",
        ),
        ChangeKind("merge", "并户", "全部人员并入另一户，本户销户", _merge, ("into",), members="merge", day="并户日期"),
        ChangeKind(
            "join", "加入本户", "结婚、离婚、释放回归、投靠的人员加入", _join, ("who", "event", "joining"),
            events=joining.JOINING, day="加入日期",
        ),
        ChangeKind(
            "leave", "离开本户", "结婚、离婚、收监、迁出的人员离开", _leave, ("person", "event"), members="stay",
            events=LEAVING, day="离开日期",
        ),
        ChangeKind(
            "hand-over", "移交个人", "一人迁往其他乡镇（街道），由对方接收", _hand_over, ("person", "to_village", "event"),
            events=LEAVING, day="迁移日期",
        ),
        ChangeKind("birth", "出生", "新生儿登记为本户人员", _birth, ("newborn",), day="出生日期"),
        ChangeKind(
            "death", "死亡", "登记死亡；去世的是户主的，同时指定新户主", _death, ("person", "source"), members="stay",
            sources=REPORTED_BY, day="死亡日期",
        ),
        ChangeKind("head", "变更户主", "变更户主，或者更改与户主的关系", _head, (), members="all"),
    )
}  # fmt: skip
