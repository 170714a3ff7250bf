"""The states and rows of the table that most lines share: intake, investigation, publicity, confirmation, ways out.

A line takes the groups it needs and names the clauses its own law gives them. Pure declarations, as in `workflow`.
"""

from __future__ import annotations

from typing import Any

from minzheng.base.types import Permission
from minzheng.cases.types import Mode, Need, Outcome, Side, Tone, Who
from minzheng.cases.workflow import ALL_MODES, BY_COUNTY, Action, Field, Requirement, State, Step

SUBMITTED = State("submitted", "已提交")
RETURNED = State("returned", "待补正", Tone.ATTENTION)
ACCEPTED = State("accepted", "已受理")
INVESTIGATING = State("investigating", "调查核对中")
OPINION = State("opinion", "已提出审核意见")
PUBLICITY = State("publicity", "公示中")
OBJECTION = State("objection", "异议处理中", Tone.ATTENTION)
REPORTED = State("reported", "县级审核中")
DECIDED_YES = State("decided_yes", "已确认", Tone.GRANTED)
DECIDED_NO = State("decided_no", "不予确认", Tone.STOPPED)
WITHDRAWN = State("withdrawn", "已撤回", Tone.STOPPED, final=True)
TERMINATED = State("terminated", "已终止", Tone.STOPPED, final=True)
VOIDED = State("voided", "已作废", Tone.STOPPED, final=True)
CLOSED = State("closed", "已办结", Tone.QUIET, final=True)

ENDED = (WITHDRAWN, TERMINATED, VOIDED, CLOSED)
EVERY_MODE = ALL_MODES
DELEGATED = (Mode.DELEGATED,)
FULL = (
    SUBMITTED, RETURNED, ACCEPTED, INVESTIGATING, OPINION, PUBLICITY, OBJECTION, REPORTED, DECIDED_YES, DECIDED_NO,
    *ENDED,
)  # fmt: skip
"""The states of a line with publicity."""
QUIET = (SUBMITTED, RETURNED, ACCEPTED, INVESTIGATING, OPINION, REPORTED, DECIDED_YES, DECIDED_NO, *ENDED)
"""The states of a line that publishes nothing."""

BEFORE_ACCEPTANCE = ("submitted", "returned")
AT_WORK = ("accepted", "investigating", "opinion", "publicity", "objection", "reported")
QUIET_AT_WORK = ("accepted", "investigating", "opinion", "reported")


# -- what steps wait for ---------------------------------------------------------------------------------
def last_opinion(case: Any) -> str:
    """What the township proposed last: confirm, refuse, or nothing yet."""
    found = case.events.filter(action=Action.GIVE_OPINION).order_by("-version").first()
    return str(found.fields.get("opinion", "")) if found is not None else ""


def happened(action: str) -> Any:
    """A test for `Requirement`: whether an action stands in the case's ledger."""

    def test(case: Any) -> bool:
        return bool(case.events.filter(action=action).exists())

    return test


def _proposes_refusal(case: Any) -> bool:
    return last_opinion(case) == "refuse"


def _was_public(case: Any) -> bool:
    """Nobody is taken in whose case the village could not see: it hung its days, or somebody objected and was answered."""
    return bool(happened(Action.END_PUBLICITY)(case) or happened(Action.ANSWER_OBJECTION)(case))


def _no_board_due(case: Any) -> bool:
    return _proposes_refusal(case) or happened(Action.ANSWER_OBJECTION)(case)


