"""代办: a family lets somebody act for it, in one matter and until a day; takes it back at once; what is done names both.

Given in the portal by a member for their own family, or recorded at the window from a signed paper. The agent is a member
of staff, or a resident who signs in as themselves. While acting they have a ticket of their own (migration 0010).
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from minzheng.base import documents
from minzheng.base.actions import record
from minzheng.base.models import Staff
from minzheng.base.phones import phone_since
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Case, Duty, Mandate
from minzheng.cases.types import Matter, Relation, Side
from minzheng.cases.where import case_row, in_scope, village_of
from minzheng.cases.workflow import Action
from minzheng.registry.queries import index_of_number, own_index_and_name, person_lines
from minzheng.values import identity
from minzheng.values.errors import Refusal

LONGEST_DAYS = 90
NEW_PHONE = timedelta(hours=72)
"""So long a family whose telephone was just changed gives no mandate from a telephone: whoever took it over would."""
MOST_OF_AN_AGENT = 50
ACTIONS: dict[Matter, frozenset[str]] = {
    Matter.APPLY: frozenset({Action.SUBMIT.value, Action.SUPPLY.value}),
    Matter.SUPPLY: frozenset({Action.SUPPLY.value}),
    Matter.OBJECT: frozenset({Action.OBJECT.value, Action.OBJECT_TO_CHECK.value}),
    Matter.APPEAL: frozenset({Action.APPEAL.value}),
}
"""What each matter lets somebody do; the database has the same list (`cases_act_by_mandate`)."""
AGENT = ":agent:"


@dataclasses.dataclass(frozen=True)
class Agent:
    """Whom the family names: an account of staff, or a resident by name and identity number."""

    staff: int | None = None
    name: str = ""
    number: str = ""


@transaction.atomic
def grant(
    *,
    actor: Actor,
    household: int,
    person: int,
    agent: Agent,
    relation: Relation,
    matter: Matter,
    until: date,
    on: date,
    case: uuid.UUID | None = None,
    paper: uuid.UUID | None = None,
) -> Mandate:
    """`person` of a household lets an agent act. In the portal they do it themselves; at the window from a signed paper.

    The same again, while it holds, gives the one there is.
    """
    _require_giver(actor, household, person, paper)
    if not on <= until <= on + timedelta(days=LONGEST_DAYS):
        raise Refusal("mandate.days", f"代办期限最长 {LONGEST_DAYS} 天。", field="until")
    row = Mandate(
        division=village_of(actor, household, on),
        household_id=household,
        person_id=person,
        relation=relation,
        matter=matter,
        case=_case(actor, household, matter, case),
        paper=paper,
        since=on,
        until=until,
        **_named(actor, agent, on),
    )
    held = _same(row)
    if held is not None:
        return held
    _refuse_handler(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _refused(error) from error
    row.refresh_from_db(fields=["granted_by", "recorded_at"])
    record(actor, "grant_mandate", "cases.mandate", row.pk, division=row.division, detail={"matter": matter})
    return row


def _require_giver(actor: Actor, household: int, person: int, paper: uuid.UUID | None) -> None:
    if actor.mandate is not None:
        raise Refusal("mandate.not_on", "受托代办的人不能再转托他人。")
    if actor.is_resident:
        if (actor.household, actor.person) != (household, person):
            raise Refusal("mandate.not_yours", "只能由本人为自己的家庭委托代办。")
        since = phone_since(person)
        if since is not None and timezone.now() - since < NEW_PHONE:
            raise Refusal(
                "mandate.new_phone",
                "您登记的手机号码变更不满 72 小时，暂时不能在网上委托他人。",
                next_step="急用的，请带身份证到乡镇（街道）便民服务中心办理。",
            )
        return
    actor.require(Permission.RECEIVE_CASES)
    kept = documents.document(actor, paper) if paper is not None else None
    if kept is None or kept.household_id not in (None, household):
        raise Refusal("mandate.no_paper", "由工作人员登记的代办，须上传委托人签字的委托书。", field="paper")


def _named(actor: Actor, agent: Agent, on: date) -> dict[str, object]:
    """The agent's columns. Whether a resident of that name and number is on record is not looked up: nobody learns it."""
    if agent.staff is not None:
        staff = Staff.objects.filter(pk=agent.staff, is_active=True).first()
        if staff is None:
            raise Refusal("mandate.agent", "没有这位在岗的工作人员。", field="agent")
        if actor.key == f"staff:{staff.pk}" or str(staff.natural_person) == actor.natural_person:
            raise Refusal("mandate.self", "不能给自己登记代办。", next_step="请由另一位工作人员登记。")
        return {"agent": staff, "agent_name": staff.name}
    name = agent.name.strip()
    if not name or len(name) > 40:
        raise Refusal("mandate.name", "请填写代办人的姓名。", field="name")
    number = identity.parse(agent.number, on=on).reveal_for("登记代办人")
    index = index_of_number(number)
    own = own_index_and_name(actor) if actor.is_resident else None
    if own is not None and index == own[0]:
        raise Refusal("mandate.to_oneself", "不用委托自己。", field="number")
    return {"agent_index": index, "agent_name": name}


