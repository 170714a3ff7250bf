"""The three families share one root and speak Chinese with a next step."""

from minzheng.values.errors import Defect, MinzhengError, Refusal, SourceTrouble


def test_every_family_has_the_one_root():
    for error in (
        Refusal("a", "不行。"),
        SourceTrouble("bank", "银行未答复。", retryable=True),
        Defect("对不上。"),
    ):
        assert isinstance(error, MinzhengError)
        assert error.message


def test_a_refusal_carries_field_article_and_next_step():
    refusal = Refusal("case.closed", "已办结。", field="state", next_step="请新建申请。", article="第三条")
    assert (refusal.code, refusal.field, refusal.article) == ("case.closed", "state", "第三条")
    assert str(refusal) == "已办结。 请新建申请。"


def test_trouble_with_a_source_says_whether_to_try_again():
    assert SourceTrouble("bank", "超时。", retryable=True).retryable
    assert SourceTrouble("bank", "超时。", retryable=False).code == "source.bank"
