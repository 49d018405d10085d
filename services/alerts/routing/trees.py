"""Keeping the route trees: a change is a new revision; the narrowest tree in force decides for a region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from libs.common.security.scope import ensure_region
from libs.common.workdays import WorkCalendar
from services.alerts.routing.domain.specs import Receiver, RouteSpec, TreeSpec
from services.alerts.routing.domain.tree import Route, Traveller, Tree, build, regions_of
from services.alerts.routing.errors import TreeNotFound
from services.alerts.routing.tables import RouteTreeRow
from services.alerts.routing.tokens import ReadMostly
from services.alerts.trail.service import actor_of

EVERYWHERE = ""

# What holds where nobody has made a tree: the rule's own policy chases, nobody is told beside it.
_DEFAULT = build(
    EVERYWHERE, 0, TreeSpec(root=RouteSpec(receiver="default"), receivers=(Receiver(name="default"),)), {}
)


@dataclass(frozen=True, slots=True)
class Forest:
    """Every revision of every tree that may come into force."""

    by_region: dict[str, tuple[tuple[datetime, Tree | None], ...]]

    def tree_for(self, region_code: str, at: datetime) -> Tree:
        """The tree of the region, or of the nearest one above it that has one."""
        for code in chain(region_code):
            found = self._in_force(code, at)
            if found is not None:
                return found
        return _DEFAULT

    def _in_force(self, code: str, at: datetime) -> Tree | None:
        newest: Tree | None = None
        for valid_from, tree in self.by_region.get(code, ()):
            if valid_from <= at:
                newest = tree
        return newest


def chain(region_code: str) -> tuple[str, ...]:
    """The region, those above it and everywhere; a malformed code is nowhere but everywhere."""
    try:
        return (region_code, *regions.ancestors(region_code), EVERYWHERE)
    except regions.InvalidRegionCode:
        return (EVERYWHERE,)


async def _load(session: AsyncSession) -> Forest:
    rows = await session.scalars(
        select(RouteTreeRow).order_by(col(RouteTreeRow.region_code), col(RouteTreeRow.revision))
    )
    found: dict[str, list[tuple[datetime, Tree | None]]] = {}
    for row in rows:
        tree = None if row.withdrawn else built(row)
        found.setdefault(row.region_code, []).append((row.valid_from, tree))
    return Forest({code: tuple(revisions) for code, revisions in found.items()})


def built(row: RouteTreeRow) -> Tree:
    spec = TreeSpec.model_validate(row.definition)
    prefixes = {code: regions.prefix(code) for code in regions_of(spec)}
    return build(row.region_code, row.revision, spec, prefixes)


_FOREST: ReadMostly[Forest] = ReadMostly("routes", _load)


async def forest_of(ctx: Context) -> Forest:
    return await _FOREST.get(ctx.session)


@dataclass(frozen=True, slots=True)
class Known:
    """The trees as they are while the database has this token for them; without one nothing tells."""

    token: UUID | None
    forest: Forest


async def known(session: AsyncSession) -> Known:
    """To be kept beyond the transaction by those who ask for the token when they use it."""
    return Known(*await _FOREST.get_with_token(session))


async def tree_for(ctx: Context, region_code: str) -> Tree:
    """The tree in force for alerts of the region; there is always one."""
    return (await forest_of(ctx)).tree_for(region_code, ctx.now)


async def policy_for(
    ctx: Context, labels: Mapping[str, str], region_code: str, unit_id: UUID | None, otherwise: str
) -> str:
    """The code of the escalation policy that the alert's first route with one names, else the rule's own."""
    tree = await tree_for(ctx, region_code)
    for route in tree.match(Traveller(labels, region_code, unit_id)):
        policy_code = tree.spec.receiver(route.receiver).policy_code
        if policy_code is not None:
            return policy_code
    return otherwise


@dataclass(frozen=True, slots=True)
class Destination:
    """A route that takes an alert, with its receiver and the intervals for which it rests now."""

    tree: Tree
    route: Route
    receiver: Receiver
    resting: tuple[str, ...]


async def destinations(ctx: Context, traveller: Traveller) -> list[Destination]:
    tree = await tree_for(ctx, traveller.region_code)
    calendar: WorkCalendar = await work_calendar(ctx.session)
    return [
        Destination(
            tree,
            route,
            tree.spec.receiver(route.receiver),
            tuple(tree.resting(route, ctx.now, calendar)),
        )
        for route in tree.match(traveller)
    ]


async def save_tree(
    ctx: Context,
    region_code: str,
    spec: TreeSpec,
    *,
    reason: str,
    valid_from: datetime | None = None,
    withdrawn: bool = False,
) -> RouteTreeRow:
    """Add the next revision of a region's tree (``""``: everywhere), in force from `valid_from` (default: now).

    Raises NotFound for a region that is not the caller's.
    """
    ensure_region(ctx.principal, region_code or None)
    revisions = await list_revisions(ctx, region_code)
    row = RouteTreeRow(
        region_code=region_code,
        revision=revisions[0].revision + 1 if revisions else 1,
        valid_from=max(valid_from or ctx.now, ctx.now),
        withdrawn=withdrawn,
        definition=spec.model_dump(mode="json"),
        reason=reason,
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    # Two who save at once: the second meets the primary key and is told to look again.
    await ctx.session.flush()
    await _FOREST.changed(ctx.session)
    return row


async def list_revisions(ctx: Context, region_code: str) -> Sequence[RouteTreeRow]:
    """All revisions of a region's tree, newest first."""
    statement = select(RouteTreeRow).where(col(RouteTreeRow.region_code) == region_code)
    return (await ctx.session.scalars(statement.order_by(col(RouteTreeRow.revision).desc()))).all()


async def get_tree(ctx: Context, region_code: str) -> Sequence[RouteTreeRow]:
    """Raises TreeNotFound."""
    rows = await list_revisions(ctx, region_code)
    if not rows:
        raise TreeNotFound
    return rows


async def list_newest(ctx: Context) -> list[RouteTreeRow]:
    """The newest revision of each tree, by region."""
    rows = await ctx.session.scalars(
        select(RouteTreeRow).order_by(col(RouteTreeRow.region_code), col(RouteTreeRow.revision))
    )
    return list({row.region_code: row for row in rows}.values())
