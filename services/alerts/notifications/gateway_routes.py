"""Gateways over HTTP."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.notifications import gateway_repository, gateways
from services.alerts.notifications.errors import AddressRefused, GatewayInvalid, GatewayNotFound
from services.alerts.notifications.gateway_schemas import GatewayCreate, GatewayDetail, GatewayRead, GatewayUpdate
from services.alerts.notifications.routes import GuardDep
from services.alerts.notifications.tables import GatewayRow

router = APIRouter(route_class=TransactionalRoute, tags=["gateways"])

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR)


async def _report_key(request: Request) -> bytes:
    return cast(bytes, request.app.state.report_key)


ReportKeyDep = Annotated[bytes, Depends(_report_key)]


@router.get("/v1/gateways", response_model=PageOf[GatewayRead], dependencies=[require(*_READERS)])
async def list_gateways(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(gateway_repository.GATEWAYS)]
) -> Response:
    """Gateways of the caller's region, by name."""
    page = await gateway_repository.page_gateways(ctx.session, ctx.principal, query)
    return page_response(request, page, query, GatewayRead)


@router.post(
    "/v1/gateways",
    status_code=201,
    dependencies=[require(Role.ADMIN)],
    responses=problems(GatewayInvalid, AddressRefused),
)
async def create_gateway(
    ctx: ContextDep, guard: GuardDep, key: ReportKeyDep, response: Response, body: GatewayCreate
) -> GatewayDetail:
    """Add a gateway; its secrets are sealed here and shown to nobody."""
    row = await gateways.create_gateway(
        ctx, guard, body.model_dump(mode="json", exclude={"secrets"}), body.secrets
    )
    response.headers["ETag"] = etag_of(row.version)
    return _detail(ctx, row, key)


@router.get("/v1/gateways/{gateway_id}", dependencies=[require(*_READERS)], responses=problems(GatewayNotFound))
async def get_gateway(ctx: ContextDep, key: ReportKeyDep, response: Response, gateway_id: UUID) -> GatewayDetail:
    row = await gateways.get_gateway(ctx, gateway_id)
    response.headers["ETag"] = etag_of(row.version)
    return _detail(ctx, row, key)


@router.patch(
    "/v1/gateways/{gateway_id}",
    dependencies=[require(Role.ADMIN)],
    responses=problems(GatewayNotFound, GatewayInvalid, AddressRefused),
)
async def change_gateway(
    request: Request,
    ctx: ContextDep,
    guard: GuardDep,
    key: ReportKeyDep,
    response: Response,
    gateway_id: UUID,
    body: GatewayUpdate,
) -> GatewayDetail:
    """Change a gateway; what waits for it goes out by its new settings."""
    row = await gateways.get_gateway(ctx, gateway_id, lock=True)
    check_if_match(request, row.version)
    changes: dict[str, Any] = body.model_dump(mode="json", exclude={"secrets"}, exclude_unset=True)
    # Only the limits may be taken away by a null.
    changes = {name: value for name, value in changes.items() if value is not None or name == "limits"}
    await gateways.change_gateway(ctx, guard, row, changes, secrets=body.secrets)
    response.headers["ETag"] = etag_of(row.version)
    return _detail(ctx, row, key)


def _detail(ctx: Context, row: GatewayRow, key: bytes) -> GatewayDetail:
    shown = GatewayDetail.model_validate(row)
    if ctx.principal.role is not Role.ADMIN or not row.settings.get("reports"):
        return shown
    path = f"/v1/gateways/{row.id}/reports/{gateways.report_key(key, row.id)}"
    return shown.model_copy(update={"report_path": path})
