"""Asking the process that holds the city: what pages and the API call."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from minzheng.assessment.reforms.service import socket_path
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Defect, Refusal, SourceTrouble

PATIENCE = 60.0


def desk_state(actor: Actor) -> dict[str, Any]:
    """What the desk is doing; an answer even when nobody listens."""
    actor.require(Permission.SIMULATE)
    try:
        return _ask({"ask": "state"}, patience=2.0)
    except SourceTrouble as trouble:
        return {"state": "absent", "what": trouble.message, "step": 0, "steps": 1, "seconds": 0, "basis": {}}


def price_standing(actor: Actor) -> dict[str, Any]:
    """The city under the law in force."""
    actor.require(Permission.SIMULATE)
    return _ask({"ask": "standing"})


def price_positions(actor: Actor, positions: Mapping[str, str]) -> dict[str, Any]:
    """The city with some sliders moved."""
    actor.require(Permission.SIMULATE)
    return _ask({"ask": "price", "positions": dict(positions)})


def price_overlay(actor: Actor, overlay: Mapping[str, Any]) -> dict[str, Any]:
    """The city under any reform."""
    actor.require(Permission.SIMULATE)
    return _ask({"ask": "overlay", "overlay": overlay})


def cases_under(actor: Actor, overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Which shipped worked cases come out otherwise under a reform; while they are being decided, how far that is."""
    actor.require(Permission.SIMULATE)
    return _ask({"ask": "cases", "overlay": overlay})


def changes_under(
    actor: Actor, overlay: Mapping[str, Any], *, programme: str = "", start: int = 0, most: int = 50
) -> dict[str, Any]:
    """Which holders change under a reform, in the actor's regions: how many in all, and a page of ids."""
    actor.require(Permission.SIMULATE)
    actor.require(Permission.SEE_HOUSEHOLDS)
    regions: Sequence[str] = actor.regions
    return _ask(
        {
            "ask": "changes",
            "overlay": overlay,
            "regions": regions,
            "programme": programme,
            "start": start,
            "most": most,
        }
    )


def affected_under(actor: Actor, overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Every holder that changes under a reform, ids only, for the list that two people sign: the whole city at once."""
    actor.require(Permission.PROPOSE_RULES)
    question = {"ask": "changes", "overlay": overlay, "regions": actor.regions, "programme": "", "start": 0}
    return _ask(question | {"most": 2**31})


def affected_under_text(actor: Actor, proposal: uuid.UUID, side: str, day: date) -> dict[str, Any]:
    """The same for one side of a proposal of another edition of the rulebook, "before" or "after" it, as on a day."""
    actor.require(Permission.PROPOSE_RULES)
    text = {"proposal": str(proposal), "side": side, "day": day.isoformat()}
    question = {"ask": "changes", "text": text, "regions": actor.regions}
    return _ask(question | {"programme": "", "start": 0, "most": 2**31})


def cases_under_text(actor: Actor, proposal: uuid.UUID) -> dict[str, Any]:
    """Which worked cases come out otherwise under a proposed text; while they are being decided, how far that is."""
    actor.require(Permission.SIMULATE)
    return _ask({"ask": "cases", "text": {"proposal": str(proposal), "side": "cases"}})


def _ask(
    question: Mapping[str, Any], *, patience: float = PATIENCE, path: Path | None = None
) -> dict[str, Any]:
    line = json.dumps(question, ensure_ascii=False, default=str).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX) as line_to_desk:
            line_to_desk.settimeout(patience)
            line_to_desk.connect(str(path or socket_path()))
            line_to_desk.sendall(line)
            with line_to_desk.makefile("rb") as reply:
                answer = json.loads(reply.readline() or b"null")
    except TimeoutError:
        raise _trouble("改革台没有及时答复。", "请稍候再试。") from None
    except (OSError, ValueError):
        raise _trouble("改革台尚未启动。", "请联系系统管理员启动（minzheng desk）。") from None
    if not isinstance(answer, dict):
        raise _trouble("改革台没有答复。", "请稍候再试。")
    if "error" in answer:
        raise _error(answer["error"])
    found: dict[str, Any] = answer["ok"]
    return found


def _error(told: Mapping[str, Any]) -> Refusal | SourceTrouble | Defect:
    if told["family"] == "refusal":
        return Refusal(
            told["code"], told["message"], field=told.get("field", ""), next_step=told.get("next_step", "")
        )
    if told["family"] == "source":
        return _trouble(told["message"], told.get("next_step", ""))
    return Defect(told["message"], code="reform.desk")


def _trouble(message: str, next_step: str) -> SourceTrouble:
    return SourceTrouble("desk", message, retryable=True, next_step=next_step)
