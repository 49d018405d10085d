"""What the routes of phase-out share."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.registry.queries import work_calendar
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.phase_out import repository, standard_repository
from services.energy.phase_out.act_schemas import (
    CaseDetail,
    EvidenceRead,
    GrantRead,
    InspectionRead,
    OrderRead,
    RunningRead,
    VerdictRead,
)
from services.energy.phase_out.act_tables import (
    PhaseOutEvidenceRow,
    PhaseOutGrantRow,
    PhaseOutInspectionRow,
    PhaseOutOrderRow,
    PhaseOutRunningRow,
    PhaseOutVerdictRow,
)
from services.energy.phase_out.domain.case import Status
from services.energy.phase_out.domain.deadlines import days_left
from services.energy.phase_out.schemas import DaysLeftRead, ItemRead, MilestoneRead, ReplanRead, case_read
from services.energy.phase_out.standard_schemas import StandardRead
from services.energy.phase_out.tables import (
    PhaseOutCaseRow,
    PhaseOutItemRow,
    PhaseOutMilestoneRow,
    PhaseOutReplanRow,
)

_OFFICES = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
KEEPERS: list[Any] = [require(*_OFFICES), require_scope(Scope.ENERGY_WRITE)]
# An enterprise hands in its own proofs.
PROVERS: list[Any] = [require(*_OFFICES, Role.ENTERPRISE)]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["phase-out"])


async def locked(ctx: Context, request: Request, case_id: UUID, *, demanded: bool = False) -> PhaseOutCaseRow:
    """The case, locked, its version checked against If-Match. Raises CaseNotFound."""
    case = await repository.get_case(ctx.session, ctx.principal, case_id, lock=True)
    if demanded:
        check_if_match(request, case.version)
    else:
        honour_if_match(request, case.version)
    return case


async def answer(ctx: Context, response: Response, case: PhaseOutCaseRow) -> CaseDetail:
    """The case with all its parts, and its ETag."""
    response.headers["ETag"] = etag_of(case.version)
    session = ctx.session
    own = [case.id]
    standard = await standard_repository.get_standard(session, case.standard_id)
    return CaseDetail(
        **case_read(case).model_dump(),
        standard=StandardRead.model_validate(standard),
        days_left=await _days_left(ctx, case),
        items=[ItemRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutItemRow, own)],
        milestones=[
            MilestoneRead.model_validate(one)
            for one in await repository.parts_of(session, PhaseOutMilestoneRow, own)
        ],
        replans=[
            ReplanRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutReplanRow, own)
        ],
        evidence=[
            EvidenceRead.model_validate(one)
            for one in await repository.parts_of(session, PhaseOutEvidenceRow, own)
        ],
        inspections=[
            InspectionRead.model_validate(one)
            for one in await repository.parts_of(session, PhaseOutInspectionRow, own)
        ],
        verdicts=[
            VerdictRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutVerdictRow, own)
        ],
        orders=[
            OrderRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutOrderRow, own)
        ],
        running_checks=[
            RunningRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutRunningRow, own)
        ],
        grants=[
            GrantRead.model_validate(one) for one in await repository.parts_of(session, PhaseOutGrantRow, own)
        ],
    )


async def _days_left(ctx: Context, case: PhaseOutCaseRow) -> DaysLeftRead | None:
    if not Status(case.status).is_open:
        return None
    today = today_of(ctx)
    calendar_days = (case.deadline_on - today).days
    if calendar_days < 0:
        return DaysLeftRead(calendar_days=calendar_days, working_days=0, unknown_year=None)
    left = days_left(await work_calendar(ctx.session), today, case.deadline_on)
    return DaysLeftRead(
        calendar_days=calendar_days, working_days=left.working_days, unknown_year=left.unknown_year
    )
