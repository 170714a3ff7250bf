"""Reads files of worked cases. Every complaint is a CaseError that names file, case, field, reason and way out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from minzheng.rulebook import load
from minzheng.rulebook import vocabulary as v
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.timeline import Award, Key
from minzheng.values.month import Month

from . import course, events, expectations, given, keys, words
from .case import Case, Event, Given, PersonGiven, Point
from .own_parameters import own_parameters
from .spot import Spot, nearest
from .texts import (
    Mapped,
    day,
    load_documents,
    months,
    whole_fen,
    yes_or_no,
)

MOST_VARIANTS = 200
MOST_BYTES = 5_000_000
"""Of one file: some fifty thousand cases."""
EXAMPLE = "例：people: [{name: 父亲, age: 45, wages: 1500}]，见 docs/worked-cases.md"


def read_files(paths: Iterable[Path]) -> list[Case]:
    """All cases of files, and of every *.yaml under folders."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
        else:
            files.append(path)
    return [case for path in files for case in read_file(path)]


def read_file(path: Path) -> list[Case]:
    spot = Spot(file=str(path))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise spot.error(f"文件超过 {MOST_BYTES // 1_000_000} MB", "请分成几个文件，放在一个目录里运行")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise spot.error("没有这个文件", "请核对路径") from None
    except UnicodeDecodeError as wrong:
        raise spot.error(
            "文件不是 UTF-8 编码的文本", "请另存为 UTF-8 编码的文本文件（不要用 GBK、GB18030）"
        ) from wrong
    except OSError as wrong:
        raise spot.error("文件无法读取", "请核对路径和权限") from wrong
    return read_text(text, spot)


def read_text(text: str, spot: Spot | None = None) -> list[Case]:
    """The cases of a YAML text: a case, a list of cases, or `cases:` with `defaults:`."""
    spot = spot or Spot()
    raw: list[Mapped] = []
    for document in load_documents(text, spot):
        raw += _document(document, spot)
    if not raw:
        raise spot.error("文件里没有案例", EXAMPLE)
    cases = [_Reader(one, at).case() for one, at in _unfolded(raw, spot)]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise case.spot.error(f"编号“{case.id}”用了两次", "请给每个案例不同的编号")
        seen.add(case.id)
    return cases


def _document(document: Any, spot: Spot) -> list[Mapped]:
    if isinstance(document, list):
        found, defaults = document, Mapped()
    elif (
        isinstance(document, Mapping)
        and (listed := document.get("cases", document.get("案例集", document.get("案例")))) is not None
        and isinstance(listed, list)
    ):
        found = listed
        defaults = document.get("defaults") or document.get("共同") or Mapped()
        extra = set(document) - {
            "cases",
            "案例集",
            "案例",
            "defaults",
            "共同",
            "title",
            "标题",
            "说明",
            "note",
        }
        if extra:
            raise spot.at(*extra).error("文件的顶层没有这一项", "顶层可以写 defaults（共同）和 cases（案例）")
    elif isinstance(document, Mapping):
        found, defaults = [document], Mapped()
    else:
        raise spot.error("读不出案例", EXAMPLE)
    base = keys.case_keys(defaults, spot.at("defaults")) if defaults else Mapped()
    result = []
    for k, one in enumerate(found):
        if not isinstance(one, Mapping):
            raise spot.at(k + 1).error(f"应为一个案例，写的是“{one}”", EXAMPLE)
        at = spot.of_case(_id(one, k), getattr(one, "line", 0))
        result.append(keys.overlay(base, keys.case_keys(one, at)))
    return result


def _id(raw: Mapping[str, Any], k: int) -> str:
    for word, name in keys.CASE.items():
        if name == "id" and word in raw:
            return str(raw[word])
    for word, name in keys.CASE.items():
        if name == "title" and word in raw:
            return str(raw[word])
    return f"第{k + 1}例"


