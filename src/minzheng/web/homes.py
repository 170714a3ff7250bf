"""The household that an address names."""

from __future__ import annotations

import uuid
from datetime import date

from minzheng.base.queries import business_date
from minzheng.registry.queries import HouseholdView, household_of
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest


def household_at(request: OfficeRequest, public_id: uuid.UUID, *, on: date | None = None) -> HouseholdView:
    """As it was on a day (today's business date if not given). Raises `NotFound` for one that is elsewhere or nowhere."""
    try:
        return household_of(request.actor, public_id, on=on or business_date())
    except Refusal as refusal:
        if refusal.code == "household.not_found":
            raise NotFound("household", public_id) from None
        raise
