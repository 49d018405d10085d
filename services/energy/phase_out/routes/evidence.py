"""Photos and papers of a case."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from libs.common.security.audit import audit
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.problems import problems
from services.energy.phase_out import repository
from services.energy.phase_out.act_schemas import EvidenceRead, ReferenceWrite
from services.energy.phase_out.act_tables import PhaseOutEvidenceRow
from services.energy.phase_out.errors import (
    CaseNotFound,
    CasePartNotFound,
    DateInvalid,
    EvidenceRefused,
    EvidenceWithdrawn,
)
from services.energy.phase_out.routes.common import KEEPERS, PROVERS, locked, new_router
from services.energy.phase_out.schemas import Withdrawal
from services.energy.phase_out.service import evidence as service
from services.energy.phase_out.service.evidence import EvidenceFacts, EvidenceKind

router = new_router()

_PATH = "/phase-out-cases/{case_id}/evidence"
# The path holds an id, so the limit is for all that lies below.
BODY_LIMITS = {"/v1/phase-out-cases": service.MAX_BYTES}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_MEDIA = ("image/jpeg", "image/png", "application/pdf")
_CONTENT: dict[str, Any] = dict.fromkeys(_MEDIA, _BINARY)


@router.post(
    _PATH,
    status_code=201,
    response_model=EvidenceRead,
    responses=problems(CaseNotFound, CasePartNotFound, EvidenceRefused, DateInvalid),
    openapi_extra={"requestBody": {"required": True, "content": _CONTENT}},
    dependencies=PROVERS,
)
@takes_file
async def post_evidence(
    case_id: UUID,
    request: Request,
    ctx: ContextDep,
    title: Annotated[str, Query(min_length=1, max_length=200)],
    kind: Annotated[EvidenceKind, Query()] = EvidenceKind.PHOTO,
    taken_on: Annotated[date | None, Query()] = None,
    milestone_id: Annotated[UUID | None, Query()] = None,
    item_id: Annotated[UUID | None, Query()] = None,
) -> EvidenceRead:
    """Hand in a photo or paper: the body is its bytes, JPEG, PNG or PDF up to 5 MB, kept once."""
    # Before the case is locked: looking at a file takes its time.
    content = await file_body(request)
    case = await locked(ctx, request, case_id)
    facts = EvidenceFacts(kind, title, taken_on, milestone_id, item_id)
    return EvidenceRead.model_validate(await service.add_bytes(ctx, case, facts, content))


@router.post(
    f"{_PATH}/references",
    status_code=201,
    response_model=EvidenceRead,
    responses=problems(CaseNotFound, CasePartNotFound, DateInvalid),
    dependencies=PROVERS,
)
async def post_reference(case_id: UUID, body: ReferenceWrite, request: Request, ctx: ContextDep) -> EvidenceRead:
    """Name a paper that is kept elsewhere."""
    case = await locked(ctx, request, case_id)
    row = await service.add_reference(ctx, case, body.facts(), body.reference, body.sha256)
    return EvidenceRead.model_validate(row)


@router.get(
    f"{_PATH}/{{evidence_id}}/content",
    responses={
        200: {"description": "The bytes.", "content": _CONTENT},
        **problems(CaseNotFound, CasePartNotFound, EvidenceWithdrawn),
    },
    response_class=Response,
)
async def get_content(case_id: UUID, evidence_id: UUID, request: Request, ctx: ContextDep) -> Response:
    """The bytes of a piece of evidence; each download is audited."""
    case = await repository.get_case(ctx.session, ctx.principal, case_id)
    row = await repository.get_part(ctx.session, PhaseOutEvidenceRow, case, evidence_id)
    if row.withdrawn_at is not None or row.content_sha256 is None:
        raise EvidenceWithdrawn(evidence_id=evidence_id)
    etag = etag_of(row.content_sha256)
    known = not_modified(request, etag)
    if known is not None:
        return known
    await audit(ctx, "phase_out_evidence.download", "phase-out-cases", str(row.id), {"sha256": row.content_sha256})
    return Response(
        await repository.read_content(ctx.session, row.content_sha256),
        media_type=row.media_type,
        headers={"ETag": etag, "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"},
    )


@router.post(
    f"{_PATH}/{{evidence_id}}/withdrawal",
    response_model=EvidenceRead,
    responses=problems(CaseNotFound, CasePartNotFound),
    dependencies=KEEPERS,
)
async def withdraw_evidence(
    case_id: UUID, evidence_id: UUID, body: Withdrawal, request: Request, ctx: ContextDep
) -> EvidenceRead:
    """It counts no more; its bytes are kept for those who audit."""
    case = await locked(ctx, request, case_id)
    row = await repository.get_part(ctx.session, PhaseOutEvidenceRow, case, evidence_id)
    return EvidenceRead.model_validate(await service.withdraw_evidence(ctx, case, row, body.reason))