def _unfolded(raw: list[Mapped], spot: Spot) -> Iterable[tuple[Mapped, Spot]]:
    """Cases with `like:` and `variants:` written out."""
    known: dict[str, Mapped] = {}
    for k, one in enumerate(raw):
        at = spot.of_case(_id(one, k), one.line)
        if "like" in one:
            base = known.get(str(one["like"]))
            if base is None:
                raise at.at("like").error(
                    f"前面没有编号为“{one['like']}”的案例", nearest(str(one["like"]), known)
                )
            one = keys.overlay(_without(base, "variants", "title", "note", "later", "course"), one)
        known[_id(one, k)] = one
        variants = one.get("variants")
        if variants is None:
            yield one, at
            continue
        yield from _variants(one, variants, at)


def _without(case: Mapped, *names: str) -> Mapped:
    result = Mapped({n: value for n, value in case.items() if n not in names})
    result.line = case.line
    return result


def _variants(one: Mapped, variants: Any, at: Spot) -> Iterable[tuple[Mapped, Spot]]:
    listed = list(variants.items()) if isinstance(variants, Mapping) else list(enumerate(variants or [], 1))
    if not 1 <= len(listed) <= MOST_VARIANTS:
        raise at.at("variants").error("应为情形清单", "请写作 variants: [{id: a, …}, {id: b, …}]")
    base = _without(one, "variants")
    for name, more in listed:
        if not isinstance(more, Mapping):
            raise at.at("variants", name).error(
                "应为与本案例的不同之处", "请写作 {id: a, household: {…}, expect: {…}}"
            )
        over = keys.case_keys(more, at.at("variants", name))
        suffix = str(over.pop("id", name))
        merged = keys.overlay(base, over)
        merged["id"] = f"{at.case}-{suffix}"
        if "title" in over and "title" in one:
            merged["title"] = f"{one['title']}：{over['title']}"
        yield merged, at.of_case(merged["id"], getattr(more, "line", at.line))


