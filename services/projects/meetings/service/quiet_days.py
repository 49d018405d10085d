"""The guard that keeps visits off the days on which an enterprise is left in peace."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.projects.environment.service.quiet_days import ensure_visit_allowed
from services.projects.meetings.service.visits import Exemption


async def respect_quiet_days(ctx: Context, enterprise_id: UUID, on: date, exemption: Exemption | None) -> None:
    """Raises VisitRefused on a quiet day and in a closed-managed park, unless the visit is exempt."""
    await ensure_visit_allowed(ctx, enterprise_id, on, None if exemption is None else exemption.ground)
