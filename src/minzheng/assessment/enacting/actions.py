"""Proposing a value, finding whom it affects, signing over that list, and proposing to take back what is in force."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.differences import waiting_rows
from minzheng.assessment.enacting.law import (
    edition_of,
    is_recorded,
    last_enactment,
    shipped,
    text_from,
    text_in_force,
)
from minzheng.assessment.enacting.models import Edition, Enactment, Impact, Proposal, Signature
from minzheng.assessment.enacting.pricing import (
    Affected,
    affected_of,
    between,
    book_after,
    days_of,
    digest_of,
    summary_of,
    values_after,
    values_before,
)
from minzheng.assessment.enacting.types import EARLIEST, RULEBOOK, Kind, Side
from minzheng.assessment.reforms.asking import affected_under, affected_under_text, desk_state
from minzheng.assessment.reforms.overlay import expected
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.rulebook import COUNTIES, declared
from minzheng.rulebook.check.values import check_bands, check_bounds
from minzheng.rules.book import Rulebook
from minzheng.rules.language.declare import Parameter, layer
from minzheng.rules.language.errors import RuleError
from minzheng.rules.parameters import UNKNOWN_WORD, encode
from minzheng.values.errors import Defect, Refusal, SourceTrouble

PLACES = ("000000", "140000", "140400", *COUNTIES)
_LINK = re.compile(r"https?://\S{3,390}")


# -- proposing -------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose_value(
    *,
    actor: Actor,
    key: str,
    place: str,
    value: str,
    since: date,
    document: str,
    reason: str,
    client_key: uuid.UUID,
    link: str = "",
    example: bool = False,
) -> Proposal:
    """Propose that a parameter has a value (written as in the parameter files) at a place from a month on.

    A second call with the same client key gives the same proposal. Raises `Refusal` naming the field.
    """
    book = _permitted(actor, Permission.PROPOSE_RULES)
    found = Proposal.objects.filter(client_key=client_key).first()
    if found is not None:
        return found
    parameter = book.parameters.declared.get(key)
    if parameter is None:
        raise Refusal("enacting.key", f"没有名为“{key}”的参数。", field="key", next_step="请从参数页选取。")
    if place not in PLACES:
        raise Refusal("enacting.place", "地区应为全国、山西省、长治市或者其县（市、区）。", field="place")
    _check_texts(since, document, reason, link)
    proposal = Proposal(
        client_key=client_key, kind=Kind.VALUE, key=key, place=place, value=_written(parameter, value),
        since=since, document=document.strip(), link=link.strip(), reason=reason.strip(), example=example,
    )  # fmt: skip
    _check_value(proposal, book)
    return _saved(actor, proposal)


@transaction.atomic
def propose_text(
    *,
    actor: Actor,
    since: date,
    document: str,
    reason: str,
    client_key: uuid.UUID,
    link: str = "",
    digest: str = "",
) -> Proposal:
    """Propose that what this program ships, texts and rows of values, holds from a month on in place of what is in force.

    digest: the edition that was shown; another one by now is refused. A second call with the same client key gives the
    same proposal. Raises `Refusal` where nothing differs, or where one text cannot follow the other.
    """
    _permitted(actor, Permission.PROPOSE_RULES)
    found = Proposal.objects.filter(client_key=client_key).first()
    if found is not None:
        return found
    _check_texts(since, document, reason, link)
    held, new = text_in_force(), shipped()
    if held["texts"] == new["texts"] and not waiting_rows():
        raise Refusal("enacting.no_change", "程序所载的规则文本和数值与现行的一致，无须签署。")
    text_from(held, new, since)
    edition = edition_of(new)
    if digest and digest != edition.digest:
        raise Refusal(
            "enacting.other_text",
            "页面打开之后程序换用了另一规则文本或者数值。",
            next_step="请刷新页面重新核对。",
        )
    if not Edition.objects.filter(pk=edition.digest).exists():
        edition.save(force_insert=True)
    return _saved(
        actor,
        Proposal(
            client_key=client_key, kind=Kind.TEXT, key=RULEBOOK, place=PLACES[0], value=edition.digest, since=since,
            document=document.strip(), link=link.strip(), reason=reason.strip(),
        ),
    )  # fmt: skip


@transaction.atomic
def record_initial_text(*, actor: Actor) -> Edition | None:
    """Record what this program ships as what was in force before anybody signed; None where that stands already.

    Done once, when an installation is set up: from then on other texts and rows need two signatures. Once more where it
    was done before editions had rows.
    """
    if is_recorded():
        return None
    edition = edition_of(shipped())
    edition.initial = True
    edition.save(force_insert=True)
    record(
        actor, "record_initial_text", "assessment.edition", edition.pk, reason="系统建立时的规则文本和数值"
    )
    return edition


@transaction.atomic
def propose_taking_back(
    *, actor: Actor, proposal: uuid.UUID, since: date, document: str, reason: str, client_key: uuid.UUID
) -> Proposal:
    """Propose that a value in force ends with a month; from then on what held before it holds again.

    A month not later than its first one takes it back from its beginning. It is signed like every other proposal.
    """
    _permitted(actor, Permission.PROPOSE_RULES)
    found = Proposal.objects.filter(client_key=client_key).first()
    if found is not None:
        return found
    enacted = _proposal(proposal)
    enactment = Enactment.objects.filter(proposal=enacted, withdraws=None).first()
    if enactment is None:
        raise Refusal("enacting.not_in_force", "该提案没有生效，不能撤回。")
    if hasattr(enactment, "withdrawn_by"):
        raise Refusal("enacting.taken_back", "该提案已经撤回。")
    _check_texts(since, document, reason, "")
    if enacted.kind == Kind.TEXT:
        _check_last_text(enactment)
        text_in_force(without=enactment, since=since)
    return _saved(
        actor,
        Proposal(
            client_key=client_key, kind=Kind.WITHDRAWAL, key=enacted.key, place=enacted.place, since=since,
            document=document.strip(), reason=reason.strip(), example=enacted.example, withdraws=enacted,
        ),
    )  # fmt: skip


def _check_last_text(enactment: Enactment) -> None:
    later = Enactment.objects.filter(proposal__kind=Kind.TEXT, pk__gt=enactment.pk, withdrawn_by=None)
    if later.exists():
        raise Refusal(
            "enacting.later_text",
            "此后另有规则文本签署生效，须先撤回在后的文本。",
            next_step="请从最近一次生效的规则文本撤回。",
        )


def _saved(actor: Actor, proposal: Proposal) -> Proposal:
    proposal.save(force_insert=True)
    record(
        actor, "propose_value", "assessment.proposal", proposal.pk, reason=proposal.reason,
        detail={"kind": proposal.kind, "key": proposal.key, "place": proposal.place, "value": proposal.value,
                "since": proposal.since.isoformat()},
    )  # fmt: skip
    return proposal


def _permitted(actor: Actor, permission: Permission) -> Rulebook:
    """Whoever proposes or signs sees the whole city: the list is all of it."""
    actor.require(permission)
    if settings.CITY not in actor.regions:
        raise Refusal(
            "enacting.not_citywide", "参数生效影响全市，须由管辖全市的人员提出和签署。",
            next_step="请联系市级政策岗位。",
        )  # fmt: skip
    return rulebook()


def _check_texts(since: date, document: str, reason: str, link: str) -> None:
    if since.day != 1:
        raise Refusal("enacting.since", "生效应自某月一日起。", field="since")
    if not EARLIEST <= since <= date(2099, 12, 1):
        raise Refusal("enacting.since", f"生效月份不应早于 {EARLIEST:%Y年%m月}。", field="since")
    if not document.strip() or len(document) > 200:
        raise Refusal("enacting.document", "请写明依据文件的名称和文号（不超过 200 字）。", field="document")
    if not reason.strip():
        raise Refusal("enacting.reason", "请写明事由。", field="reason")
    if link.strip() and not _LINK.fullmatch(link.strip()):
        raise Refusal("enacting.link", "文本网址应以 http:// 或 https:// 开头。", field="link")


def _written(parameter: Parameter, value: str) -> str:
    """The value as it is kept, after the parameter itself has read it."""
    text = value.strip().replace(",", "").removesuffix("元")
    typed: str | bool = {"true": True, "false": False, "是": True, "否": False}.get(text, text)
    try:
        known = encode(parameter, UNKNOWN_WORD if typed == "" else typed, "提案") is not None
    except (RuleError, ValueError, ZeroDivisionError):
        known = False
    if not known:
        raise Refusal(
            "enacting.value",
            f"“{parameter.label}”不能取“{value}”。",
            field="value",
            next_step=expected(parameter),
        )
    return str(typed).lower() if isinstance(typed, bool) else text


def _check_value(proposal: Proposal, book: Rulebook) -> None:
    """Nothing that changes nothing, breaks a national bound, or turns a band upside down."""
    later = book_after(proposal, book)
    parameter = book.parameters.declared[proposal.key]
    counties = [county for county in book.counties if county.startswith(layer(proposal.place))]
    if all(
        _value(later, parameter, county, proposal) == _value(book, parameter, county, proposal)
        for county in counties
    ):
        raise Refusal(
            "enacting.no_change", "该月该地区的数值与现行相同，或者另有更近一级的规定，提案不改变任何数值。",
            field="value", next_step="请核对数值、地区和月份。",
        )  # fmt: skip
    before, after = (_faults(one, proposal.since) for one in (book, later))
    for fault in after:
        if fault not in before:
            raise Refusal(
                "enacting.fault", f"{fault}。", field="value", next_step="请核对数值，或先修订有关参数。"
            )


def _value(book: Rulebook, parameter: Parameter, county: str, proposal: Proposal) -> Any:
    return book.parameters.resolve(parameter, county, proposal.since).value


def _faults(book: Rulebook, since: date) -> list[str]:
    last = date(since.year + 1, 1, 1)
    found = [*check_bounds(book, declared.BOUNDS), *check_bands(book, declared.IN_ORDER, since, last)]
    return [one.message for one in found]


def _proposal(proposal: uuid.UUID) -> Proposal:
    found = Proposal.objects.filter(pk=proposal).first()
    if found is None:
        raise Refusal("enacting.not_found", "没有找到该提案。", next_step="请核对编号。")
    return found


# -- the list --------------------------------------------------------------------------------------------------------


@transaction.atomic
def find_affected(*, actor: Actor, proposal: uuid.UUID) -> Impact:
    """Find whom a proposal affects on the desk's city and keep the list; the same list is kept once.

    Raises `SourceTrouble` while the desk is not ready or still holds another edition of the rulebook.
    """
    last = last_enactment()
    book = _permitted(actor, Permission.PROPOSE_RULES)
    row = _proposal(proposal)
    _not_enacted(row)
    basis = _ready(actor)
    if basis["rulebook"] != book.hash:
        raise SourceTrouble(
            "desk", "改革台仍是此前的规则版本，正在重新载入。", retryable=True, next_step="请稍候再核算名单。"
        )
    rows = _affected(actor, row, book, basis)
    impact = Impact(
        proposal=row, snapshot=basis["snapshot"], month=basis["month"], on=date.fromisoformat(basis["on"]),
        rulebook=book.hash, after=last, rows=len(rows), summary=summary_of(rows, book),
    )  # fmt: skip
    impact.digest = digest_of(row, impact, rows)
    kept = Impact.objects.filter(proposal=row, digest=impact.digest).first()
    if kept is not None:
        return kept
    impact.save(force_insert=True)
    _keep_rows(impact, rows)
    record(
        actor, "find_affected", "assessment.proposal", row.pk,
        detail={"digest": impact.digest, "rows": impact.rows, "snapshot": impact.snapshot},
    )  # fmt: skip
    return impact


def _affected(actor: Actor, row: Proposal, book: Rulebook, basis: dict[str, Any]) -> list[Affected]:
    """Every holder that changes, against what will hold by then; all of it on the city and the law of `basis`."""
    on = date.fromisoformat(basis["on"])
    if row.key == RULEBOOK:
        return _affected_by_edition(actor, row, on, basis)
    before, after = values_before(row, book, on), values_after(row, book, on)
    sides: list[list[Affected]] = []
    for values in (before, after):
        if not values:
            sides.append([])
            continue
        sides.append(_of_side(affected_under(actor, {"name": row.key, "parameters": values}), basis))
    return between(*sides)


def _affected_by_edition(actor: Actor, row: Proposal, on: date, basis: dict[str, Any]) -> list[Affected]:
    """Each holder once, as on the first day that something changes for it."""
    found: dict[Any, Affected] = {}
    for day in days_of(row, on):
        sides = [
            _of_side(affected_under_text(actor, row.pk, side, day), basis) for side in ("before", "after")
        ]
        for one in between(*sides):
            found.setdefault(one.order, one)
    return sorted(found.values(), key=lambda one: one.order)


def _of_side(answer: dict[str, Any], basis: dict[str, Any]) -> list[Affected]:
    stood = answer["basis"]
    if (stood["snapshot"], stood["rulebook"]) != (basis["snapshot"], basis["rulebook"]):
        raise SourceTrouble(
            "desk", "核算期间改革台换用了新的快照或者规则。", retryable=True, next_step="请重新核算名单。"
        )
    return affected_of(answer["rows"])


def _ready(actor: Actor) -> dict[str, Any]:
    """What the desk stands on. Raises `SourceTrouble` while it does not stand."""
    state = desk_state(actor)
    if state["state"] != "ready":
        raise SourceTrouble(
            "desk", f"改革台尚未就绪：{state['what']}。", retryable=True, next_step="请稍候再试。"
        )
    return dict(state["basis"])


_KEEP = """
insert into assessment_impactrow (impact_id, programme, household_id, person_id, division, outcome_before,
    outcome_after, fen_before, fen_after)
