"""What the steps of the children's lines ask of a carer and of a visit. Called inside the transaction of the step."""

from __future__ import annotations

from typing import Any

from minzheng.assessment.decide import decide
from minzheng.base.scope import scope, system_actor
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.facts import UnitFacts
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal

#: Fields of a step, and the facts of a case file that the provisions read.
FACTS = {
    "capable": "carer_capable",
    "cared": "cared_by_adult",
    "unattended": "left_unattended",
    "special": "special_care",
    "contacts": "weekly_contacts",
}


def holds(case: Any, provision: str, fields: dict[str, Any], on: Any) -> bool:
    """Whether a provision holds for the child, with the facts found on a visit or told by a letter."""
    with scope(system_actor("children")) as platform:
        determination = decide(platform, case.household_id, on=on, steps=False)
    who = list(determination.facts.people_ids).index(case.person_id)
    found = {FACTS[name]: _encoded(value) for name, value in fields.items() if name in FACTS}
    people = [dict(person) for person in determination.facts.people]
    people[who] |= found
    facts = UnitFacts(
        dict(determination.facts.unit), people, case.household_id, determination.facts.people_ids
    )
    evaluation = Evaluation(determination.book, facts, determination.situation)
    return bool(evaluation.rule(determination.book[provision], who) == YES)


def _encoded(value: Any) -> int:
    if isinstance(value, bool):
        return YES if value else NO
    return int(value)


def letter_signed(taken: Any) -> None:
    """A child is entrusted only to somebody who may have it, and only after the child was heard (LB-4)."""
    if not holds(taken.case, "carer_fit", taken.fields, taken.on):
        raise Refusal(
            "letter.carer_unfit",
            "被委托人没有照护能力，或者有法律规定的不得委托的情形，不能签订确认书。",
            field="capable",
            next_step="请另行确定被委托人；没有合适人选的，请由父母一方返乡照护或者报告民政部门。",
            article="LB-4",
        )
    if not taken.fields["child_heard"]:
        raise Refusal(
            "letter.child_not_heard",
            "委托照护应当听取有表达意愿能力的儿童的意见。",
            field="child_heard",
            article="LB-4",
        )
    until = taken.fields.get("until")
    if until is not None and until <= taken.fields["since"]:
        raise Refusal("letter.period", "委托期间的止日应晚于起日。", field="until", article="LB-7")


def must_be_reported(case: Any) -> bool:
    """Whether the last visit found the child alone or unattended and nobody has told the police (LB-6)."""
    visit = case.events.filter(action="keep_file").order_by("-version").first()
    if visit is None:
        return False
    told = case.events.filter(action="report_to_police", version__gt=visit.version).exists()
    return not told and holds(case, "must_be_reported", visit.fields, visit.on)
