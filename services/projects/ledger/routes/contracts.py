"""``/v1/projects/{id}/contract`` and its acts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.context import Context
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import (
    ActDerived,
    ActIncomplete,
    ActNeedsReason,
    ActNotDone,
    ActSettled,
    AmountNeedsConfirmation,
    ContractMissing,
    ContractNeedsReason,
    DateInFuture,
    ProjectTerminated,
)
from services.projects.ledger.routes.answers import WRITERS, LedgerDep, ToChange
from services.projects.ledger.schemas import (
    ActCompletion,
    ActWithdrawal,
    ContractActCreate,
    ContractActRead,
    ContractActUpdate,
    ContractRead,
    ContractWrite,
)
from services.projects.ledger.service import contracts
from services.projects.ledger.service.ledger import Opened

ActsQuery = Annotated[ListQuery, Depends(repository.CONTRACT_ACTS.selecting(ContractActRead))]

router = APIRouter(prefix="/v1/projects/{project_id}/contract", route_class=TransactionalRoute, tags=["ledger"])


async def _shown(ctx: Context, opened: Opened, response: Response) -> ContractRead:
    row = await repository.find_contract(ctx.session, opened.project.id)
    if row is None:
        raise NotFound
    acts = await repository.act_rows(ctx.session, opened.project.id)
    response.headers["ETag"] = etag_of(opened.version)
    known = [repository.act_of(act) for act in acts]
    return ContractRead.of(row, acts, known, opened.project.contract_amount_yuan, opened.project.signed_on)


@router.get("", response_model=ContractRead)
async def read_contract(project_id: UUID, ctx: ContextDep, ledger: LedgerDep, response: Response) -> Any:
    """The contract with its terms. The ETag is the project's."""
    return await _shown(ctx, await ledger.read(ctx, project_id), response)


@router.put(
    "",
    response_model=ContractRead,
    responses=problems(ProjectTerminated, ContractNeedsReason, AmountNeedsConfirmation, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def put_contract(
    body: ContractWrite,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record the contract, or with a reason change it. The ETag is the project's."""
    stored, _ = await contracts.put_contract(
        ledger, ctx, opened, body.draft(), body.reason, confirmed=body.confirm_amount
    )
    return await _shown(ctx, stored, response)


@router.get("/acts", response_model=PageOf[ContractActRead])
async def list_acts(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: ActsQuery
) -> Response:
    """The contract's terms by due day."""
    await ledger.read(ctx, project_id)
    page = await repository.list_acts(ctx.session, project_id, query)
    return page_response(request, page, query, ContractActRead, ContractActRead.of)


@router.post(
    "/acts",
    status_code=201,
    response_model=ContractActRead,
    responses=problems(
        ProjectTerminated, ContractMissing, ActIncomplete, AmountNeedsConfirmation, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def create_act(
    body: ContractActCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Add a term to the contract. The ETag is the project's."""
    act = body.act(ctx.new_id())
    stored, row = await contracts.add_act(ledger, ctx, opened, act, confirmed=body.confirm_amount)
    response.headers["ETag"] = etag_of(stored.version)
    return ContractActRead.of(row)


@router.patch(
    "/acts/{act_id}",
    response_model=ContractActRead,
    responses=problems(ProjectTerminated, ActNeedsReason, ActIncomplete, AmountNeedsConfirmation),
    dependencies=[require(*WRITERS)],
)
async def patch_act(
    project_id: UUID,
    act_id: UUID,
    body: ContractActUpdate,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Move or change a term with a reason; If-Match names the project's ETag."""
    opened = await ledger.open(ctx, project_id)
    check_if_match(request, opened.version)
    stored, row = await contracts.change_act(
        ledger, ctx, opened, act_id, body.facts(), body.reason, confirmed=body.confirm_amount
    )
    response.headers["ETag"] = etag_of(stored.version)
    return ContractActRead.of(row)


@router.post(
    "/acts/{act_id}/completion",
    status_code=201,
    response_model=ContractActRead,
    responses=problems(ActDerived, ActSettled, DateInFuture, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def complete_act(
    project_id: UUID,
    act_id: UUID,
    body: ActCompletion,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Report a registration or another term done, with its evidence. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await contracts.report_act(ledger, ctx, opened, act_id, body.done_on, body.evidence)
    response.headers["ETag"] = etag_of(stored.version)
    return ContractActRead.of(row)


@router.post(
    "/acts/{act_id}/reopening",
    status_code=201,
    response_model=ContractActRead,
    responses=problems(ActDerived, ActNotDone, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reopen_act(
    project_id: UUID,
    act_id: UUID,
    body: ActWithdrawal,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Take a report back with a reason. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await contracts.reopen_act(ledger, ctx, opened, act_id, body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    return ContractActRead.of(row)


@router.post(
    "/acts/{act_id}/removal",
    status_code=201,
    response_model=ContractRead,
    responses=problems(ProjectTerminated, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def remove_act(
    project_id: UUID,
    act_id: UUID,
    body: ActWithdrawal,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Take a term out of the contract with a reason; the history keeps it. Answers the contract."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, _ = await contracts.remove_act(ledger, ctx, opened, act_id, body.reason)
    return await _shown(ctx, stored, response)
