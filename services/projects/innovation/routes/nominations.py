"""``/v1/honour-nominations`` and ``/v1/honour-objections``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.sheets.writing import Row
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from services.projects.economy.domain.arithmetic import shown
from services.projects.innovation.domain.honours import NominationStatus, demand_nomination
from services.projects.innovation.domain.wording import NOMINATIONS
from services.projects.innovation.errors import (
    NominationClosed,
    NominationExists,
    NominationStepRefused,
    NominationVetoed,
    NomineeElsewhere,
    NoticeOver,
    ObjectionDecided,
    ObjectionFourEyes,
    RoundStepRefused,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.schemas.honours import (
    HonourReason,
    NominationCreate,
    NominationRead,
    ObjectionCreate,
    ObjectionDecision,
    ObjectionRead,
)
from services.projects.innovation.service import nominations as service
from services.projects.innovation.service.concluding import revoke
from services.projects.innovation.service.nominations import Nomination
from services.projects.lists.routes.answers import (
    DECIDERS,
    OFFICES,
    REPORTERS,
    WRITERS,
    language_of,
    new_router,
)
from services.projects.registry.errors import EntryUnknown

NominationsQuery = Annotated[ListQuery, Depends(repository.NOMINATIONS.selecting(NominationRead))]
NominationsWhole = Annotated[ListQuery, Depends(WholeList(repository.NOMINATIONS))]
ObjectionsQuery = Annotated[ListQuery, Depends(repository.OBJECTIONS.selecting(ObjectionRead))]

router = new_router("honours")


def _shown(response: Response, nomination: Nomination) -> NominationRead:
    response.headers["ETag"] = etag_of(nomination.row.version)
    return NominationRead.of(nomination.row, nomination.round, nomination.enterprise)


@router.get("/honour-nominations", response_model=PageOf[NominationRead])
async def list_nominations(request: Request, ctx: ContextDep, query: NominationsQuery) -> Response:
    """Nominations of the caller's region; everybody sees who is in notice and who was honoured."""
    page = await repository.list_nominations(ctx.session, ctx.principal, query)
    return page_response(request, page, query, NominationRead, lambda found: NominationRead.of(*found))


@router.get("/honour-nominations/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_nominations(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: NominationsWhole
) -> StreamingResponse:
    """The list as a workbook, every row that the filters leave."""
    sheet = Sheet("honour-nominations", NOMINATIONS[language_of(request)], _line)
    return await list_as_workbook(ctx, database, query, repository.list_nominations, sheet)


def _line(found: Any) -> Row:
    row, opened, one = found
    return [
        *(opened.name, opened.year, row.nominee_name, row.nominee_post, one.credit_code, one.name, row.status),
        *(row.place, None if row.points is None else float(shown(row.points, 2))),
        "、".join(veto["ground"] for veto in row.vetoes),
    ]


@router.post(
    "/honour-rounds/{round_id}/nominations",
    status_code=201,
    response_model=NominationRead,
    responses=problems(NominationClosed, EntryUnknown, NomineeElsewhere, NominationExists),
    dependencies=[require(*REPORTERS)],
)
async def create_nomination(round_id: UUID, body: NominationCreate, ctx: ContextDep, response: Response) -> Any:
    """Nominate a person of an enterprise, or the enterprise; enterprises nominate their own."""
    nomination = await service.nominate(ctx, round_id, body.draft())
    response.headers["Location"] = f"/v1/honour-nominations/{nomination.row.id}"
    return _shown(response, nomination)


@router.get("/honour-nominations/{nomination_id}", response_model=NominationRead)
async def read_nomination(nomination_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One nomination with its judgement, points and vetoes."""
    nomination = await service.read_nomination(ctx, nomination_id)
    return not_modified(request, etag_of(nomination.row.version)) or _shown(response, nomination)


@router.post(
    "/honour-nominations/{nomination_id}/withdrawal",
    status_code=201,
    response_model=NominationRead,
    responses=problems(RoundStepRefused, NominationStepRefused, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def withdraw(
    nomination_id: UUID, body: HonourReason, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take a nomination back before the notice."""
    nomination = await service.open_nomination(ctx, nomination_id)
    honour_if_match(request, nomination.row.version)
    return _shown(response, await service.withdraw(ctx, nomination, body.reason))


@router.post(
    "/honour-nominations/{nomination_id}/admission",
    status_code=201,
    response_model=NominationRead,
    responses=problems(RoundStepRefused, NominationStepRefused, NominationVetoed, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def admit(
    nomination_id: UUID, body: HonourReason, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Admit whose figures cannot be told, with the reason; the next review gives points."""
    nomination = await service.open_in_reach(ctx, nomination_id)
    honour_if_match(request, nomination.row.version)
    return _shown(response, await service.admit(ctx, nomination, body.reason))


@router.post(
    "/honour-nominations/{nomination_id}/revocation",
    status_code=201,
    response_model=NominationRead,
    responses=problems(RoundStepRefused, NominationStepRefused, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def revoke_honour(
    nomination_id: UUID, body: HonourReason, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take an honour back; the result has a new edition."""
    nomination = await service.open_in_reach(ctx, nomination_id)
    honour_if_match(request, nomination.row.version)
    demand_nomination(NominationStatus(nomination.row.status), NominationStatus.AWARDED)
    await revoke(ctx, nomination.round, nomination.row, body.reason)
    return _shown(response, nomination)


@router.post(
    "/honour-nominations/{nomination_id}/objections",
    status_code=201,
    response_model=ObjectionRead,
    responses=problems(NominationStepRefused, NoticeOver),
    dependencies=[require(*REPORTERS)],
)
async def create_objection(nomination_id: UUID, body: ObjectionCreate, ctx: ContextDep) -> Any:
    """Object to somebody in notice; offices record what comes by letter or telephone."""
    nomination = await service.open_nomination(ctx, nomination_id)
    return await service.object_to(ctx, nomination, body.objector, body.content)


@router.get("/honour-objections", response_model=PageOf[ObjectionRead], dependencies=[require(*OFFICES)])
async def list_objections(request: Request, ctx: ContextDep, query: ObjectionsQuery) -> Response:
    """Objections in the caller's region."""
    page = await repository.list_objections(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ObjectionRead)


@router.post(
    "/honour-objections/{objection_id}/decision",
    status_code=201,
    response_model=ObjectionRead,
    responses=problems(ObjectionDecided, ObjectionFourEyes),
    dependencies=[require(*WRITERS)],
)
async def decide_objection(objection_id: UUID, body: ObjectionDecision, ctx: ContextDep) -> Any:
    """Another person decides; upheld, the nominee is out."""
    return await service.decide_objection(ctx, objection_id, upheld=body.upheld, reason=body.reason)
