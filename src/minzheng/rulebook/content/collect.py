"""Collects the pages: a rule, a parameter, an instrument, a clause, and the lists of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cached_property

from minzheng.rulebook import COUNTIES, declared, instruments
from minzheng.rulebook.check.clauses import citing
from minzheng.rulebook.check.report import place as code_place
from minzheng.rulebook.check.values import MARKS
from minzheng.rulebook.clauses import GROUPS, Clause, Disposed, catalogue, dispositions
from minzheng.rules.book import Rulebook, leaf_name, reads
from minzheng.rules.explain.outline import Point as Outlined
from minzheng.rules.explain.outline import outline
from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.declare import (
    Citation,
    Instrument,
    Parameter,
    Program,
    Provision,
    SeriesPart,
    Version,
)
from minzheng.rules.language.expr import Column, Expr, Rule, Setting
from minzheng.rules.language.kinds import Choice, Household
from minzheng.rules.parameters import Row

from .cases import Shelf, ShownCase
from .ref import Ref
from .types import (
    ClauseLine,
    ClausePage,
    Entry,
    FactLine,
    Group,
    InstrumentPage,
    ParameterPage,
    Point,
    RulePage,
    Text,
    ValueLine,
    When,
)

CADENCE = {"monthly": "按月发放", "yearly": "按学年发放", "once": "一次性", "status": "资格认定"}
PLACES = {"": "全国", "14": "山西省", "1404": "长治市"} | COUNTIES
FILES = {
    "standards": "标准、家庭和收入线", "income": "收入核算", "property": "财产", "tekun": "特困人员救助供养",
    "relief": "渐退和临时救助", "subsidies": "残疾人补贴和高龄补贴", "children": "儿童", "clocks": "时限、复核和监督",
}  # fmt: skip
"""Headings of the parameter files, in the order they are shown."""
KINDS = {"programme": "待遇", "rule": "规则", "parameter": "参数", "clause": "条款", "instrument": "文件"}


def instrument_keys() -> dict[Instrument, str]:
    """The name each document has in the code, lower case: the last part of its page's address."""
    return {one: name.lower() for name, one in vars(instruments).items() if isinstance(one, Instrument)}


