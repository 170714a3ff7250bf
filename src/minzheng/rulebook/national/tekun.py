"""Support of people in extreme difficulty (特困): S43 articles 4 to 9, 19, 21, 22, 24; S649 articles 14, 15."""

from minzheng.rulebook.declared import (
    disposable_rural,
    disposable_urban,
    loss_floor,
    tk_elderly,
    tk_late_entry,
    tk_minor,
    tk_minor_cont,
    tk_multiple,
    tk_obligor_age,
    tk_obligor_dibao,
    tk_partial,
    tk_tier0,
    tk_tier1,
    tk_tier2,
    tk_total,
)
from minzheng.rulebook.instruments import ASSISTANCE, TEKUN
from minzheng.rulebook.modes import LateEntry
from minzheng.rulebook.vocabulary import (
    ChildChoice,
    Labour,
    Relation,
    Restriction,
    Schooling,
    certificate_valid,
    child_choice,
    child_choice_recorded,
    dibao_before,
    full_time_student,
    intellectual_level,
    labour,
    limb_level,
    mental_level,
    no_civil_capacity,
    obligors,
    obligors_incapable,
    orphan_before,
    relation,
    restriction,
    schooling,
    selfcare_fails,
    single_before,
    support_due,
    tekun_before,
    unattended_before,
    visual_level,
)
from minzheng.rules import (
    Choice,
    Expr,
    Household,
    Person,
    maximum,
    people,
    program,
    provision,
    where,
)

from .child_states import is_orphan, is_unattended
from .disability_levels import graded, severely_disabled, third_level_mind
from .household import (
    household_standard,
    is_adult,
    is_alive,
    registered_here,
    urban_standard_applies,
    years_of_age,
)
from .income import (
    imputed_income,
    net_business,
    net_property,
    net_wages,
    other_pension,
    other_transfers,
    support_is_paid,
)
from .property import own_assets_within_edge, own_assets_within_tekun, own_belongings_within


# -- no capacity to work (article 5, 24) -----------------------------------------------------------------
@provision(TEKUN, 5, of=Person, label="残疾类别和等级视为无劳动能力", clause="TK-1")
def disability_ends_labour() -> Expr:
    """一、二、三级智力、精神残疾，一、二级肢体残疾，一级视力残疾。"""
    return certificate_valid & (
        graded(intellectual_level, 1, 3)
        | graded(mental_level, 1, 3)
        | graded(limb_level, 1, 2)
        | graded(visual_level, 1, 1)
    )


@provision(
    TEKUN, 24, of=Person, label="未成年人供养延续", clause="TK-5",
    textual_gap="第五条以16周岁为限，中办发〔2020〕18号要求覆盖到18周岁；初次申请的按参数处理。",
)  # fmt: skip
def minor_continues() -> Expr:
    """已供养的延续到十八周岁，仍在接受义务教育或者高中阶段教育的继续供养；十六、十七周岁初次申请的须核定。"""
    at_school = schooling.is_(Schooling.COMPULSORY, Schooling.SENIOR_HIGH, Schooling.VOCATIONAL)
    young = years_of_age.at_least(tk_minor) & years_of_age.below(tk_minor_cont)
    accepted = tk_late_entry.is_(LateEntry.ACCEPT_ENROLLED) & (full_time_student | labour.is_(Labour.NONE))
    return (
        (tekun_before & (years_of_age.below(tk_minor_cont) | at_school))
        | (young & accepted)
        | young.must_be_judged()
    )


@provision(TEKUN, 5, of=Person, label="无劳动能力", clause=("TK-1", "TK-5"))
def without_labour() -> Expr:
    """年满六十周岁，或者未满十六周岁（已供养的可以延续），或者残疾类别和等级符合规定。"""
    return (
        years_of_age.at_least(tk_elderly)
        | years_of_age.below(tk_minor)
        | disability_ends_labour
        | minor_continues
    )


# -- no livelihood (articles 6, 7) -----------------------------------------------------------------------
@provision(
    TEKUN, 8, of=Person, label="无能力的义务人按公式推算的供养费", clause=("TK-2", "TK-3"),
    textual_gap="义务人均无履行义务能力的，推算的供养费实际不会给付，不计入特困认定的收入；实际给付的照计。",
)  # fmt: skip
def support_nobody_can_pay() -> Expr:
    """义务人均无履行义务能力而按义务人家庭收入推算的供养费。"""
    nobody = obligors.at_least(1) & obligors_incapable.at_least(obligors)
    return where(nobody & ~support_is_paid, support_due, support_due * 0)


@provision(TEKUN, 6, of=Person, label="特困认定的转移净收入", clause=("TK-2", "IN-11"))
def tekun_transfers() -> Expr:
    """基础养老金以外的养老金和其他转移性收入的净额，不含无能力的义务人推算的供养费，为负时按规定计零。"""
    transfers = other_pension + other_transfers - support_nobody_can_pay
    return where(loss_floor, maximum(transfers, 0), transfers)


