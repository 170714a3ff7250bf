"""Facts that only a case file supplies: the registry has none of them and no sweep needs them."""

from minzheng.rules import Bool, Count, Household, Money, Person, fact, yuan

wrongly_received = fact(
    "wrongly_received", "违法获取的救助金额", Household, Money, bounds=(0, yuan(1_000_000)), absent=0
)
concealed = fact("concealed", "虚报、隐瞒或者伪造", Household, Bool, absent=False)
fine_set = fact(
    "fine_set", "决定的罚款数额", Household, Money, bounds=(0, yuan(3_000_000)), often_unknown=True
)
unreported_months = fact(
    "unreported_months", "家庭重大变化未报告的月数", Household, Count("月"), bounds=(0, 1200), absent=0
)
months_without_income = fact(
    "months_without_income", "连续无收入来源的月数", Person, Count("月"), bounds=(0, 1200), absent=0
)
lost_job = fact("lost_job", "失业", Person, Bool, absent=False)
unemployment_insured = fact("unemployment_insured", "享受失业保险待遇", Person, Bool, absent=False)
carer_capable = fact("carer_capable", "被委托人有照护能力且无不良记录", Person, Bool)
cared_by_adult = fact("cared_by_adult", "与有完全民事行为能力的成年人共同生活", Person, Bool, absent=True)
left_unattended = fact("left_unattended", "处于无人看护状态", Person, Bool, absent=False)
special_care = fact("special_care", "因身体、心理原因需要特别照顾", Person, Bool, absent=False)
weekly_contacts = fact(
    "weekly_contacts", "外出父母最近一周与儿童和被委托人联系次数", Person, Count("次"), bounds=(0, 500)
)
