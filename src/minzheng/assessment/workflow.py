"""The life of a lead or review: state, action, next state, who may. Pages, checks and tests read this table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices

from minzheng.assessment.types import LEADS, REVIEWS, Kind
from minzheng.base.types import Permission


class State(TextChoices):
    """Where a lead or review stands. The first three are live: at most one live row a holder and programme."""

    OPEN = "open", "待办"
    CONTACTED = "contacted", "已联系"
    POSTPONED = "postponed", "约定期前不联系"
    DECLINED = "declined", "本人谢绝"
    APPLIED = "applied", "已提出申请"
    WRONG = "wrong", "数据有误"
    REVIEWED = "reviewed", "已复核"
    EXPIRED = "expired", "已过期"
    SETTLED = "settled", "情况已变，自动了结"

    @property
    def is_live(self) -> bool:
        return self in LIVE


LIVE = (State.OPEN, State.CONTACTED, State.POSTPONED)


class Action(TextChoices):
    """What is done with a lead or review, by an officer or (the last three) by the platform."""

    CONTACT = "contact", "记录已联系"
    POSTPONE = "postpone", "约定以后再联系"
    DECLINE = "decline", "本人谢绝"
    APPLY = "apply", "已提出申请"
    REPORT_WRONG = "report_wrong", "数据有误"
    REVIEW = "review", "完成复核"
    REOPEN = "reopen", "重新打开"
    SETTLE = "settle", "情况已变，了结"
    EXPIRE = "expire", "过期"
    CHANGE = "change", "结果有变"


@dataclass(frozen=True)
class Transition:
    """One row of the table. `until`: a day has to be named. `kinds`: what it is about."""

    action: Action
    before: tuple[State, ...]
    after: State | None
    by: Permission | None
    kinds: tuple[Kind, ...] = (*LEADS, *REVIEWS)
    reason: bool = True
    until: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition(Action.CONTACT, (State.OPEN, State.POSTPONED), State.CONTACTED, Permission.HANDLE_LEADS),
    Transition(Action.POSTPONE, LIVE, State.POSTPONED, Permission.HANDLE_LEADS, until=True),
    Transition(Action.DECLINE, LIVE, State.DECLINED, Permission.HANDLE_LEADS, LEADS, until=True),
    Transition(Action.APPLY, LIVE, State.APPLIED, Permission.HANDLE_LEADS, LEADS),
    Transition(Action.REPORT_WRONG, LIVE, State.WRONG, Permission.HANDLE_LEADS),
    Transition(Action.REVIEW, LIVE, State.REVIEWED, Permission.HANDLE_LEADS, REVIEWS),
    Transition(Action.SETTLE, LIVE, State.SETTLED, Permission.HANDLE_LEADS),
    Transition(
        Action.REOPEN,
        (State.DECLINED, State.APPLIED, State.WRONG, State.REVIEWED, State.EXPIRED, State.SETTLED),
        State.OPEN,
        Permission.HANDLE_LEADS,
    ),
    Transition(Action.SETTLE, LIVE, State.SETTLED, None),
    Transition(Action.EXPIRE, LIVE, State.EXPIRED, None),
    Transition(Action.CHANGE, LIVE, None, None),
)
"""`by` None: the platform alone. `after` None: the state stays, what was found changes."""


def actions_for(state: State, kind: Kind) -> list[Action]:
    """What an officer may do next."""
    return [t.action for t in TRANSITIONS if t.by is not None and state in t.before and kind in t.kinds]


def transition(action: Action, state: State, kind: Kind) -> Transition | None:
    """The officer's row of the table, None where the action does not fit."""
    return next(
        (
            t
            for t in TRANSITIONS
            if t.by is not None and t.action is action and state in t.before and kind in t.kinds
        ),
        None,
    )


#: Practice of the house, not law: how long a programme is not raised again after somebody declined, how long a lead
#: stays good without being looked at, how long an application in hand or a data error keeps it from being raised.
COOL_DOWN_DAYS = {State.DECLINED: 180, State.APPLIED: 90, State.WRONG: 180, State.REVIEWED: 180}
GOOD_FOR_DAYS = 180
