"""How the routes of bulletins answer, and who may do what."""

from typing import Any, Final

from fastapi import APIRouter, Response

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import require
from libs.common.web.routes import TransactionalRoute
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.schemas.bulletins import BulletinRead
from services.projects.bulletins.tables import BulletinRow

# Who reviews and publishes; who keeps templates and rules; who writes.
DECIDERS: Final = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
KEEPERS: Final = (Role.ADMIN, Role.SUPERVISOR)
WRITERS: Final = (*DECIDERS, Role.OFFICER)
READERS: Final[list[Any]] = [require(*WRITERS, Role.AUDITOR, Role.VIEWER)]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["bulletins"])


async def read_full(ctx: Context, row: BulletinRow) -> BulletinRead:
    figures = await repository.figures_of(ctx.session, row.id)
    files = (await repository.files_of(ctx.session, [row.id])).get(row.id, [])
    return BulletinRead.full(row, figures, files)


async def tagged(ctx: Context, response: Response, row: BulletinRow) -> BulletinRead:
    """The bulletin, with its ETag on the response."""
    response.headers["ETag"] = etag_of(row.version)
    return await read_full(ctx, row)
