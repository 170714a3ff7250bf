"""How cases are read: both languages, the shorthands, what is assumed, and every complaint."""

import datetime

import pytest

from minzheng.rulebook import load
from minzheng.rulebook.worked import CaseError, read_text, run
from minzheng.rulebook.worked.names import groups
from minzheng.rulebook.worked.reading import read_file
from minzheng.rulebook.worked.spot import Spot
from minzheng.rules.status import Status

HEAD = "on: 2023-06-15\nregistration: 城镇\n"


def one(text):
    (case,) = read_text(text, Spot(file="例.yaml"))
    return case


def facts(text, who=0):
    """The encoded facts of a case's only point: of the household, or of a person."""
    moment = run(one(text)).moments[0]
    return moment.facts.unit if who is None else moment.facts.people[who]


def outcome(text, program, who=None):
    return run(one(text)).moments[0].determination.of(program, who)


# -- both languages -----------------------------------------------------------------------------------------------
def test_the_same_case_in_english_and_in_chinese():
    english = """
    id: A
    county: "140403"
    month: 2023-06
    household: {registration: URBAN}
    people:
      - {name: Wang, age: 45, wages: 2000}
      - {name: Li, relation: SPOUSE, age: 44, disability: {limb: 1}}
    expect: {dibao: {outcome: NO}}
    """
    chinese = """
    编号: A
    县区: 潞州区
    待遇月份: 2023年6月
    家庭: {户籍登记地类型: 城镇}
    成员:
      - {姓名: Wang, 年龄: 45, 工资性收入: "2,000.00 元"}
      - {姓名: Li, 与户主关系: 妻子, 年龄: 44岁, 残疾: 肢体一级}
    预期: {最低生活保障: {结论: 不符合}}
    """
    a, b = (run(one(text)) for text in (english, chinese))
    first, second = a.moments[0].facts, b.moments[0].facts
    assert first.unit == second.unit
    assert first.people == second.people
    assert a.ok
    assert b.ok


def test_a_file_may_be_one_case_a_list_cases_with_defaults_or_several_documents():
    case = "{id: A, on: 2023-06-15, size: 1}"
    other = "{id: B, on: 2023-06-15, size: 2}"
    texts = [
        f"- {case}\n- {other}",
        f"---\n{case}\n---\n{other}",
        f"defaults: {{county: 武乡县}}\ncases:\n- {case}\n- {other}",
    ]
    assert [[c.id for c in read_text(t)] for t in texts] == [["A", "B"]] * 3
    assert read_text(texts[2])[0].county == "140429"


def test_on_is_a_word_and_a_decimal_keeps_its_digits():
    case = one(HEAD + "size: 3\nincome: 2045.99")
    assert case.points[0].on == datetime.date(2023, 6, 15)
    assert facts(HEAD + "size: 1\nincome: 2045.99")["property_income__total"] == 204599 * 12


def test_yaml_anchors_are_taken_over_and_overridden():
    case = one(HEAD + "people: [&b {name: 甲, age: 40}, {<<: *b, name: 妻子}]")
    assert [(p.name, p.age) for p in case.people] == [("甲", 40), ("妻子", 40)]


# -- shorthands -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("肢体一级", {"limb_level": 1, "disability_level": 1}),
        ("一级肢体", {"limb_level": 1, "disability_level": 1}),
        ("limb 1", {"limb_level": 1, "disability_level": 1}),
        ("L2 听力", {"hearing_level": 2, "disability_level": 2}),
        ("{智力: 3, limb: 二级}", {"intellectual_level": 3, "limb_level": 2, "disability_level": 2}),
        ("精神3级、视力四级", {"mental_level": 3, "visual_level": 4, "disability_level": 3}),
        ("三级", {"disability_level": 3, "limb_level": 0}),
    ],
)
def test_a_certificate_is_written_in_words(written, levels):
    found = facts(HEAD + f"people: {{甲: {{age: 40, disability: {written}}}}}")
    assert {n: found[n] for n in levels} == levels
    assert found["certificate_valid"] == Status.YES


@pytest.mark.parametrize("written", ["无", "no", "none"])
def test_no_certificate_is_written_in_one_word(written):
    assert (
        facts(HEAD + f"people: {{甲: {{age: 40, disability: {written}}}}}")["certificate_valid"] == Status.NO
    )


