"""The nightly look at the service's audit chain; a broken one is told to who keeps the service running."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.contracts.alerts_conditions import ServiceConditionKind
from libs.common.security.audit_watch import look_at_chain
from services.alerts.escalation.auditor import OWN_OBJECT, home_of_all
from services.alerts.watch.conditions import OwnCondition, OwnConditions

_SUBJECT = "audit"


class AuditWatch:
    """Opens and clears the condition of a chain that does not hold."""

    def __init__(self, conditions: OwnConditions) -> None:
        self._conditions = conditions

    async def check_chain(self, ctx: Context, due_at: datetime) -> None:
        """A job, by night."""
        broken = await look_at_chain(ctx.session)
        if broken is None:
            await self._conditions.clear(ctx, ServiceConditionKind.AUDIT_BROKEN, _SUBJECT, "holds again")
            return
        condition = OwnCondition(
            kind=ServiceConditionKind.AUDIT_BROKEN,
            subject_type=OWN_OBJECT,
            subject_id=_SUBJECT,
            subject_name_zh="预警服务的审计记录",
            subject_name_en="the audit record of the alerts service",
            region_code=await home_of_all(ctx),
            level=2,
            count=broken.faults,
            explanation_zh=broken.explanation_zh,
            explanation_en=broken.explanation_en,
        )
        await self._conditions.open(ctx, condition)
