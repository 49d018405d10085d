"""Inspections, verdicts, closure orders, running checks and grants of a case."""

from uuid import UUID

from fastapi import Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.phase_out import repository
from services.energy.phase_out.act_schemas import (
    CaseDetail,
    GrantWithdrawal,
    GrantWrite,
    InspectionWrite,
    OrderWrite,
    PaymentWrite,
    RunningRead,
    StepWrite,
    VerdictWrite,
)
from services.energy.phase_out.act_tables import PhaseOutOrderRow
from services.energy.phase_out.errors import (
    CaseEnded,
    CaseExists,
    CaseNotFound,
    CasePartNotFound,
    DateInvalid,
    ExtensionsExhausted,
    GrantExceeded,
    MeterNotOfEnterprise,
    NotMet,
    RuleMissing,
    StepOutOfOrder,
    StillRunning,
)
from services.energy.phase_out.routes.common import KEEPERS, answer, locked, new_router
from services.energy.phase_out.service import closing, deciding, grants
from services.energy.phase_out.service.running import check_order

router = new_router()

_CASE = "/phase-out-cases/{case_id}"


@router.post(
    f"{_CASE}/inspections",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CaseEnded, DateInvalid, NotMet, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_inspection(
    case_id: UUID, body: InspectionWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """What was found on site; a measured figure decides whether the standard is met."""
    case = await locked(ctx, request, case_id)
    await deciding.inspect(ctx, case, body.facts())
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/verdicts",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(
        CaseNotFound,
        CaseEnded,
        StepOutOfOrder,
        DateInvalid,
        NotMet,
        ExtensionsExhausted,
        RuleMissing,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_verdict(
    case_id: UUID, body: VerdictWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Decide a case: passed, extended to a later deadline with a reason, or to be closed."""
    case = await locked(ctx, request, case_id)
    await deciding.decide(ctx, case, body.facts())
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/orders",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(
        CaseNotFound, CaseEnded, StepOutOfOrder, DateInvalid, CaseExists, MeterNotOfEnterprise, PreconditionFailed
    ),
    dependencies=KEEPERS,
)
async def post_order(
    case_id: UUID, body: OrderWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Issue the closure order of a case that was decided to be closed."""
    case = await locked(ctx, request, case_id)
    await closing.issue_order(ctx, case, body.facts())
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/orders/{{order_id}}/steps",
    response_model=CaseDetail,
    responses=problems(
        CaseNotFound,
        CasePartNotFound,
        CaseEnded,
        StepOutOfOrder,
        DateInvalid,
        StillRunning,
        RuleMissing,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_step(
    case_id: UUID, order_id: UUID, body: StepWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """The order was served, executed (power cut, dismantled), verified, or withdrawn.

    Verification looks at the enterprise's load once more and refuses what still runs.
    """
    case = await locked(ctx, request, case_id)
    row = await repository.get_part(ctx.session, PhaseOutOrderRow, case, order_id)
    await closing.take_step(ctx, case, row, body.step, body.on, body.note)
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/orders/{{order_id}}/running-checks",
    response_model=RunningRead,
    responses=problems(CaseNotFound, CasePartNotFound, StepOutOfOrder, RuleMissing),
    dependencies=KEEPERS,
)
async def post_running_check(case_id: UUID, order_id: UUID, request: Request, ctx: ContextDep) -> RunningRead:
    """Ask the meters now whether what was closed runs; a job asks every morning."""
    case = await locked(ctx, request, case_id)
    row = await repository.get_part(ctx.session, PhaseOutOrderRow, case, order_id)
    return RunningRead.model_validate(await check_order(ctx, case, row))


@router.post(
    f"{_CASE}/grants",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(CaseNotFound, DateInvalid, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_grant(
    case_id: UUID, body: GrantWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Decide a reward, compensation or resettlement of a case."""
    case = await locked(ctx, request, case_id)
    await grants.grant(ctx, case, body.facts())
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/grants/{{grant_id}}/payments",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CasePartNotFound, DateInvalid, GrantExceeded, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_payment(
    case_id: UUID, grant_id: UUID, body: PaymentWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Pay a part of a grant; never more than was decided."""
    case = await locked(ctx, request, case_id)
    row = await repository.get_grant(ctx.session, case, grant_id)
    await grants.pay(ctx, case, row, body.yuan, body.paid_on, body.document_no)
    return await answer(ctx, response, case)


@router.post(
    f"{_CASE}/grants/{{grant_id}}/withdrawal",
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CasePartNotFound, DateInvalid, PreconditionFailed),
    dependencies=KEEPERS,
)
async def withdraw_grant(
    case_id: UUID, grant_id: UUID, body: GrantWithdrawal, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """A grant is not paid any further."""
    case = await locked(ctx, request, case_id)
    row = await repository.get_grant(ctx.session, case, grant_id)
    await grants.withdraw_grant(ctx, case, row, body.on, body.reason)
    return await answer(ctx, response, case)
