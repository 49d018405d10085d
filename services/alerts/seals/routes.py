"""Seals, their public keys, proofs and exports of trails over HTTP."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.security.audit import audit
from libs.common.security.principal import Role
from libs.common.security.scope import UNBOUND
from libs.common.sheets.writing import csv_of, xlsx_of
from libs.common.web.catalogue import negotiate
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute, public
from libs.common.workdays import SHANGHAI
from services.alerts.seals import exporting, repository, service
from services.alerts.seals.errors import SealNotFound, TrailExportTooLarge, TrailNotSealed
from services.alerts.seals.exporting import COLUMNS, MAX_TABLE_ROWS, TrailQuestion
from services.alerts.seals.reading import Period
from services.alerts.seals.schemas import (
    PathStep,
    ProofRead,
    SealKeyList,
    SealKeyRead,
    SealPolicyList,
    SealPolicyRead,
    SealPolicyWrite,
    SealRead,
)
from services.alerts.seals.wording import wording
from services.alerts.trail import repository as records
from services.alerts.trail.errors import AlertNotFound

router = APIRouter(route_class=TransactionalRoute, tags=["trail"])

# Trails name who was told: for the offices, not for those whom the alerts are about.
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_EXPORTERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TrailFormat(StrEnum):
    """JSON Lines prove themselves; the tables are for people."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


@router.get("/v1/trail/keys")
@public
async def list_keys(ctx: ContextDep) -> SealKeyList:
    """The public keys that signed seals, oldest first: anybody may check a seal."""
    rows = await repository.list_keys(ctx.session)
    return SealKeyList(items=[SealKeyRead.model_validate(row) for row in rows])


@router.get("/v1/trail/seals", response_model=PageOf[SealRead], dependencies=[require(*_READERS)])
async def list_seals(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.SEALS)]
) -> Response:
    """Seals, newest first."""
    return page_response(request, await repository.page_seals(ctx.session, query), query, SealRead)


@router.get("/v1/trail/seals/{sequence}", dependencies=[require(*_READERS)], responses=problems(SealNotFound))
async def get_seal(ctx: ContextDep, sequence: int) -> SealRead:
    """One seal."""
    row = await repository.find_seal(ctx.session, sequence)
    if row is None:
        raise SealNotFound
    return SealRead.model_validate(row)


@router.get("/v1/trail/policies", dependencies=[require(*_READERS)])
async def list_policies(ctx: ContextDep) -> SealPolicyList:
    """How often trails are sealed and by which algorithm, newest first."""
    rows = await repository.list_policies(ctx.session)
    return SealPolicyList(items=[SealPolicyRead.model_validate(row) for row in rows])


@router.post(
    "/v1/trail/policies",
    status_code=201,
    dependencies=[require(Role.ADMIN), UNBOUND],
    responses=problems(Duplicate),
)
async def create_policy(ctx: ContextDep, body: SealPolicyWrite) -> SealPolicyRead:
    """Seal more or less often from a day on, or begin new chains by another algorithm."""
    row = await service.save_policy(ctx, body.algorithm, body.interval_minutes, body.valid_from)
    return SealPolicyRead.model_validate(row)


@router.get(
    "/v1/alerts/{alert_id}/trail/proof",
    dependencies=[require(*_READERS)],
    responses=problems(AlertNotFound, TrailNotSealed),
)
async def get_proof(ctx: ContextDep, alert_id: UUID) -> ProofRead:
    """The leaf, the way to the root and the signed seal that cover the alert's trail."""
    if await records.find_visible(ctx.session, ctx.principal, alert_id) is None:
        raise AlertNotFound
    proof = await service.proof_of(ctx, alert_id)
    if proof is None:
        raise TrailNotSealed
    return ProofRead(
        alert_id=alert_id,
        length=proof.leaf.length,
        head=proof.leaf.head,
        path=[PathStep(side=step.side, hash=step.hash) for step in proof.path],
        seal=SealRead.model_validate(proof.seal, from_attributes=True),
        public_key=proof.public_key,
    )


@router.get(
    "/v1/trail/export",
    response_class=StreamingResponse,
    dependencies=[require(*_EXPORTERS)],
    responses={
        200: {
            "description": "JSON Lines with proofs, or a table.",
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(TrailExportTooLarge),
    },
)
async def export_trails(
    request: Request,
    ctx: ContextDep,
    database: DatabaseDep,
    format: Annotated[TrailFormat, Query()] = TrailFormat.JSONL,
    since: Annotated[date | None, Query(alias="from", description="First local day with an entry.")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last local day with an entry.")] = None,
    alert_id: Annotated[UUID | None, Query(description="One alert only.")] = None,
) -> StreamingResponse:
    """The whole trails of the caller's alerts that have an entry in the period; the export is itself recorded."""
    question = TrailQuestion(ctx.principal, period_of(since, until), alert_id)
    entries = await exporting.count_entries(ctx.session, question)
    if format is not TrailFormat.JSONL and entries > MAX_TABLE_ROWS:
        raise TrailExportTooLarge(entries=entries, limit=MAX_TABLE_ROWS)
    asked = dict(request.query_params.multi_items())
    await audit(ctx, "export", "trail", format.value, {"entries": entries, "query": asked})
    name = f"trail-{ctx.now.astimezone(SHANGHAI):%Y%m%d}.{format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if format is TrailFormat.JSONL:
        header: dict[str, object] = {
            "made_at": ctx.now.isoformat(),
            "made_by": ctx.principal.subject,
            "query": asked,
        }
        body = exporting.lines(database, question, header)
        return StreamingResponse(body, media_type="application/x-ndjson", headers=headers)
    words = wording(negotiate(request.headers.get("accept-language")))
    headings = [words[f"column.{name}"] for name in COLUMNS]
    kinds = {key.removeprefix("kind."): word for key, word in words.items() if key.startswith("kind.")}
    rows = exporting.table(database, question, kinds)
    if format is TrailFormat.CSV:
        return StreamingResponse(csv_of(headings, rows), media_type="text/csv; charset=utf-8", headers=headers)
    return StreamingResponse(xlsx_of(words["sheet"], headings, rows), media_type=XLSX, headers=headers)


def period_of(since: date | None, until: date | None) -> Period:
    """Local days, both inclusive, as instants."""
    return Period(
        None if since is None else datetime.combine(since, time(), SHANGHAI),
        None if until is None else datetime.combine(until + timedelta(days=1), time(), SHANGHAI),
    )
