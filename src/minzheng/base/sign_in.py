"""Who may sign in: active accounts; demonstration accounts in demonstration mode only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from minzheng.base.models import Staff


class StaffBackend(ModelBackend):
    """Name and password."""

    def user_can_authenticate(self, user: Staff | AnonymousUser | None) -> bool:
        if isinstance(user, Staff) and user.is_demo and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)
