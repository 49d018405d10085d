"""Which days an enterprise may be visited on: the preview, and the guard for visits planned elsewhere."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.projects.environment.domain.quiet_days import (
    ExemptionGround,
    Place,
    VisitDay,
    visit_day,
    visit_days,
)
from services.projects.environment.errors import VisitRefused
from services.projects.environment.repository.inspections import stays_of
from services.projects.environment.repository.rules import visit_rules
from services.projects.environment.service.recording import open_enterprise
from services.projects.registry.tables import EnterpriseRow


async def place_of(ctx: Context, enterprise: EnterpriseRow) -> Place:
    """Where the enterprise is, as far as rules of visits care."""
    stays = await stays_of(ctx.session, enterprise.enterprise_id)
    return Place(enterprise.enterprise_id, enterprise.region_code, stays)


async def preview(ctx: Context, enterprise_id: UUID, first: date, last: date) -> list[VisitDay]:
    """Each day with its reason. Raises UnknownReference, NotFound, PeriodTooLong."""
    enterprise = await open_enterprise(ctx, enterprise_id)
    return visit_days(await visit_rules(ctx.session), await place_of(ctx, enterprise), first, last)


async def ensure_visit_allowed(
    ctx: Context, enterprise_id: UUID, on: date, exempt_ground: ExemptionGround | None = None
) -> None:
    """The guard for visits to an enterprise: a supervision visit is planned on an open day, or on exempt grounds.

    Who claims a ground answers for it: the caller records reason and approver. Raises VisitRefused,
    UnknownReference, NotFound.
    """
    enterprise = await open_enterprise(ctx, enterprise_id)
    if exempt_ground is not None:
        return
    day = visit_day(await visit_rules(ctx.session), await place_of(ctx, enterprise), on)
    if not day.allowed:
        assert day.rule is not None, "only a rule refuses"
        raise VisitRefused(on=on, reason=day.reason, rule=day.rule.name, rule_code=day.rule.code)
