"""Carries out the course of a worked case on the real platform: days pass, officers act, money falls due.

What a course does is written in the case file (`course`, docs/worked-cases.md). The browser journeys use the same class.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from minzheng.cases.workflow import Action
from minzheng.rulebook.worked.case import Case
from minzheng.rulebook.worked.course import Step
from minzheng.rulebook.worked.words import find_program
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.courses.happening import happen
from tests.courses.loading import Placed
from tests.courses.offices import FAMILY, PLATFORM, Offices

#: Who takes a standard step unless the course says who.
USUAL = {
    Action.LIST_MISSING: "乡镇", Action.SUPPLY: "乡镇", Action.ACCEPT: "乡镇", Action.REJECT: "乡镇",
    Action.AUTHORISE: "乡镇", Action.START_INVESTIGATION: "乡镇", Action.VISIT: "乡镇", Action.RECORD_CHECK: "乡镇",
    Action.GIVE_OPINION: "乡镇", Action.PUBLICISE: "乡镇", Action.REPORT: "乡镇", Action.ANSWER_OBJECTION: "乡镇",
    Action.EVALUATE: "乡镇", Action.OBJECT: "乡镇", Action.REVIEW_BY_COUNTY: "县级审核", Action.CONFIRM: "县级",
    Action.REFUSE: "县级", Action.NOTIFY: "乡镇", Action.NOTIFY_REFUSAL: "乡镇", Action.PUBLISH_RESULT: "乡镇",
    Action.EXTEND: "乡镇", Action.WITHDRAW: "乡镇", Action.TERMINATE: "乡镇", Action.VOID: "县级",
    "assess_selfcare": "乡镇", "assess_relief": "乡镇", "complete_papers": "乡镇", "verify_other_allowances": "乡镇",
    "sanction": "县级", "stop_at_once": "县级", "regroup": "县级", "give_up": "县级", "update_household": "乡镇",
    "reassess_selfcare": "乡镇", "report_selfcare": "乡镇", "report_change": "乡镇", "sign_letter": "乡镇", "keep_file": "乡镇",
}  # fmt: skip

#: The way from acceptance to what is put before the decider; a line takes those it has.
WAY = (
    Action.ACCEPT, Action.AUTHORISE, Action.START_INVESTIGATION, Action.VISIT, Action.RECORD_CHECK, "assess_selfcare",
    "assess_relief", "verify_other_allowances", Action.GIVE_OPINION, Action.PUBLICISE, Action.END_PUBLICITY,
    Action.REPORT,
)  # fmt: skip

FIELDS: dict[str, dict[str, Any]] = {
    Action.RECORD_CHECK: {"result": "与申报一致"},
    Action.GIVE_OPINION: {"opinion": "confirm"},
    "verify_other_allowances": {"injury": False, "cadre": False},
    "assess_selfcare": dict.fromkeys(("eat", "dress", "bed", "toilet", "walk", "bathe"), True),
}


class Course:
    """One worked case on its way through the platform."""

    def __init__(self, case: Case, placed: Placed, day: date) -> None:
        self.case, self.placed, self.offices = case, placed, Offices(placed.village)
        self.cases: dict[tuple[str, str], uuid.UUID] = {}
        self.day = day
        self.happened: set[int] = set()
        self.paid: dict[str, int] = {}
        self.go_to(day)

    # -- time ------------------------------------------------------------------------------------------------
    def go_to(self, day: date) -> None:
        """The platform works on another day; what the case says happened until then has been registered."""
        from minzheng.base.actions import set_business_date

        assert day >= self.day
        self.day = day
        with self.offices.acting(PLATFORM) as platform:
            set_business_date(actor=platform, day=day, reason="course")
        for at, event in enumerate(self.case.events):
            if at not in self.happened and event.on <= day:
                self.happened.add(at)
                with self.offices.acting(PLATFORM) as platform:
                    happen(platform, self.case, self.placed, event)

    # -- steps -----------------------------------------------------------------------------------------------
    def take(self, step: Step) -> None:
        """Do one thing of the course and compare what follows from it."""
        if step.on is not None:
            self.go_to(step.on)
        verb = VERBS.get(step.do, Course.step)
        if step.refused:
            with pytest.raises(Refusal) as refusal:
                verb(self, step)
            told = f"{refusal.value.code} {refusal.value.article} {refusal.value}"
            assert step.refused in told, told
        else:
            verb(self, step)
        self.compare(step)

    def step(self, step: Step) -> None:
        """One step of the case's table, by its name."""
        if step.do in (Action.CONFIRM, Action.REFUSE):
            self.decide(step)
            return
        fields = None if step.fields is None else _plain(step.fields)
        self.act(self.key(step), step.do, by=step.by, fields=fields, reason=step.reason)

    def act(
        self,
        key: tuple[str, str],
        action: str,
        *,
        by: str = "",
        fields: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        from minzheng.cases.actions import record_visit, sign_consent, take_step

        row = self.row(key)
        with self.acting(by or USUAL.get(action, "乡镇")) as actor:
            if action == Action.VISIT:
                record_visit(
                    actor=actor, case=row.public_id, client_key=uuid.uuid4(), base_version=row.version,
                    staff=self._visitors(by), present="本人",
                )  # fmt: skip
                return
            if action == Action.AUTHORISE:
                sign_consent(
                    actor=actor,
                    case=row.public_id,
                    people=self._signing(row),
                    until=self.day + timedelta(days=365),
                )
            offered = self.line(row).step(action, row.state, row.mode)
            needs_reason = offered is not None and offered.reason
            take_step(
                actor=actor, case=row.public_id, action=action, version=row.version,
                fields=FIELDS.get(action, {}) if fields is None else fields,
                reason=reason or ("按规定办理" if needs_reason else ""), client_key=uuid.uuid4(),
            )  # fmt: skip

    def _visitors(self, by: str) -> list[int]:
        pair = ("县级审核", "县级乙") if by.startswith("县级") else ("乡镇", "乡镇调查")
        return [self.offices.account(post) for post in pair]

    def _signing(self, row: Any) -> list[int]:
        from minzheng.cases.needs import whose_consent

        return whose_consent(row)

    # -- verbs of a course -----------------------------------------------------------------------------------
    def submit(self, step: Step) -> None:
        """An application: what fits is opened. `fields`: programmes asked for by name."""
        from minzheng.cases.actions import submit_application
        from minzheng.cases.types import Channel

        applicant = self.placed.people[step.who or next(iter(self.placed.people))]
        fields = step.fields or {}
        wanted = [self._wanted(word) for word in fields.get("programmes", [])]
        by = step.by or "乡镇"
        with self.acting(by, applicant) as actor:
            application = submit_application(
                actor=actor, household=self.placed.household, applicant=applicant,
                channel=Channel.PORTAL if by == FAMILY else Channel.OFFICE, client_key=uuid.uuid4(), programmes=wanted,
            )  # fmt: skip
            self._know(application.cases.all())

    def _wanted(self, word: str) -> tuple[str, int | None]:
        name, _, who = str(word).partition("/")
        return program_named(name), self.placed.people[who] if who else None

    def _know(self, rows: Any) -> None:
        names = {person: name for name, person in self.placed.people.items()}
        for row in rows:
            self.cases[row.programme, names.get(row.person_id, "")] = row.public_id

    def handle(self, step: Step) -> None:
        """Everything from acceptance to what is put before the decider, the publicity awaited."""
        key = self.key(step)
        for action in WAY:
            row = self.row(key)
            offered = self.line(row).step(action, row.state, row.mode)
            if offered is None or not self._on_the_way(row, action):
                continue
            if action == Action.END_PUBLICITY:
                self.wait(8)
            else:
                given = step.fields or {}
                fields = {f.name: given[f.name] for f in offered.fields if f.name in given}
                self.act(key, action, by=step.by, fields={**FIELDS.get(action, {}), **_plain(fields)})

    @staticmethod
    def _on_the_way(row: Any, action: str) -> bool:
        """A review hangs on the board only where it ends support of people in extreme difficulty (TM-15)."""
        from minzheng.cases.rows import last_opinion

        ends_tekun = row.programme == "tekun" and last_opinion(row) == "refuse"
        return action != Action.PUBLICISE or row.line != "review" or ends_tekun

    def wait(self, days: int) -> None:
        """Days pass; the platform does each day what it does by itself."""
        self.go_to(self.day + timedelta(days=days))
        self.run_day()

    def run_day(self, _step: Step | None = None) -> None:
        """What the platform does by itself on the day."""
        from minzheng.assistance import jobs as assistance
        from minzheng.awards import jobs as awards
        from minzheng.cases import jobs as cases

        cases.run_day(self.day)
        awards.run_day(self.day)
        assistance.run_day(self.day)
        self._know_reviews()

    def _know_reviews(self) -> None:
        from minzheng.cases.queries import Which, work_queue

        with self.offices.acting(PLATFORM) as platform:
            self._know(work_queue(platform, Which(line="review", household=self.placed.household)))

    def review(self, step: Step) -> None:
        """An officer (or the family) reports a change, which opens the review of what runs."""
        from minzheng.assistance.actions import report_change
        from minzheng.awards.queries import awards_of

        fields = step.fields or {}
        by = step.by or "乡镇"
        with self.acting(by, self._person(step)) as actor:
            for award in awards_of(actor, self.placed.household).filter(ends=None):
                if step.about and award.programme != program_named(step.about):
                    continue
                report_change(
                    actor=actor, award=award.public_id, what=str(fields.get("what", "家庭情况变化")),
                    happened_on=fields.get("happened_on", self.day), client_key=uuid.uuid4(),
                )  # fmt: skip
        self._know_reviews()

    def _person(self, step: Step) -> int:
        return self.placed.people[step.who or next(iter(self.placed.people))]

    def take_over(self, _step: Step) -> None:
        """What the registry says is being received becomes awards, so that it can be reviewed and paid."""
        from minzheng.awards.taking_over import take_over

        with self.offices.acting(PLATFORM) as platform:
            take_over(
                actor=platform, county=self.placed.county, month=Month.of(self.day), on=self.day,
                household=self.placed.household,
            )  # fmt: skip

    def pay(self, step: Step) -> None:
        """A payroll of a programme up to a month (`fields.month`), signed, released, answered by the bank."""
        from tests.courses.paying import pay

        assert step.about is not None
        programme = program_named(step.about)
        self.paid = {programme: pay(self, programme, Month.parse(str((step.fields or {})["month"])))}

    def decide(self, step: Step) -> None:
        """Confirm or refuse what was shown."""
        from minzheng.cases.actions import decide_case
        from minzheng.cases.queries import assessed

        key = self.key(step)
        row = self.row(key)
        with self.acting(step.by or USUAL[step.do]) as actor:
            shown = assessed(actor, row)
            decide_case(
                actor=actor, case=row.public_id, confirm=step.do == Action.CONFIRM, version=row.version,
                shown_digest=shown.digest, reason=step.reason or "按规定认定", fields=step.fields or {},
                client_key=uuid.uuid4(),
            )  # fmt: skip

    def declare_kin(self, step: Step) -> None:
        """An officer (`fields.staff`) is near kin of a member (`who`)."""
        from minzheng.cases.actions import declare_kin

        fields = step.fields or {}
        with self.acting(step.by or "乡镇负责人") as actor:
            declare_kin(
                actor=actor, staff=self.offices.account(str(fields["staff"])), person=self._person(step),
                relation=str(fields.get("relation", "兄弟姐妹")), reason="本人申报",
            )  # fmt: skip

    # -- looking ---------------------------------------------------------------------------------------------
    def acting(self, post: str, person: int = 0) -> Any:
        person = person or next(iter(self.placed.people.values()))
        return self.offices.acting(post, person, self.placed.household, "本人")

    def key(self, step: Step) -> tuple[str, str]:
        """Which case a step is about: the programme it names, else the only one that is open."""
        if step.about:
            name, who = program_named(step.about), step.who or ""
            found = [key for key in self.cases if key[0] == name and (not who or key[1] == who)]
        else:
            found = list(self.cases)
        assert len(found) == 1, f"{step.spot}: which case? {found}"
        return found[0]

    def row(self, key: tuple[str, str]) -> Any:
        from minzheng.cases.queries import case_of

        with self.offices.acting(PLATFORM) as platform:
            return case_of(platform, self.cases[key])

    @staticmethod
    def line(row: Any) -> Any:
        from minzheng.cases.lines import line_of

        return line_of(row.line)

    def awards(self) -> list[Any]:
        from minzheng.awards.queries import awards_of

        with self.offices.acting(PLATFORM) as platform:
            return list(awards_of(platform, self.placed.household))

    def due(self, month: Month) -> dict[tuple[str, str], int]:
        """Fen due for a month, by programme and person."""
        from minzheng.awards.queries import due_of

        names = {person: name for name, person in self.placed.people.items()}
        with self.offices.acting(PLATFORM):
            found: dict[tuple[str, str], int] = {}
            for award in self.awards():
                if fen := due_of(award, month):
                    key = award.programme, names.get(award.person_id, "")
                    found[key] = found.get(key, 0) + fen
            return found

    # -- comparing -------------------------------------------------------------------------------------------
    def compare(self, step: Step) -> None:
        from tests.courses.expecting import compare

        for what, expected in (step.then or {}).items():
            said = compare(self, step, what, expected)
            assert said is None, f"{step.spot} {what}: {said}"


VERBS: dict[str, Callable[[Course, Step], None]] = {
    "submit": Course.submit,
    "handle": Course.handle,
    "review": Course.review,
    "run_day": Course.run_day,
    "take_over": Course.take_over,
    "declare_kin": Course.declare_kin,
    "pay": Course.pay,
    "look": lambda _course, _step: None,
}


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Yes and no as a case file writes them."""
    return {name: {"是": True, "否": False}.get(str(value), value) for name, value in fields.items()}


def program_named(word: str) -> str:
    found = find_program(word)
    assert found is not None, f"no programme {word}"
    return found.name