def test_an_age_holds_on_the_day_and_for_ten_months():
    text = "registration: 城镇\nmonth: 2023-06..2024-03\npeople: {甲: {age: 59}}"
    ages = {m.determination.value("years_of_age", 0) for m in run(one(text)).moments}
    assert ages == {59}


@pytest.mark.parametrize(
    ("head", "other", "relation"),
    [
        ("户主", "妻子", "SPOUSE"), ("父亲", "母亲", "SPOUSE"), ("父亲", "奶奶", "PARENT"), ("母亲", "奶奶", "PARENT_IN_LAW"),
        ("父亲", "外公", "PARENT_IN_LAW"), ("奶奶", "孩子", "GRANDCHILD"), ("奶奶", "母亲", "CHILD_IN_LAW"), ("王某", "长子", "CHILD"),
        ("王某", "岳母", "PARENT_IN_LAW"), ("王某", "女儿2", "CHILD"), ("孩子", "奶奶", "GRANDPARENT"), ("王某", "弟弟", "SIBLING"),
    ],
)  # fmt: skip
def test_words_for_kin_say_the_relation(head, other, relation):
    case = one(HEAD + f"people: {{{head}: {{age: 40}}, {other}: {{age: 30}}}}")
    assert case.people[1].facts["relation"].name == relation


def test_a_net_income_of_the_household_is_counted_as_it_is():
    text = HEAD + "size: 3\nincome: 1500"
    assert outcome(text, "dibao").amount == 54600
    assert outcome(HEAD + "size: 3\nincome_per_head: 500", "dibao").amount == 54600
    assert outcome(HEAD + "size: 3\nannual_income: 18000", "dibao").amount == 54600


def test_a_net_income_goes_to_somebody_who_counts():
    text = HEAD + "income: 900\npeople: {丈夫: {age: 40, restriction: 服刑}, 妻子: {age: 39}, 孩子: {age: 8}}"
    assert outcome(text, "dibao").amount == 46400


def test_wages_make_somebody_working_and_new_wages_a_new_job():
    text = HEAD + "people: {甲: {age: 40, wages: {2023-04..: 1600}}}"
    found = facts(text)
    assert (found["working"], found["new_job"], found["wages__month"]) == (Status.YES, Status.YES, 160000)
    assert facts(HEAD + "people: {甲: {age: 40, wages: 1600}}")["new_job"] == Status.NO


def test_what_a_case_does_not_state_is_absent_or_assumed_or_unknown():
    found = facts(HEAD + "people: {甲: {age: 40}}")
    assert found["financial_assets"] == 0
    assert found["obligors"] == 1
    assert "selfcare_fails" not in found
    bare = facts("on: 2023-06-15\ncoverage: 否\npeople: {甲: {age: 40}}")
    assert set(bare) == {"born", "relation"}


def test_a_sentence_without_its_length_leaves_it_unknown():
    text = HEAD + "people: {孩子: {age: 9, father: 死亡, mother: 服刑}}"
    found = outcome(text, "unattended", 0)
    assert found.status is Status.UNKNOWN
    assert found.needs == (("mother_term", 0),)
    assert outcome(text.replace("服刑}", "{state: 服刑, term: 12}}"), "unattended", 0).status is Status.YES
    assert outcome(text.replace("服刑}", "重残}"), "unattended", 0).status is Status.YES


def test_unknown_is_said_in_several_ways():
    for word in ("未知", "unknown", "null", "不详"):
        assert "financial_assets" not in facts(
            HEAD + f"people: {{甲: {{age: 40, financial_assets: {word}}}}}"
        )


def test_variants_change_single_facts_and_like_takes_over_a_case():
    cases = read_text(
        """
        - id: A
          on: 2023-06-15
          registration: 城镇
          people: {甲: {age: 40, income: 100}, 乙: {relation: 配偶, age: 41}}
          variants:
            - {id: x, people: {乙: null}}
            - {id: y, people: {甲: {income: 200}, 丙: {relation: 子女, age: 3}}}
        - {id: B, like: A, registration: 农村}
        """
    )
    assert [c.id for c in cases] == ["A-x", "A-y", "B"]
    assert [len(c.people) for c in cases] == [1, 3, 2]


