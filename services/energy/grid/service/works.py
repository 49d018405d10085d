"""Grid projects: what they add when they go into production, and take along when they go back (S25)."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.projects import ProjectStageEnteredV1, Stage
from services.energy.grid import repository, works_repository
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.errors import GridRowNotFound, GridWorksWithoutCapacity
from services.energy.grid.service import parts
from services.energy.grid.service.nodes import NodeFacts, register_node
from services.energy.grid.service.parts import CapacityFacts
from services.energy.grid.service.recording import open_node
from services.energy.grid.tables import GridCapacityRow, GridNodeRow, GridWorksRow

KIND: Final = "grid_works"
_COMMISSIONED: Final = frozenset({Stage.IN_PRODUCTION, Stage.AT_CAPACITY, Stage.OPENED})
_FACTS: Final = ("work", "voltage_kv", "capacity_mva", "line_length_km", "financing_form")


async def take_stage(ctx: Context, event: Event[ProjectStageEnteredV1]) -> None:
    """Follow a grid project to its stage; what was taken before is passed over."""
    payload = event.payload
    await repository.lock_grid(ctx.session)
    works = await works_repository.find_works(ctx.session, payload.project_id)
    if works is None and payload.kind != KIND:
        return
    if works is not None and event.aggregate_version <= works.event_version:
        return
    if works is None:
        works = GridWorksRow(
            project_id=payload.project_id,
            code=payload.code,
            name=payload.name,
            stage=payload.stage.value,
            stage_on=payload.on,
            event_version=0,
            updated_at=ctx.now,
        )
        ctx.session.add(works)
    works.code, works.name = payload.code, payload.name
    works.region_code = payload.region_code or event.region_code or works.region_code
    works.stage, works.stage_on = payload.stage.value, payload.on
    works.event_version, works.updated_at = event.aggregate_version, ctx.now
    if payload.grid is not None:
        for name in _FACTS:
            setattr(works, name, getattr(payload.grid, name))
    await ctx.session.flush()
    await _follow(ctx, works, payload)
    await ctx.session.flush()


async def _follow(ctx: Context, works: GridWorksRow, payload: ProjectStageEnteredV1) -> None:
    # A kind that was corrected to another one adds nothing to the grid any more.
    is_grid = payload.kind is None or payload.kind == KIND
    if payload.stage in _COMMISSIONED and is_grid:
        # At capacity it is the same plant: what counts is the day it was commissioned.
        on = works.commissioned_on or payload.on
        works.commissioned_on = on
        await _count(ctx, works, on)
    elif payload.stage is not Stage.SUSPENDED or not is_grid:
        # A suspended project keeps what stands already; resumed, it enters its stage again.
        works.commissioned_on = None
        reason = payload.reversal_reason or payload.reason or payload.stage.value
        await _take_back(ctx, works, payload.on, reason, is_reversal=payload.stage is not Stage.TERMINATED)


async def _count(ctx: Context, works: GridWorksRow, on: date) -> None:
    """Have the capacity counted from the day on, once; what differs is put right."""
    if works.capacity_mva is None or works.capacity_mva <= 0 or works.region_code is None:
        return
    if works.capacity_id is not None:
        known = await ctx.session.get_one(GridCapacityRow, works.capacity_id)
        if (known.rated_mva, known.valid_from) == (works.capacity_mva, on):
            return
        await _take_back(ctx, works, on, "corrected", is_reversal=True)
    node = await _node(ctx, works, on)
    facts = CapacityFacts(
        rated_mva=works.capacity_mva,
        valid_from=on,
        reason=f"{works.name}投产",
        project_id=works.project_id,
        project_code=works.code,
    )
    part = await parts.record_capacity(ctx, node, facts)
    works.node_id, works.capacity_id = node.id, part.id


async def _node(ctx: Context, works: GridWorksRow, on: date) -> GridNodeRow:
    """The node the project builds: the one linked to it, else of its code, else a new substation of its region."""
    if works.node_id is not None:
        node = (await repository.nodes_by_id(ctx.session, [works.node_id]))[works.node_id]
        return await repository.get_node(ctx.session, ctx.principal, node.code, lock=True)
    found = await repository.node_of_project(ctx.session, works.project_id, works.code)
    if found is not None:
        return found
    region = works.region_code
    assert region is not None
    chain = (region, *regions.ancestors(region))
    areas = await repository.areas_of(ctx.session, chain, on)
    nearest = next((areas[code] for code in chain if code in areas), None)
    return await register_node(
        ctx,
        NodeFacts(
            kind=NodeKind.SUBSTATION,
            code=works.code,
            name=works.name,
            region_code=region,
            valid_from=on,
            voltage_kv=works.voltage_kv,
            project_id=works.project_id,
            parent_code=None if nearest is None else nearest.code,
            origin="project",
        ),
    )


async def _take_back(ctx: Context, works: GridWorksRow, on: date, reason: str, *, is_reversal: bool) -> None:
    if works.capacity_id is None:
        return
    part = await ctx.session.get_one(GridCapacityRow, works.capacity_id)
    known = (await repository.nodes_by_id(ctx.session, [part.node_id]))[part.node_id]
    node = await repository.get_node(ctx.session, ctx.principal, known.code, lock=True)
    if is_reversal or on <= part.valid_from:
        await parts.take_back(ctx, node, part, reason)
    else:
        # It was there until then.
        await parts.change_capacity(ctx, node, part.id, {"valid_to": on})
    works.capacity_id = None


async def assign_works(ctx: Context, project_id: UUID, node_code: str) -> GridWorksRow:
    """Say which node a project builds or extends; what it added moves there.

    Raises GridRowNotFound, GridNodeNotFound, GridWorksWithoutCapacity.
    """
    node = await open_node(ctx, node_code)
    works = await works_repository.find_works(ctx.session, project_id)
    if works is None:
        raise GridRowNotFound(row_id=project_id)
    if works.capacity_mva is None:
        raise GridWorksWithoutCapacity(project_code=works.code)
    if works.node_id == node.id:
        return works
    on = works.commissioned_on
    if works.capacity_id is not None and on is not None:
        await _take_back(ctx, works, on, "moved", is_reversal=True)
    works.node_id = node.id
    if on is not None:
        await _count(ctx, works, on)
    works.updated_at = ctx.now
    await ctx.session.flush()
    return works
