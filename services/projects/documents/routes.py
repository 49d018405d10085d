"""``/v1/documents``: upload, list, read, download, amend, withdraw, and the change feed."""

import base64
from collections.abc import AsyncIterator
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import DOCUMENT, DocumentWithdrawnV1
from libs.common.database import Database
from libs.common.security.audit import audit
from libs.common.security.principal import Role
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.files import file_spool, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute, streamed
from services.projects.documents import repository
from services.projects.documents.domain.kinds import KINDS, Category
from services.projects.documents.domain.names import disposition
from services.projects.documents.domain.ranges import ByteRange, Unsatisfiable, range_of
from services.projects.documents.errors import (
    DamagedDocument,
    DocumentWithdrawn,
    EmptyDocument,
    RangeNotSatisfiable,
    TypeMismatch,
    TypeNotAllowed,
    UnknownOwnerType,
)
from services.projects.documents.schemas import DocumentRead, DocumentUpdate, FileName, Notes, Title
from services.projects.documents.service import documents as service
from services.projects.documents.service.documents import Documents, Upload
from services.projects.documents.tables import DocumentRow

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.ENTERPRISE)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ANY_KIND = {described.media_type: _BINARY for described in KINDS.values()}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"description": "The content.", "content": _ANY_KIND},
    206: {"description": "The range asked for.", "content": _ANY_KIND},
    304: {"description": "The caller has it already."},
}

router = APIRouter(prefix="/v1/documents", route_class=TransactionalRoute, tags=["documents"])


async def get_documents(request: Request) -> Documents:
    return cast(Documents, request.app.state.documents)


DocumentsDep = Annotated[Documents, Depends(get_documents)]
DocumentsQuery = Annotated[ListQuery, Depends(repository.DOCUMENTS.selecting(DocumentRead))]


@router.get("", response_model=PageOf[DocumentRead])
async def list_documents(
    request: Request, ctx: ContextDep, documents: DocumentsDep, query: DocumentsQuery
) -> Response:
    """Documents whose owners the caller may see; ``filter[withdrawn][eq]=false`` leaves out the withdrawn ones."""
    page = await repository.list_documents(ctx.session, documents.owners.visible(ctx.principal), query)
    return page_response(request, page, query, DocumentRead)


add_change_feed(router, [DOCUMENT], of="documents", deleted_types=frozenset({DocumentWithdrawnV1.event_type}))


@router.post(
    "",
    status_code=201,
    response_model=DocumentRead,
    responses=problems(UnknownOwnerType, EmptyDocument, TypeNotAllowed, TypeMismatch, DamagedDocument),
    dependencies=[require(*WRITERS)],
    openapi_extra={"requestBody": {"required": True, "content": _ANY_KIND}},
)
@streamed
@takes_file
async def create_document(
    request: Request,
    response: Response,
    ctx: ContextDep,
    documents: DocumentsDep,
    owner_type: Annotated[str, Query(max_length=40, description="What the document belongs to: project …")],
    owner_id: Annotated[UUID, Query()],
    name: Annotated[FileName, Query(description="The file's name; a path before it is cut off.")],
    category: Annotated[Category, Query()],
    title: Annotated[Title | None, Query(description="The name without its extension, if absent.")] = None,
    notes: Annotated[Notes, Query()] = "",
) -> Any:
    """Add a file: the body is its bytes, Content-Type its media type. The same bytes are kept once."""
    # What can be refused by the head alone is refused before the body is received.
    content_type = request.headers.get("content-type", "")
    documents.kind_of(content_type)
    documents.owners.of(owner_type)
    body = await file_spool(request)
    upload = Upload(owner_type, owner_id, name, category, title or "", notes)
    row = await service.add_document(documents, ctx, upload, content_type, body)
    response.headers["Location"] = f"/v1/documents/{row.id}"
    return _tagged(response, row)