def _case(actor: Actor, household: int, matter: Matter, case: uuid.UUID | None) -> Case | None:
    if matter is Matter.APPLY:
        return None
    if case is None:
        raise Refusal("mandate.which_case", "请选择委托办理的办件。", field="case")
    row = case_row(actor, case)
    if row.household_id != household:
        raise Refusal("mandate.other_case", "该办件不是这个家庭的。", field="case")
    return row


def _same(row: Mandate) -> Mandate | None:
    same = Mandate.objects.filter(
        household_id=row.household_id, matter=row.matter, case=row.case, agent=row.agent, revoked_at=None
    )
    for one in same.filter(since__lte=row.since, until__gte=row.since):
        if row.agent is not None or bytes(one.agent_index or b"") == row.agent_index:
            return one
    return None


def _refuse_handler(row: Mandate) -> None:
    """The friendly form of what the database refuses: who handles the case does not act for the family as well."""
    if row.agent is None:
        return
    taken = Duty.objects.filter(
        natural_person=row.agent.natural_person, case__household_id=row.household_id
    ).exclude(side=Side.AGENT)
    about = Q(case=row.case) if row.case is not None else Q(case__closed_on=None)
    if taken.filter(about).exists():
        raise _handles()


def _handles() -> Refusal:
    return Refusal(
        "mandate.handles",
        "这位工作人员正在办理该家庭的申请，不能同时代家庭办事。",
        field="agent",
        next_step="请另找代办人。",
        article="GV-4",
    )


def _refused(error: IntegrityError) -> Refusal:
    """What only the database sees: a family does not read who takes part in its case, nor what others gave."""
    if "takes part in the family" in str(error):
        return _handles()
    if "fifty open mandates" in str(error):
        return Refusal(
            "mandate.too_many",
            f"这位代办人手上的代办已满 {MOST_OF_AN_AGENT} 项。",
            next_step="请另找代办人，或者到窗口办理。",
        )
    raise error


@transaction.atomic
def revoke(*, actor: Actor, mandate: uuid.UUID) -> Mandate:
    """The family, its agent or an officer of the region ends it, at once; twice is once."""
    row = Mandate.objects.select_for_update().filter(_visible(actor), pk=mandate).first()
    if row is None:
        raise not_found()
    if row.revoked_at is None:
        if not actor.is_resident and row.agent_id != _staff_number(actor):
            actor.require(Permission.RECEIVE_CASES)
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        row.refresh_from_db(fields=["revoked_at", "revoked_by"])
        record(actor, "revoke_mandate", "cases.mandate", row.pk, division=row.division)
    return row


def not_found() -> Refusal:
    return Refusal(
        "mandate.not_found", "没有找到这项代办，或者已经撤回、到期。", next_step="请与委托人联系。"
    )


# -- reading ---------------------------------------------------------------------------------------------
def _visible(actor: Actor) -> Q:
    """Of the actor's family or regions, or given to the actor."""
    return in_scope(actor) | _given_to(actor)


