"""Roles, permissions and the actor: the small closed sets every app asks about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices

from minzheng.values.division import DivisionCode
from minzheng.values.errors import Refusal


class Role(TextChoices):
    """What a member of staff is employed to do. One person may hold several."""

    VILLAGE_WORKER = "village_worker", "村级协理员"
    TOWNSHIP_OFFICER = "township_officer", "乡镇经办"
    COUNTY_APPROVER = "county_approver", "县级审核确认"
    CITY_SUPERVISOR = "city_supervisor", "市级监管"
    POLICY_OFFICER = "policy_officer", "政策研究"
    DATA_ADMIN = "data_admin", "数据管理"
    AUDITOR = "auditor", "审计监督"
    SYSTEM_ADMIN = "system_admin", "系统管理"


class Permission(StrEnum):
    """What may be done, apart from where: the region in charge is asked separately, by the database too."""

    SEE_HOUSEHOLDS = "see_households"
    REVEAL_IDENTITY = "reveal_identity"
    SEE_LEADS = "see_leads"
    HANDLE_LEADS = "handle_leads"
    EXPORT = "export"
    RECORD_FACTS = "record_facts"
    DECIDE = "decide"
    RUN_SWEEP = "run_sweep"
    SIMULATE = "simulate"
    IMPORT = "import"
    SEE_RULEBOOK = "see_rulebook"
    SEE_AUDIT = "see_audit"
    MANAGE_STAFF = "manage_staff"
    SET_BUSINESS_DATE = "set_business_date"

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
    Permission.RUN_SWEEP: "运行全量比对",
    Permission.SIMULATE: "政策模拟",
    Permission.IMPORT: "导入数据",
    Permission.SEE_RULEBOOK: "查看政策规则",
    Permission.SEE_AUDIT: "查看审计记录",
    Permission.MANAGE_STAFF: "管理人员账号",
    Permission.SET_BUSINESS_DATE: "设定业务日期",
}

_OFFICE = frozenset(
    {Permission.SEE_HOUSEHOLDS, Permission.SEE_LEADS, Permission.DECIDE, Permission.SEE_RULEBOOK}
)
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VILLAGE_WORKER: _OFFICE,
    Role.TOWNSHIP_OFFICER: _OFFICE
    | {Permission.REVEAL_IDENTITY, Permission.HANDLE_LEADS, Permission.EXPORT, Permission.RECORD_FACTS},
    Role.COUNTY_APPROVER: _OFFICE
    | {Permission.REVEAL_IDENTITY, Permission.HANDLE_LEADS, Permission.EXPORT, Permission.RECORD_FACTS},
    Role.CITY_SUPERVISOR: _OFFICE | {Permission.REVEAL_IDENTITY, Permission.EXPORT, Permission.SIMULATE},
    Role.POLICY_OFFICER: frozenset({Permission.SIMULATE, Permission.SEE_RULEBOOK}),
    Role.DATA_ADMIN: frozenset(
        {Permission.IMPORT, Permission.RUN_SWEEP, Permission.SEE_RULEBOOK, Permission.SET_BUSINESS_DATE}
    ),
    Role.AUDITOR: frozenset({Permission.SEE_AUDIT, Permission.SEE_RULEBOOK}),
    Role.SYSTEM_ADMIN: frozenset({Permission.MANAGE_STAFF, Permission.SET_BUSINESS_DATE}),
}
"""Who may do what. The permission matrix in the tests is generated from this table."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a member of staff, or the platform itself in a named job. Every action takes one first."""

    key: str
    name: str
    regions: tuple[str, ...]
    roles: frozenset[Role] = frozenset()
    natural_person: str = ""

    @property
    def is_system(self) -> bool:
        return self.key.startswith("system:")

    def may(self, permission: Permission) -> bool:
        return self.is_system or any(permission in PERMISSIONS[role] for role in self.roles)

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
