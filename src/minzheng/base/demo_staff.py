"""The demonstration's accounts, one or more a role. They work in demonstration mode only and are shown at sign-in there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from minzheng.base.actions import open_account
from minzheng.base.models import Staff
from minzheng.base.types import Actor, Role
from minzheng.values.division import DivisionCode, DivisionLevel

PASSWORD = "minzheng-demo"  # noqa: S105 (public by design; refused outside demonstration mode)


@dataclass(frozen=True)
class DemoAccount:
    """What the sign-in page shows of one."""

    username: str
    name: str
    role: Role
    level: DivisionLevel
    unit: str


ACCOUNTS = (
    DemoAccount("cun", "村级协理员（演示）", Role.VILLAGE_WORKER, DivisionLevel.VILLAGE, "村（社区）"),
    DemoAccount(
        "xiang", "乡镇经办（演示）", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）民政办"
    ),
    DemoAccount(
        "xiang2", "乡镇经办乙（演示）", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）民政办"
    ),
    DemoAccount(
        "xiang3", "乡镇负责人（演示）", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）"
    ),
    DemoAccount("shenhe", "县级审核（演示）", Role.COUNTY_REVIEWER, DivisionLevel.COUNTY, "县（区）民政局"),
    DemoAccount("xian", "县级审核确认（演示）", Role.COUNTY_APPROVER, DivisionLevel.COUNTY, "县（区）民政局"),
    DemoAccount("fafang", "发放经办（演示）", Role.PAYMENT_MAKER, DivisionLevel.COUNTY, "县（区）民政局"),
    DemoAccount("fuhe", "发放复核（演示）", Role.PAYMENT_CHECKER, DivisionLevel.COUNTY, "县（区）民政局"),
    DemoAccount(
        "caizheng", "发放审批（演示）", Role.PAYMENT_RELEASER, DivisionLevel.COUNTY, "县（区）财政局"
    ),
    DemoAccount("shi", "市级监管（演示）", Role.CITY_SUPERVISOR, DivisionLevel.CITY, "市民政局"),
    DemoAccount("zhengce", "政策研究（演示）", Role.POLICY_OFFICER, DivisionLevel.CITY, "市民政局"),
    DemoAccount("zhengce2", "政策研究乙（演示）", Role.POLICY_OFFICER, DivisionLevel.CITY, "市民政局"),
    DemoAccount("shuju", "数据管理（演示）", Role.DATA_ADMIN, DivisionLevel.CITY, "市民政局"),
    DemoAccount("shenji", "审计监督（演示）", Role.AUDITOR, DivisionLevel.CITY, "审计局"),
    DemoAccount("xitong", "系统管理（演示）", Role.SYSTEM_ADMIN, DivisionLevel.CITY, "市民政局"),
    DemoAccount("anquan", "安全管理（演示）", Role.SECURITY_ADMIN, DivisionLevel.CITY, "市民政局"),
)


def open_demo_accounts(*, actor: Actor, village: str, since: date) -> list[Staff]:
    """Open those that do not exist yet. Their regions are `village` and the divisions that hold it."""
    home = DivisionCode.parse(village)
    present = set(Staff.objects.values_list("username", flat=True))
    return [
        open_account(
            actor=actor,
            username=account.username,
            name=account.name,
            roles=[account.role],
            regions=[home.up_to(account.level).digits],
            since=since,
            password=PASSWORD,
            unit=account.unit,
            is_demo=True,
        )
        for account in ACCOUNTS
        if account.username not in present
    ]


def shown_accounts() -> tuple[DemoAccount, ...]:
    """Those to show on the sign-in page: none outside demonstration mode or before they exist."""
    if not settings.DEMO:
        return ()
    present = set(Staff.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True))
    return tuple(account for account in ACCOUNTS if account.username in present)
