"""``/v1/readings``, ``/v1/curves``, ``/v1/receipts``, ``/v1/quarantine``.

A delivery is an edge of its own kind: what is noted must be committed before the broker is asked, and the
answer follows only after the broker's acknowledgement. So these two routes open their transactions themselves;
their receipts are their audit record.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs.common.context import Context
from libs.common.security.principal import Principal, Role, Scope
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep, PrincipalDep, RuntimeDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, UnsupportedMediaType, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.web.runtime import Runtime
from services.energy.feeds import replay, repository, service
from services.energy.feeds.domain.body import Header
from services.energy.feeds.errors import (
    BodyUnreadable,
    FeedsOverloaded,
    FileUnreadable,
    FormatUnknown,
    HeaderInvalid,
    NotAcknowledged,
    ReceiptNotFound,
    UnitUnknown,
)
from services.energy.feeds.formats.registry import BY_NAME, MEDIA_TYPES
from services.energy.feeds.quarantine import CURVES, READINGS
from services.energy.feeds.receipt_repository import acknowledge_receipt, find_seen, note_receipt
from services.energy.feeds.schemas import (
    QuarantineRead,
    ReceiptCreated,
    ReceiptRead,
    Rejection,
    ReplayRequest,
    ReplayResult,
)
from services.energy.feeds.service import SAME_BODY, Delivery, Door
from services.energy.feeds.tables import ReceiptRow

# Real time; the producer itself gives up earlier.
_ACKNOWLEDGE_SECONDS = 15.0
_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)

deliveries = APIRouter(prefix="/v1", tags=["feeds"])
router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["feeds"])


async def get_door(request: Request) -> Door:
    """What ``bootstrap`` put on the application."""
    door: Door = request.app.state.door
    return door


DoorDep = Annotated[Door, Depends(get_door)]


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
_ERRORS = problems(
    BodyUnreadable,
    FileUnreadable,
    FormatUnknown,
    UnitUnknown,
    HeaderInvalid,
    FeedsOverloaded,
    NotAcknowledged,
    UnsupportedMediaType,
    Forbidden,
)


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
    responses=_ERRORS,
    openapi_extra=_bodies("application/octet-stream", *MEDIA_TYPES),
)
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
    return await deliver(request, principal, runtime, door, service.FILES, header, format_name, name)


async def deliver(
    request: Request,
    principal: Principal,
    runtime: Runtime,
    door: Door,
    kind: str,
    header: Header,
    format_name: str = "",
    file_name: str = "",
) -> ReceiptCreated:
    if Scope.ENERGY_INGEST not in principal.scopes:
        raise Forbidden
    door.lag.admit()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    delivery = Delivery(kind, media_type, await request.body(), header, format_name, file_name)
    digest = delivery.digest(principal.subject)
    database, now = runtime.database, runtime.clock.now()
    # The session stays unconnected unless something out of the ordinary is to be read or written.
    async with database.session() as session:
        ctx = Context(session, now, runtime.new_id, principal)
        async with database.direct() as connection:
            seen = await find_seen(connection, digest, now - SAME_BODY)
        if seen is not None and seen.is_answered:
            receipt = await repository.get_receipt(session, principal, seen.receipt_id)
            return ReceiptCreated(**_receipt_facts(request, receipt))
        taken = await service.take(ctx, door, delivery, digest, now if seen is None else seen.first_at)
    created = ReceiptCreated(**_receipt_facts(request, taken.receipt))
    await _note(runtime, principal, now, taken)
    if taken.parts:
        await service.append(door, created.receipt_id, taken.parts, _ACKNOWLEDGE_SECONDS)
        async with database.direct() as connection:
            is_noted = await acknowledge_receipt(connection, created.receipt_id)
        if not is_noted:
            async with database.transaction() as session:
                await repository.acknowledge(session, taken.receipt)
    service.count_outcome(taken)
    return created


async def _note(runtime: Runtime, principal: Principal, now: datetime, taken: service.Taken) -> None:
    """The receipt must stand before the log is asked."""
    if not taken.kept:
        async with runtime.database.direct() as connection:
            await note_receipt(connection, taken.receipt, taken.digest, taken.first_at)
        return
    async with runtime.database.transaction() as session:
        await service.note(Context(session, now, runtime.new_id, principal), taken)


def _receipt_facts(request: Request, receipt: ReceiptRow) -> dict[str, Any]:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    rejections = [
        Rejection(
            line=item["line"],
            pointer=item["pointer"],
            code=item["code"],
            message=catalogue.title(item["code"], language, item["params"]),
        )
        for item in receipt.rejections
    ]
    return {
        "receipt_id": receipt.id,
        "accepted": receipt.accepted,
        "quarantined": receipt.quarantined,
        "rejected": receipt.rejected,
        "rejections": rejections,
    }


@router.get("/receipts/{receipt_id}", response_model=ReceiptRead, responses=problems(ReceiptNotFound))
async def get_receipt(receipt_id: UUID, request: Request, ctx: ContextDep) -> ReceiptRead:
    """A receipt; ``merged`` with the counts of what happened once every value is in its curve."""
    row = await repository.get_receipt(ctx.session, ctx.principal, receipt_id)
    return ReceiptRead(
        **_receipt_facts(request, row),
        # "acknowledged" is the word between us and the broker; to the sender the body is accepted.
        status="accepted" if row.status == "acknowledged" else row.status,
        kind=row.kind,
        source=row.source.rpartition("/")[2],
        received_at=row.received_at,
        merged_at=row.merged_at,
        stored=row.stored,
        unchanged=row.unchanged,
        revised=row.revised,
        superseded=row.superseded,
    )


@router.get("/quarantine", response_model=PageOf[QuarantineRead])
async def list_quarantine(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.QUARANTINE)]
) -> Any:
    """What came for meters nobody has registered, newest first."""
    page = await repository.list_quarantine(ctx.session, ctx.principal, query)
    return page_response(request, page, query, QuarantineRead)


@router.post(
    "/quarantine/replays",
    response_model=ReplayResult,
    responses=problems(NotAcknowledged, FeedsOverloaded),
    dependencies=[require(*_KEEPERS), require_scope(Scope.ENERGY_WRITE)],
)
async def replay_quarantine(
    body: ReplayRequest, ctx: ContextDep, runtime: RuntimeDep, door: DoorDep
) -> ReplayResult:
    """Take the rows whose meters are registered by now."""
    door.lag.admit()
    found = await replay.gather(ctx, door, body.meter_no)
    receipt = found.taken.receipt
    rejected, receipt_id = receipt.rejected, receipt.id
    if found.taken.parts:
        # The receipt must stand before the worker can speak of it; the rows stay locked by this request.
        await _note(runtime, ctx.principal, ctx.now, found.taken)
        await service.append(door, receipt_id, found.taken.parts, _ACKNOWLEDGE_SECONDS)
        await replay.mark_replayed(ctx, found)
    return ReplayResult(
        receipt_id=receipt_id if found.taken.parts else None,
        replayed=found.replayed,
        rejected=rejected,
        waiting=found.waiting,
    )