# -- complaints -------------------------------------------------------------------------------------------------------
COMPLAINTS = {
    "": "没有案例",
    "people: [": "不是合乎格式的 YAML",
    "on: 2023-06-01\nsize: 1\nsize: 2": "“size”写了两次",
    "on: 2023-06-01\nsize: 3\nwage: 3": "是成员的事实",
    "on: 2023-06-01\nsize: 3\nincom: 3": "是否指“income”",
    "on: 2023-06-01\npeople: {父亲: {agee: 3}}": "是否指“age”",
    "on: 2023-06-01\npeople: {甲: {age: 四十}}": "应为周岁",
    "on: 2023-06-01\npeople: {甲: {age: 150}}": "不是周岁年龄",
    "on: 2023-13-01\nsize: 1": "应为日期",
    "month: 2023-13\nsize: 1": "应为月份",
    "month: 2023-06..2023-01\nsize: 1": "起月晚于止月",
    "size: 1": "没有写认定日期或者月份",
    "on: 2023-06-01": "没有写明成员",
    "on: 2023-06-01\nsize: 1\ncounty: 北京": "没有“北京”这个县",
    "on: 2023-06-01\nsize: 1\nincome: 一千": "以元为单位的金额",
    "on: 2023-06-01\npeople: {甲: {age: 40, financial_assets: 3.005}}": "不足一分",
    "on: 2023-06-01\npeople: {甲: {age: 40, wages: 9999999999}}": "超出可能的范围",
    "on: 2023-06-01\npeople: {甲: {age: 40, schooling: 学前}}": "可以写：不在读（NONE）",
    "on: 2023-06-01\npeople: {甲: {age: 40, married: 可能}}": "应为是或否",
    "on: 2023-06-01\npeople: {甲: {age: 40}, 乙: {age: 30}}": "没有写明与户主关系",
    "on: 2023-06-01\npeople: [{name: 甲}, {name: 甲, relation: 配偶}]": "两名成员都叫“甲”",
    "on: 2023-06-01\npeople: {甲: {disability: 肢体五级}}": "读不出残疾类别和等级",
    "on: 2023-06-01\npeople: {甲: {registration: 城镇}}": "写在 household（家庭）下",
    "on: 2023-06-01\npeople: {甲: {age: 40, obligors: [{relation: 兄弟姐妹, age: 30}]}}": "不在法定义务人之列",
    "on: 2023-06-01\nsize: 1\nbefore: {低宝: 3}": "没有名为“低宝”的待遇",
    "on: 2023-06-01\nsize: 1\nevents: [{who: 甲, wages: 3}]": "没有写发生的日期",
    "on: 2023-06-01\npeople: {甲: {age: 4}}\nevents: [{on: 2023-05-01, who: 乙, wages: 3}]": "没有名为“乙”的成员",
    "on: 2023-06-01\nsize: 1\nparameters: {dibao.std.urbn: 3}": "是否指“dibao.std.urban”",
    "on: 2023-06-01\nsize: 1\nparameters: {jobcost.rate: 20}": "比例写作 20% 或者 0.2",
    "on: 2023-06-01\nsize: 1\nparameters: {dibao.std.urban: [{from: 2023-01-01}]}": "没有写数值",
    "on: 2023-06-01\nsize: 1\nexpect: {低宝: yes}": "是否指“低保”",
    "on: 2023-06-01\nsize: 1\nexpect: {低保: 也许}": "不是结论",
    "on: 2023-06-01\nsize: 1\nexpect: {低保: {outcom: yes}}": "是否指“outcome”",
    "on: 2023-06-01\nsize: 2\nexpect: {单人户低保: yes}": "没有写明是哪一名成员",
    "on: 2023-06-01\nsize: 1\nexpect: {低保: {missing: 收入情况}}": "没有名为“收入情况”的事实",
    "id: A\nlike: B\non: 2023-06-01\nsize: 1": "前面没有编号为“B”的案例",
    "- {id: A, on: 2023-06-01, size: 1}\n- {id: A, on: 2023-06-01, size: 1}": "编号“A”用了两次",
}


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_complaint_names_the_place_and_says_what_to_do(text):
    with pytest.raises(CaseError) as complaint:
        read_text(text, Spot(file="例.yaml"))
    assert COMPLAINTS[text] in str(complaint.value)
    assert str(complaint.value).startswith("例.yaml")
    assert complaint.value.next_step


