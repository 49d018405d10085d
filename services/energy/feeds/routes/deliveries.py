"""``/v1/readings``, ``/v1/curves``, ``/v1/files``: deliveries by request.

What a delivery is, and why these routes open their transactions themselves: ``services.energy.feeds.delivery``.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from libs.common.security.principal import Principal
from libs.common.web.dependencies import PrincipalDep, RuntimeDep
from libs.common.web.files import FILE_PROBLEMS, file_body, takes_file
from libs.common.web.problems import DomainError, Forbidden, UnsupportedMediaType, problems
from libs.common.web.runtime import Runtime
from services.energy.feeds import delivery, service
from services.energy.feeds.domain.body import Header
from services.energy.feeds.errors import (
    BodyUnreadable,
    FeedsOverloaded,
    FeedsTooFrequent,
    FileUnreadable,
    FormatUnknown,
    HeaderInvalid,
    NotAcknowledged,
    UnitUnknown,
)
from services.energy.feeds.formats.registry import BY_NAME, MEDIA_TYPES
from services.energy.feeds.quarantine import CURVES, READINGS
from services.energy.feeds.routes.answers import DoorDep, receipt_created
from services.energy.feeds.schemas import ReceiptCreated
from services.energy.feeds.service import Delivery, Door

deliveries = APIRouter(prefix="/v1", tags=["feeds"])


async def query_header(
    unit: Annotated[
        str | None, Query(description="W, kWh, Mvar, … or imp for pulses; the meter's own unit if nobody says.")
    ] = None,
    interval: Annotated[int | None, Query(description="Minutes; must fit the meters if given.")] = None,
    source: Annotated[str | None, Query(description="Name of the source within the caller.")] = None,
    created_at: Annotated[str | None, Query(description="When the source made the values; newer wins.")] = None,
    zone: Annotated[
        str | None, Query(description="What stamps without a zone are: +08:00, or meter for each meter's own.")
    ] = None,
) -> Header:
    """Facts about all rows; the same facts in the body take precedence."""
    return Header(unit, interval, source, created_at, zone=zone)


HeaderDep = Annotated[Header, Depends(query_header)]
FormatQuery = Annotated[
    str,
    Query(
        alias="format", max_length=40, description=f"The format if nothing else is to tell: {', '.join(BY_NAME)}."
    ),
]
_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    BodyUnreadable,
    FileUnreadable,
    FormatUnknown,
    UnitUnknown,
    HeaderInvalid,
    FeedsOverloaded,
    FeedsTooFrequent,
    NotAcknowledged,
    UnsupportedMediaType,
    Forbidden,
)
_ERRORS = problems(*_REFUSALS)


def _bodies(*media_types: str) -> dict[str, Any]:
    content = {
        media_type: {"schema": {"type": "string"} if "json" not in media_type else {}}
        for media_type in media_types
    }
    return {"requestBody": {"required": True, "content": content}}


@deliveries.post(
    "/readings",
    status_code=202,
    responses=_ERRORS,
    openapi_extra=_bodies(*MEDIA_TYPES),
)
async def post_readings(
    request: Request,
    principal: PrincipalDep,
    runtime: RuntimeDep,
    door: DoorDep,
    header: HeaderDep,
    format_name: FormatQuery = "",
) -> ReceiptCreated:
    """Single readings ``{"meter_no", "at", "value", "quality"?}``; ``at`` is the start of the interval, with zone.

    JSON takes an array, or an object ``{"unit", "source", "created_at", "readings": […]}``.
    """
    return await deliver(request, principal, runtime, door, READINGS, header, format_name)


@deliveries.post(
    "/curves",
    status_code=202,
    responses=_ERRORS,
    openapi_extra=_bodies(*MEDIA_TYPES),
)
async def post_curves(
    request: Request,
    principal: PrincipalDep,
    runtime: RuntimeDep,
    door: DoorDep,
    header: HeaderDep,
    format_name: FormatQuery = "",
) -> ReceiptCreated:
    """Day curves of 24, 48, 96 or 288 values, null where nothing was measured; CSV ``meter_no,date,P1,…,Pn``."""
    return await deliver(request, principal, runtime, door, CURVES, header, format_name)


@deliveries.post(
    "/files",
    status_code=202,
    responses=problems(*_REFUSALS, *FILE_PROBLEMS),
    openapi_extra=_bodies("application/octet-stream", *MEDIA_TYPES),
)
@takes_file
async def post_files(
    request: Request,
    principal: PrincipalDep,
    runtime: RuntimeDep,
    door: DoorDep,
    header: HeaderDep,
    format_name: FormatQuery = "",
    name: Annotated[
        str, Query(max_length=255, description="The file's name; its suffix helps where the bytes do not tell.")
    ] = "",
) -> ReceiptCreated:
    """A file in any format that is read here, or a ZIP or gzip of such files, told by its bytes.

    Channels of foreign formats find their meter by its number or by a code of another system: ``<NMI>:<suffix>``,
    the usage point of Green Button, ``<credit code>:<data code>``, the 户号 of a table without meter numbers.
    """
    return await deliver(request, principal, runtime, door, service.FILES, header, format_name, name, is_file=True)


async def deliver(
    request: Request,
    principal: Principal,
    runtime: Runtime,
    door: Door,
    kind: str,
    header: Header,
    format_name: str = "",
    file_name: str = "",
    *,
    body: bytes | None = None,
    is_file: bool = False,
) -> ReceiptCreated:
    """Take the request's body, or ``body`` in its place; see ``delivery.deliver`` for what is raised.

    What is handed in as a file is shown to the site's scanner; readings that a machine posts are numbers, and too
    many for it.
    """
    delivery.admit(door, principal)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body is None:
        body = await (file_body(request) if is_file else request.body())
    # No file is named with a zero, and no row can hold one.
    taken = Delivery(kind, media_type, body, header, format_name, file_name.replace("\x00", ""))
    means = delivery.Means(runtime.database, runtime.clock, runtime.new_id, door)
    return receipt_created(request, await delivery.deliver(means, principal, taken))
