"""``/v1/sign-in-platforms``: kept by administrators, offered to whoever comes."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute, public
from services.projects.platforms import repository
from services.projects.platforms.errors import AgentNotOfThisKind, PlatformAddressRefused
from services.projects.platforms.schemas import (
    PlatformCreate,
    PlatformOffered,
    PlatformRead,
    PlatformsOffered,
    PlatformUpdate,
)
from services.projects.platforms.service import platforms
from services.projects.platforms.service.platforms import PlatformGuard
from services.projects.platforms.tables import SignInPlatformRow

PlatformsQuery = Annotated[ListQuery, Depends(repository.PLATFORMS.selecting(PlatformRead))]
_ADMIN = [require(Role.ADMIN)]
_REFUSALS = problems(Duplicate, PlatformAddressRefused, AgentNotOfThisKind)

router = APIRouter(prefix="/v1/sign-in-platforms", route_class=TransactionalRoute, tags=["identity"])


async def _guard(request: Request) -> PlatformGuard:
    return cast(PlatformGuard, request.app.state.platform_guard)


GuardDep = Annotated[PlatformGuard, Depends(_guard)]


@router.get("/offered", response_model=PlatformsOffered)
@public
async def list_offered_platforms(ctx: ContextDep) -> Any:
    """The platforms by which people may sign in, for the page before anybody has."""
    rows = await repository.enabled_platforms(ctx.session)
    return PlatformsOffered(items=[PlatformOffered.of(row) for row in rows])


@router.get("", response_model=PageOf[PlatformRead], dependencies=_ADMIN)
async def list_platforms(request: Request, ctx: ContextDep, query: PlatformsQuery) -> Response:
    """Applications of ours on platforms, by name; never their secrets."""
    return page_response(request, await repository.list_platforms(ctx.session, query), query, PlatformRead)


@router.post("", status_code=201, response_model=PlatformRead, dependencies=_ADMIN, responses=_REFUSALS)
async def create_platform(body: PlatformCreate, ctx: ContextDep, guard: GuardDep, response: Response) -> Any:
    """Let people sign in by a platform; administrators of everything only. Its secret is sealed here."""
    row = await platforms.add_platform(ctx, guard, body.facts(), body.secret.get_secret_value())
    response.headers["Location"] = f"/v1/sign-in-platforms/{row.id}"
    return _tagged(response, row)


@router.get("/{platform_id}", response_model=PlatformRead, dependencies=_ADMIN)
async def read_platform(platform_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One platform."""
    return _tagged(response, await platforms.get_platform(ctx, platform_id))


@router.patch("/{platform_id}", response_model=PlatformRead, dependencies=_ADMIN, responses=_REFUSALS)
async def patch_platform(
    platform_id: UUID, body: PlatformUpdate, ctx: ContextDep, guard: GuardDep, request: Request, response: Response
) -> Any:
    """Change a platform, or take it out of use; administrators of everything only."""
    row = await platforms.get_platform(ctx, platform_id, lock=True)
    check_if_match(request, row.version)
    secret = None if body.secret is None else body.secret.get_secret_value()
    await platforms.change_platform(ctx, guard, row, body.changes(), secret)
    return _tagged(response, row)


def _tagged(response: Response, row: SignInPlatformRow) -> SignInPlatformRow:
    response.headers["ETag"] = etag_of(row.version)
    return row