def _given_to(actor: Actor) -> Q:
    if actor.is_resident:
        own = own_index_and_name(actor)
        return Q(pk__in=[]) if own is None else Q(agent_index=own[0], agent_name=own[1])
    number = _staff_number(actor)
    return Q(agent_id=number) if number is not None else Q(pk__in=[])


def _staff_number(actor: Actor) -> int | None:
    digits = actor.key.removeprefix("staff:")
    return int(digits) if actor.key.startswith("staff:") and digits.isdecimal() else None


def given_by(actor: Actor, household: int) -> list[Mandate]:
    """All that a family gave, the latest first."""
    rows = Mandate.objects.filter(in_scope(actor), household_id=household)
    return list(rows.select_related("case").order_by("-since", "-recorded_at"))


def given_to(actor: Actor, on: date) -> list[Mandate]:
    """What the actor may act by on a day."""
    rows = Mandate.objects.filter(_given_to(actor), revoked_at=None, since__lte=on, until__gte=on)
    return list(rows.select_related("case").order_by("until", "recorded_at"))


def in_region(actor: Actor, on: date) -> QuerySet[Mandate]:
    """What holds in the actor's regions, what ends first first."""
    actor.require(Permission.SEE_CASES)
    rows = Mandate.objects.filter(in_scope(actor), revoked_at=None, until__gte=on)
    return rows.select_related("case").order_by("until", "recorded_at")


def acting(actor: Actor, mandate: uuid.UUID, on: date) -> tuple[Mandate, Actor]:
    """The mandate, and who the actor is while acting by it. Open `base.scope.scope` with it; nothing else is seen then."""
    row = next((one for one in given_to(actor, on) if one.pk == mandate), None)
    if row is None:
        raise not_found()
    return row, Actor(
        key=f"resident:{row.person_id}:{row.household_id}{AGENT}{row.pk.hex}",
        name=f"{row.agent_name}（代办）",
        regions=(),
        person=row.person_id,
        household=row.household_id,
        mandate=row.pk,
        only=ACTIONS[Matter(row.matter)],
    )


def principals(rows: Iterable[Mandate]) -> dict[int, str]:
    """Who gave these mandates, by name: whoever is named as agent is told by whom, though they see nothing else of them."""
    with scope(system_actor("mandates")) as platform:
        people = person_lines(platform, {one.person_id for one in rows})
    return {number: one.name for number, one in people.items()}


def acts_for(natural_person: uuid.UUID, row: Case) -> bool:
    """Whether somebody may act for the family of a case today: then they take no other part in it."""
    today = business_date()
    rows = Mandate.objects.filter(
        Q(case=None) | Q(case=row), household_id=row.household_id or 0, agent__natural_person=natural_person,
        revoked_at=None, since__lte=today, until__gte=today,
    )  # fmt: skip
    return rows.exists()


def allow(actor: Actor, action: str) -> None:
    """Refuse somebody who acts for a family what the mandate is not for."""
    if actor.only is not None and action not in actor.only:
        raise Refusal(
            "mandate.not_for_this",
            "委托不包括这一事项，不能代办。",
            next_step="请由委托人本人办理，或者另行委托。",
        )


def names_of(keys: Iterable[str]) -> dict[str, str]:
    """Who acted and that they acted for the family, by the key of the ledger."""
    wanted = {key: uuid.UUID(key.rpartition(AGENT)[2]) for key in keys if AGENT in key}
    rows = Mandate.objects.in_bulk(list(wanted.values()))
    return {
        key: f"{rows[one].agent_name}（受托代办）" if one in rows else "代办人" for key, one in wanted.items()
    }


def of_cases(actor: Actor, rows: Sequence[Case]) -> dict[uuid.UUID, Mandate]:
    """By which mandate cases were opened."""
    numbers = {row.mandate for row in rows if row.mandate is not None}
    return Mandate.objects.filter(in_scope(actor)).in_bulk(list(numbers)) if numbers else {}