# -- one case ---------------------------------------------------------------------------------------------------------
class _Reader:
    """Reads the parts of one case in order."""

    def __init__(self, raw: Mapped, spot: Spot) -> None:
        self.raw, self.spot = raw, spot

    def case(self) -> Case:
        raw, spot = self.raw, self.spot
        county = words.county_code(raw.get("county", words.CITY), spot.at("county"))
        household = given.household(raw.get("household"), spot.at("household"))
        size = household.pop("size", None)
        people = given.people(raw.get("people"), spot.at("people"))
        people = _elected(people, raw.get("elections"), spot.at("elections"))
        if not people and size is None:
            raise spot.at("people").error("没有写明成员", f"请写 people，或者只写人口 size。{EXAMPLE}")
        if size is not None and not len(people) <= size <= 60:
            raise spot.at("size").error(f"人口 {size} 与写明的 {len(people)} 名成员不符", "请核对人口")
        known_at = day(raw["known_at"], spot.at("known_at")) if "known_at" in raw else None
        parameters, own = self._parameters(county)
        changes = self._events(people)
        before = self._before(people)
        people = _received(people, household, before)
        case = Case(
            spot=spot,
            id=spot.case,
            title=str(raw.get("title", "")),
            county=county,
            points=[],
            household=household,
            people=people,
            parameters=parameters,
            own_parameters=own,
            known_at=known_at,
            applied=self._days("applied"),
            decided=self._days("decided"),
            before=before,
            events=changes,
            later=_texts(raw.get("later")),
            course=course.course(
                raw.get("course"), _everybody(people, changes) if size is None else None, spot.at("course")
            ),
            coverage=self._coverage(),
            size=size,
            note=str(raw.get("note", "")),
            clauses=_texts(raw.get("clauses")),
        )
        case.points = self._points(case)
        expectations.read(case, raw.get("expect"), spot.at("expect"))
        case.points = sorted({*case.points, *case.expected}, key=lambda p: (p.on, p.monthly))
        if not case.points:
            case.points = [_default_point(case)]
        self._all_born(case)
        case.unread = tuple(
            name
            for name in (*household, *(n for p in people for n in p.facts))
            if name not in load().columns and f"{name}__total" not in load().columns and name not in SHORT
        )
        return case

    def _all_born(self, case: Case) -> None:
        last = max(p.month for p in case.points).last_day
        for person in case.people:
            born = person.facts.get("born")
            if isinstance(born, datetime.date) and born > last:
                raise self.spot.at("people", person.name, "born").error(
                    f"出生日期 {born} 晚于案例的最后一个时点 {case.points[-1]}", "请核对出生日期和认定日期"
                )

    def _coverage(self) -> bool:
        value = self.raw.get("coverage", True)
        if str(value).strip().lower() in ("full", "全部", "完整"):
            return True
        if str(value).strip().lower() in ("none", "没有"):
            return False
        return yes_or_no(value, self.spot.at("coverage"))

    # -- time ---------------------------------------------------------------------------------------------------------
    def _points(self, case: Case) -> list[Point]:
        raw, spot = self.raw, self.spot
        on = day(raw["on"], spot.at("on")) if "on" in raw else None
        run = months(raw["month"], spot.at("month")) if "month" in raw else []
        if on is None:
            return [point_of_month(m) for m in run]
        if len(run) > 1:
            raise spot.at("month").error("写了认定日期时只能写一个月份", "请去掉 on，或者只写一个 month")
        return [Point(on, run[0] if run else Month.of(on), False)]

    def _days(self, field: str) -> dict[str, datetime.date]:
        """One day for every programme ("") or days by programme."""
        value = self.raw.get(field)
        spot = self.spot.at(field)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {program(word, spot.at(word)).name: day(d, spot.at(word)) for word, d in value.items()}
        return {"": day(value, spot)}

    # -- prior status -------------------------------------------------------------------------------------------------
    def _before(self, people: list[PersonGiven]) -> dict[Key, Award]:
        raw, spot = self.raw.get("before"), self.spot.at("before")
        result: dict[Key, Award] = {}
        if raw is None:
            return result
        if isinstance(raw, str):
            raw = [raw]
        entries = raw.items() if isinstance(raw, Mapping) else [(word, True) for word in raw]
        for word, value in entries:
            at = spot.at(word)
            found = program(str(word), at)
            if found.of is Household:
                result[found.name, None] = _award(value, at)
            else:
                for who, one in _by_person(value, people, at):
                    result[found.name, who] = _award(one, at)
        out = result.get(("phase_out", None))
        if out is not None:
            dibao = result.get(("dibao", None), Award())
            result["dibao", None] = dibao if dibao.last else replace(dibao, last=out.last)
        return result

    # -- events ---------------------------------------------------------------------------------------------------------
    def _events(self, people: list[PersonGiven]) -> list[Event]:
        raw, spot = self.raw.get("events"), self.spot.at("events")
        if raw is None:
            return []
        if not isinstance(raw, list):
            raw = [raw]
        names = [p.name for p in people]
        found = []
        for k, one in enumerate(raw):
            if not isinstance(one, Mapping):
                raise spot.at(k + 1).error("应为一件变化", "请写作 {on: 2023-06-05, who: 父亲, wages: 1600}")
            event = events.event(one, spot.at(k + 1), names)
            names += [p.name for p in event.joins]
            found.append(event)
        return found

    # -- parameters -----------------------------------------------------------------------------------------------------
    def _parameters(self, county: str) -> tuple[ParameterSet, tuple[str, ...]]:
        return own_parameters(
            load().parameters, self.raw.get("parameters"), county, self.spot.at("parameters")
        )


SHORT = ("net_income", "net_per_head", "net_assets", "sex")


def _everybody(people: list[PersonGiven], changes: list[Event]) -> list[str]:
    return [p.name for p in people] + [p.name for e in changes for p in e.joins]


# -- parts --------------------------------------------------------------------------------------------------------------
def program(word: str, spot: Spot) -> Program:
    found = words.find_program(word)
    if found is None:
        raise spot.error(f"没有名为“{word}”的待遇", nearest(word, words.program_names()))
    return found


def point_of_month(month: Month) -> Point:
    return Point(month.first_day, month, True)


