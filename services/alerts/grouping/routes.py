"""Route trees, their preview, storm limits and digests over HTTP."""

from collections.abc import Sequence
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_region, reaches_region
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, FieldError, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.escalation import policies
from services.alerts.grouping import service, telling
from services.alerts.grouping.errors import DigestNotFound
from services.alerts.grouping.schemas import (
    DigestAlert,
    DigestDetail,
    DigestRead,
    RouteTaken,
    RouteTest,
    RouteTested,
    StormLimitList,
    StormLimitRead,
    StormLimitWrite,
    TreeList,
    TreeRead,
    TreeWithdrawal,
    TreeWrite,
)
from services.alerts.muting import service as muting
from services.alerts.muting.domain.mutes import Subject
from services.alerts.muting.schemas import MutingRead
from services.alerts.notifications.channels import ChannelGuard
from services.alerts.notifications.errors import AddressRefused
from services.alerts.routing import trees
from services.alerts.routing.domain.specs import TreeSpec
from services.alerts.routing.domain.tree import Traveller
from services.alerts.routing.errors import TargetRefused, TreeNotFound, UnknownRoutePolicy
from services.alerts.routing.tables import RouteTreeRow
from services.alerts.storms import repository as storm_rows
from services.alerts.storms import service as storms

router = APIRouter(route_class=TransactionalRoute, tags=["routing"])

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
_EVERYWHERE = "all"
RegionOrAll = Annotated[
    str, Path(pattern=r"^(all|[1-9][0-9]{5}([0-9]{3})?)$", description="A region's code, or `all` for everywhere.")
]


async def _guard(request: Request) -> ChannelGuard:
    return cast(ChannelGuard, request.app.state.channel_guard)


GuardDep = Annotated[ChannelGuard, Depends(_guard)]


def _code(region: str) -> str:
    return trees.EVERYWHERE if region == _EVERYWHERE else region


def _seen(ctx: Context, rows: Sequence[RouteTreeRow]) -> list[RouteTreeRow]:
    """Trees of the caller's subtree, and those above that hold over it."""
    above = trees.chain(ctx.principal.region_code or "")
    return [row for row in rows if row.region_code in above or reaches_region(ctx.principal, row.region_code)]


@router.get("/v1/route-trees", dependencies=[require(*_READERS)])
async def list_trees(ctx: ContextDep) -> TreeList:
    """The newest revision of each tree that concerns the caller."""
    rows = _seen(ctx, await trees.list_newest(ctx))
    return TreeList(items=[TreeRead.model_validate(row) for row in rows])


@router.get("/v1/route-trees/{region}", dependencies=[require(*_READERS)], responses=problems(TreeNotFound))
async def get_tree(ctx: ContextDep, region: RegionOrAll) -> TreeRead:
    """The newest revision of a region's tree."""
    return TreeRead.model_validate((await _revisions(ctx, region))[0])


@router.get(
    "/v1/route-trees/{region}/revisions", dependencies=[require(*_READERS)], responses=problems(TreeNotFound)
)
async def list_revisions(ctx: ContextDep, region: RegionOrAll) -> TreeList:
    """All revisions of a region's tree, newest first."""
    return TreeList(items=[TreeRead.model_validate(row) for row in await _revisions(ctx, region)])


@router.put(
    "/v1/route-trees/{region}",
    dependencies=[require(*_KEEPERS)],
    responses=problems(TargetRefused, UnknownRoutePolicy, Duplicate),
)
async def put_tree(ctx: ContextDep, guard: GuardDep, region: RegionOrAll, body: TreeWrite) -> TreeRead:
    """Add a revision; live alerts find their groups anew, running chases keep their policy."""
    await _check(ctx, guard, body.definition)
    row = await trees.save_tree(
        ctx, _code(region), body.definition, reason=body.reason, valid_from=body.valid_from
    )
    await service.tree_changed(ctx, row.region_code)
    return TreeRead.model_validate(row)


@router.post(
    "/v1/route-trees/{region}/withdrawals",
    status_code=201,
    dependencies=[require(*_KEEPERS)],
    responses=problems(TreeNotFound, Duplicate),
)
async def withdraw_tree(ctx: ContextDep, region: RegionOrAll, body: TreeWithdrawal) -> TreeRead:
    """Leave the region to the next wider tree from now on."""
    newest = (await _revisions(ctx, region))[0]
    spec = TreeSpec.model_validate(newest.definition)
    row = await trees.save_tree(ctx, _code(region), spec, reason=body.reason, withdrawn=True)
    await service.tree_changed(ctx, row.region_code)
    return TreeRead.model_validate(row)


