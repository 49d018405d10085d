"""``/v1/exports``: whole tables out, with the filters and the scope of their lists."""

import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.audit import audit
from libs.common.sheets.writing import sent
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.exchange.entities.export_base import EVERYBODY, ExportEntity
from services.projects.exchange.entities.exports import EXPORTABLE
from services.projects.exchange.errors import ExportEmpty, ExportTooLarge
from services.projects.exchange.routes.answers import CSV, XLSX, LanguageDep, SettingsDep, WordsDep
from services.projects.exchange.service.exports import Export, Format, count_rows, file_of, text_of
from services.projects.exchange.service.oc4ids import Package, count_projects, package_of

_MEDIA = {
    Format.XLSX: XLSX,
    Format.CSV: CSV,
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(prefix="/v1/exports", route_class=TransactionalRoute, tags=["exchange"])


class ExportQuery:
    """The list's own filters and order, without pages; ``fields`` chooses columns."""

    def __init__(self, entity: ExportEntity) -> None:
        self._listing: Listing = entity.listing.selecting_names([column.field for column in entity.columns])

    async def __call__(
        self,
        request: Request,
        sort: Annotated[str | None, Query(description="Fields by comma; a minus sorts downwards.")] = None,
        fields: Annotated[str | None, Query(description="Columns by comma.")] = None,
    ) -> ListQuery:
        return await self._listing(request, limit=1, cursor=None, sort=sort, fields=fields)

    def openapi_parameters(self) -> list[dict[str, Any]]:
        return self._listing.openapi_parameters()


def _route(entity: ExportEntity) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def export_table(
        request: Request,
        ctx: ContextDep,
        database: DatabaseDep,
        words: WordsDep,
        settings: SettingsDep,
        language: LanguageDep,
        query: Annotated[ListQuery, Depends(ExportQuery(entity))],
        format: Annotated[Format, Query(description="xlsx, csv, ndjson or parquet.")] = Format.XLSX,
    ) -> Response:
        export = Export(entity, ctx.principal, query, words, language, settings.export_max_rows)
        name = f"{entity.name}-{today_of(ctx):%Y%m%d}.{format.value}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Language": language}
        if format in {Format.CSV, Format.NDJSON}:
            rows = await count_rows(ctx.session, export, format)
            await _record(request, ctx, entity.name, format, rows)
            return StreamingResponse(text_of(database, export, format), media_type=_MEDIA[format], headers=headers)
        # Made before the first byte leaves, and in short transactions: the request's own has not begun yet.
        async with database.session() as session:
            await count_rows(session, export, format)
        directory = tempfile.TemporaryDirectory(prefix="duban-export-")
        path = Path(directory.name) / name
        try:
            rows = await file_of(database, export, format, path)
            await _record(request, ctx, entity.name, format, rows)
        except BaseException:
            directory.cleanup()
            raise
        headers["Content-Length"] = str(path.stat().st_size)
        return StreamingResponse(sent(path, directory), media_type=_MEDIA[format], headers=headers)

    return export_table


async def _record(request: Request, ctx: Context, entity: str, form: str, rows: int) -> None:
    asked = dict(request.query_params.multi_items())
    await audit(ctx, "export", "exports", entity, {"format": form, "rows": rows, "query": asked})


_PACKAGE_QUERY = ExportQuery(EXPORTABLE["projects"])


@router.get(
    "/oc4ids",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        **problems(ExportTooLarge, ExportEmpty),
    },
    dependencies=[require(*EVERYBODY)],
)
async def export_oc4ids(
    request: Request,
    ctx: ContextDep,
    database: DatabaseDep,
    settings: SettingsDep,
    query: Annotated[ListQuery, Depends(_PACKAGE_QUERY)],
) -> Response:
    """The projects the caller may see as a package of OC4IDS 0.9."""
    package = Package(
        ctx.principal,
        query,
        settings.oc4ids_prefix,
        settings.oc4ids_publisher,
        today_of(ctx),
        settings.projects_url,
    )
    projects = await count_projects(ctx.session, package, settings.export_max_rows)
    await _record(request, ctx, "oc4ids", "oc4ids", projects)
    name = f"oc4ids-{today_of(ctx):%Y%m%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(package_of(database, package, ctx), media_type="application/json", headers=headers)


for _entity in EXPORTABLE.values():
    router.add_api_route(
        f"/{_entity.name}",
        _route(_entity),
        methods=["GET"],
        name=f"export_{_entity.name.replace('-', '_')}",
        summary=f"Export {_entity.name}",
        description=f"The {_entity.name} the caller may see, as a file; filters and order are the list's.",
        response_class=Response,
        responses={
            200: {"content": dict.fromkeys(_MEDIA.values(), _BINARY)},
            **problems(ExportTooLarge),
        },
        dependencies=[require(*_entity.roles)],
    )