@provision(TEKUN, 6, of=Person, label="特困认定的个人月收入", clause="TK-2")
def tekun_income() -> Expr:
    """个人收入，不含中央确定的基础养老金、基本医疗保险等社会保险、优待抚恤金和高龄津贴。"""
    return net_wages + net_business + net_property + tekun_transfers + imputed_income


@provision(TEKUN, 6, of=Person, label="收入低于低保标准", clause="TK-2")
def tekun_income_below() -> Expr:
    """个人收入低于当地低保标准。"""
    return tekun_income.below(household_standard)


@provision(TEKUN, 7, of=Person, label="财产符合特困规定", clause="TK-2")
def tekun_property() -> Expr:
    """个人财产符合当地特困人员财产状况规定。"""
    return own_assets_within_tekun & own_belongings_within


# -- obligors (article 8) --------------------------------------------------------------------------------
@provision(TEKUN, 8, of=Household, label="上年度当地居民人均可支配收入（月）", clause="TK-3")
def disposable_month() -> Expr:
    """上年度当地居民人均可支配收入，按家庭适用的城乡标准选取，除以十二。"""
    return where(urban_standard_applies, disposable_urban / 12, disposable_rural / 12)


@provision(TEKUN, 8, of=Person, label="收入和财产在低收入范围内", clause="TK-3")
def little_of_own() -> Expr:
    """本人收入低于上年度当地居民人均可支配收入，且财产符合低收入家庭规定。"""
    return tekun_income.below(disposable_month) & own_assets_within_edge & own_belongings_within


@provision(TEKUN, 8, of=Person, label="义务人无履行义务能力", clause="TK-3")
def unable_to_support() -> Expr:
    """特困人员；六十周岁以上低保对象；七十周岁以上或者重残、三级智力精神残疾且收入财产在低收入范围内的；无民事行为能力、宣告失踪或者服刑且财产符合规定的。"""
    confined = no_civil_capacity | restriction.is_(Restriction.DECLARED_MISSING, Restriction.PRISON)
    aged_dibao = (dibao_before | single_before) & years_of_age.at_least(tk_obligor_dibao)
    weak = years_of_age.at_least(tk_obligor_age) | severely_disabled | third_level_mind
    return (
        tekun_before
        | aged_dibao
        | (weak & little_of_own)
        | (confined & own_assets_within_edge & own_belongings_within)
    )


@provision(TEKUN, 8, of=Person, label="有能力履行义务的成年人", clause="TK-3")
def able_to_support() -> Expr:
    """在世的成年人，且不属于无履行义务能力的情形。"""
    return is_alive & is_adult & ~unable_to_support


HEAD, SPOUSE = (Relation.HEAD,), (Relation.SPOUSE,)
DESCENDANTS = (Relation.CHILD, Relation.CHILD_IN_LAW, Relation.GRANDCHILD)
ELDERS = (Relation.PARENT, Relation.GRANDPARENT, Relation.SIBLING)


def _able(*relations: Choice) -> Expr:
    return people(relation.is_(*relations) & able_to_support).count


@provision(TEKUN, 8, of=Household, label="户主有履行义务能力", clause="TK-3")
def head_able() -> Expr:
    """户主是有能力履行义务的成年人。"""
    return _able(*HEAD).at_least(1)


@provision(TEKUN, 8, of=Household, label="户主配偶有履行义务能力", clause="TK-3")
def spouse_able() -> Expr:
    """户主的配偶是有能力履行义务的成年人。"""
    return _able(*SPOUSE).at_least(1)


@provision(TEKUN, 8, of=Household, label="有履行义务能力的晚辈人数", clause="TK-3")
def descendants_able() -> Expr:
    """同户的子女、子女配偶、孙子女中有能力履行义务的人数。"""
    return _able(*DESCENDANTS)


@provision(TEKUN, 8, of=Household, label="有履行义务能力的长辈和兄弟姐妹人数", clause="TK-3")
def elders_able() -> Expr:
    """同户的父母、祖父母、兄弟姐妹中有能力履行义务的人数。"""
    return _able(*ELDERS)


@provision(TEKUN, 8, of=Household, label="有履行义务能力的配偶父母人数", clause="TK-3")
def in_laws_able() -> Expr:
    """同户的配偶父母中有能力履行义务的人数。"""
    return _able(Relation.PARENT_IN_LAW)


@provision(TEKUN, 8, of=Person, label="本人在同辈人数中所占的人数", clause="TK-3")
def counted_self() -> Expr:
    """本人有能力履行义务的计一人，判断同户其他人时扣除。"""
    return where(able_to_support, descendants_able * 0 + 1, descendants_able * 0)


