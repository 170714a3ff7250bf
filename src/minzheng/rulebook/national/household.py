"""Who lives together and counts: S57 articles 4, 5, 7; the urban or rural standard of the household."""

from minzheng.rulebook.declared import (
    adult_age,
    age_reached_on,
    cohabit_months,
    dibao_std_rural,
    dibao_std_urban,
    orphan_in_unit,
    religious_apart,
    standard_mode,
)
from minzheng.rulebook.instruments import CIVIL_CODE, DIBAO, TEKUN
from minzheng.rulebook.modes import StandardMode
from minzheng.rulebook.vocabulary import (
    ParentState,
    Registration,
    Relation,
    Restriction,
    Schooling,
    adopted,
    born,
    contracted_land,
    died,
    father_state,
    full_time_student,
    hukou_here,
    independent,
    lives_here,
    lives_here_since,
    mother_state,
    person_hukou_here,
    registration,
    relation,
    religious_years,
    relocated_to_town,
    restriction,
    rural_hukou,
    schooling,
)
from minzheng.rules import (
    Expr,
    Household,
    Person,
    age,
    never,
    on_day,
    people,
    provision,
    where,
)

GONE = (ParentState.DEAD, ParentState.DECLARED_DEAD, ParentState.NOT_FOUND)


@provision(CIVIL_CODE, 17, of=Person, label="周岁", clause=("TX-1", "TX-2", "TX-4"))
def years_of_age() -> Expr:
    """认定当日的周岁年龄，出生日对应日届满。"""
    return age(born, on_day, age_reached_on)


@provision(CIVIL_CODE, 17, of=Person, label="成年", clause="TX-4")
def is_adult() -> Expr:
    """年满十八周岁的为成年人。"""
    return years_of_age.at_least(adult_age)


@provision(DIBAO, 7, of=Person, label="在世", clause="TM-19")
def is_alive() -> Expr:
    """本人在世。"""
    return ~died


@provision(DIBAO, 7, of=Person, label="全日制本科及以下在读", clause=("HH-1", "HH-3"))
def studies_to_undergraduate() -> Expr:
    """在校接受全日制本科及以下学历教育，研究生教育不在其内。"""
    return full_time_student & schooling.is_(
        Schooling.COMPULSORY, Schooling.SENIOR_HIGH, Schooling.VOCATIONAL, Schooling.COLLEGE, Schooling.UNDERGRADUATE
    )  # fmt: skip


@provision(
    DIBAO, 7, of=Person, label="长期共同居住", clause=("HH-1", "HH-4"),
    textual_gap="“长期共同居住”没有全国统一的时间标准，按参数设定的月数认定。",
)  # fmt: skip
def lives_together() -> Expr:
    """与申请家庭共同居住达到规定的时间。"""
    return lives_here & lives_here_since.plus_months(cohabit_months).at_most(on_day)


@provision(DIBAO, 7, of=Person, label="属于共同生活的家庭成员范围", clause=("HH-1", "HH-3"))
def is_family() -> Expr:
    """户主、配偶、未成年子女、不能独立生活（含全日制本科及以下在读）的成年子女，以及其他有法定义务并长期共同居住的人。"""
    child = relation.is_(Relation.CHILD)
    kin = ~relation.is_(Relation.HEAD, Relation.SPOUSE, Relation.OTHER)
    return (
        relation.is_(Relation.HEAD, Relation.SPOUSE)
        | (child & (~is_adult | studies_to_undergraduate | ~independent))
        | (kin & lives_together)
    )


@provision(DIBAO, 7, of=Person, label="省级规定不计入的人员", clause="HH-2")
def excluded_by_province() -> Expr:
    """全国文件没有列举，由省级民政部门规定。"""
    return never


@provision(DIBAO, 7, of=Person, label="属于不计入的人员", clause="HH-2")
def is_excluded() -> Expr:
    """脱离家庭居住达到规定年数的宗教教职人员，服刑、强制隔离戒毒、宣告失踪的人员，以及省级规定的其他人员不计入。"""
    return (
        religious_years.at_least(religious_apart)
        | restriction.is_(Restriction.PRISON, Restriction.DETOX, Restriction.DECLARED_MISSING)
        | excluded_by_province
    )


@provision(
    DIBAO, 7, of=Person, label="由亲属抚养的孤儿单独保障", clause=("ST-11", "HH-7"),
    textual_gap="孤儿是否计入亲属家庭人口没有明文，按参数处理。",
)  # fmt: skip
def orphan_apart() -> Expr:
    """由亲属抚养的孤儿已有单独保障，不计入亲属家庭人口。"""
    return (
        ~orphan_in_unit
        & relation.is_(Relation.HEAD, Relation.GRANDCHILD, Relation.SIBLING, Relation.OTHER)
        & ~is_adult
        & father_state.is_(*GONE)
        & mother_state.is_(*GONE)
        & ~adopted
    )


@provision(DIBAO, 7, of=Person, label="共同生活的家庭成员", clause=("HH-1", "HH-2", "HH-3", "HH-7"))
def counts_as_member() -> Expr:
    """属于共同生活的家庭成员范围，且不属于不计入的人员。"""
    return is_alive & is_family & ~is_excluded & ~orphan_apart


@provision(
    TEKUN, 19, of=Household, label="适用城市标准", clause=("HH-8", "TK-A2"),
    textual_gap="低保办法没有城乡标准的选择规则，参照特困人员认定办法第十九条的土地标准。",
)  # fmt: skip
def urban_standard_applies() -> Expr:
    """登记在城镇且没有承包土地、不参加集体收益分配的，或者易地扶贫搬迁到城镇的，适用城市标准。"""
    return relocated_to_town | (registration.is_(Registration.URBAN) & ~contracted_land)


@provision(DIBAO, 4, of=Household, label="全户适用的月低保标准", clause=("HH-8", "TX-5"))
def household_standard() -> Expr:
    """城市按月标准；农村按年标准除以十二，不取整。"""
    return where(urban_standard_applies, dibao_std_urban, dibao_std_rural / 12)


@provision(DIBAO, 4, of=Person, label="本人适用的月低保标准", clause=("HH-8", "TX-5"))
def person_standard() -> Expr:
    """按户计算时用全户标准，按成员计算时用本人户籍对应的标准。"""
    own = where(rural_hukou & ~relocated_to_town, dibao_std_rural / 12, dibao_std_urban)
    return where(standard_mode.is_(StandardMode.HOUSEHOLD_SINGLE), household_standard, own)


@provision(DIBAO, 4, of=Person, label="须按户籍分户申请", clause="HH-8")
def split_by_hukou() -> Expr:
    """采用分户方式时，成员户籍性质与申请户不同的须另行申请，由经办人员核定。"""
    mixed = where(registration.is_(Registration.RURAL), ~rural_hukou, rural_hukou)
    return (standard_mode.is_(StandardMode.SPLIT) & mixed).must_be_judged()


@provision(DIBAO, 4, of=Household, label="在户籍所在地申请", clause=("HH-5", "DB-3"))
def filed_here() -> Expr:
    """至少一名成员的户籍在申请地；户籍在不同省份的由户籍与居住地一致的成员申请。"""
    return hukou_here


@provision(DIBAO, 4, of=Person, label="户籍在本县（市、区）", clause=("HH-5", "DL-1"))
def registered_here() -> Expr:
    """本人户籍在本县（市、区）。"""
    return person_hukou_here


members = people(counts_as_member)


@provision(DIBAO, 7, of=Household, label="共同生活的家庭成员人数", clause=("HH-1", "IN-10"))
def member_count() -> Expr:
    """共同生活的家庭成员人数。"""
    return members.count
