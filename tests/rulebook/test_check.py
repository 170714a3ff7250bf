"""Each defect the rulebook's check promises to find is planted once, and found with its file, line and subject."""

import datetime
from fractions import Fraction

import pytest

from minzheng.rulebook.check import Kind
from minzheng.rulebook.check.reviews import Decided, read_rates
from minzheng.rulebook.declared import Bound
from minzheng.rules import Bool, Household, fact, instrument, parameter, provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.parameters import load
from tests.rulebook.conftest import (
    LAW,
    below_line,
    book_of,
    disposed,
    income,
    multiple,
    rows,
    standard,
)


def day(text):
    return datetime.date.fromisoformat(text)


def only(findings):
    assert len(findings) == 1, findings
    return findings[0]


def line_of(rule, version=0):
    path, _, line = rule.versions[version].declared_at.rpartition(":")
    assert path == __file__ or path.endswith("conftest.py")
    return f"{path}:{line}"


def test_a_rulebook_without_fault_has_no_findings(check):
    assert check(book_of(below_line())) == ()


# -- clauses -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "at", "says"),
    [
        ((), "catalogue.csv:2", "没有写明处置"),
        ((disposed(), disposed(at="dispositions.yaml:9")), "dispositions.yaml:9", "写了 2 次处置"),
        ((disposed("calculates"),), "dispositions.yaml:5", "不是六种之一"),
        ((disposed("delegates"),), "dispositions.yaml:5", "没有写明参数"),
        ((disposed("delegates", parameters=("no.such",)),), "dispositions.yaml:5", "参数 no.such 不存在"),
        ((disposed("procedure"),), "dispositions.yaml:5", "没有写明步骤"),
        ((disposed("procedure", step="受理"),), "dispositions.yaml:5", "应写作 业务模块.动作"),
        ((disposed("discretion"),), "dispositions.yaml:5", "没有写明由谁裁量"),
        ((disposed("out of scope"),), "dispositions.yaml:5", "没有写明原因"),
        ((disposed("out of scope", why="别处办理"),), "dispositions.yaml:5", "却有规则引用（below、aid）"),
        ((disposed(subject=""),), "dispositions.yaml:5", "没有写明内容"),
    ],
)
def test_a_disposition_that_does_not_hold_is_found(check, answers, at, says):
    found = check(book_of(below_line()), disposed=answers)
    told = [one for one in found if says in one.message]
    assert [(one.kind, one.subject, one.place, one.defect) for one in told] == [
        (Kind.CLAUSE, "X-1", at, True)
    ]


def test_a_disposition_of_a_clause_that_is_not_in_the_catalogue_is_found(check):
    invented = disposed("discretion", id_="X-9", by="县级民政部门", at="dispositions.yaml:8")
    one = only(check(book_of(below_line()), disposed=(disposed(), invented)))
    assert (one.subject, one.place) == ("X-9", "dispositions.yaml:8")


def test_a_clause_said_to_be_computed_that_no_provision_cites_is_found(check):
    from minzheng.rulebook.clauses import Clause

    more = (Clause("X-1", "", "1", "catalogue.csv:2"), Clause("X-2", "", "2", "catalogue.csv:3"))
    one = only(
        check(
            book_of(below_line()),
            catalogue=more,
            disposed=(disposed(), disposed(id_="X-2", at="dispositions.yaml:6")),
        )
    )
    assert (one.subject, one.place) == ("X-2", "dispositions.yaml:6")
    assert "没有规则引用" in one.message


def test_a_step_is_looked_for_in_the_workflow_once_the_workflow_exists(check):
    answer = (disposed(step="cases.accept"),)
    book = book_of(below_line())
    assert check(book, disposed=answer, steps={}) == ()
    assert check(book, disposed=answer, steps={"cases": frozenset({"accept"})}) == ()
    one = only(check(book, disposed=answer, steps={"cases": frozenset({"visit"})}))
    assert one.message == "X-1：业务模块 cases 的流程表中没有动作 accept"


def test_a_provision_without_a_clause_or_with_an_invented_one_is_found(check):
    @provision(LAW, 2, of=Household, label="另一规则")
    def nameless():
        """没有条款编号。"""
        return income.over(0)

    @provision(LAW, 2, of=Household, label="编造条款", clause="X-7")
    def invented():
        """编造的条款编号。"""
        return income.over(0)

    found = check(book_of(below_line(), extra=(nameless, invented)))
    assert {(one.kind, one.subject, one.place) for one in found} == {
        (Kind.CLAUSE, "nameless", line_of(nameless)),
        (Kind.CLAUSE, "X-7", line_of(invented)),
    }