@provision(
    TEKUN, 8, of=Person, label="同户有能力履行义务的人", clause="TK-3",
    textual_gap="同户成员之间的法定义务由与户主的关系推定：配偶、父母子女、祖孙。",
)  # fmt: skip
def supporter_at_home() -> Expr:
    """同户的配偶、子女、父母或者祖父母中有人有能力履行义务。"""
    down, up, beside = descendants_able.at_least(1), elders_able.at_least(1), in_laws_able.at_least(1)
    other_down = (descendants_able - counted_self).at_least(1)
    other_up = (elders_able - counted_self).at_least(1)
    other_beside = (in_laws_able - counted_self).at_least(1)
    of = relation.is_
    return (
        (of(*HEAD) & (spouse_able | down | up))
        | (of(*SPOUSE) & (head_able | down | beside))
        | (of(Relation.CHILD) & (head_able | spouse_able | up | beside))
        | (of(Relation.GRANDCHILD) & (head_able | spouse_able | other_down))
        | (of(Relation.CHILD_IN_LAW) & other_down)
        | (of(*ELDERS) & (head_able | other_up | down))
        | (of(Relation.PARENT_IN_LAW) & (spouse_able | other_beside | down))
    )


@provision(TEKUN, 8, of=Person, label="无法定义务人或者义务人均无能力", clause="TK-3")
def without_support() -> Expr:
    """没有法定赡养、抚养、扶养义务人，或者义务人均无履行义务能力。"""
    return ~supporter_at_home & obligors_incapable.at_least(obligors)


# -- the child's choice (article 9), and what ends support (article 24) ----------------------------------
@provision(TEKUN, 9, of=Person, label="选择儿童基本生活保障", clause=("TK-4", "ST-4"))
def chooses_child_programme() -> Expr:
    """同时符合孤儿或者事实无人抚养儿童条件的，按登记的选择；没有登记选择的，已享受哪一项的继续哪一项，都未享受的须先选择。"""
    receiving = orphan_before | unattended_before
    chosen = child_choice.is_(ChildChoice.CHILD_PROGRAMME)
    unsaid = where(tekun_before, receiving & chosen, receiving | chosen)
    return (is_orphan | is_unattended) & where(child_choice_recorded, chosen, unsaid)


@provision(TEKUN, 9, of=Person, label="未选择儿童基本生活保障", clause="TK-4")
def not_in_child_programme() -> Expr:
    """未选择孤儿或者事实无人抚养儿童基本生活保障。"""
    return ~chooses_child_programme


@provision(TEKUN, 24, of=Person, label="不在应当终止供养的情形", clause="TK-1")
def not_ended() -> Expr:
    """在世，未被宣告失踪，未在监狱服刑。"""
    return is_alive & ~restriction.is_(Restriction.DECLARED_MISSING, Restriction.PRISON)


# -- amount (articles 19, 21, 22) ------------------------------------------------------------------------
@provision(TEKUN, "21—22", of=Person, label="部分丧失生活自理能力", clause="TK-A1")
def selfcare_partly_lost() -> Expr:
    """六项指标中有一项以上、不足四项不能独立完成。"""
    return selfcare_fails.at_least(tk_partial) & selfcare_fails.below(tk_total)


@provision(TEKUN, "21—22", of=Person, label="完全丧失生活自理能力", clause="TK-A1")
def selfcare_lost() -> Expr:
    """六项指标中有四项以上不能独立完成。"""
    return selfcare_fails.at_least(tk_total)


@provision(ASSISTANCE, 15, of=Person, label="特困基本生活标准", clause=("TK-A1", "TK-A2"))
def tekun_basic() -> Expr:
    """低保标准乘以规定倍数。"""
    return household_standard * tk_multiple


@provision(ASSISTANCE, 15, of=Person, label="特困照料护理标准", clause="TK-A1")
def tekun_care() -> Expr:
    """按生活自理能力分三档。"""
    return where(selfcare_lost, tk_tier2, where(selfcare_partly_lost, tk_tier1, tk_tier0))


@provision(ASSISTANCE, 15, of=Person, label="特困供养金", clause="TK-A1")
def tekun_amount() -> Expr:
    """基本生活标准与照料护理标准之和。"""
    return tekun_basic + tekun_care


tekun = program(
    "tekun",
    label="特困人员救助供养",
    of=Person,
    requires=(
        not_ended,
        registered_here,
        without_labour,
        tekun_income_below,
        tekun_property,
        without_support,
        not_in_child_programme,
    ),
    amount=tekun_amount,
    rank=10,
    cites=TEKUN,
    article=4,
    clause=("TK-1", "TK-2", "TK-3"),
    receives=tekun_before,
    elections=(child_choice,),
)
