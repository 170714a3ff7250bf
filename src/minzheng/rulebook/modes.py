"""Readings between which an authority chooses by a dated parameter. Nothing here computes."""

from minzheng.rules import Choice


class StandardMode(Choice):
    """城乡标准的选择方式（HH-8）"""

    HOUSEHOLD_SINGLE = "全户适用一个标准"
    PER_MEMBER_WEIGHTED = "按成员户籍分别计算后合计"
    SPLIT = "按户籍性质分户申请"


class AmountMode(Choice):
    """低保金核定方式（DB-A1）"""

    DIFFERENCE = "补差"
    BANDS = "分档"


class RoundingBasis(Choice):
    """取整对象（TX-6）"""

    HOUSEHOLD = "按户取整"
    PERSON = "按人取整后合计"


class Treatment(Choice):
    """财产线索的处理方式（PR-4）"""

    REVIEW = "调查核实"
    EXEMPT = "不作为条件"


class EdgeDefinition(Choice):
    """低保边缘家庭的口径（BY-4）"""

    NOT_DIBAO = "不符合低保条件"
    INCOME_ABOVE = "收入达到低保标准"


class EqualAfterWork(Choice):
    """就业后收入恰好等于标准时的处理（JT-5）"""

    PHASE_OUT = "按渐退处理"
    STOP = "按不符合处理"


class LateEntry(Choice):
    """16、17周岁初次申请特困的处理（TK-5）"""

    REVIEW = "由民政部门核定"
    ACCEPT_ENROLLED = "在读或者无劳动能力的予以认定"


class OldAgeStart(Choice):
    """高龄补贴起止月（OA-4）"""

    ANY_DAY = "当月任一日符合即发"
    FIRST_DAY = "当月首日符合即发"
    NEXT_MONTH = "符合的次月起发"


class OldAgeStacking(Choice):
    """高龄补贴与困难残疾人生活补贴的关系（OA-7）"""

    STACK = "同时享受"
    CHOOSE_LIVING = "生活类补贴择高享受"


class CadreLiving(Choice):
    """离休人员与困难残疾人生活补贴的关系（ST-14）"""

    CHOOSE_HIGHER = "生活类待遇择高一项"
    EXCLUDED = "离休人员不享受"


class TopUp(Choice):
    """事实无人抚养儿童补贴方式（SW-A2）"""

    TOPUP = "补差发放"
    FULL = "全额发放"


class Approval(Choice):
    """审核确认机关（GV-3）"""

    COUNTY = "县级民政部门审核确认"
    DELEGATED = "委托乡镇（街道）审核确认"
    SEPARATED = "审批与监管分离"