# -- dates -------------------------------------------------------------------------------------------------------
def test_a_silent_gap_in_a_parameter_is_found_with_the_row_before_it(check):
    values = rows({"until": day("2023-01-01")}, {"from": day("2023-07-01")})
    one = only(check(book_of(below_line(), values=values)))
    assert (one.kind, one.subject, one.place) == (Kind.PARAMETER_GAP, "std", "standards.yaml:3")
    assert "各县（市、区） 2023-01-01 至 2023-07-01（不含）" in one.message


def test_a_gap_closed_by_an_unknown_with_its_reason_is_none(check):
    values = rows(
        {"until": day("2023-01-01")},
        {"from": day("2023-01-01"), "until": day("2023-07-01"), "value": "unknown", "reason": "未取得",
         "document": "尚未取得", "mark": "unknown"},
        {"from": day("2023-07-01")},
    )  # fmt: skip
    assert check(book_of(below_line(), values=values)) == ()


def test_a_parameter_without_any_row_is_a_gap_at_its_declaration(check):
    one = only(check(book_of(below_line(), values=[])))
    assert one.kind is Kind.PARAMETER_GAP
    assert one.place == standard.declared_at


def test_two_values_of_one_layer_on_a_day_are_found(check):
    values = rows({}, {"from": day("2023-01-01"), "until": day("2023-07-01"), "value": 700,
                       "known_from": day("2021-07-01")})  # fmt: skip
    found = check(book_of(below_line(), values=values))
    one = only([f for f in found if f.kind is Kind.PARAMETER_OVERLAP])
    assert "standards.yaml:3、standards.yaml:4" in one.message


def test_a_county_that_sets_its_own_value_is_no_overlap(check):
    values = rows({}, {"place": "140406", "value": 700})
    assert check(book_of(below_line(), values=values)) == ()


def test_months_without_a_text_of_a_provision_are_found(check):
    rule = below_line(since="2022-01-01", until="2024-01-01")
    found = check(book_of(rule))
    assert {(one.kind, one.subject, one.place) for one in found} == {
        (Kind.PROVISION_GAP, "below", line_of(rule))
    }
    assert [("2021-07-01 至 2022-01-01" in one.message, "2024-01-01 至 2025-01-01" in one.message) for one in found] == [
        (True, False), (False, True)
    ]  # fmt: skip


def test_a_text_missing_only_while_its_programme_is_not_in_force_is_no_gap(check):
    rule = below_line(since="2022-01-01")
    book = book_of(rule)
    book.programs[0].since = day("2022-01-01")
    assert check(book) == ()


def test_a_county_whose_text_is_missing_is_named(check):
    rule = below_line(jurisdiction="140403")
    one = only(check(book_of(rule)))
    assert one.kind is Kind.PROVISION_GAP
    assert "140406" in one.message
    assert "140403" not in one.message


def test_two_texts_of_one_layer_on_a_day_are_found_with_both_places(check):
    rule = below_line()
    book = book_of(rule)

    @provision(LAW, 1, of=Household, label="收入低于标准", clause="X-1", overrides=rule, since="2023-01-01")
    def second():
        """收入低于标准的两倍。"""
        return income.below(standard * 2)

    rule.trace()
    one = only(check(book))
    assert (one.kind, one.subject) == (Kind.PROVISION_OVERLAP, "below")
    assert line_of(rule, 0) in one.message
    assert line_of(rule, 1) in one.message
    assert "2023-01-01 至 2025-01-01" in one.message


def test_a_text_used_before_its_document_is_in_force_is_found(check):
    later = instrument("测发〔2022〕9号", name="后来的办法", in_force="2022-03-01")

    @provision(later, 1, of=Household, label="收入低于标准", clause="X-1")
    def early():
        """收入低于标准。"""
        return income.below(standard)

    one = only(check(book_of(early)))
    assert (one.kind, one.subject, one.place) == (Kind.BASIS, "early", line_of(early))
    assert "自 2021-07-01 起使用，2022-03-01 才施行" in one.message
    book = book_of(early)
    book.programs[0].since = day("2022-03-01")
    assert check(book) == ()


def test_a_text_used_after_its_document_has_ended_is_found(check):
    ended = instrument("测发〔2012〕9号", name="失效的办法", in_force="2012-03-01", until="2023-01-01")

    @provision(ended, 1, of=Household, label="收入低于标准", clause="X-1")
    def late():
        """收入低于标准。"""
        return income.below(standard)

    one = only(check(book_of(late)))
    assert (one.kind, one.place) == (Kind.BASIS, line_of(late))
    assert "2023-01-01 已失效" in one.message


