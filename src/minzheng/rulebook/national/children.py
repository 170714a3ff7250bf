"""Orphans, children nobody in fact raises, study aid, children left behind in the country."""

from minzheng.rulebook.case_facts import (
    cared_by_adult,
    carer_capable,
    left_unattended,
    special_care,
    weekly_contacts,
)
from minzheng.rulebook.declared import (
    adult_age,
    lb_absence,
    lb_age,
    lb_contact,
    lb_unattended_age,
    orphan_institution,
    orphan_scattered,
    sw_mode,
    zx_amount,
)
from minzheng.rulebook.instruments import (
    LEFT_BEHIND,
    MINORS,
    ORPHANS,
    STUDY_2019,
    STUDY_2025,
    UNATTENDED,
)
from minzheng.rulebook.modes import TopUp
from minzheng.rulebook.vocabulary import (
    ParentState,
    Placement,
    Schooling,
    StudyRecord,
    adopted,
    certificate_valid,
    child_choice,
    dibao_before,
    father_away,
    father_state,
    full_time_student,
    left_behind_before,
    mother_away,
    mother_state,
    orphan_before,
    orphan_recognised,
    parent_home_unable,
    parents_away_days,
    placement,
    rural_hukou,
    schooling,
    study_aid_before,
    study_record,
    unattended_before,
)
from minzheng.rules import (
    Expr,
    Household,
    Person,
    always,
    maximum,
    people,
    program,
    provision,
    where,
)

from .child_states import is_minor, orphan_age, parents_lost, parents_unable
from .dibao import dibao, dibao_amount, dibao_member, dibao_size
from .household import is_adult, is_alive, registered_here, years_of_age
from .phase_out import phase_out, phase_out_amount
from .single import single, single_amount
from .subsidies import living_subsidy, living_subsidy_amount
from .tekun import tekun


@provision(ORPHANS, "一", of=Person, label="未被收养", clause="OR-1")
def not_adopted() -> Expr:
    """未被收养。"""
    return ~adopted


@provision(UNATTENDED, "一", of=Person, label="未选择特困供养", clause=("TK-4", "ST-4"))
def not_choosing_tekun() -> Expr:
    """同时符合特困条件而选择特困供养的，不享受儿童基本生活保障；未说明选择的须先确认。"""
    return ~tekun


@provision(ORPHANS, "二", of=Person, label="儿童基本生活费标准", clause=("OR-2", "SW-A1"))
def child_standard() -> Expr:
    """由省级规定，散居与机构集中养育分别适用。"""
    return where(placement.is_(Placement.INSTITUTION), orphan_institution, orphan_scattered)


@provision(ORPHANS, "二", of=Person, label="孤儿基本生活费", clause="OR-2")
def orphan_amount() -> Expr:
    """按儿童基本生活费标准发放。"""
    return child_standard * 1


orphan = program(
    "orphan",
    label="孤儿基本生活保障",
    of=Person,
    requires=(is_alive, orphan_age, parents_lost, not_adopted, registered_here, not_choosing_tekun),
    amount=orphan_amount,
    rank=80,
    cites=ORPHANS,
    article="一",
    clause="OR-1",
    receives=orphan_before,
    elections=(child_choice,),
)


# -- children nobody in fact raises ------------------------------------------------------------------------
@provision(UNATTENDED, "一", of=Person, label="不属于孤儿", clause=("SW-4", "ST-7"))
def not_orphan() -> Expr:
    """孤儿与事实无人抚养儿童互不重复。"""
    return ~parents_lost


grown_ups = people(dibao_member & is_adult)


@provision(
    UNATTENDED, "三（一）", of=Household, label="家庭享受低保", clause=("SW-A2", "SW-A3"),
    textual_gap="儿童独自成户的是否同时享受低保没有明文，仅在已经享受时扣减。",
)  # fmt: skip
def family_in_dibao() -> Expr:
    """有成年成员的家庭符合低保条件，或者上月已享受低保。"""
    return dibao & (dibao_before | grown_ups.count.at_least(1))


