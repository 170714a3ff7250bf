"""Every clause of the catalogue has exactly one disposition, and what the disposition names exists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from minzheng.rulebook.check.report import Finding, Kind, place
from minzheng.rulebook.clauses import Clause, Disposed, Disposition
from minzheng.rules.book import Rulebook

STEP = re.compile(r"[a-z_]+\.[a-z_]+")
CITED = (Disposition.COMPUTES, Disposition.DEFINES)
NEEDS = {
    Disposition.DELEGATES: ("parameters", "参数"),
    Disposition.PROCEDURE: ("step", "步骤"),
    Disposition.DISCRETION: ("by", "由谁裁量"),
    Disposition.OUT_OF_SCOPE: ("why", "原因"),
}
"""What a disposition must name, and what that is called."""


def citing(book: Rulebook) -> dict[str, list[str]]:
    """Names of the provisions and programmes that cite a clause, by its id."""
    found: dict[str, list[str]] = defaultdict(list)
    for rule in book.provisions:
        for clause in dict.fromkeys(c for v in rule.versions for c in v.citation.clauses):
            found[clause].append(rule.name)
    for program in book.programs:
        for clause in program.citation.clauses:
            found[clause].append(program.name)
    return found


def check_clauses(
    book: Rulebook,
    catalogue: tuple[Clause, ...],
    disposed: tuple[Disposed, ...],
    steps: Mapping[str, frozenset[str]],
) -> Iterator[Finding]:
    """`steps`: the actions of each workflow that exists, by app; an app that is not there yet is not judged."""
    cited = citing(book)
    known = {clause.id: clause for clause in catalogue}
    yield from _one_each(catalogue, disposed)
    for one in disposed:
        if one.id not in known:
            yield _wrong(one, "目录中没有这个条款编号")
            continue
        for message in _faults(one, book, cited, steps):
            yield _wrong(one, message)
    yield from _invented(book, known)


def _wrong(one: Disposed, message: str) -> Finding:
    return Finding(Kind.CLAUSE, one.id, one.at, f"{one.id}：{message}")


def _one_each(catalogue: tuple[Clause, ...], disposed: tuple[Disposed, ...]) -> Iterator[Finding]:
    answers: dict[str, list[Disposed]] = defaultdict(list)
    for one in disposed:
        answers[one.id].append(one)
    seen: set[str] = set()
    for clause in catalogue:
        if clause.id in seen:
            yield Finding(Kind.CLAUSE, clause.id, clause.at, f"{clause.id}：目录中重复")
        seen.add(clause.id)
        if clause.id not in answers:
            yield Finding(Kind.CLAUSE, clause.id, clause.at, f"{clause.id}：没有写明处置")
    for id_, several in answers.items():
        if len(several) > 1:
            places = "、".join(one.at for one in several)
            yield Finding(Kind.CLAUSE, id_, several[-1].at, f"{id_}：写了 {len(several)} 次处置（{places}）")


def _faults(
    one: Disposed, book: Rulebook, cited: Mapping[str, list[str]], steps: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    if one.kind not in set(Disposition):
        yield f"处置“{one.kind or '空'}”不是六种之一"
        return
    kind = Disposition(one.kind)
    if not one.subject:
        yield "没有写明内容"
    if kind in CITED and one.id not in cited:
        yield f"写明{kind.label}，但没有规则引用这个条款"
    if kind in NEEDS and not getattr(one, NEEDS[kind][0]):
        yield f"写明{kind.label}，但没有写明{NEEDS[kind][1]}"
    if kind is Disposition.OUT_OF_SCOPE and one.id in cited:
        yield f"写明{kind.label}，却有规则引用（{'、'.join(cited[one.id])}）"
    if one.step:
        yield from _step(one.step, steps)
    for key in one.parameters:
        if key not in book.parameters.declared:
            yield f"写明的参数 {key} 不存在"


def _step(step: str, steps: Mapping[str, frozenset[str]]) -> Iterator[str]:
    if not STEP.fullmatch(step):
        yield f"步骤“{step}”应写作 业务模块.动作"
        return
    app, action = step.split(".")
    if app in steps and action not in steps[app]:
        yield f"业务模块 {app} 的流程表中没有动作 {action}"


def _invented(book: Rulebook, known: Mapping[str, Clause]) -> Iterator[Finding]:
    for rule in book.provisions:
        for version in rule.versions:
            at = place(version.declared_at)
            if not version.citation.clauses:
                yield Finding(Kind.CLAUSE, rule.name, at, f"规则“{rule.label}”没有写条款编号")
            for clause in version.citation.clauses:
                if clause not in known:
                    yield Finding(Kind.CLAUSE, clause, at, f"{clause}：规则“{rule.label}”引用，目录中没有")
    for program in book.programs:
        for clause in program.citation.clauses:
            if clause not in known:
                at = place(program.declared_at)
                yield Finding(Kind.CLAUSE, clause, at, f"{clause}：待遇“{program.label}”引用，目录中没有")
