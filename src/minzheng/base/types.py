"""Roles, permissions and the actor: the small closed sets every app asks about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import TextChoices

from minzheng.values.division import DivisionCode
from minzheng.values.errors import Refusal


class Role(TextChoices):
    """What a member of staff is employed to do. One person may hold several."""

    VILLAGE_WORKER = "village_worker", "村级协理员"
    TOWNSHIP_OFFICER = "township_officer", "乡镇经办"
    COUNTY_REVIEWER = "county_reviewer", "县级审核"
    COUNTY_APPROVER = "county_approver", "县级审核确认"
    CITY_SUPERVISOR = "city_supervisor", "市级监管"
    PAYMENT_MAKER = "payment_maker", "发放经办"
    PAYMENT_CHECKER = "payment_checker", "发放复核"
    PAYMENT_RELEASER = "payment_releaser", "发放审批"
    POLICY_OFFICER = "policy_officer", "政策研究"
    DATA_ADMIN = "data_admin", "数据管理"
    AUDITOR = "auditor", "审计监督"
    SYSTEM_ADMIN = "system_admin", "系统管理"
    SECURITY_ADMIN = "security_admin", "安全管理"


class MoveState(TextChoices):
    """Of a move of the business date. Stopped: by a person; held: a day's job could not be done."""

    RUNNING = "running", "进行中"
    STOPPED = "stopped", "已暂停"
    HELD = "held", "停下待处理"
    DONE = "done", "已完成"


class Permission(StrEnum):
    """What may be done, apart from where: the region in charge is asked separately, by the database too."""

    SEE_HOUSEHOLDS = "see_households"
    REVEAL_IDENTITY = "reveal_identity"
    SEE_LEADS = "see_leads"
    HANDLE_LEADS = "handle_leads"
    EXPORT = "export"
    RECORD_FACTS = "record_facts"
    DECIDE = "decide"
    SEE_CASES = "see_cases"
    RECEIVE_CASES = "receive_cases"
    INVESTIGATE = "investigate"
    REVIEW_CASES = "review_cases"
    CONFIRM_CASES = "confirm_cases"
    SUPERVISE_CASES = "supervise_cases"
    DECLARE_KIN = "declare_kin"
    SEE_PAYMENTS = "see_payments"
    PREPARE_PAYROLL = "prepare_payroll"
    CHECK_PAYROLL = "check_payroll"
    RELEASE_PAYROLL = "release_payroll"
    HOLD_PAYMENTS = "hold_payments"
    KEEP_ACCOUNTS = "keep_accounts"
    RUN_SWEEP = "run_sweep"
    SIMULATE = "simulate"
    IMPORT = "import"
    SEE_RULEBOOK = "see_rulebook"
    SEE_AUDIT = "see_audit"
    MANAGE_STAFF = "manage_staff"
    MANAGE_REGIONS = "manage_regions"
    MANAGE_CALENDAR = "manage_calendar"
    MANAGE_KEYS = "manage_keys"
    PROPOSE_RULES = "propose_rules"
    ENACT_RULES = "enact_rules"
    SEE_OPERATION = "see_operation"
    SET_BUSINESS_DATE = "set_business_date"
    DISPOSE_PAPERS = "dispose_papers"
    KEEP_QUEUE = "keep_queue"
    MANAGE_OFFICES = "manage_offices"

    @property
    def label(self) -> str:
        return _PERMISSION_LABELS[self]


_PERMISSION_LABELS = {
    Permission.SEE_HOUSEHOLDS: "查看家庭与人员",
    Permission.REVEAL_IDENTITY: "查看完整证件号码",
    Permission.SEE_LEADS: "查看线索与复核任务",
    Permission.HANDLE_LEADS: "办理线索与复核任务",
    Permission.EXPORT: "导出名单",
    Permission.RECORD_FACTS: "登记和更正事实",
    Permission.DECIDE: "试算资格",
    Permission.SEE_CASES: "查看办件",
    Permission.RECEIVE_CASES: "受理申请",
    Permission.INVESTIGATE: "入户调查和提出审核意见",
    Permission.REVIEW_CASES: "县级审核",
    Permission.CONFIRM_CASES: "确认或不予确认",
    Permission.SUPERVISE_CASES: "监督抽查办件",
    Permission.DECLARE_KIN: "近亲属备案",
    Permission.SEE_PAYMENTS: "查看发放",
    Permission.PREPARE_PAYROLL: "编制发放表",
    Permission.CHECK_PAYROLL: "复核发放表",
    Permission.RELEASE_PAYROLL: "审批发放",
    Permission.HOLD_PAYMENTS: "暂缓和恢复发放",
    Permission.KEEP_ACCOUNTS: "登记收款账户",
    Permission.RUN_SWEEP: "运行全量比对",
    Permission.SIMULATE: "政策模拟",
    Permission.IMPORT: "导入数据",
    Permission.SEE_RULEBOOK: "查看政策规则",
    Permission.SEE_AUDIT: "查看审计记录",
    Permission.MANAGE_STAFF: "管理人员账号",
    Permission.MANAGE_REGIONS: "管理岗位和管辖区划",
    Permission.MANAGE_CALENDAR: "维护工作日历",
    Permission.MANAGE_KEYS: "管理接口密钥",
    Permission.PROPOSE_RULES: "提出参数和规则变更",
    Permission.ENACT_RULES: "签署参数和规则生效",
    Permission.SEE_OPERATION: "查看运行状况",
    Permission.SET_BUSINESS_DATE: "设定业务日期",
    Permission.DISPOSE_PAPERS: "销毁到期材料",
    Permission.KEEP_QUEUE: "预约签到和叫号",
    Permission.MANAGE_OFFICES: "管理预约窗口和时段",
}

