"""``/v1/audit-records``: the audit record for those who audit, the same in every service."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.audit import audit, chain_head
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import region_scope
from libs.common.security.tables import AuditLinkRow, AuditPendingRow, AuditRecordRow
from libs.common.sheets.writing import Row
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery, PageOf, page_response
from libs.common.web.pagination import Page
from libs.common.web.routes import TransactionalRoute
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook, pages_of

# Who keeps accounts looks into what was done with them; who audits looks into everything.
READERS = [require(Role.AUDITOR, Role.SECURITY, Role.ADMIN)]
NDJSON = "application/x-ndjson"


class AuditRecordRead(BaseModel):
    """Who did what to which object, with which result; ``sequence`` and ``hash`` are its place in the chain."""

    id: UUID
    at: AwareDatetime = Field(description="By the stack's clock.")
    actor: str = Field(description="An account, a key, or the subject of the site's own issuer.")
    actor_kind: str
    actor_role: str
    actor_region_code: str | None
    action: str
    object_type: str
    object_id: str
    result: str = Field(description='"done", or "refused:" with the code of the problem.')
    detail: dict[str, Any]
    sequence: int | None = Field(description="Null until it is linked, within a minute.")
    hash: str | None


class ChainRead(BaseModel):
    """The head, to be kept outside: `duban audit verify --anchor` tells whether the chain still holds it."""

    linked: int
    waiting: int = Field(description="Records that are not linked yet.")
    sequence: int | None
    hash: str | None


class AuditFormat(StrEnum):
    XLSX = "xlsx"
    NDJSON = "ndjson"


RECORDS = Listing(
    fields={
        "id": FilterField(col(AuditRecordRow.id), UUID),
        "at": FilterField(col(AuditRecordRow.at), datetime),
        "actor": FilterField(col(AuditRecordRow.actor)),
        "actor_kind": FilterField(col(AuditRecordRow.actor_kind)),
        "actor_role": FilterField(col(AuditRecordRow.actor_role)),
        "action": FilterField(col(AuditRecordRow.action)),
        "object_type": FilterField(col(AuditRecordRow.object_type)),
        "object_id": FilterField(col(AuditRecordRow.object_id)),
        "result": FilterField(col(AuditRecordRow.result)),
    },
    sortable=("at",),
    default_sort="-at",
    selectable=AuditRecordRead,
)
_COLUMNS = (
    "at",
    "actor",
    "actor_kind",
    "actor_role",
    "actor_region_code",
    "action",
    "object_type",
    "object_id",
    "result",
)
RecordsQuery = Annotated[ListQuery, Depends(RECORDS)]
RecordsWhole = Annotated[ListQuery, Depends(WholeList(RECORDS))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["audit"])


async def list_records(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """Records of actors in the caller's subtree, each with its link."""
    statement: Any = (
        select(AuditRecordRow, AuditLinkRow)
        .outerjoin(AuditLinkRow, col(AuditLinkRow.record_id) == col(AuditRecordRow.id))
        .where(region_scope(col(AuditRecordRow.actor_region_code), principal))
    )
    return await query.page(session, statement)


@router.get("/audit-records", response_model=PageOf[AuditRecordRead], dependencies=READERS)
async def list_audit_records(request: Request, ctx: ContextDep, query: RecordsQuery) -> Response:
    """Who did what, the newest first; of actors of the caller's subtree."""
    page = await list_records(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AuditRecordRead, _read)


@router.get(
    "/audit-records/export",
    response_class=Response,
    responses={
        **WORKBOOK,
        200: {
            "description": "The records that the filters leave, of one moment.",
            "content": {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                    "schema": {"type": "string", "format": "binary"}
                },
                NDJSON: {"schema": {"type": "string"}},
            },
        },
    },
    dependencies=READERS,
)
async def export_audit_records(
    ctx: ContextDep,
    database: DatabaseDep,
    query: RecordsWhole,
    format: Annotated[AuditFormat, Query(description="xlsx, or ndjson with all details.")] = AuditFormat.XLSX,
) -> StreamingResponse:
    """All that the filters leave; the export is itself recorded."""
    if format is AuditFormat.XLSX:
        return await list_as_workbook(ctx, database, query, list_records, _SHEET)
    rows = await _count(ctx, query)
    await audit(ctx, "export", "audit-records", "", {"format": format.value, "rows": rows, "filters": query.salt})
    headers = {"Content-Disposition": 'attachment; filename="audit-records.ndjson"'}
    return StreamingResponse(_lines(database, ctx.principal, query), media_type=NDJSON, headers=headers)


@router.get("/audit-chain", response_model=ChainRead, dependencies=READERS)
async def read_audit_chain(ctx: ContextDep) -> Any:
    """The chain's newest link."""
    head = await chain_head(ctx.session)
    waiting = await ctx.session.scalar(select(func.count()).select_from(AuditPendingRow)) or 0
    linked = 0 if head is None else head.sequence
    return ChainRead(
        linked=linked, waiting=waiting, sequence=head and head.sequence, hash=None if head is None else head.hash
    )


async def _count(ctx: Context, query: ListQuery) -> int:
    statement = select(func.count()).select_from(AuditRecordRow).where(*query.conditions)
    scoped = statement.where(region_scope(col(AuditRecordRow.actor_region_code), ctx.principal))
    return await ctx.session.scalar(scoped) or 0


async def _lines(database: Database, principal: Principal, query: ListQuery) -> AsyncIterator[bytes]:
    async for items in pages_of(database, principal, query, list_records):
        yield b"".join(_read(item).model_dump_json().encode() + b"\n" for item in items)


def _read(item: Any) -> AuditRecordRead:
    record, link = item
    place = {"sequence": None, "hash": None} if link is None else {"sequence": link.sequence, "hash": link.hash}
    return AuditRecordRead.model_validate(record.model_dump() | place)


def _line(item: Any) -> Row:
    record, link = item
    detail = orjson.dumps(record.detail, option=orjson.OPT_SORT_KEYS).decode()
    return (*(getattr(record, name) for name in _COLUMNS), detail, None if link is None else link.sequence)


_SHEET = Sheet("audit-records", (*_COLUMNS, "detail", "sequence"), _line)
