"""What the standard steps bring with them, whatever the line: `PREPARE` before the case is written, `FOLLOW` after."""

from __future__ import annotations

from collections.abc import Callable

from minzheng.cases import adopting, attaching, boards, kin, lacking, letters, objecting, stating
from minzheng.cases.clocks import mode_of
from minzheng.cases.moving import Taken
from minzheng.cases.needs import needs_county_visit
from minzheng.cases.types import LetterKind, Outcome
from minzheng.cases.workflow import Action
from minzheng.values.errors import Refusal


def _accept(taken: Taken) -> None:
    """The county's mode on this day is kept with the case, and the day counts from here. Kin is registered apart (GV-2)."""
    row = taken.case
    taken.changes |= {"accepted_on": taken.on, "mode": mode_of(row.division[:6], taken.on).value}
    if not row.kin_registered and needs_county_visit(row):
        taken.changes |= {"kin_registered": True}


def _extend(taken: Taken) -> None:
    if taken.case.extended_on is not None:
        raise Refusal("case.extended_once", "该办件已经延长过一次办理期限。", article="TM-8")
    taken.changes |= {"extended_on": taken.on, "extension_ground": taken.reason}


def _ends(outcome: Outcome) -> Callable[[Taken], None]:
    def prepare(taken: Taken) -> None:
        """What was decided stays decided: a case made void after its decision keeps how it was decided."""
        if not taken.case.outcome:
            taken.changes |= {"outcome": outcome}

    return prepare


PREPARE: dict[str, Callable[[Taken], None]] = {
    Action.GIVE_OPINION: adopting.before_opinion,
    Action.ACCEPT: _accept,
    Action.EXTEND: _extend,
    Action.WITHDRAW: _ends(Outcome.WITHDRAWN),
    Action.TERMINATE: _ends(Outcome.TERMINATED),
    Action.VOID: _ends(Outcome.VOIDED),
    Action.REJECT: _ends(Outcome.REJECTED),
    Action.REGISTER_KINSHIP: kin.register,
}
FOLLOW: dict[str, tuple[Callable[[Taken], None], ...]] = {
    Action.ACCEPT: (stating.adopt_on_acceptance, letters.receipt),
    Action.REJECT: (letters.rejection,),
    Action.LIST_MISSING: (lacking.list_missing, letters.shortage),
    Action.SUPPLY: (lacking.supply,),
    Action.AUTHORISE: (attaching.sign_by_step,),
    Action.PUBLICISE: (boards.publicise,),
    Action.END_PUBLICITY: (boards.end_publicity,),
    Action.PUBLISH_RESULT: (boards.publish_result,),
    Action.OBJECT: (objecting.about_notice,),
    Action.OBJECT_TO_CHECK: (objecting.about_check,),
    Action.ANSWER_OBJECTION: (objecting.answer,),
    Action.CONFIRM: (letters.confirmation,),
    Action.REFUSE: (letters.refusal, objecting.board_cleared),
    Action.NOTIFY: (letters.deliver(LetterKind.CONFIRMATION),),
    Action.NOTIFY_REFUSAL: (letters.deliver(LetterKind.REFUSAL),),
    Action.TERMINATE: (letters.termination, objecting.board_cleared),
    Action.WITHDRAW: (objecting.board_cleared,),
    Action.APPEAL: (objecting.appeal,),
    Action.VOID: (objecting.board_cleared,),
}