REQUIREMENTS = {
    "authorised": Requirement("已签署核对授权", Need.CONSENT, of="economic_check", clause="CK-1"),
    "visited": Requirement("已由两人以上入户调查", Need.VISIT, clause="CK-6"),
    "settled": Requirement("调查与登记不一致之处已处理", Need.NO_OPEN_CONFLICT, clause="CK-5"),
    "publicised": Requirement("公示期已满", Need.NOTICE_ENDED, clause="TM-4"),
    "answered": Requirement("异议均已答复", Need.NO_OPEN_OBJECTION, clause="PB-1"),
    "visited_by_county": Requirement("单独备案的申请已由县级入户调查", Need.COUNTY_VISIT, clause="GV-2"),
    "no_board_due": Requirement(
        "审核意见为不予确认，或者异议处理后重新提出意见", Need.CUSTOM, clause="PB-1", test=_no_board_due
    ),
    "was_public": Requirement("审核意见已经公示", Need.CUSTOM, clause="TM-4", test=_was_public),
    "confirmed": Requirement(
        "已予以确认", Need.CUSTOM, clause="PB-2", test=lambda case: bool(case.outcome == Outcome.YES)
    ),
    "proposes_refusal": Requirement("审核意见为不予确认", Need.CUSTOM, clause="TM-4", test=_proposes_refusal),
}


# -- fields ----------------------------------------------------------------------------------------------
MISSING = Field("items", "须补正的全部材料", help="一次性告知，每行一项；以后不得另行增加", clause="TM-1")
OPINION_FIELD = Field(
    "opinion",
    "审核意见",
    "choice",
    choices=(("confirm", "建议确认"), ("refuse", "建议不予确认")),
    clause="DB-6",
)
OBJECTOR = Field("source", "异议人", required=False, help="实名异议须答复，匿名的也应核查", clause="AP-2")
EXTENSION_GROUND = Field(
    "ground", "延长的情形", "choice",
    choices=(
        ("objection", "公示有异议"), ("apart", "人户分离"), ("elsewhere", "异地申请"), ("hard", "家庭经济状况调查难度大"),
    ),
    clause="TM-8",
)  # fmt: skip


# -- rows ------------------------------------------------------------------------------------------------
def handler(
    action: Any, before: tuple[str, ...], after: str, by: Permission, clause: str, **more: Any
) -> Step:
    """A row of the handling side."""
    return Step(action.value, action.label, before, after, by, clause, side=Side.HANDLE, **more)


def decider(
    action: Any, before: tuple[str, ...], after: str, by: Permission, clause: str, **more: Any
) -> Step:
    """A row of the deciding side, always with a reason."""
    return Step(action.value, action.label, before, after, by, clause, side=Side.DECIDE, reason=True, **more)


def anybody(
    action: Any, before: tuple[str, ...], after: str, by: Permission, clause: str, **more: Any
) -> Step:
    """A row the family takes itself or an officer for them; no side of the case is taken by it."""
    who = (Who.RESIDENT, Who.OFFICER)
    return Step(action.value, action.label, before, after, by, clause, who=who, **more)


def intake(
    *,
    clause: str = "TM-1",
    consent: tuple[str, ...] = ("accepted", "investigating"),
    needs: tuple[str, ...] = (),
) -> tuple[Step, ...]:
    """From the application to its acceptance, with the one list of what is missing.

    consent: later states in which the authorisation may still be signed. needs: what acceptance waits for.
    """
    receive = Permission.RECEIVE_CASES
    sign = (*BEFORE_ACCEPTANCE, *consent)
    return (
        handler(Action.LIST_MISSING, ("submitted",), "returned", receive, clause, fields=(MISSING,)),
        anybody(Action.SUPPLY, ("returned",), "submitted", receive, clause),
        handler(Action.ACCEPT, ("submitted",), "accepted", receive, clause, needs=needs),
        handler(Action.REJECT, ("submitted",), "voided", receive, clause, reason=True, danger=True),
        anybody(Action.AUTHORISE, sign, "", receive, "CK-1"),
    )