def test_a_later_document_that_says_the_same_is_named_with_its_day():
    later = instrument("测发〔2022〕9号", name="后来的通知", in_force="2022-03-01")
    rule = below_line(also=((later, "一（二）"),))
    assert (
        str(rule.citation)
        == "《测试办法》（测发〔2021〕1号）第1条；2022-03-01起并据《后来的通知》（测发〔2022〕9号）一（二）"
    )


# -- values ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"document": "尚未取得"}, "没有写明依据的文件"),
        ({"document": " "}, "没有写明依据的文件"),
        ({"mark": "heard"}, "来源标记“heard”"),
        ({"mark": "assumed"}, "须标为示例"),
        ({"mark": "recalled-low"}, "须标为示例"),
        ({"mark": "unknown"}, "标为未取得"),
        ({"checked": None}, "核对日期"),
        ({"until": day("2021-07-01")}, "不晚于起期"),
        ({"value": "unknown", "reason": "未取得", "example": True}, "未知的数值不能标为示例"),
    ],
)
def test_a_value_without_a_proper_source_is_found(check, change, says):
    found = check(book_of(below_line(), values=rows(change)))
    one = only([f for f in found if f.kind is Kind.SOURCE])
    assert (one.subject, one.place) == ("std", "standards.yaml:3")
    assert says in one.message


def test_a_bound_broken_without_a_reason_is_found_and_with_one_is_not(check):
    bounds = {"std": Bound(Fraction(500_00), day("2022-01-01"), "测试办法第九条")}
    one = only(check(book_of(below_line()), bounds=bounds))
    assert (one.kind, one.place) == (Kind.BOUND, "standards.yaml:3")
    assert "测试办法第九条" in one.message
    with_reason = book_of(below_line(), values=rows({"reason": "省政府批准"}))
    assert check(with_reason, bounds=bounds) == ()


def test_a_bound_does_not_bind_before_it_stood(check):
    bounds = {"std": Bound(Fraction(500_00), day("2022-01-01"), "测试办法第九条")}
    values = rows({"until": day("2022-01-01")}, {"from": day("2022-01-01"), "value": 400})
    assert check(book_of(below_line(), values=values), bounds=bounds) == ()


def test_a_band_that_ends_before_it_begins_is_found(check):
    @provision(LAW, 1, of=Household, label="收入低于两倍", clause="X-1")
    def below_twice():
        """收入低于标准的规定倍数。"""
        return income.below(standard * multiple) & income.over(0)

    values = [*rows({}), *rows({"value": 3}, key=multiple, at="mult.yaml")]
    book = book_of(below_twice, declared=(standard, multiple), values=values)
    one = only(check(book, bands=(("std", "mult"),)))
    assert (one.kind, one.place) == (Kind.BAND, "standards.yaml:3")
    assert "mult.yaml:3" in one.message


# -- rules that say nothing --------------------------------------------------------------------------------------
def test_conditions_that_exclude_each_other_are_found(check):
    @provision(LAW, 1, of=Household, label="夹缝", clause="X-1")
    def between():
        """收入低于标准并且不低于标准。"""
        return income.below(standard) & income.at_least(standard) & income.over(0)

    found = check(book_of(between))
    assert {(one.kind, one.subject, one.place) for one in found} >= {
        (Kind.NEVER, "between", line_of(between))
    }
    assert any("“月收入”的几个条件不能同时成立" in one.message for one in found)


def test_a_condition_outside_the_bounds_of_a_fact_is_found(check):
    @provision(LAW, 1, of=Household, label="负收入", clause="X-1")
    def negative():
        """收入低于零。"""
        return income.below(standard * 0)

    messages = [one.message for one in check(book_of(negative)) if one.kind is Kind.NEVER]
    assert any("无论事实和参数如何都不成立" in message for message in messages)
    assert any("无人能够符合" in message for message in messages)


def test_a_programme_that_the_values_shut_is_found(check):
    one = only(check(book_of(below_line(), values=rows({"value": 0}))))
    assert (one.kind, one.subject) == (Kind.NEVER, "aid")
    assert "收入低于标准" in one.message


def test_touching_limits_that_both_include_them_are_no_contradiction(check):
    @provision(LAW, 1, of=Household, label="恰好", clause="X-1")
    def exactly():
        """收入恰好等于标准。"""
        return income.at_most(standard) & income.at_least(standard)

    assert check(book_of(exactly)) == ()