@provision(
    UNATTENDED, "三（一）", of=Person, label="儿童本人分摊的低保金", clause=("SW-A2", "SW-A3", "ST-10")
)
def child_dibao_share() -> Expr:
    """家庭低保金或者渐退期发放额除以人口，单人户低保为其全额。"""
    return where(
        family_in_dibao & dibao_member,
        dibao_amount.per(dibao_size),
        where(
            phase_out & dibao_member,
            phase_out_amount.per(dibao_size),
            where(single, single_amount, child_standard * 0),
        ),
    )


@provision(UNATTENDED, "三（一）", of=Person, label="儿童本人的生活补贴", clause=("SW-A2", "ST-10"))
def child_living_subsidy() -> Expr:
    """儿童本人领取的困难残疾人生活补贴。"""
    return where(living_subsidy, living_subsidy_amount, child_standard * 0)


@provision(
    UNATTENDED,
    "三（一）",
    of=Person,
    label="儿童已享受的低保和残疾人生活补贴",
    clause=("SW-A2", "SW-A3", "ST-10"),
)
def child_received() -> Expr:
    """儿童本人分摊的低保金（含渐退）和本人领取的困难残疾人生活补贴。"""
    return child_dibao_share + child_living_subsidy


@provision(
    UNATTENDED, "三（一）", of=Person, label="事实无人抚养儿童补贴", clause=("SW-A1", "SW-A2", "SW-A3"),
    textual_gap="省内补差还是全额没有取得，按参数处理。",
)  # fmt: skip
def unattended_amount() -> Expr:
    """已享受低保、残疾人生活补贴且低于标准的补足到标准，其他全额发放。"""
    topup = maximum(child_standard - child_received, 0)
    return where(sw_mode.is_(TopUp.TOPUP), topup, child_standard)


unattended = program(
    "unattended",
    label="事实无人抚养儿童基本生活保障",
    of=Person,
    requires=(
        is_alive,
        is_minor,
        not_orphan,
        parents_unable,
        not_adopted,
        registered_here,
        not_choosing_tekun,
    ),
    amount=unattended_amount,
    rank=81,
    cites=UNATTENDED,
    article="一",
    clause=("SW-1", "SW-2"),
    receives=unattended_before,
    elections=(child_choice,),
)


# -- study aid -------------------------------------------------------------------------------------------
@provision(STUDY_2019, "资助对象", of=Person, label="曾被认定为孤儿", clause="ZX-1")
def recognised_orphan() -> Expr:
    """十八周岁前被认定为孤儿。"""
    return orphan_recognised


@provision(STUDY_2019, "资助对象", of=Person, label="年满十八周岁", clause="ZX-1")
def study_age() -> Expr:
    """年满十八周岁。"""
    return is_adult


@provision(STUDY_2019, "资助对象", of=Person, label="收养情况符合规定", clause="ZX-2", until="2025-09-01")
def study_adoption() -> Expr:
    """2019年规定没有收养方面的条件。"""
    return always


@provision(
    STUDY_2025, "资助对象", of=Person, label="收养情况符合规定", clause="ZX-2", overrides=study_adoption,
    since="2025-09-01", textual_gap="新规定的当地施行日期没有取得，按2025年秋季学年起算。",
)  # fmt: skip
def study_adoption_2025() -> Expr:
    """未被收养，被收养的残疾孤儿除外。"""
    return ~adopted | certificate_valid


@provision(STUDY_2019, "资助对象", of=Person, label="就读情况符合规定", clause="ZX-3", until="2025-09-01")
def study_school() -> Expr:
    """在普通全日制中专、大专、本科或者硕士研究生学段就读。"""
    return full_time_student & schooling.is_(
        Schooling.VOCATIONAL, Schooling.COLLEGE, Schooling.UNDERGRADUATE, Schooling.MASTER
    )


@provision(
    STUDY_2025, "资助对象", of=Person, label="就读情况符合规定", clause="ZX-3", overrides=study_school,
    since="2025-09-01", textual_gap="新规定的当地施行日期没有取得，按2025年秋季学年起算。",
)  # fmt: skip
def study_school_2025() -> Expr:
    """十八周岁后连续在普通高中、中等职业学校、高等学校或者硕士研究生学段全日制就读。"""
    return (
        full_time_student
        & schooling.is_(
            Schooling.SENIOR_HIGH, Schooling.VOCATIONAL, Schooling.COLLEGE, Schooling.UNDERGRADUATE, Schooling.MASTER
        )
        & study_record.is_(StudyRecord.CONTINUOUS)
    )  # fmt: skip