def investigation(
    *, clause: str = "TM-2", looking: tuple[str, ...] = ("investigating", "objection")
) -> tuple[Step, ...]:
    """Visit, check and what is found by them. `looking`: the states in which somebody goes and looks."""
    look = Permission.INVESTIGATE
    open_to_look = looking
    result = Field("result", "核对结果", help="与申报不一致的逐项写明", clause="CK-3")
    return (
        handler(Action.START_INVESTIGATION, ("accepted",), "investigating", look, clause),
        # The county's office of checks enquires; whoever starts it takes no side of the case by that.
        plain(Action.START_CHECK, open_to_look, Permission.REVIEW_CASES, "TM-3", level=COUNTY),
        handler(Action.VISIT, open_to_look, "", look, "CK-6"),
        handler(Action.RECORD_CHECK, open_to_look, "", look, "CK-2", fields=(result,)),
        anybody(
            Action.OBJECT_TO_CHECK, ("investigating", "opinion"), "investigating", look, "CK-5", reason=True
        ),
        handler(Action.VERIFY_MEMBERS, ("accepted", "investigating"), "", look, "HH-4", reason=True),
    )


def opinion(
    *, clause: str = "DB-6", needs: tuple[str, ...] = ("authorised", "visited", "settled")
) -> tuple[Step, ...]:
    """The township's opinion, after the investigation or after an objection was looked into."""
    return (
        handler(
            Action.GIVE_OPINION, ("investigating",), "opinion", Permission.INVESTIGATE, clause,
            needs=needs, fields=(OPINION_FIELD,), reason=True,
        ),
    )  # fmt: skip


def publicity(*, clause: str = "TM-4") -> tuple[Step, ...]:
    """The opinion on the village's board; it ends by itself, an objection leads to a new opinion."""
    look = Permission.INVESTIGATE
    platform = (Who.PLATFORM,)
    ended = Action.END_PUBLICITY
    return (
        handler(Action.PUBLICISE, ("opinion",), "publicity", look, clause),
        Step(ended.value, ended.label, ("publicity", "objection"), "", None, clause, who=platform),
        anybody(Action.OBJECT, ("publicity",), "objection", look, "PB-1", reason=True, fields=(OBJECTOR,)),
        handler(Action.EVALUATE, ("objection",), "", look, "PB-1", fields=(Field("result", "评议结果"),)),
        handler(Action.ANSWER_OBJECTION, ("objection",), "investigating", look, "PB-1", reason=True),
    )


def reporting(
    *, clause: str = "TM-5", modes: tuple[Mode, ...] = BY_COUNTY, again: bool = False
) -> tuple[Step, ...]:
    """What a line with publicity reports to the county: what hung its days, or what need not hang.

    again: what is proposed anew after an objection hangs anew, too (TM-12).
    """
    look = Permission.INVESTIGATE
    hung = ("publicised", "answered")
    unhung = ("proposes_refusal" if again else "no_board_due", "answered")
    return (
        handler(Action.REPORT, ("publicity",), "reported", look, clause, modes=modes, needs=hung),
        handler(Action.REPORT, ("opinion",), "reported", look, clause, modes=modes, needs=unhung),
    )


def county(
    *, review: str = "TM-5", confirm: str = "TM-6", refuse: str = "TM-9", modes: tuple[Mode, ...] = BY_COUNTY,
    needs: tuple[str, ...] = (), fields: tuple[Field, ...] = (), public: bool = True,
) -> tuple[Step, ...]:  # fmt: skip
    """Reviewed and decided by the county, or returned with a reason. `needs`, `fields`: of a confirmation.

    public: the line publicises what it proposes, so that nothing is confirmed that did not hang.
    """
    check, decide = Permission.REVIEW_CASES, Permission.CONFIRM_CASES
    kin = ("visited_by_county",)
    needs = (*(("was_public",) if public else ()), *needs)
    at = ("reported",)
    return (
        decider(Action.REVIEW_BY_COUNTY, at, "", check, review, modes=modes),
        decider(Action.RETURN_TO_TOWNSHIP, at, "investigating", check, review, modes=modes),
        decider(
            Action.CONFIRM,
            at,
            "decided_yes",
            decide,
            confirm,
            modes=modes,
            needs=(*kin, *needs),
            fields=fields,
        ),
        decider(Action.REFUSE, at, "decided_no", decide, refuse, modes=modes, needs=kin, danger=True),
    )


