"""The demonstration's accounts, one or more a role. They work in demonstration mode only and are shown at sign-in there."""

from __future__ import annotations

from collections.abc import Iterator
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
    place: str = ""
    """The demonstration's other county, where it is not the one of the fixed households."""


_COUNTY_SET = (
    ("cun", "村级协理员", Role.VILLAGE_WORKER, DivisionLevel.VILLAGE, "村（社区）"),
    ("xiang", "乡镇经办", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）民政办"),
    ("xiang2", "乡镇经办乙", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）民政办"),
    ("xiang3", "乡镇负责人", Role.TOWNSHIP_OFFICER, DivisionLevel.TOWNSHIP, "乡镇（街道）"),
    ("shenhe", "县级审核", Role.COUNTY_REVIEWER, DivisionLevel.COUNTY, "县（区）民政局"),
    ("xian", "县级审核确认", Role.COUNTY_APPROVER, DivisionLevel.COUNTY, "县（区）民政局"),
    ("fafang", "发放经办", Role.PAYMENT_MAKER, DivisionLevel.COUNTY, "县（区）民政局"),
    ("fuhe", "发放复核", Role.PAYMENT_CHECKER, DivisionLevel.COUNTY, "县（区）民政局"),
    ("caizheng", "发放审批", Role.PAYMENT_RELEASER, DivisionLevel.COUNTY, "县（区）财政局"),
)
_CITY_SET = (
    ("shi", "市级监管", Role.CITY_SUPERVISOR, "市民政局"),
    ("zhengce", "政策研究", Role.POLICY_OFFICER, "市民政局"),
    ("zhengce2", "政策研究乙", Role.POLICY_OFFICER, "市民政局"),
    ("shuju", "数据管理", Role.DATA_ADMIN, "市民政局"),
    ("shenji", "审计监督", Role.AUDITOR, "审计局"),
    ("xitong", "系统管理", Role.SYSTEM_ADMIN, "市民政局"),
    ("anquan", "安全管理", Role.SECURITY_ADMIN, "市民政局"),
)
#: In the first county townships confirm (delegated); in the other the county does.
OTHER_COUNTY, _OTHER_MARK = "襄垣县（县级审核确认）", "xy-"


def _accounts() -> Iterator[DemoAccount]:
    for username, name, role, level, unit in _COUNTY_SET:
        yield DemoAccount(username, f"{name}（演示）", role, level, unit)
    for username, name, role, unit in _CITY_SET:
        yield DemoAccount(username, f"{name}（演示）", role, DivisionLevel.CITY, unit)
    for username, name, role, level, unit in _COUNTY_SET:
        yield DemoAccount(f"{_OTHER_MARK}{username}", f"襄垣{name}（演示）", role, level, unit, OTHER_COUNTY)


ACCOUNTS = tuple(_accounts())


def open_demo_accounts(*, actor: Actor, village: str, since: date, other: str = "") -> list[Staff]:
    """Open those that do not exist yet. Their regions are `village` and the divisions that hold it.

    `other` is a village of another county; without one no accounts are opened there.
    """
    homes = {"": DivisionCode.parse(village)}
    if other:
        homes[OTHER_COUNTY] = DivisionCode.parse(other)
    present = set(Staff.objects.values_list("username", flat=True))
    return [
        open_account(
            actor=actor,
            username=account.username,
            name=account.name,
            roles=[account.role],
            regions=[homes[account.place].up_to(account.level).digits],
            since=since,
            password=PASSWORD,
            unit=account.unit,
            is_demo=True,
        )
        for account in ACCOUNTS
        if account.username not in present and account.place in homes
    ]


def shown_accounts() -> tuple[DemoAccount, ...]:
    """Those to show on the sign-in page: none outside demonstration mode or before they exist."""
    if not settings.DEMO:
        return ()
    present = set(Staff.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True))
    return tuple(account for account in ACCOUNTS if account.username in present)