class Contents:
    """Everything the pages show of one rulebook. Pages are made when asked for."""

    def __init__(self, book: Rulebook, cases: Shelf | None = None) -> None:
        self.book, self.cases = book, cases

    # -- references ------------------------------------------------------------------------------------------------
    def ref(self, rule: Rule, note: str = "") -> Ref:
        return Ref("rule", rule.name, rule.label, note)

    def instrument_ref(self, instrument: Instrument) -> Ref:
        return Ref("instrument", self._instrument_keys[instrument], instrument.name, instrument.number)

    def clause_refs(self, citation: Citation) -> tuple[Ref, ...]:
        return tuple(self._clause_ref(id_) for id_ in citation.clauses)

    def _clause_ref(self, id_: str) -> Ref:
        answer = dispositions().get(id_)
        return Ref("clause", id_, id_, answer.subject if answer else "")

    def _parameter_ref(self, key: str) -> Ref:
        return Ref("parameter", key, self.book.parameters.declared[key].label)

    @cached_property
    def _instrument_keys(self) -> dict[Instrument, str]:
        """Those of instruments.py and, numbered, any that a module of a county declares itself."""
        found = instrument_keys()
        for rule in self.book.provisions:
            for version in rule.versions:
                found.setdefault(version.citation.instrument, f"local-{len(found)}")
        return found

    @cached_property
    def _cited(self) -> dict[str, list[str]]:
        return citing(self.book)

    @cached_property
    def _dependents(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.book.rules:
            for name in {leaf_name(leaf) for leaf in reads(rule)}:
                found[name].append(rule)
        return found

    @cached_property
    def _resting(self) -> dict[str, list[Program]]:
        """The programmes that rest on a rule, directly or not, by its name."""
        found: dict[str, list[Program]] = defaultdict(list)
        for program in self.book.programs:
            needed = self.book.needs(program)
            more = [] if program.amount is None else self.book.needs(program.amount)
            for name in {rule.name for rule in (*needed, *more)} - {program.name}:
                found[name].append(program)
        return found

    # -- rules -----------------------------------------------------------------------------------------------------
    def programmes(self) -> list[Program]:
        return list(self.book.programs)

    def rule_names(self) -> list[str]:
        return [rule.name for rule in self.book.rules]

    def rule(self, name: str, when: When, *, cases: bool = True) -> RulePage:
        """A provision or a programme; KeyError when there is none of that name. cases: run its cases too."""
        if name not in self.book:
            raise KeyError(name)
        rule = self.book[name]
        leaves = {leaf_name(leaf): leaf for leaf in reads(rule)}
        is_programme = isinstance(rule, Program)
        clauses = self._all_clauses(rule)
        return RulePage(
            name=rule.name,
            label=rule.label,
            citation=str(rule.citation),
            is_programme=is_programme,
            holder="按户认定" if rule.of is Household else "按人认定",
            cadence=CADENCE[rule.cadence] if isinstance(rule, Program) else "",
            note=rule.note if isinstance(rule, Program) else "",
            clauses=tuple(self._clause_ref(id_) for id_ in clauses),
            conditions=tuple(self.ref(p, p.sentence) for p in rule.requires)
            if isinstance(rule, Program)
            else (),
            amount=self.ref(rule.amount, rule.amount.sentence)
            if isinstance(rule, Program) and rule.amount is not None
            else None,
            texts=tuple(self._texts(rule, when)) if isinstance(rule, Provision) else (),
            rules=tuple(self.ref(one) for one in leaves.values() if isinstance(one, Rule)),
            parameters=tuple(self.value(one, when) for one in leaves.values() if isinstance(one, Parameter)),
            facts=tuple(self._facts(leaves)),
            dependents=tuple(self.ref(one) for one in self._dependents[name]),
            programmes=tuple(self.ref(one) for one in self._resting[name]),
            cases=self.cases_of(name) if cases else (),
        )

    def _all_clauses(self, rule: Provision | Program) -> tuple[str, ...]:
        citations = [v.citation for v in rule.versions] if isinstance(rule, Provision) else [rule.citation]
        return tuple(dict.fromkeys(id_ for citation in citations for id_ in citation.clauses))

    def cases_of(self, name: str, part: slice = slice(None)) -> tuple[ShownCase, ...]:
        """The worked cases of a rule, or a part of them: a programme's own, a provision's also by its clauses."""
        return self.cases.of_rule(name, self._case_clauses(name), part) if self.cases is not None else ()

    def cases_of_clause(self, id_: str, part: slice = slice(None)) -> tuple[ShownCase, ...]:
        """The worked cases that name a clause, or a part of them."""
        return self.cases.of_clause(id_, part) if self.cases is not None else ()

    def case_count(self, name: str) -> int:
        return self.cases.count(name, self._case_clauses(name)) if self.cases is not None else 0

    def _case_clauses(self, name: str) -> tuple[str, ...]:
        rule = self.book[name]
        return () if isinstance(rule, Program) else self._all_clauses(rule)

    def _texts(self, rule: Provision, when: When) -> list[Text]:
        """All texts, the one in force first."""
        live = rule.version_for(when.county, when.on)
        texts = [self._text(version, at == live) for at, version in enumerate(rule.versions)]
        return sorted(texts, key=lambda text: not text.in_force)

    def _text(self, version: Version, live: bool) -> Text:
        assert version.expr is not None
        return Text(
            place=PLACES.get(version.jurisdiction, version.jurisdiction),
            sentence=version.sentence,
            citation=str(version.citation),
            instrument=self.instrument_ref(version.citation.instrument),
            clauses=self.clause_refs(version.citation),
            since=version.since,
            until=version.until,
            in_force=live,
            gap=version.textual_gap,
            outline=self._point(outline(version.expr)),
            at=code_place(version.declared_at),
        )

    def _point(self, point: Outlined) -> Point:
        return Point(point.text, self._named(point.names), tuple(self._point(p) for p in point.children))

    def _named(self, names: Expr | None) -> Ref | None:
        if isinstance(names, Rule):
            return self.ref(names)
        if isinstance(names, Setting):
            return self._parameter_ref(names.key)
        return None

    def _facts(self, leaves: dict[str, Expr]) -> list[FactLine]:
        return [_fact(leaf) for leaf in leaves.values() if isinstance(leaf, Column)]

    # -- parameters ------------------------------------------------------------------------------------------------
    def value(self, parameter: Parameter, when: When) -> ValueLine:
        """What a parameter is on a day in a county."""
        resolved = self.book.parameters.resolve(parameter, when.county, when.on)
        return self._line(parameter, resolved.row, live=True)

    def _line(self, parameter: Parameter, row: Row | None, *, live: bool) -> ValueLine:
        known = row is not None and row.value is not None
        return ValueLine(
            key=parameter.key,
            label=parameter.label,
            value=shown(row.value, parameter.kind) if row is not None and row.value is not None else "未知",
            per=parameter.per_unit,
            known=known,
            example=row is not None and row.example,
            place=PLACES.get(row.place, row.place) if row is not None else "",
            since=row.since if row is not None else None,
            until=row.until if row is not None else None,
            known_from=row.known_from if row is not None and row.known_from != row.since else None,
            document=row.document if row is not None else "没有登记",
            mark=MARKS.get(row.mark, row.mark) if row is not None else "",
            link=row.link if row is not None else "",
            remark="；".join(part for part in ((row.reason, row.note) if row is not None else ()) if part),
            checked=row.checked if row is not None else None,
            live=live,
            at=row.at if row is not None else "",
        )

    def parameters(self, when: When) -> list[Group]:
        """Every parameter with its value, under the heading of its file."""
        groups: dict[str, list[ValueLine]] = {name: [] for name in FILES}
        for parameter in self.book.parameters.declared.values():
            rows = self.book.parameters.rows[parameter.key]
            file = rows[0].at.split(".yaml")[0] if rows else "standards"
            groups.setdefault(file, []).append(self.value(parameter, when))
        return [
            Group(name, FILES.get(name, name), values=tuple(lines)) for name, lines in groups.items() if lines
        ]

    def parameter(self, key: str, when: When) -> ParameterPage:
        """All rows of a parameter, the newest first; KeyError when there is none of that key."""
        parameter = self.book.parameters.declared[key]
        resolved = self.book.parameters.resolve(parameter, when.county, when.on)
        rows = sorted(
            self.book.parameters.rows[key], key=lambda r: (r.since, r.place, r.known_from), reverse=True
        )
        using = self._dependents[key]
        resting = {p.name: p for rule in using for p in self._resting[rule.name]}
        resting |= {rule.name: rule for rule in using if isinstance(rule, Program)}
        return ParameterPage(
            now=self.value(parameter, when),
            bounds=_bounds(parameter),
            rows=tuple(self._line(parameter, row, live=row is resolved.row) for row in rows),
            dependents=tuple(self.ref(one) for one in using),
            programmes=tuple(self.ref(p) for p in self.book.programs if p.name in resting),
            clauses=tuple(
                self._clause_ref(one.id) for one in dispositions().values() if key in one.parameters
            ),
            workflow_only=key in declared.WORKFLOW_ONLY,
            cases=self.cases.of_rule(key) if self.cases is not None else (),
        )

    # -- clauses ---------------------------------------------------------------------------------------------------
    def clauses(self) -> list[Group]:
        """Every clause of the catalogue with its disposition, under the heading of its part."""
        groups: dict[str, list[ClauseLine]] = {key: [] for key in GROUPS}
        for clause in catalogue():
            groups[clause.group].append(self._clause_line(clause))
        return [Group(key, GROUPS[key], lines=tuple(lines)) for key, lines in groups.items()]

    def clause(self, id_: str, when: When, *, cases: bool = True) -> ClausePage:
        """A clause with the texts that cite it, its values and cases; KeyError when there is none of that id."""
        clause = {one.id: one for one in catalogue()}[id_]
        line = self._clause_line(clause)
        names = [p.key for p in line.parameters]
        return ClausePage(
            line=line,
            texts=tuple((self.ref(self.book[ref.key]), self._sentence(ref.key)) for ref in line.rules),
            values=tuple(self.value(self.book.parameters.declared[key], when) for key in names),
            cases=self.cases_of_clause(id_) if cases else (),
            case_count=self.cases.count("", (id_,)) if self.cases is not None else 0,
        )

    def _sentence(self, name: str) -> str:
        rule = self.book[name]
        return rule.sentence if isinstance(rule, Provision) else rule.note

    def _clause_line(self, clause: Clause) -> ClauseLine:
        answer = dispositions().get(clause.id) or _unanswered(clause)
        return ClauseLine(
            id=clause.id,
            document=clause.document,
            instrument=self._by_number.get(clause.document),
            article=clause.article_words,
            subject=answer.subject,
            kind=answer.kind.replace(" ", "-"),
            disposition=answer.label,
            rules=tuple(self.ref(self.book[name]) for name in self._cited.get(clause.id, [])),
            parameters=tuple(
                self._parameter_ref(key) for key in answer.parameters if key in self.book.parameters.declared
            ),
            step=answer.step,
            by=answer.by,
            why=answer.why,
            note=answer.note,
            review=answer.review,
        )

    @cached_property
    def _by_number(self) -> dict[str, Ref]:
        return {one.number: self.instrument_ref(one) for one in self._instrument_keys}

    # -- instruments -----------------------------------------------------------------------------------------------
    def instruments(self) -> list[InstrumentPage]:
        """Every document, the nation's first, in the order they came into force."""
        pages = [self._instrument(one) for one in self._instrument_keys]
        return sorted(
            pages, key=lambda page: (page.place != "全国", page.place != "山西省", page.since or date.min)
        )

    def instrument(self, key: str) -> InstrumentPage:
        return self._instrument({name: one for one, name in self._instrument_keys.items()}[key])

    def _instrument(self, instrument: Instrument) -> InstrumentPage:
        lines: list[tuple[str, Ref, tuple[Ref, ...]]] = [
            (_article(version.citation), self.ref(rule, version.sentence), self.clause_refs(version.citation))
            for rule in self.book.provisions
            for version in rule.versions
            if version.citation.instrument is instrument
        ]
        lines += [
            (article, self.ref(rule, version.sentence), self.clause_refs(version.citation))
            for rule in self.book.provisions
            for version in rule.versions
            for one, article in version.citation.also
            if one is instrument
        ]
        return InstrumentPage(
            key=self._instrument_keys[instrument],
            name=instrument.name,
            number=instrument.number,
            place=PLACES.get(instrument.jurisdiction, instrument.jurisdiction),
            since=instrument.in_force,
            until=instrument.until,
            mark=MARKS.get(
                instrument.mark, "未取得文本，按示例" if instrument.mark == "example" else instrument.mark
            ),
            lines=tuple(lines),
            clauses=tuple(self._clause_line(c) for c in catalogue() if c.document == instrument.number),
        )

    # -- index -----------------------------------------------------------------------------------------------------
    @cached_property
    def index(self) -> tuple[Entry, ...]:
        """Everything that can be looked up."""
        found = [
            Entry(
                self.ref(rule, str(rule.citation)),
                KINDS["programme" if isinstance(rule, Program) else "rule"],
                " ".join((rule.label, rule.name, self._sentence(rule.name), *self._all_clauses(rule))),
            )
            for rule in self.book.rules
        ]
        found += [
            Entry(Ref("parameter", key, one.label, key), KINDS["parameter"], f"{one.label} {key}")
            for key, one in self.book.parameters.declared.items()
        ]
        found += [
            Entry(
                Ref("clause", line.id, f"{line.id} {line.subject}", f"{line.document}{line.article}"),
                KINDS["clause"],
                f"{line.id} {line.subject} {line.document} {line.disposition}",
            )
            for group in self.clauses()
            for line in group.lines
        ]
        found += [
            Entry(self.instrument_ref(one), KINDS["instrument"], f"{one.name} {one.number}")
            for one in self._instrument_keys
        ]
        return tuple(found)

    def search(self, text: str) -> list[Entry]:
        """Entries that hold every word of the text, names that begin with it first."""
        wanted = text.casefold().split()
        if not wanted:
            return []
        found = [entry for entry in self.index if all(word in entry.words.casefold() for word in wanted)]
        return sorted(found, key=lambda entry: not entry.ref.label.casefold().startswith(wanted[0]))


def _article(citation: Citation) -> str:
    return f"第{citation.article}条" if citation.article[:1].isdigit() else citation.article


def _unanswered(clause: Clause) -> Disposed:
    return Disposed(clause.id, "", "（没有写明处置）", (), "", "", "", "", "", clause.at)


def _bounds(parameter: Parameter) -> str:
    if parameter.kind.domain is not None:
        return "、".join(member.label for member in parameter.kind.domain)
    if parameter.bounds is None:
        return ""
    low, high = parameter.bounds
    return f"{shown(low, parameter.kind)} 至 {shown(high, parameter.kind)}"


def _fact(column: Column) -> FactLine:
    owner = column.series if isinstance(column, SeriesPart) else column
    absent = getattr(owner, "absent", None)
    if column.kind.domain is not None:
        values = "、".join(member.label for member in column.kind.domain)
    else:
        values = {"bool": "是或者否", "date": "日期", "money": "金额"}.get(
            column.kind.name, column.kind.unit or "数"
        )
    if absent is None:
        meaning = "没有记录即为未知"
    elif isinstance(absent, Choice):
        meaning = f"来源覆盖而没有记录时为“{absent.label}”"
    else:
        word = {True: "是", False: "否"}.get(absent, str(absent)) if isinstance(absent, bool) else str(absent)
        meaning = f"来源覆盖而没有记录时为 {word}"
    if column.review_when_missing:
        meaning = "由经办人员核定，核定前待定"
    return FactLine(column.label, "家庭" if column.entity is Household else "每人", values, meaning)