select %s, t.* from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[],
    %s::bigint[]) t
"""


def _keep_rows(impact: Impact, rows: list[Affected]) -> None:
    columns = list(zip(*(vars(row).values() for row in rows), strict=True)) or [()] * 8
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [impact.pk, *(list(column) for column in columns)])
        cursor.execute("select assessment_impact_digest(%s)", [impact.pk])
        (said,) = cursor.fetchone()
    if said != impact.digest:
        raise Defect("名单摘要与数据库重算的不一致。", code="enacting.digest")


# -- signing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def sign(*, actor: Actor, proposal: uuid.UUID, digest: str) -> Signature:
    """Sign over a list: the proposer first, another natural person second, and with that the value is in force.

    Signing again is the signature there is. Raises `Refusal` where the list is not of today any more, where it is
    another person's turn, or where somebody else was quicker.
    """
    row = _proposal(proposal)
    mine = str(row.natural_person) == actor.natural_person
    _permitted(actor, Permission.PROPOSE_RULES if mine else Permission.ENACT_RULES)
    side = Side.FIRST if mine else Side.SECOND
    given = Signature.objects.filter(proposal=row, digest=digest, side=side).first()
    if given is not None:
        if str(given.natural_person) == actor.natural_person:
            return given
        raise _too_late()
    _not_enacted(row)
    _of_today(actor, row, digest)
    if (
        side is Side.SECOND
        and not Signature.objects.filter(proposal=row, digest=digest, side=Side.FIRST).exists()
    ):
        raise Refusal(
            "enacting.not_signed", "提出人尚未在这份名单上签署。", next_step="请提出人先核对名单并签署。"
        )
    try:
        with transaction.atomic():
            return _signed(actor, row, digest, side)
    except DatabaseError as error:
        raise _as_refusal(error) from error


def _signed(actor: Actor, row: Proposal, digest: str, side: Side) -> Signature:
    signature = Signature(proposal=row, digest=digest, side=side)
    signature.save(force_insert=True)
    detail: dict[str, Any] = {"digest": digest, "side": side.value}
    if side is Side.SECOND:
        enactment = Enactment(proposal=row, digest=digest)
        enactment.save(force_insert=True)
        detail["enactment"] = enactment.pk
    record(actor, "sign_proposal", "assessment.proposal", row.pk, detail=detail)
    signature.refresh_from_db()
    return signature


def _not_enacted(row: Proposal) -> None:
    if Enactment.objects.filter(proposal=row).exists():
        raise Refusal("enacting.in_force", "该提案已经签署生效。", next_step="需要改动的，请另行提出。")


def _of_today(actor: Actor, row: Proposal, digest: str) -> None:
    """The list stands on the law in force and on the newest snapshot there is."""
    impact = Impact.objects.filter(proposal=row, digest=digest).first()
    if impact is None:
        raise Refusal("enacting.no_list", "没有这份名单。", next_step="请先核算受影响名单，再签署。")
    if impact.after != last_enactment() or impact.rulebook != rulebook().hash:
        raise _stale("核算名单之后另有数值生效，名单已不是现行规则下的。")
    if _ready(actor)["snapshot"] != impact.snapshot:
        raise _stale("核算名单之后生成了新的快照，名单已不是最新情况。")


def _stale(message: str) -> Refusal:
    return Refusal("enacting.stale", message, next_step="请重新核算名单，由提出人重新签署。")


def _too_late() -> Refusal:
    return Refusal("enacting.already", "该名单已由他人签署。", next_step="请刷新页面查看。")


def _as_refusal(error: DatabaseError) -> Exception:
    """What the database refused, in an official's words; anything else is passed on as it is."""
    state = getattr(error.__cause__, "sqlstate", "")
    if state == "23505":
        return _too_late()
    if state == "40001":
        return _stale("核算名单之后另有数值生效，名单已不是现行规则下的。")
    if state in ("42501", "23001"):
        return Refusal("enacting.refused", "签署人须为在岗的政策人员，且两次签署不得为同一自然人。")
    return error