@provision(STUDY_2019, "资助标准", of=Person, label="孤儿助学金", clause="ZX-1")
def study_aid_amount() -> Expr:
    """每人每学年一万元。"""
    return zx_amount * 1


study_aid = program(
    "study_aid",
    label="孤儿助学",
    of=Person,
    requires=(is_alive, recognised_orphan, study_age, study_adoption, study_school),
    amount=study_aid_amount,
    rank=82,
    cites=STUDY_2019,
    article="资助对象",
    clause=("ZX-1", "ZX-2", "ZX-3"),
    receives=study_aid_before,
    cadence="yearly",
)


# -- children left behind ----------------------------------------------------------------------------------
@provision(LEFT_BEHIND, "一", of=Person, label="不满十六周岁", clause="LB-1")
def lb_young() -> Expr:
    """不满十六周岁。"""
    return years_of_age.below(lb_age)


@provision(LEFT_BEHIND, "一", of=Person, label="农村户籍", clause="LB-3")
def lb_rural() -> Expr:
    """具有农村户籍，不能与父母正常共同生活。"""
    return rural_hukou


UNABLE_AT_HOME = (ParentState.SEVERE_DISABILITY, ParentState.SERIOUS_ILLNESS)
OUT_OF_REACH = (
    ParentState.DEAD, ParentState.DECLARED_DEAD, ParentState.DECLARED_MISSING, ParentState.PRISON,
    ParentState.DETOX, ParentState.OTHER_RESTRICTION, ParentState.NO_CONTACT,
)  # fmt: skip


@provision(
    LEFT_BEHIND, "一", of=Person, label="父母外出或者一方外出另一方无监护能力", clause=("LB-2", "LB-3"),
    textual_gap="一方外出、另一方死亡或者服刑等的，文件没有明文，须核定。",
)  # fmt: skip
def lb_parents() -> Expr:
    """父母双方外出务工，或者一方外出务工、另一方因重病重残等无监护能力。"""
    other_gone = (father_away & mother_state.is_(*OUT_OF_REACH)) | (
        mother_away & father_state.is_(*OUT_OF_REACH)
    )
    return (
        (father_away & mother_away)
        | ((father_away | mother_away) & parent_home_unable)
        | (father_away & mother_state.is_(*UNABLE_AT_HOME))
        | (mother_away & father_state.is_(*UNABLE_AT_HOME))
        | other_gone.must_be_judged()
    )


@provision(LEFT_BEHIND, "一", of=Person, label="外出时间符合规定", clause="LB-2")
def lb_long_enough() -> Expr:
    """父母外出持续天数达到当地规定。"""
    return parents_away_days.at_least(lb_absence)


left_behind = program(
    "left_behind",
    label="农村留守儿童",
    of=Person,
    requires=(is_alive, lb_young, lb_rural, lb_parents, lb_long_enough),
    amount=None,
    rank=83,
    cites=LEFT_BEHIND,
    article="一",
    clause=("LB-1", "LB-2", "LB-3", "ST-19"),
    receives=left_behind_before,
    cadence="status",
)


@provision(MINORS, 22, of=Person, label="被委托人符合条件", clause="LB-4")
def carer_fit() -> Expr:
    """被委托照护的人有完全民事行为能力和照护能力，且没有法律规定的不得委托情形。"""
    return carer_capable


@provision(MINORS, 23, of=Person, label="每周联系符合规定", clause="LB-5")
def contact_kept() -> Expr:
    """外出的父母每周至少与儿童和被委托人联系规定的次数。"""
    return weekly_contacts.at_least(lb_contact)


@provision(MINORS, 21, of=Person, label="不得处于无人看护状态", clause="LB-6")
def must_be_attended() -> Expr:
    """未满八周岁，或者由于身体、心理原因需要特别照顾的未成年人。"""
    return years_of_age.below(lb_unattended_age) | (years_of_age.below(adult_age) & special_care)


@provision(MINORS, 21, of=Person, label="须强制报告", clause="LB-6")
def must_be_reported() -> Expr:
    """未满十六周岁脱离监护单独生活的，或者不得无人看护而处于无人看护状态的，须向公安机关报告。"""
    alone = years_of_age.below(lb_age) & ~cared_by_adult
    return alone | (must_be_attended & left_unattended)
