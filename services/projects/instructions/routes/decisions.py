"""``/v1/instructions/{id}/…``: what only who instructed, or an authorised deputy, decides."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import (
    DueInPast,
    DutyStepRefused,
    ExtensionNotLater,
    NoTerm,
    VerifierIsResolver,
)
from services.projects.duties.routes import WRITERS
from services.projects.duties.schemas import ClosingWrite, ReopeningWrite
from services.projects.instructions.errors import (
    DeputyExists,
    ExtensionDecided,
    LeadUnitAssists,
    NotTheInstructor,
)
from services.projects.instructions.routes.answers import shown
from services.projects.instructions.schemas import (
    DecisionWrite,
    DeputyWrite,
    ExtensionRead,
    InstructionUpdate,
    InstructionWhole,
)
from services.projects.instructions.service import steps
from services.projects.instructions.service.instructions import read_instruction
from services.projects.registry.errors import EntryUnknown

# A deputy may be an officer: the record of who may decide narrows it further.
router = APIRouter(
    prefix="/v1/instructions/{instruction_id}",
    route_class=TransactionalRoute,
    tags=["instructions"],
    dependencies=[require(*WRITERS)],
)


@router.patch(
    "",
    response_model=InstructionWhole,
    responses=problems(NotTheInstructor, DutyStepRefused, EntryUnknown, LeadUnitAssists),
)
async def patch_instruction(
    instruction_id: UUID, body: InstructionUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Other units or another person."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    check_if_match(request, opened.version)
    changed = await steps.reassign(
        ctx,
        opened,
        lead_unit_id=body.said_lead(),
        assisting_unit_ids=body.said_assisting(),
        owner_person_id=body.owner_person_id,
        keeps_person=body.keeps_person(),
    )
    return shown(response, changed)


@router.post(
    "/deputies",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(NotTheInstructor, DeputyExists, EntryUnknown, PreconditionFailed),
)
async def authorise_deputy(
    instruction_id: UUID, body: DeputyWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Somebody may decide in the leader's place."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.authorise_deputy(ctx, opened, body.person_id, body.reason))


@router.post(
    "/extension-requests/{extension_id}/approval",
    status_code=201,
    response_model=ExtensionRead,
    responses=problems(NotTheInstructor, ExtensionDecided, DutyStepRefused, ExtensionNotLater, PreconditionFailed),
)
async def approve_extension(
    instruction_id: UUID,
    extension_id: UUID,
    body: DecisionWrite,
    ctx: ContextDep,
    request: Request,
    response: Response,
) -> Any:
    """Grant more time. The ETag is the instruction's."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    row, stored = await steps.decide_extension(ctx, opened, extension_id, body.note, approved=True)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/extension-requests/{extension_id}/refusal",
    status_code=201,
    response_model=ExtensionRead,
    responses=problems(NotTheInstructor, ExtensionDecided, PreconditionFailed),
)
async def refuse_extension(
    instruction_id: UUID,
    extension_id: UUID,
    body: DecisionWrite,
    ctx: ContextDep,
    request: Request,
    response: Response,
) -> Any:
    """Grant no more time. The ETag is the instruction's."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    row, stored = await steps.decide_extension(ctx, opened, extension_id, body.note, approved=False)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/closing",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(NotTheInstructor, DutyStepRefused, VerifierIsResolver, PreconditionFailed),
)
async def close_instruction(
    instruction_id: UUID, body: ClosingWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The matter is done."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.close(ctx, opened, body.note))


@router.post(
    "/return",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(
        NotTheInstructor, DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear, PreconditionFailed
    ),
)
async def return_instruction(
    instruction_id: UUID, body: ReopeningWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """What was reported is not enough; a deadline that has not passed stays when no other is given."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.return_for_rework(ctx, opened, body.deadline(), body.reason))
