"""The legal documents the rulebook cites: number, name, since when, how their text is known (`mark`).

`found`: read in a stored public text; `recalled`: from memory, to be verified; `seed`: the city's own review of
2023; `example`: no text was obtained and a value or rule was assumed.
"""

from minzheng.rules import instrument

CIVIL_CODE = instrument("主席令第45号", name="中华人民共和国民法典", in_force="2021-01-01")
LITIGATION = instrument("主席令第71号", name="中华人民共和国行政诉讼法", in_force="1990-10-01")
MINORS = instrument("主席令第57号", name="中华人民共和国未成年人保护法", in_force="2021-06-01")
ELDERS = instrument("主席令第24号", name="中华人民共和国老年人权益保障法", in_force="2018-12-29")
DISABLED = instrument("主席令第16号", name="中华人民共和国残疾人保障法", in_force="2018-10-26")

ASSISTANCE = instrument("国务院令第649号", name="社会救助暂行办法", in_force="2014-05-01")
REFORM = instrument("中办发〔2020〕18号", name="关于改革完善社会救助制度的意见", in_force="2020-04-23")
LAYERED = instrument(
    "国办发〔2023〕39号",
    name="关于加强低收入人口动态监测做好分层分类社会救助工作的意见",
    in_force="2023-10-08",
)
DIBAO = instrument("民发〔2021〕57号", name="最低生活保障审核确认办法", in_force="2021-07-01")
TEKUN = instrument("民发〔2021〕43号", name="特困人员认定办法", in_force="2021-07-01")
BACKSTOP = instrument(
    "民发〔2022〕83号", name="关于进一步做好最低生活保障等社会救助兜底保障工作的通知", in_force="2022-10-20"
)
RIGID = instrument("民政部2024年10月24日印发", name="刚性支出困难家庭认定办法", in_force="2025-01-01")
RELIEF = instrument("民发〔2018〕23号", name="关于进一步加强和改进临时救助工作的意见", in_force="2018-01-23")
TEKUN_STATE = instrument(
    "国发〔2016〕14号",
    name="关于进一步健全特困人员救助供养制度的意见",
    in_force="2016-02-10",
    mark="recalled",
)
ORPHANS = instrument("国办发〔2010〕54号", name="关于加强孤儿保障工作的意见", in_force="2010-11-16")
UNATTENDED = instrument(
    "民发〔2019〕62号", name="关于进一步加强事实无人抚养儿童保障工作的意见", in_force="2020-01-01"
)
UNATTENDED_MORE = instrument(
    "民发〔2020〕125号", name="关于进一步做好事实无人抚养儿童保障有关工作的通知", in_force="2020-12-24"
)
HARDSHIP_CHILDREN = instrument(
    "国发〔2016〕36号", name="关于加强困境儿童保障工作的意见", in_force="2016-06-13"
)
LEFT_BEHIND = instrument(
    "国发〔2016〕13号", name="关于加强农村留守儿童关爱保护工作的意见", in_force="2016-02-04"
)
STUDY_2019 = instrument(
    "民办发〔2019〕24号", name="“福彩圆梦·孤儿助学工程”项目实施暂行办法", in_force="2019-07-01"
)
STUDY_2025 = instrument("民政部2025年修订", name="“福彩圆梦·孤儿助学工程”项目实施办法", in_force="2025-04-17")
SUBSIDIES = instrument(
    "国发〔2015〕52号",
    name="关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见",
    in_force="2016-01-01",
)
SHANXI_ORPHANS = instrument(
    "晋民发〔2022〕3号", name="山西省孤儿基本生活费标准调整办法", in_force="2022-01-01", jurisdiction="140000"
)
TEN_MEASURES = instrument(
    "长治市民政局等部门印发",
    name="长治市强化兜底保障助力乡村振兴十条措施",
    jurisdiction="140400",
    mark="example",
)
CITY_OLD_AGE = instrument(
    "长治市民政工作2023年综述", name="长治市低保家庭高龄补贴规定", jurisdiction="140400", mark="seed"
)