# -- what a case may name -----------------------------------------------------------------------------------------------
def test_the_list_of_names_holds_every_fact_program_and_parameter_once():
    listed = {title: [e.name for e in entries] for title, entries in groups()}
    book = load()
    named = [n for names in listed.values() for n in names]
    assert {p.name for p in book.programs} <= set(named)
    assert set(book.parameters.declared) <= set(named)
    series = {c.split("__")[0] for c in book.columns}
    assert series <= set(named)
    assert all(len(names) == len(set(names)) for names in listed.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 3000 + "]" * 3000, "层次过深"),
        (HEAD + "size: " + "9" * 5000, "应为人数"),
        ("month: 0001-01..9999-12\nsize: 3", "年份不在"),
        ("month: 1950-01..2050-01\nsize: 3", "至多 600 个月"),
        (HEAD + "people: {甲: {born: 2030-01-01}}", "晚于案例的最后一个时点"),
        (HEAD + "size: 3\nparameters: {dibao.std.urban: -5}", "“城市低保标准”写的是“-5”，超出可能的范围"),
        (HEAD + "size: 3\nparameters: {dibao.std.urban: 很多}", "“城市低保标准”的数值写的是“很多”"),
        (HEAD + "size: 3\nparameters: {dibao.round: 乱取}", "可以写：四舍五入（HALF_UP）"),
        (HEAD + "size: 3\nincome: 99999999", "月净收入为 99999999，超出可能的范围"),
    ],
)
def test_what_nobody_could_mean_is_refused_in_words(text, said):
    with pytest.raises(CaseError) as refused:
        read_text(text, Spot(file="例.yaml"))
    assert said in f"{refused.value}"
    assert "例.yaml" in f"{refused.value}"


def test_a_file_too_large_to_run_is_refused(tmp_path):
    path = tmp_path / "大.yaml"
    path.write_text("# 注\n" * 1_000_000, encoding="utf-8")
    with pytest.raises(CaseError, match="超过 5 MB"):
        read_file(path)


# -- courses ------------------------------------------------------------------------------------------------------
COURSE = HEAD + "size: 3\nincome: 1500\nexpect: {低保: 546}\ncourse:\n"


def test_a_course_is_read_in_order_with_who_does_what():
    text = COURSE + (
        "  - {on: 2023-03-01, do: submit, by: 家庭, fields: {programmes: [低保]}}\n"
        "  - {办理: accept, 待遇: 低保, 应拒绝: HH-6, 之后: {state: accepted}}\n"
    )
    first, second = one(text).course.steps
    assert (first.on, first.do, first.by) == (datetime.date(2023, 3, 1), "submit", "家庭")
    assert first.fields == {"programmes": ["低保"]}
    assert (second.on, second.about, second.refused, second.then) == (
        None,
        "低保",
        "HH-6",
        {"state": "accepted"},
    )


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("  - {do: submit}\n", "没有写日期"),
        ("  - {on: 2023-03-01}\n", "没有写做什么"),
        ("  - {on: 2023-03-02, do: submit}\n  - {on: 2023-03-01, do: accept}\n", "早于前面的"),
        ("  - {on: 2023-03-01, do: submit, then: 已受理}\n", "应为各项内容"),
        ("  - 受理\n", "应为一个步骤"),
        ("  - {on: 2023-03-01, do: submit, wher: 乡镇}\n", "wher"),
    ],
)
def test_a_course_that_cannot_be_walked_is_refused_in_words(steps, said):
    with pytest.raises(CaseError, match=said):
        one(COURSE + steps)


def test_somebody_the_case_does_not_name_takes_no_part():
    text = (
        HEAD
        + "people: {父亲: {age: 40}}\nexpect: {低保: yes}\ncourse: [{on: 2023-03-01, do: submit, who: 舅舅}]\n"
    )
    with pytest.raises(CaseError, match="舅舅"):
        one(text)


def test_who_writes_an_expectation_beside_the_months_is_told_which_one_has_no_day():
    text = "id: A\nregistration: 城镇\nsize: 2\nexpect: {人均收入低于低保标准: yes, 2023-07: {低保: 1364}}\n"
    with pytest.raises(
        CaseError, match=r"“人均收入低于低保标准”没有写明是哪一天.*写到 expect 的某个月份之下"
    ):
        one(text)


def test_a_fraction_of_decimals_is_refused_with_how_to_write_one():
    with pytest.raises(CaseError, match=r"6000\.04/12.*整数之比，如 1637/3"):
        one(HEAD + "id: A\nsize: 2\nexpect: {低保: {outcome: yes, amount: 6000.04/12}}\n")
