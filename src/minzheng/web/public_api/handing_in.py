"""Applications as another system hands them in: who applies is looked up in the key's regions and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minzheng.base.api_keys import ApiClient, Scope
from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.cases import actions
from minzheng.cases.lines import line_for
from minzheng.cases.models import Application
from minzheng.cases.stating import Statement
from minzheng.cases.types import Channel
from minzheng.registry import queries as registry
from minzheng.registry.tables import BY_NAME, Holder
from minzheng.values.errors import Refusal
from minzheng.web.public_api.children import is_of_children
from minzheng.web.public_api.shapes import ApplicantIn, ApplicationIn, StatementIn


@dataclass(frozen=True)
class Applying:
    """A household of the region with its applicant, and its members by public id."""

    household: int
    applicant: int
    members: Mapping[uuid.UUID, int]

    def member(self, person: uuid.UUID, field: str) -> int:
        found = self.members.get(person)
        if found is None:
            raise Refusal("api.person", "所列人员不是该家庭的成员。", field=field)
        return found


def hand_in(client: ApiClient, actor: Actor, said: ApplicationIn, key: uuid.UUID) -> Application:
    """The application, of this call or of the first one with the same key and content."""
    applying = _applying(actor, said)
    wanted = [
        (one.programme, None if one.person is None else applying.member(one.person, "programmes"))
        for one in said.programmes
    ]
    for programme, _person in wanted:
        _require_known(client, programme)
    application = actions.submit_application(
        actor=actor,
        household=applying.household,
        applicant=applying.applicant,
        channel=Channel.API,
        # A key of a request is the system's own: two systems never meet in one.
        client_key=uuid.uuid5(uuid.UUID(actor.key.removeprefix("api:")), str(key)),
        programmes=wanted,
        statements=[_statement(applying, one) for one in said.statements],
    )
    opened = set(application.cases.values_list("programme", "person_id"))
    if not set(wanted) <= opened:
        raise Refusal(
            "api.programme",
            "所申请的待遇不能这样申请：按户的待遇不写人员，按人的待遇须写人员，且待遇已经施行。",
            field="programmes",
            next_step="请核对待遇名称和人员。",
        )
    if not opened:
        raise Refusal(
            "application.nothing",
            "按现在登记的情况，没有可能符合的待遇。",
            next_step="申请人坚持申请的，请在 programmes 中列明，会给书面答复。",
        )
    return application


def _applying(actor: Actor, said: ApplicationIn) -> Applying:
    """One answer for who does not exist, lives elsewhere, has another name or is of another household."""
    found = _by_number(actor, said) or _by_person(actor, said)
    if found is None:
        raise Refusal(
            "applicant.not_found",
            "没有找到该申请人，或者不在密钥的管辖区域内。",
            next_step="请核对证件号码、姓名或者公开编号。",
        )
    return found


def _by_number(actor: Actor, said: ApplicationIn) -> Applying | None:
    who, on = said.applicant, business_date()
    if not _is_complete(who) or who.identity_number is None or who.name is None:
        return None
    known = registry.resident_known(actor, who.identity_number.upper(), who.name, on=on)
    if known is None:
        return None
    person, home = known
    if said.household is not None:
        asked = _household(actor, said.household)
        if asked is None or asked not in registry.homes_of(actor, person, on=on):
            return None
        home = asked
    return Applying(home, person, _members(actor, home))


def _by_person(actor: Actor, said: ApplicationIn) -> Applying | None:
    if said.applicant.person is None or said.household is None:
        return None
    household = _household(actor, said.household)
    members = {} if household is None else _members(actor, household)
    applicant = members.get(said.applicant.person)
    if household is None or applicant is None or registry.deaths_of(actor, [applicant]):
        return None
    return Applying(household, applicant, members)


def _is_complete(who: ApplicantIn) -> bool:
    """Number and name, or a public id: never half of one, nor both."""
    by_number = who.identity_number is not None and who.name is not None
    half = (who.identity_number is None) != (who.name is None)
    if half or by_number == (who.person is not None):
        raise Refusal(
            "api.applicant",
            "申请人应写证件号码和姓名，或者写人员公开编号。",
            field="applicant",
            next_step="写人员公开编号时，须同时写家庭公开编号。",
        )
    return by_number


def _household(actor: Actor, public_id: uuid.UUID) -> int | None:
    found: int | None = (
        registry.households_in(actor).filter(public_id=public_id).values_list("pk", flat=True).first()
    )
    return found


def _members(actor: Actor, household: int) -> dict[uuid.UUID, int]:
    members = registry.members_of(actor, household, on=business_date())
    return {one.person.public_id: one.person_id for one in members if one.person is not None}


def _require_known(client: ApiClient, programme: str) -> None:
    line = line_for(programme)
    if line is None:
        raise Refusal("api.programme", "没有这项待遇，或者不能由接口申请。", field="programmes")
    if is_of_children(line.name):
        client.require(Scope.CHILDREN)


def _statement(applying: Applying, said: StatementIn) -> Statement:
    holder = applying.household if said.person is None else applying.member(said.person, "statements")
    spec = BY_NAME.get(said.table)
    if spec is not None and (spec.holder is Holder.PERSON) != (said.person is not None):
        raise Refusal("api.holder", "该申报事项的对象不对：按人的须写人员，按户的不写。", field="statements")
    values: dict[str, Any] = dict(said.values)
    return Statement(said.table, holder, values)