@router.post("/v1/routes/test", dependencies=[require(*_READERS)])
async def test_route(ctx: ContextDep, body: RouteTest) -> RouteTested:
    """Where an alert with these labels would go now, who would be told, and what would keep it quiet."""
    ensure_region(ctx.principal, body.region_code)
    traveller = Traveller(body.labels, body.region_code, body.unit_id)
    tree = await trees.tree_for(ctx, body.region_code)
    subject = Subject("", body.labels, body.region_code, body.severity.value, body.object_type, body.object_id)
    taken = []
    for destination in await trees.destinations(ctx, traveller):
        route, receiver = destination.route, destination.receiver
        reached = await telling.reached(ctx, receiver, body.region_code)
        taken.append(
            RouteTaken(
                route=route.key,
                receiver=receiver.name,
                continues=route.continues,
                group_labels=route.group_labels(body.labels),
                group_wait_seconds=route.group_wait,
                group_interval_seconds=route.group_interval,
                repeat_interval_seconds=route.repeat_interval,
                resting=list(destination.resting),
                policy_code=receiver.policy_code,
                people=[one.name for one in reached if one.person_id is not None],
                channels=[one.name for one in reached if one.person_id is None],
                systems=[webhook.url for webhook in receiver.webhooks],
            )
        )
    found = await muting.mutings(ctx, subject)
    return RouteTested(
        tree_region=tree.region_code,
        tree_revision=tree.revision,
        routes=taken,
        muted_by=[MutingRead.model_validate(one) for one in found],
    )


@router.get("/v1/storm-limits", dependencies=[require(*_READERS)])
async def list_storm_limits(ctx: ContextDep) -> StormLimitList:
    """Limits by region with their history; the newest that has begun is in force."""
    above = trees.chain(ctx.principal.region_code or "")
    rows = [
        row
        for row in await storm_rows.list_limits(ctx.session)
        if row.region_code in above or reaches_region(ctx.principal, row.region_code)
    ]
    return StormLimitList(items=[StormLimitRead.model_validate(row) for row in rows])


@router.put("/v1/storm-limits/{region}", dependencies=[require(*_KEEPERS)])
async def put_storm_limit(ctx: ContextDep, region: RegionOrAll, body: StormLimitWrite) -> StormLimitRead:
    """The region's limits from now on."""
    return StormLimitRead.model_validate(await storms.save_limit(ctx, _code(region), body.model_dump()))


@router.get("/v1/digests", response_model=PageOf[DigestRead], dependencies=[require(*_READERS)])
async def list_digests(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(storm_rows.DIGESTS)]
) -> Response:
    """Digests about the caller's region, newest first."""
    page = await storm_rows.page_digests(ctx.session, ctx.principal, query)
    return page_response(request, page, query, DigestRead)


@router.get("/v1/digests/{digest_id}", dependencies=[require(*_READERS)], responses=problems(DigestNotFound))
async def get_digest(ctx: ContextDep, digest_id: UUID) -> DigestDetail:
    """A digest with every alert that it tells of and the caller may see."""
    row = await storm_rows.find_digest(ctx.session, ctx.principal, digest_id)
    if row is None:
        raise DigestNotFound
    told = [
        DigestAlert(
            alert_id=alert.id,
            number=alert.number or 0,
            severity=notice.severity,
            title_zh=alert.title_zh,
            title_en=alert.title_en,
            region_code=alert.region_code,
            reason=notice.reason,
            held_at=notice.created_at,
        )
        for notice, alert in await storm_rows.alerts_of(ctx.session, digest_id)
        if reaches_region(ctx.principal, alert.region_code)
    ]
    return DigestDetail(**DigestRead.model_validate(row).model_dump(), told=told)


async def _revisions(ctx: Context, region: str) -> Sequence[RouteTreeRow]:
    rows = _seen(ctx, await trees.get_tree(ctx, _code(region)))
    if not rows:
        raise TreeNotFound
    return rows


async def _check(ctx: Context, guard: ChannelGuard, spec: TreeSpec) -> None:
    """What a tree names has to exist, and its addresses have to be such as may be called."""
    refused: list[FieldError] = []
    for place, receiver in enumerate(spec.receivers):
        for number, webhook in enumerate(receiver.webhooks):
            try:
                guard.checked_target("webhook", webhook.url)
            except AddressRefused as error:
                pointer = f"/definition/receivers/{place}/webhooks/{number}/url"
                refused.append(FieldError("route_tree.address", pointer, dict(error.params)))
        if receiver.policy_code is not None and not await policies.exists(ctx, receiver.policy_code, ctx.now):
            raise UnknownRoutePolicy(policy_code=receiver.policy_code)
        for what, identity in await telling.unknown_of(ctx, receiver):
            pointer = f"/definition/receivers/{place}/{what}"
            refused.append(FieldError("route_tree.unknown", pointer, {"id": identity}))
    if refused:
        raise TargetRefused(errors=refused)
