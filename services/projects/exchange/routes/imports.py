"""``/v1/imports``: a file in, a job, its progress, its faults."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.files import file_spool, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute, streamed
from services.projects.exchange import repository
from services.projects.exchange.domain.modes import Mode
from services.projects.exchange.entities.base import OnExisting
from services.projects.exchange.errors import (
    FileRefused,
    ImportContentForgotten,
    ImportForbidden,
    ImportNotCancellable,
    ImportNotChecked,
)
from services.projects.exchange.routes.answers import IMPORTERS, XLSX, LanguageDep, SettingsDep, WordsDep
from services.projects.exchange.schemas import FaultRead, ImportRead
from services.projects.exchange.service.annotating import annotated_workbook
from services.projects.exchange.service.imports import (
    apply_checked,
    cancel_import,
    demand_writer,
    entity_of,
    get_import,
    read_import,
    start_import,
)

ImportsQuery = Annotated[ListQuery, Depends(repository.IMPORTS.selecting(ImportRead))]
FaultsQuery = Annotated[ListQuery, Depends(repository.FAULTS.selecting(FaultRead))]
FileName = Annotated[str, Query(max_length=255, description="Kept for people to recognise the file by.")]

_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself. What it is, is found out from its bytes.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in (XLSX, "text/csv", "application/octet-stream")
        },
    }
}

router = APIRouter(prefix="/v1/imports", route_class=TransactionalRoute, tags=["exchange"])


@router.get("", response_model=PageOf[ImportRead], dependencies=[require(*IMPORTERS)])
async def list_imports(request: Request, ctx: ContextDep, query: ImportsQuery, words: WordsDep) -> Response:
    """Imports the caller sent, and for those who oversee a region, those sent from there."""
    page = await repository.list_imports(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ImportRead, lambda pair: ImportRead.of(pair[0], pair[1], words))


@router.post(
    "",
    status_code=202,
    response_model=ImportRead,
    responses=problems(FileRefused, ImportForbidden),
    dependencies=[require(*IMPORTERS)],
    openapi_extra=_BODY,
)
@streamed
@takes_file
async def create_import(
    request: Request,
    ctx: ContextDep,
    words: WordsDep,
    response: Response,
    entity: Annotated[str, Query(description="projects, enterprises …: see GET /v1/import-templates.")],
    mode: Annotated[Mode, Query(description="dry_run does everything and takes it back.")] = Mode.DRY_RUN,
    on_existing: Annotated[OnExisting, Query(description="Rows whose key exists.")] = OnExisting.UPDATE,
    file_name: FileName = "",
) -> Any:
    """Take in an XLSX or CSV file; all of it is carried out by a job, or nothing.

    The body is the file. Headings are read in Chinese, English or by their API names, in any order.
    """
    kind = entity_of(entity)
    # Nobody's file is received, and shown to a scanner, who may not hand one in.
    demand_writer(ctx.principal, kind)
    body = await file_spool(request)
    row = await start_import(ctx, kind, mode, on_existing, file_name, body.pieces())
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return ImportRead.of(row, None, words)


@router.get("/{import_id}", response_model=ImportRead, dependencies=[require(*IMPORTERS)])
async def show_import(import_id: UUID, ctx: ContextDep, words: WordsDep) -> Any:
    """Where an import stands, while it runs too."""
    return ImportRead.of(*await read_import(ctx, import_id), words)


@router.post(
    "/{import_id}/application",
    status_code=202,
    response_model=ImportRead,
    responses=problems(ImportForbidden, ImportNotChecked, ImportContentForgotten),
    dependencies=[require(*IMPORTERS)],
)
async def apply_import(import_id: UUID, ctx: ContextDep, words: WordsDep, response: Response) -> Any:
    """Apply the file of a trial run that found no fault, without sending it again; a new import."""
    row = await apply_checked(ctx, import_id)
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return ImportRead.of(row, None, words)


@router.post(
    "/{import_id}/cancellation",
    status_code=201,
    response_model=ImportRead,
    responses=problems(ImportNotCancellable),
    dependencies=[require(*IMPORTERS)],
)
async def withdraw_import(import_id: UUID, ctx: ContextDep, words: WordsDep) -> Any:
    """Take back an import that has not begun."""
    return ImportRead.of(await cancel_import(ctx, import_id), None, words)


@router.get("/{import_id}/errors", response_model=PageOf[FaultRead], dependencies=[require(*IMPORTERS)])
async def list_errors(import_id: UUID, request: Request, ctx: ContextDep, query: FaultsQuery) -> Response:
    """The faults of the file by sheet, row and column."""
    await get_import(ctx, import_id)
    page = await repository.list_faults(ctx.session, import_id, query)
    return page_response(request, page, query, FaultRead)


@router.get(
    "/{import_id}/errors.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
    dependencies=[require(*IMPORTERS)],
)
async def download_errors(
    import_id: UUID, ctx: ContextDep, words: WordsDep, settings: SettingsDep, language: LanguageDep
) -> Response:
    """The faulty rows as a workbook, each faulty cell marked and explained, and a list of all faults."""
    row = await get_import(ctx, import_id)
    body = await annotated_workbook(ctx, row, words, settings.import_limits(), language)
    name = quote(f"{row.file_name.rpartition('.')[0] or row.entity}-errors.xlsx")
    return Response(body, media_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})
