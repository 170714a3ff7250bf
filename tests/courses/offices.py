"""The people who handle, decide, supervise and pay in one village, its township and its county: real accounts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from minzheng.base.types import Actor, Role, resident_actor

#: Who is meant by a word in a course: the role, how many digits of the village they are in charge of.
POSTS: dict[str, tuple[Role, int]] = {
    "村": (Role.VILLAGE_WORKER, 12),
    "乡镇": (Role.TOWNSHIP_OFFICER, 9),
    "乡镇调查": (Role.TOWNSHIP_OFFICER, 9),
    "乡镇负责人": (Role.TOWNSHIP_OFFICER, 9),
    "县级审核": (Role.COUNTY_REVIEWER, 6),
    "县级": (Role.COUNTY_APPROVER, 6),
    "县级乙": (Role.COUNTY_APPROVER, 6),
    "市级": (Role.CITY_SUPERVISOR, 4),
    "发放经办": (Role.PAYMENT_MAKER, 6),
    "发放复核": (Role.PAYMENT_CHECKER, 6),
    "发放审批": (Role.PAYMENT_RELEASER, 6),
}
FAMILY, PLATFORM = "家庭", "平台"


@dataclass
class Offices:
    """Accounts of one place, opened when first needed."""

    village: str

    def __post_init__(self) -> None:
        self._opened: dict[str, Actor] = {}

    def actor(self, post: str) -> Actor:
        if post not in self._opened:
            self._opened[post] = self._open(post)
        return self._opened[post]

    def account(self, post: str) -> int:
        """The id of an account, as visits and kin name it."""
        return int(self.actor(post).key.removeprefix("staff:"))

    def _open(self, post: str) -> Actor:
        from minzheng.base.actions import open_account
        from minzheng.base.models import Staff
        from minzheng.base.queries import actor_of
        from minzheng.base.scope import scope, system_actor

        role, digits = POSTS[post]
        username = f"c{self.village}-{list(POSTS).index(post)}"
        with scope(system_actor("test")) as platform:
            account = Staff.objects.filter(username=username).first() or open_account(
                actor=platform, username=username, name=post, roles=[role], regions=[self.village[:digits]],
                since=date(2019, 1, 1), password="a long enough pass phrase",
            )  # fmt: skip
            return actor_of(account)

    @contextlib.contextmanager
    def acting(self, post: str, person: int = 0, household: int = 0, name: str = "") -> Iterator[Actor]:
        """The scope of somebody of this place, of the platform, or of a resident."""
        from minzheng.base.scope import scope, system_actor

        if post == PLATFORM:
            who = system_actor("test")
        elif post == FAMILY:
            who = resident_actor(person, household, name)
        else:
            who = self.actor(post)
        with scope(who) as actor:
            yield actor
