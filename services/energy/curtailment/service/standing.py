"""What users are to the law on a day: as recorded, and by their open cases of phase-out (S20, S21)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.energy.curtailment.domain.users import Listing
from services.energy.phase_out.restricted import restricted_enterprises


async def listings(ctx: Context, day: date) -> Mapping[UUID, Listing]:
    """By enterprise: why it is to be phased out on the day; whoever has no open case is not there."""
    found = await restricted_enterprises(ctx.session, day)
    return {enterprise_id: Listing(one.reason_zh, one.reason_en) for enterprise_id, one in found.items()}
