"""``/v1/import-templates``: what can be imported, and files to fill in."""

from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Response
from pydantic import BaseModel

from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute
from services.projects.exchange.entities.base import ImportEntity
from services.projects.exchange.entities.catalogue import IMPORTABLE
from services.projects.exchange.routes.answers import CSV, XLSX, LanguageDep, WordsDep
from services.projects.exchange.schemas import ColumnRead, EntityRead
from services.projects.exchange.service.imports import entity_of
from services.projects.exchange.service.templates import template
from services.projects.exchange.wording import Words

router = APIRouter(prefix="/v1/import-templates", route_class=TransactionalRoute, tags=["exchange"])


class Entities(BaseModel):
    items: list[EntityRead]


@router.get("", response_model=Entities)
async def list_entities(ctx: ContextDep, words: WordsDep, language: LanguageDep) -> Any:
    """What can be imported, with its columns and allowed values."""
    return {"items": [_read(entity, words, language, ctx.principal.role) for entity in IMPORTABLE.values()]}


@router.get(
    "/{entity}.{form}",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}, "text/csv": {}}}},
)
async def download_template(
    entity: str, form: Literal["xlsx", "csv"], words: WordsDep, language: LanguageDep, ctx: ContextDep
) -> Response:
    """A file to fill in: headings in the caller's language, and in a workbook a sheet of help."""
    found = entity_of(entity)
    body = template(found, words, language, form)
    name = quote(f"{words.text(f'entity.{entity}', language)}.{form}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Language": language}
    return Response(body, media_type=XLSX if form == "xlsx" else CSV, headers=headers)


def _read(entity: ImportEntity, words: Words, language: str, role: Any) -> EntityRead:
    columns = []
    for column in entity.columns:
        chinese, english = words.titles(entity.name, column.field)
        columns.append(
            ColumnRead(
                field=column.field,
                title_zh=chinese,
                title_en=english,
                kind=column.kind.value,
                required=column.required,
                required_when_new=column.on_new,
                read_only=column.read_only,
                terms=None if column.terms is None else [str(value.value) for value in column.terms],
            )
        )
    return EntityRead(
        name=entity.name,
        title=words.text(f"entity.{entity.name}", language),
        key=list(entity.key),
        may_import=role in entity.roles,
        columns=columns,
    )
