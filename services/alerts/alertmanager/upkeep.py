"""Putting a configuration file in force: a new revision of the tree where it changed, and its inhibition rules."""

from __future__ import annotations

from libs.common.context import Context
from services.alerts.alertmanager.domain.configuration import Configuration, InhibitionSpec
from services.alerts.grouping import service as grouping
from services.alerts.muting import repository as mutes
from services.alerts.muting import service as muting
from services.alerts.muting.tables import InhibitionRow
from services.alerts.routing import trees
from services.alerts.trail.service import actor_of

ORIGIN = "configuration file"


async def put_in_force(ctx: Context, configuration: Configuration) -> None:
    """The tree for everywhere and the rules of the file; what people made otherwise stays.

    Groups are looked at anew.
    """
    revisions = await trees.list_revisions(ctx, trees.EVERYWHERE)
    definition = configuration.tree.model_dump(mode="json")
    if not revisions or revisions[0].definition != definition or revisions[0].withdrawn:
        await trees.save_tree(ctx, trees.EVERYWHERE, configuration.tree, reason=ORIGIN)
    await _put_inhibitions(ctx, configuration.inhibitions)
    await grouping.tree_changed(ctx, trees.EVERYWHERE)


async def _put_inhibitions(ctx: Context, specs: tuple[InhibitionSpec, ...]) -> None:
    known = [row for row in await mutes.list_inhibitions_of_origin(ctx.session, ORIGIN) if row.ended_by is None]
    wanted = [_row(ctx, spec) for spec in specs]
    if [_sense(row) for row in known] == [_sense(row) for row in wanted]:
        return
    for row in known:
        row.ends_at, row.ended_by, row.updated_at = max(ctx.now, row.starts_at), actor_of(ctx.principal), ctx.now
        row.version += 1
    ctx.session.add_all(wanted)
    await ctx.session.flush()
    await muting.changed(ctx)


def _sense(row: InhibitionRow) -> tuple[object, ...]:
    return (row.name, row.source_matchers, row.target_matchers, row.equal)


def _row(ctx: Context, spec: InhibitionSpec) -> InhibitionRow:
    return InhibitionRow(
        id=ctx.new_id(),
        name=spec.name,
        source_matchers=mutes.stored(spec.source),
        target_matchers=mutes.stored(spec.target),
        equal=list(spec.equal),
        origin=ORIGIN,
        reason=ORIGIN,
        author=ORIGIN,
        created_by=actor_of(ctx.principal),
        starts_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
