"""The closed sets of assistance."""

from __future__ import annotations

from django.db.models import TextChoices


class OwnAction(TextChoices):
    """What the lines of assistance do beside the standard steps of casework."""

    ASSESS_SELFCARE = "assess_selfcare", "评估生活自理能力"
    REASSESS_SELFCARE = "reassess_selfcare", "重新评估生活自理能力"
    ASSESS_RELIEF = "assess_relief", "核实困难、核定月数"
    COMPLETE_PAPERS = "complete_papers", "补齐手续"
    REPORT_SELFCARE = "report_selfcare", "报告自理能力变化"
    REPORT_CHANGE = "report_change", "报告家庭变化"
    UPDATE_HOUSEHOLD = "update_household", "更新家庭成员"
    OPEN_CHANGE_TASK = "open_change_task", "因变化开启复核"
    REGROUP = "regroup", "随家庭变化调整待遇"
    STOP_AT_ONCE = "stop_at_once", "据死亡登记停发"
    GIVE_UP = "give_up", "自愿退出"
    REVIEW = "review", "开启定期复核"
    SANCTION = "sanction", "作出处理"
    COMPARE_WATCH_LIST = "compare_watch_list", "与防返贫监测对象比对"
