"""Documents, figures and receipts of bulletins."""

import base64
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.security.audit import audit
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.projects.bulletins.domain.wording import ZH
from services.projects.bulletins.errors import FigureUnknown, NotPublished
from services.projects.bulletins.printing import MEDIA_TYPES, Format
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.repository import receipts
from services.projects.bulletins.routes.answers import READERS, new_router
from services.projects.bulletins.schemas.facts import FigureRead, FigureRows, ReceiptRead, ReceiptSummary
from services.projects.bulletins.service.printing import document_in, print_all
from services.projects.bulletins.service.recording import get_bulletin, get_own
from services.projects.bulletins.tables import BulletinRow

FiguresQuery = Annotated[ListQuery, Depends(repository.FIGURES.selecting(FigureRead))]
ReceiptsQuery = Annotated[ListQuery, Depends(receipts.RECEIPTS.selecting(ReceiptRead))]
LanguageParam = Annotated[Literal["zh-CN", "en"], Query()]
KeyParam = Annotated[str, Path(max_length=300)]
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The document.", "content": dict.fromkeys(MEDIA_TYPES.values(), _BINARY)}
}
# Whatever a text holds, the page runs no script and loads nothing.
_PAGE_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}

router = new_router()


@router.get("/bulletins/{bulletin_id}/preview/{format}", responses=_FILES, dependencies=READERS)
async def preview(bulletin_id: UUID, format: Format, ctx: ContextDep, language: LanguageParam = ZH) -> Response:
    """The bulletin as it would be printed now; a draft is marked as such."""
    row = await get_bulletin(ctx, bulletin_id)
    document = await document_in(ctx.session, row, language, today_of(ctx))
    (printed,) = await print_all([(format, document)])
    return _file(row, format, printed.content, {"Cache-Control": "no-store"})


@router.get(
    "/bulletins/{bulletin_id}/files/{format}", responses=_FILES | problems(NotPublished), dependencies=READERS
)
async def download(
    bulletin_id: UUID, format: Format, request: Request, ctx: ContextDep, language: LanguageParam = ZH
) -> Response:
    """A document of a published bulletin, the bytes as they were made once; its digest is the ETag."""
    row = await get_bulletin(ctx, bulletin_id)
    kept = await repository.find_file(ctx.session, row.id, format.value, language)
    if kept is None:
        raise NotPublished(status=row.status)
    known = not_modified(request, etag_of(kept.sha256))
    if known is not None:
        return known
    await audit(ctx, "bulletin.download", "bulletins", str(row.id), {"format": format, "sha256": kept.sha256})
    digest = base64.b64encode(bytes.fromhex(kept.sha256)).decode()
    headers = {"ETag": etag_of(kept.sha256), "Repr-Digest": f"sha-256=:{digest}:"}
    return _file(row, format, await repository.read_file(ctx.session, kept), headers)


def _file(row: BulletinRow, format: Format, content: bytes, headers: dict[str, str]) -> Response:
    name = f"tongbao-{row.region_code}-{row.kind}-{row.year}-{row.number}-{row.edition}.{format.value}"
    placed = "attachment" if format is Format.DOCX else "inline"
    media_type = MEDIA_TYPES[format]
    is_page = format is Format.HTML
    placing = {"Content-Disposition": f'{placed}; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(
        content,
        media_type=f"{media_type}; charset=utf-8" if is_page else media_type,
        headers=(_PAGE_HEADERS if is_page else {}) | placing | headers,
    )


@router.get("/bulletins/{bulletin_id}/figures", response_model=PageOf[FigureRead], dependencies=READERS)
async def list_figures(bulletin_id: UUID, request: Request, ctx: ContextDep, query: FiguresQuery) -> Response:
    """Every figure of the bulletin: exact, in words, with what it rests on."""
    row = await get_bulletin(ctx, bulletin_id)
    page = await repository.list_figures(ctx.session, row.id, query)
    return page_response(
        request, page, query, FigureRead, lambda one: FigureRead.of(one.key, repository.figure_of(one.data))
    )


@router.get(
    "/bulletins/{bulletin_id}/figures/{key}/rows",
    response_model=FigureRows,
    responses=problems(FigureUnknown),
    dependencies=READERS,
)
async def list_rows(bulletin_id: UUID, key: KeyParam, ctx: ContextDep) -> Any:
    """The rows that a figure was made of, as they were then."""
    row = await get_own(ctx, bulletin_id)
    figure = await repository.find_figure(ctx.session, row.id, key)
    if figure is None:
        raise FigureUnknown(key=key)
    rows = await repository.rows_behind(ctx.session, row.id, figure)
    return FigureRows(key=key, count=len(rows), rows=rows)


@router.get("/bulletins/{bulletin_id}/receipt-summary", response_model=ReceiptSummary, dependencies=READERS)
async def read_receipt_summary(bulletin_id: UUID, ctx: ContextDep) -> Any:
    """How many were sent it, have read and confirmed it."""
    row = await get_own(ctx, bulletin_id)
    notices = await receipts.notices_of(ctx.session, row.id)
    return ReceiptSummary.of(notices, await receipts.receipts_of(ctx.session, row.id))


@router.get("/bulletins/{bulletin_id}/receipts", response_model=PageOf[ReceiptRead], dependencies=READERS)
async def list_receipts(bulletin_id: UUID, request: Request, ctx: ContextDep, query: ReceiptsQuery) -> Response:
    """Who was sent it, and what is known of each."""
    row = await get_own(ctx, bulletin_id)
    page = await receipts.list_receipts(ctx.session, row.id, query)
    return page_response(request, page, query, ReceiptRead, _receipt)


def _receipt(found: Any) -> ReceiptRead:
    row, person, region_code, unit = found
    names = set(ReceiptRead.model_fields) - {"person_name", "unit_name", "region_code"}
    facts = {name: getattr(row, name) for name in names}
    return ReceiptRead(**facts, person_name=person, unit_name=unit, region_code=region_code)