def _default_point(case: Case) -> Point:
    day_given = next(iter([*case.decided.values(), *case.applied.values()]), None)
    if day_given is None:
        raise case.spot.at("on").error("没有写认定日期或者月份", "请写 on: 2023-06-30，或者 month: 2023-06")
    return Point(day_given, Month.of(day_given), False)


def _elected(people: list[PersonGiven], raw: Any, spot: Spot) -> list[PersonGiven]:
    """Choices of applicants by person: `{孩子: TEKUN}`, the same as the fact child_choice of that person."""
    if raw is None:
        return people
    if not isinstance(raw, Mapping):
        raise spot.error("应为成员及其选择", "请写作 elections: {孩子: 选择特困人员救助供养}")
    names = [p.name for p in people]
    found = list(people)
    for name, value in raw.items():
        if name not in names:
            raise spot.at(name).error(f"没有名为“{name}”的成员", nearest(str(name), names))
        chosen = value.get("child_choice", value.get("监护人的选择")) if isinstance(value, Mapping) else value
        who = names.index(name)
        choice = given.value_of(v.child_choice, chosen, spot.at(name))
        found[who] = replace(found[who], facts={**found[who].facts, "child_choice": choice})
    return found


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(f"{k}：{text}" for k, text in value.items())
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def _by_person(value: Any, people: list[PersonGiven], spot: Spot) -> Iterable[tuple[int, Any]]:
    names = [p.name for p in people]
    if isinstance(value, Mapping) and not set(value) & {"amount", "金额", "months", "月数"}:
        entries = list(value.items())
    elif isinstance(value, list):
        entries = [(who, True) for who in value]
    elif isinstance(value, str) and value in names:
        entries = [(value, True)]
    elif len(people) == 1:
        entries = [(names[0], value)]
    else:
        raise spot.error("没有写明是哪一名成员", f"请写作 {{{names[0] if names else '姓名'}: 80}}")
    for who, one in entries:
        if str(who) not in names:
            raise spot.at(who).error(f"没有名为“{who}”的成员", nearest(str(who), names))
        yield names.index(str(who)), one


def _award(value: Any, spot: Spot) -> Award:
    months_so_far = 1
    if isinstance(value, Mapping):
        names = {
            "amount": "amount",
            "金额": "amount",
            "months": "months",
            "月数": "months",
            "已享受月数": "months",
        }
        parts = keys.canonical(value, names, spot, "此前享受")
        months_so_far = int(parts.get("months", 1))
        value = parts.get("amount", True)
    if isinstance(value, bool) or str(value).strip().lower() in ("yes", "no", "是", "否"):
        return Award(paid=yes_or_no(value, spot), count=months_so_far if yes_or_no(value, spot) else 0)
    fen = whole_fen(value, spot)
    return Award(paid=True, fen=fen, last=fen, count=months_so_far)


def _received(
    people: list[PersonGiven], household: dict[str, Given], before: dict[Key, Award]
) -> list[PersonGiven]:
    """Facts of award history written among the facts become the opening state, so that months can carry it on."""
    receives = {p.receives.name: p.name for p in load().programs if p.receives is not None}
    for name in [n for n in receives if isinstance(household.get(n), bool)]:
        award = before.get((receives[name], None), Award())
        before[receives[name], None] = replace(award, paid=household.pop(name), count=max(award.count, 1))
    amount = household.get("dibao_amount_before")
    if isinstance(amount, int):
        award = before.get(("dibao", None), Award())
        before["dibao", None] = replace(award, fen=amount, last=household.pop("dibao_amount_before"))
    used = household.get("phase_out_used")
    if isinstance(used, int):
        award = before.get(("phase_out", None), Award())
        before["phase_out", None] = replace(award, count=household.pop("phase_out_used"))
    result = []
    for who, person in enumerate(people):
        facts = dict(person.facts)
        for name in [n for n in receives if isinstance(facts.get(n), bool)]:
            before[receives[name], who] = Award(paid=facts.pop(name), count=1)
        result.append(replace(person, facts=facts))
    return result
