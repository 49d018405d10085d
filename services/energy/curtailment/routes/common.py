"""What the routes of orderly use share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.curtailment import plan_repository
from services.energy.curtailment.domain.findings import Finding
from services.energy.curtailment.domain.plan import PlanFacts, loads_by_tier
from services.energy.curtailment.domain.rules import TierShares
from services.energy.curtailment.domain.sheet import CellFault
from services.energy.curtailment.domain.users import TIERS
from services.energy.curtailment.plan_schemas import (
    CurtailmentFinding,
    CurtailmentImportFault,
    CurtailmentPlanRead,
    CurtailmentTierRead,
    plan_item,
)
from services.energy.curtailment.service.deciding import restored
from services.energy.curtailment.tables import CurtailmentPlanRow

KEEPERS: Final[list[Any]] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
DECIDERS: Final[list[Any]] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER),
    require_scope(Scope.ENERGY_WRITE),
]
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
TABLE_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])


async def plan_as_seen(ctx: Context, request: Request, plan_id: UUID) -> CurtailmentPlanRow:
    """The plan, locked, and as the caller saw it if it says so. Raises PlanNotFound, PreconditionFailed."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id, lock=True)
    honour_if_match(request, plan.version)
    return plan


def language_of(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


def _title(request: Request, code: str, params: dict[str, object]) -> str:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue.title(code, language_of(request), params)


def finding_read(request: Request, finding: Finding) -> CurtailmentFinding:
    return CurtailmentFinding(
        code=finding.code,
        severity=finding.severity.value,
        message=_title(request, finding.code, dict(finding.params)),
        enterprise_id=finding.enterprise_id,
        entry_ids=list(finding.entry_ids),
    )


def faults_read(request: Request, faults: Iterable[CellFault]) -> list[CurtailmentImportFault]:
    return [
        CurtailmentImportFault(
            row=fault.row,
            column=fault.column,
            code=fault.code,
            message=_title(request, fault.code, dict(fault.params)),
        )
        for fault in faults
    ]


def plan_read(
    request: Request, plan: CurtailmentPlanRow, stated: PlanFacts, shares: TierShares
) -> CurtailmentPlanRead:
    """A plan with its tiers and what its last check found."""
    findings = None
    if plan.findings is not None:
        findings = [finding_read(request, restored(item)) for item in plan.findings]
    return CurtailmentPlanRead(
        **plan_item(plan).model_dump(),
        tiers=_tiers(stated, shares),
        findings=findings,
        is_check_current=plan.checked_at is not None and _is_current(plan),
    )


def _is_current(plan: CurtailmentPlanRow) -> bool:
    """Acts after a check raise the version too; only a change of the plan makes the check old."""
    if plan.status in {"checked", "submitted", "approved", "in_force", "superseded"}:
        return True
    return plan.checked_version == plan.version


def _tiers(stated: PlanFacts, shares: TierShares) -> list[CurtailmentTierRead]:
    loads = loads_by_tier(stated.entries)
    found, held = [], 0.0
    for tier in TIERS:
        held += loads.get(tier, 0.0)
        found.append(
            CurtailmentTierRead(
                tier=tier,
                users=len({entry.user_id for entry in stated.entries if entry.tier == tier}),
                load_kw=loads.get(tier, 0.0),
                held_kw=held,
                held_percent=round(held / stated.max_load_kw * 100, 2),
                needed_percent=shares.by_tier()[tier],
            )
        )
    return found


def tagged(response: Response, version: int) -> None:
    response.headers["ETag"] = etag_of(version)