# -- nobody reads it ---------------------------------------------------------------------------------------------
def test_a_parameter_that_nothing_reads_is_found(check):
    values = [*rows({}), *rows({"value": 2}, key=multiple)]
    book = book_of(below_line(), declared=(standard, multiple), values=values)
    one = only(check(book))
    assert (one.kind, one.subject, one.place) == (Kind.DEAD, "mult", multiple.declared_at)


def test_a_workflow_parameter_is_named_by_a_disposition_and_read_by_no_provision(check):
    values = [*rows({}), *rows({"value": 2}, key=multiple)]
    book = book_of(below_line(), declared=(standard, multiple), values=values)
    named = (disposed(parameters=("mult",)),)
    assert check(book, workflow=frozenset({"mult"}), disposed=named) == ()
    assert "没有条款处置写到它" in only(check(book, workflow=frozenset({"mult"}))).message
    both = check(book, workflow=frozenset({"mult", "std"}), disposed=named)
    assert "却列为只供流程使用" in only(both).message


def test_a_fact_that_nothing_reads_is_found_unless_a_reason_keeps_it(check):
    idle = fact("idle", "闲置事实", Household, Bool)
    one = only(check(book_of(below_line()), facts=(income, idle)))
    assert (one.kind, one.subject, one.place) == (Kind.DEAD, "idle", idle.declared_at)
    assert check(book_of(below_line()), facts=(income, idle), only_recorded={"idle": "统计使用"}) == ()
    kept = check(book_of(below_line()), only_recorded={"income": "统计使用"})
    assert "却有规则使用" in only(kept).message


# -- sweeps ------------------------------------------------------------------------------------------------------
def test_a_clause_that_sends_more_than_one_in_twenty_to_review_needs_a_reason(check):
    book = book_of(below_line())
    sweep = [Decided("aid", "below", 51, 0, 1000)]
    one = only(check(book, sweep=sweep))
    assert (one.kind, one.subject, one.place, one.defect) == (
        Kind.REVIEW_RATE,
        "X-1",
        "dispositions.yaml:5",
        True,
    )
    assert "5.1%" in one.message
    told = only(check(book, sweep=sweep, disposed=(disposed(review="须入户"),)))
    assert not told.defect
    assert "须入户" in told.message


def test_one_in_twenty_itself_is_not_over_the_limit(check):
    assert check(book_of(below_line()), sweep=[Decided("aid", "below", 50, 900, 1000)]) == ()


def test_a_sweep_of_another_rulebook_is_told_not_swallowed(check):
    one = only(check(book_of(below_line()), sweep=[Decided("aid", "gone", 1, 0, 2)]))
    assert not one.defect
    assert "gone" in one.message


@pytest.mark.parametrize("raw", [{"below": 3}, [{"provision": "below"}], [3], 7])
def test_a_file_that_is_no_sweep_is_refused(raw):
    with pytest.raises(ValueError, match="programme"):
        read_rates(raw)


# -- files -------------------------------------------------------------------------------------------------------
def test_errors_in_a_parameter_file_name_file_and_line(tmp_path):
    good = '- key: std\n  rows:\n  - {place: "140400", from: 2021-07-01, value: 600, document: "文", mark: found}\n'
    (tmp_path / "standards.yaml").write_text("# 标准\n" + good, encoding="utf-8")
    values = load(tmp_path, [standard])
    assert [row.at for row in values.rows["std"]] == ["standards.yaml:4"]
    wrong = good.replace("value: 600", "value: 1,000")
    (tmp_path / "standards.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(RuleError, match=r"std: .*standards\.yaml:3"):
        load(tmp_path, [standard])


def test_a_field_written_twice_in_a_parameter_row_is_refused(tmp_path):
    twice = '- key: std\n  rows:\n  - {place: "14", place: "1404", from: 2021-07-01, value: 6, document: "文", mark: found}\n'
    (tmp_path / "standards.yaml").write_text(twice, encoding="utf-8")
    with pytest.raises(RuleError, match="line 3"):
        load(tmp_path, [standard])


def test_a_parameter_nobody_declares_is_refused_with_its_line(tmp_path):
    (tmp_path / "standards.yaml").write_text("\n- key: other\n  rows: []\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"other \(standards\.yaml:2\)"):
        load(tmp_path, [standard])


def test_a_programme_that_reads_a_parameter_outside_the_set_is_refused():
    stray = parameter("stray", "游离", Bool)

    @provision(LAW, 1, of=Household, label="游离规则", clause="X-1")
    def reads_stray():
        """读一个没有列入的参数。"""
        return stray | income.over(0)

    with pytest.raises(RuleError, match="stray"):
        book_of(reads_stray)
