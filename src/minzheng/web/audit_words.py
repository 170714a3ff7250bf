"""The audit in an official's words: what was done, and to what. A test finds verbs of the sources that have none."""

from __future__ import annotations

from minzheng.assessment.workflow import Action as LeadAction
from minzheng.cases.workflow import Action as CaseAction

VERBS: dict[str, str] = {
    # coming in
    "sign_in": "登录",
    "sign_in_failed": "登录失败",
    "sign_out": "退出登录",
    "step_up": "再次验证动态口令",
    "bind_factor": "绑定动态口令",
    "choose_password": "设定口令",
    "end_session": "结束会话",
    # accounts
    "open_account": "开设账号",
    "close_account": "停用账号",
    "reopen_account": "重新启用账号",
    "hand_over": "移交工作",
    "set_roles": "调整岗位",
    "give_region": "增加管辖区划",
    "end_region": "结束管辖区划",
    "ask_window_code": "提出窗口验证码",
    "agree_window_code": "同意窗口验证码",
    "drop_window_code": "作废窗口验证码",
    "use_window_code": "使用窗口验证码",
    "issue_key": "签发接口密钥",
    "revoke_key": "吊销接口密钥",
    "record_calendar_year": "录入工作日历",
    "set_business_date": "设定业务日期",
    "ask_days": "推进业务日期",
    "stop_days": "暂停推进业务日期",
    "resume_days": "继续推进业务日期",
    "read_audit": "查阅审计记录",
    # people and households
    "reveal": "查看完整信息",
    "ask_kinship": "核对两人的亲属关系",
    "search": "查找家庭与人员",
    "not_found": "查找不到的记录",
    "open_document": "打开材料",
    "keep_document": "保存材料",
    "record_initial_text": "登记初始规则文本和数值",
    "draw_sample": "抽取监督抽查名单",
    "deliver_letter": "登记文书送达",
    "write_letter": "制发文书",
    "remove_document": "销毁到期材料",
    "draw_up_removal": "编制销毁清册",
    "sign_removal": "签署销毁清册",
    "finish_removal": "执行完销毁清册",
    "hold_papers": "登记暂不销毁",
    "lift_papers": "解除暂不销毁",
    "record_phone": "登记居民手机",
    "grant_mandate": "授予代办",
    "revoke_mandate": "撤销代办",
    "ask_correction": "登记更正申请",
    "answer_correction": "答复更正申请",
    "record_fact": "登记事实",
    "correct_person": "更正人员信息",
    "register_birth": "登记出生",
    "register_death": "登记死亡",
    "join_household": "迁入家庭",
    "leave_household": "迁出家庭",
    "change_head": "变更户主",
    "suppress_leads": "设定不提示线索",
    "take_over_receipts": "接管在享记录",
    # leads, decisions, reforms
    "open_lead": "打开线索",
    "export_leads": "导出线索",
    "keep_decision": "保存决定",
    "api_decide": "接口试算",
    "api_call": "外部系统调用接口",
    "api_refused": "外部系统的请求被拒绝",
    "start_sweep": "开始全市比对",
    "finish_sweep": "完成全市比对",
    "stop_sweep": "停止全市比对",
    "find_affected": "查找受影响对象",
    "list_affected": "列出受影响对象",
    "list_reform_changes": "列出改革影响名单",
    "export_reform_changes": "导出改革影响名单",
    "propose_value": "提出参数变更",
    "sign_proposal": "签署规则变更",
    # cases
    "open_case": "建立办件",
    "export_cases": "导出办件",
    "judge_case": "登记裁量认定",
    "declare_kin": "近亲属备案",
    "withdraw_kin": "撤销近亲属备案",
    "sign_consent": "签署授权",
    "withdraw_consent": "撤回授权",
    "resolve_finding": "处理调查发现",
    "resolve_statement": "处理申报矛盾",
    "decide_appeal": "登记复议诉讼结果",
    "award_task_closed": "办结待遇待办",
    # appointments
    "book_slot": "预约",
    "move_booking": "改约",
    "cancel_booking": "取消预约",
    "cancel_at_office": "窗口取消预约",
    "check_in": "到场取号",
    "call_next": "叫号",
    "finish_booking": "办结预约",
    "close_booking": "当日结束未办的预约",
    "open_office": "设立预约网点",
    "open_window": "开设窗口",
    "close_window": "关闭窗口",
    "set_capacity": "设定每段可约人数",
    "set_special_day": "设定特殊开放日",
    "drop_special_day": "取消特殊开放日",
    # money
    "load_accounts": "批量登记账户",
    "register_account": "登记账户",
    "replace_account": "变更账户",
    "set_payer": "设定付款账户",
    "hold_payments": "暂缓发放",
    "lift_hold": "恢复发放",
    "release_payroll": "审批发放",
    "set_paydays": "登记发放日",
    "send_notices": "发送短信通知",
    "send_notice_again": "重新发送短信",
    "send_bank_file": "报送银行文件",
    "read_return_file": "读取回盘文件",
    "refuse_return_file": "拒收回盘文件",
    "read_statement": "读取对账单",
    "report_never_paid": "登记未到账",
    "compare_watch_list": "比对预警名单",
}
#: Verbs that are put together: what they begin with, in words, and the words of what follows.
_FAMILIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("case_", "办件", {action.value: str(action.label) for action in CaseAction}),
    ("lead_", "线索", {action.value: str(action.label) for action in LeadAction}),
    ("award_", "待遇", {"open": "开始", "change": "调整金额", "stop": "停止", "reduce": "减少人员"}),
    ("sign_payroll_", "发放表签署", {"prepare": "编制", "check": "复核", "approve": "审批"}),
    ("handover_", "户籍移交", {}),
)
KINDS: dict[str, str] = {
    "staff": "账号",
    "sign_in": "登录",
    "person": "人员",
    "number": "身份证号",
    "household": "家庭",
    "document": "材料",
    "mandate": "代办",
    "correction": "更正申请",
    "api": "接口",
    "api_key": "接口密钥",
    "audit": "审计",
    "booking": "预约",
    "business_date": "业务日期",
    "calendar_year": "工作日历",
    "reform": "改革方案",
    "assistance": "社会救助",
}
_KIND_FAMILIES = {
    "registry.": "登记",
    "assessment.": "核算",
    "cases.": "办件",
    "awards.": "待遇",
    "payments.": "发放",
    "retention.": "材料保管",
    "booking.": "预约网点",
    "registry_": "登记",
    "base_": "登记",
}


def verb_in_words(verb: str) -> str:
    """What was done; a verb without words stands as it is."""
    if verb in VERBS:
        return VERBS[verb]
    for beginning, family, words in _FAMILIES:
        if verb.startswith(beginning):
            rest = verb.removeprefix(beginning)
            return f"{family}：{words.get(rest, rest)}"
    return verb


def kind_in_words(kind: str) -> str:
    """What it was done to."""
    if kind in KINDS:
        return KINDS[kind]
    return next((word for beginning, word in _KIND_FAMILIES.items() if kind.startswith(beginning)), kind)
