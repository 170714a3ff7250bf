"""What follows wrongly received money: S649 articles 68, 69; S83 part five (5)."""

from minzheng.rulebook.case_facts import concealed, fine_set, unreported_months, wrongly_received
from minzheng.rulebook.declared import change_report, fine_least, fine_most
from minzheng.rulebook.instruments import ASSISTANCE, BACKSTOP, DIBAO
from minzheng.rules import Expr, Household, discretion, provision, where


@provision(ASSISTANCE, 68, of=Household, label="责令退回的金额", clause=("SA-1", "SA-2"))
def fraud_refund() -> Expr:
    """虚报、隐瞒、伪造的，责令退回违法获取的救助金；没有欺骗的不责令退回。"""
    return where(concealed, wrongly_received, wrongly_received * 0)


@provision(ASSISTANCE, 68, of=Household, label="罚款下限", clause="SA-1")
def fine_at_least() -> Expr:
    """违法获取金额的规定倍数。"""
    return fraud_refund * fine_least


@provision(ASSISTANCE, 68, of=Household, label="罚款上限", clause="SA-1")
def fine_at_most() -> Expr:
    """违法获取金额的规定倍数。"""
    return fraud_refund * fine_most


@provision(ASSISTANCE, 68, of=Household, label="罚款", clause="SA-1")
def fine() -> Expr:
    """由决定机关在下限与上限之间确定。"""
    return where(concealed, discretion(fine_set, fine_at_least, fine_at_most), fine_at_least * 0)


@provision(ASSISTANCE, 68, of=Household, label="罚款在法定幅度内", clause="SA-1")
def fine_lawful() -> Expr:
    """决定的罚款不低于下限、不超过上限。"""
    return fine_set.at_least(fine_at_least) & fine_set.at_most(fine_at_most)


@provision(
    DIBAO, 30, of=Household, label="可以批评教育", also=((BACKSTOP, "五（五）"),), clause=("SA-3", "TM-20")
)
def reprimand() -> Expr:
    """家庭重大变化超过规定月数未报告、没有欺骗的，批评教育并停发。"""
    return unreported_months.over(change_report) & ~concealed


@provision(
    ASSISTANCE, 68, of=Household, label="非欺骗多发待处理", also=((BACKSTOP, "五（五）"),), clause="SA-2",
    textual_gap="没有欺骗而多发的如何收回没有规定，只作标记，由民政部门决定。",
)  # fmt: skip
def overpayment_candidate() -> Expr:
    """没有欺骗而多发的，标记为待处理。"""
    return (wrongly_received.over(0) & ~concealed).must_be_judged()