@router.get("/{document_id}", response_model=DocumentRead)
async def read_document(
    document_id: UUID, request: Request, response: Response, ctx: ContextDep, documents: DocumentsDep
) -> Any:
    """What is known of a document, its digest included."""
    row = await service.read_document(documents, ctx, document_id)
    return not_modified(request, etag_of(row.version)) or _tagged(response, row)


@router.get(
    "/{document_id}/content",
    response_class=StreamingResponse,
    responses=problems(DocumentWithdrawn, RangeNotSatisfiable) | _DOWNLOAD,
)
async def download_document(
    document_id: UUID, request: Request, ctx: ContextDep, documents: DocumentsDep, database: DatabaseDep
) -> Response:
    """The bytes, as an attachment; one Range may be asked for. Each download is audited."""
    row = await service.readable_content(documents, ctx, document_id)
    etag = etag_of(row.sha256)
    known = not_modified(request, etag)
    if known is not None:
        return known
    part = _range_of(request, row, etag)
    await audit(ctx, "document.download", "documents", str(row.id), {"sha256": row.sha256})
    served = part or ByteRange(0, row.size_bytes - 1)
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(row.name),
        "Content-Length": str(served.length),
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(row.sha256)).decode()}:",
        "X-Content-Type-Options": "nosniff",
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{row.size_bytes}"
    media_type = row.media_type if row.charset is None else f"{row.media_type}; charset={row.charset}"
    return StreamingResponse(
        _pieces(database, row.sha256, served),
        status_code=200 if part is None else 206,
        headers=headers,
        media_type=media_type,
    )


@router.patch(
    "/{document_id}",
    response_model=DocumentRead,
    responses=problems(DocumentWithdrawn),
    dependencies=[require(*WRITERS)],
)
async def patch_document(
    document_id: UUID,
    body: DocumentUpdate,
    request: Request,
    response: Response,
    ctx: ContextDep,
    documents: DocumentsDep,
) -> Any:
    """Change title, category or notes."""
    row, place = await service.open_document(documents, ctx, document_id)
    check_if_match(request, row.version)
    facts = body.model_dump(mode="json", exclude_unset=True)
    await service.amend_document(ctx, row, place, facts)
    return _tagged(response, row)


@router.delete(
    "/{document_id}",
    response_model=DocumentRead,
    responses=problems(DocumentWithdrawn, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def withdraw_document(
    document_id: UUID,
    reason: Annotated[str, Query(min_length=1, max_length=1000, pattern=r"\S")],
    request: Request,
    response: Response,
    ctx: ContextDep,
    documents: DocumentsDep,
) -> Any:
    """Take a document out of use, with the reason; its content is kept for those who audit."""
    row, place = await service.open_document(documents, ctx, document_id)
    honour_if_match(request, row.version)
    await service.withdraw_document(ctx, row, place, reason.strip())
    return _tagged(response, row)


def _tagged(response: Response, row: DocumentRow) -> DocumentRow:
    response.headers["ETag"] = etag_of(row.version)
    return row


def _range_of(request: Request, row: DocumentRow, etag: str) -> ByteRange | None:
    """The part asked for. Raises RangeNotSatisfiable. If-Range of another content asks for all of this one."""
    if request.headers.get("if-range", etag) != etag:
        return None
    try:
        return range_of(request.headers.get("range"), row.size_bytes)
    except Unsatisfiable as error:
        headers = {"Content-Range": f"bytes */{row.size_bytes}"}
        raise RangeNotSatisfiable(size_bytes=row.size_bytes, headers=headers) from error


async def _pieces(database: Database, sha256: str, part: ByteRange) -> AsyncIterator[bytes]:
    """The part's bytes. Each piece takes a session of its own: a slow reader holds no connection."""
    size = repository.CHUNK_BYTES
    for number in range(part.first // size, part.last // size + 1):
        async with database.session() as session:
            data = await repository.read_chunk(session, sha256, number)
        begin = number * size
        yield data[max(part.first - begin, 0) : part.last - begin + 1]