def township(
    *,
    confirm: str = "TM-7",
    refuse: str = "TM-9",
    modes: tuple[Mode, ...] = DELEGATED,
    fields: tuple[Field, ...] = (),
) -> tuple[Step, ...]:
    """Where the county has delegated it, the township decides, by somebody who did not investigate (GV-3, GV-4)."""
    decide = Permission.CONFIRM_CASES
    kin = "visited_by_county"
    hung, again = ("publicised", "answered", kin), ("was_public", "answered", kin)
    yes, no = Action.CONFIRM, Action.REFUSE
    return (
        decider(yes, ("publicity",), "decided_yes", decide, confirm, modes=modes, needs=hung, fields=fields),
        decider(yes, ("opinion",), "decided_yes", decide, confirm, modes=modes, needs=again, fields=fields),
        decider(
            no, ("publicity", "opinion"), "decided_no", decide, refuse, modes=modes, needs=("answered", kin), danger=True
        ),
    )  # fmt: skip


def notices(*, yes: str, no: str = "TM-9", result: str = "") -> tuple[Step, ...]:
    """The decision reaches the family; `result` is the clause by which it is published in the village, if any."""
    receive = Permission.RECEIVE_CASES
    rows = [
        handler(Action.NOTIFY, ("decided_yes",), "closed", receive, yes),
        handler(Action.NOTIFY_REFUSAL, ("decided_no",), "closed", receive, no),
    ]
    if result:
        rows.append(
            handler(
                Action.PUBLISH_RESULT, ("decided_yes", "closed"), "", receive, result, needs=("confirmed",)
            )
        )
    return tuple(rows)


COUNTY = 6
"""How many digits a county's code has: the level from which the county acts itself."""
FINDING = Field(
    "finding", "抽查结论", "choice", clause="GV-4",
    choices=(("fit", "符合规定"), ("slip", "程序或者材料需要整改"), ("wrong", "认定可能有误，须复核")),
)  # fmt: skip


def ways_out(
    *, extend: str = "", terminate: str = "DY-7", states: tuple[str, ...] = AT_WORK
) -> tuple[Step, ...]:
    """Withdrawing, ending for want of cooperation, a longer limit, handing on, registering kin, remedies."""
    receive, working = Permission.RECEIVE_CASES, (*BEFORE_ACCEPTANCE, *states)
    decided = ("decided_yes", "decided_no", "closed")
    oversee = Action.SUPERVISE
    rows = [
        anybody(Action.WITHDRAW, working, "withdrawn", receive, "HH-5", reason=True, danger=True),
        handler(Action.TERMINATE, states, "terminated", receive, terminate, reason=True, danger=True),
        handler(Action.TRANSFER, working, "", receive, "HH-5", reason=True),
        plain(Action.ASSIGN, working, receive, "GV-4"),
        plain(Action.REGISTER_KINSHIP, working, Permission.DECLARE_KIN, "GV-2"),
        Step(
            oversee.value, oversee.label, (*states, *decided), "", Permission.SUPERVISE_CASES, "GV-4",
            side=Side.SUPERVISE, reason=True, fields=(FINDING,),
        ),
        anybody(Action.APPEAL, (*decided, "terminated"), "", receive, "AP-1", reason=True),
        decider(Action.VOID, ("decided_yes", "closed"), "voided", Permission.CONFIRM_CASES, "SA-2", danger=True),
    ]  # fmt: skip
    if extend:
        ground = (EXTENSION_GROUND,)
        rows.append(handler(Action.EXTEND, states, "", receive, extend, reason=True, fields=ground))
    return tuple(rows)


def plain(action: Any, before: tuple[str, ...], by: Permission, clause: str, **more: Any) -> Step:
    """A row that keeps the state and takes no side."""
    return Step(action.value, action.label, before, "", by, clause, **more)