_OFFICE = frozenset(
    {
        Permission.SEE_HOUSEHOLDS,
        Permission.SEE_LEADS,
        Permission.SEE_CASES,
        Permission.DECIDE,
        Permission.SEE_RULEBOOK,
    }
)
_DESK = frozenset(
    {
        Permission.REVEAL_IDENTITY,
        Permission.HANDLE_LEADS,
        Permission.EXPORT,
        Permission.RECORD_FACTS,
        Permission.RECEIVE_CASES,
        Permission.INVESTIGATE,
        Permission.DECLARE_KIN,
        Permission.SEE_PAYMENTS,
        Permission.KEEP_ACCOUNTS,
    }
)
_MONEY = frozenset({Permission.SEE_PAYMENTS, Permission.SEE_RULEBOOK, Permission.EXPORT})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VILLAGE_WORKER: _OFFICE | {Permission.INVESTIGATE, Permission.DECLARE_KIN},
    # In counties that delegate, the township confirms as well; which mode holds is a parameter of the rulebook,
    # and nobody confirms what they investigated.
    Role.TOWNSHIP_OFFICER: _OFFICE | _DESK | {Permission.CONFIRM_CASES},
    Role.COUNTY_REVIEWER: _OFFICE | _DESK | {Permission.REVIEW_CASES, Permission.KEEP_QUEUE},
    Role.COUNTY_APPROVER: _OFFICE
    | _DESK
    | {
        Permission.REVIEW_CASES,
        Permission.CONFIRM_CASES,
        Permission.HOLD_PAYMENTS,
        Permission.DISPOSE_PAPERS,
        Permission.KEEP_QUEUE,
        Permission.MANAGE_OFFICES,
    },
    Role.CITY_SUPERVISOR: _OFFICE
    | {
        Permission.REVEAL_IDENTITY,
        Permission.EXPORT,
        Permission.SIMULATE,
        Permission.SUPERVISE_CASES,
        Permission.SEE_PAYMENTS,
        Permission.HOLD_PAYMENTS,
        Permission.DISPOSE_PAPERS,
    },
    Role.PAYMENT_MAKER: _MONEY | {Permission.PREPARE_PAYROLL, Permission.HOLD_PAYMENTS},
    Role.PAYMENT_CHECKER: _MONEY | {Permission.CHECK_PAYROLL, Permission.HOLD_PAYMENTS},
    Role.PAYMENT_RELEASER: _MONEY | {Permission.RELEASE_PAYROLL, Permission.HOLD_PAYMENTS},
    Role.POLICY_OFFICER: frozenset(
        {Permission.SIMULATE, Permission.SEE_RULEBOOK, Permission.PROPOSE_RULES, Permission.ENACT_RULES}
    ),
    Role.DATA_ADMIN: frozenset(
        {Permission.IMPORT, Permission.RUN_SWEEP, Permission.SEE_RULEBOOK, Permission.SET_BUSINESS_DATE}
    ),
    Role.AUDITOR: frozenset(
        {Permission.SEE_AUDIT, Permission.SEE_RULEBOOK, Permission.SEE_PAYMENTS, Permission.DISPOSE_PAPERS}
    ),
    Role.SYSTEM_ADMIN: frozenset(
        {
            Permission.MANAGE_STAFF,
            Permission.SET_BUSINESS_DATE,
            Permission.MANAGE_CALENDAR,
            Permission.SEE_OPERATION,
        }
    ),
    Role.SECURITY_ADMIN: frozenset(
        {Permission.MANAGE_REGIONS, Permission.MANAGE_KEYS, Permission.SEE_AUDIT, Permission.SEE_OPERATION}
    ),
}
"""Who may do what. The permission matrix in the tests is generated from this table."""


RESIDENT = "resident:"


@dataclass(frozen=True)
class Actor:
    """Who acts: staff, the platform itself in a named job, or a resident. Every action takes one first.

    A resident has no role and no region: `person` and `household` are theirs, and the database knows them by the key.
    """

    key: str
    name: str
    regions: tuple[str, ...]
    roles: frozenset[Role] = frozenset()
    natural_person: str = ""
    person: int | None = None
    household: int | None = None
    permissions: frozenset[Permission] = frozenset()
    """Of another system, which has no role: what its key is for."""
    mandate: UUID | None = None
    """By which somebody acts for the family of `person` and `household`, whose resident they are meanwhile."""
    only: frozenset[str] | None = None
    """Of somebody acting by a mandate: the actions it is for."""

    @property
    def is_system(self) -> bool:
        return self.key.startswith("system:")

    @property
    def is_resident(self) -> bool:
        return self.key.startswith(RESIDENT)

    def may(self, permission: Permission) -> bool:
        return (
            self.is_system
            or permission in self.permissions
            or any(permission in PERMISSIONS[role] for role in self.roles)
        )

    def covers(self, division: DivisionCode | str) -> bool:
        """Whether the division lies in a region in charge."""
        return any(str(division).startswith(region) for region in self.regions)

    def require(self, permission: Permission) -> None:
        """Raise `Refusal` unless permitted."""
        if not self.may(permission):
            raise Refusal(
                "permission.denied",
                f"您的岗位没有“{permission.label}”的权限。",
                next_step="如工作需要，请联系本单位系统管理员调整岗位。",
            )


def resident_actor(person: int, household: int, name: str) -> Actor:
    """A resident, for one of their households. Whether they belong to it is checked at sign-in, before this."""
    if min(person, household) < 1:
        raise ValueError("a resident and a household have ids from 1 on")
    return Actor(
        key=f"{RESIDENT}{person}:{household}", name=name, regions=(), person=person, household=household
    )
