"""Registering nodes and changing what is said of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.web.problems import FieldError
from services.energy.grid import repository
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.domain.spans import Span
from services.energy.grid.errors import GridCodeTaken, GridNodeInUse, GridNodeReferred
from services.energy.grid.occupant_repository import occupants_of
from services.energy.grid.service import parts
from services.energy.grid.service.parts import CapacityFacts
from services.energy.grid.service.recording import changed, check_region, check_span, registered, removed
from services.energy.grid.tables import GridNodeRow
from services.energy.situations.domain.situation import Subject
from services.energy.situations.service import settle

# So many of each kind are named where a node is not taken away.
_MOST_NAMED: Final = 5
# What may be put right of a node; its kind and code are what it is.
CHANGEABLE: Final = (
    "name",
    "region_code",
    "voltage_kv",
    "quota_code",
    "project_id",
    "responsible_person_id",
    "responsible_unit_id",
    "valid_from",
    "valid_to",
)


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node as it is registered; ``parent_code``: what it hangs under from its first day on."""

    kind: NodeKind
    code: str
    name: str
    region_code: str
    valid_from: date
    valid_to: date | None = None
    voltage_kv: float | None = None
    quota_code: str | None = None
    project_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    parent_code: str | None = None
    capacity: CapacityFacts | None = None
    origin: str = "registered"


async def register_node(ctx: Context, facts: NodeFacts) -> GridNodeRow:
    """A new node with its first parent and capacity.

    Raises GridRegionInvalid, GridRegionOutOfReach, GridSpanInverted, GridCodeTaken, and what hanging it up raises.
    """
    check_region(ctx, facts.region_code)
    check_span(Span(facts.valid_from, facts.valid_to))
    await repository.lock_grid(ctx.session)
    await _check_free(ctx, facts.code, facts.project_id)
    row = GridNodeRow(
        id=ctx.new_id(),
        kind=facts.kind.value,
        code=facts.code,
        origin=facts.origin,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
        **{name: getattr(facts, name) for name in CHANGEABLE},
    )
    ctx.session.add(row)
    await ctx.session.flush()
    if facts.parent_code is not None:
        parent = await repository.get_node(ctx.session, ctx.principal, facts.parent_code)
        await parts.add_link(ctx, row, parent, Span(facts.valid_from, facts.valid_to), None)
    if facts.capacity is not None:
        await parts.add_capacity(ctx, row, facts.capacity)
    await registered(ctx, row)
    await repository.note_touched(ctx, [row.id], Span(facts.valid_from))
    return row


async def change_node(ctx: Context, row: GridNodeRow, changes: dict[str, Any]) -> GridNodeRow:
    """Put facts of an opened node right; the same again changes nothing.

    Raises GridRegionInvalid, GridRegionOutOfReach, GridSpanInverted, GridCodeTaken, GridNodeInUse.
    """
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not differing:
        return row
    if "region_code" in differing:
        check_region(ctx, differing["region_code"])
    span = Span(differing.get("valid_from", row.valid_from), differing.get("valid_to", row.valid_to))
    check_span(span)
    if differing.get("project_id") is not None:
        await _check_free(ctx, None, differing["project_id"])
    if span.valid_to is not None and "valid_to" in differing:
        await _end(ctx, row, span.valid_to)
    for name, value in differing.items():
        setattr(row, name, value)
    first = min(row.valid_from, span.valid_from)
    await changed(ctx, row, sorted(differing), Span(first))
    return row


# Codes of the plants that feed or fed a node (by id); their slice stands above and is handed in.
PlantsOn = Callable[[Context, UUID], Awaitable[Sequence[str]]]


async def no_plants(_ctx: Context, _node: UUID) -> Sequence[str]:
    return ()


async def remove_node(ctx: Context, row: GridNodeRow, plants_on: PlantsOn = no_plants) -> None:
    """Take away an opened node that was registered by mistake. Raises GridNodeReferred."""
    found = await occupants_of(ctx.session, row, _MOST_NAMED)
    plants = tuple(await plants_on(ctx, row.id))[:_MOST_NAMED]
    if found.nodes or found.meters or found.projects or plants:
        raise GridNodeReferred(
            node_code=row.code,
            nodes=found.nodes or None,
            meters=found.meters or None,
            projects=found.projects or None,
            plants=plants or None,
        )
    kinds = (SituationKind.SUPPLY_SHORTAGE, SituationKind.SHORTAGE_FORECAST)
    subject = Subject(row.kind, row.id, row.code, row.name, row.region_code)
    await settle(ctx, subject, (), judged=kinds, reason=lambda _row: "withdrawn")
    above = [link.parent_id for link in await repository.links_of(ctx.session, row.id)]
    await removed(ctx, row)
    await repository.delete_node(ctx.session, row)
    await repository.note_touched(ctx, above, Span(row.valid_from))


async def _end(ctx: Context, row: GridNodeRow, valid_to: date) -> None:
    """The node's own place ends with it; what hangs on it must have left. Raises GridNodeInUse."""
    for link in await repository.links_touching(ctx.session, Span(valid_to), [row.id]):
        if link.parent == row.id:
            child = (await repository.nodes_by_id(ctx.session, [link.child]))[link.child]
            raise GridNodeInUse(node_code=row.code, other_code=child.code, valid_to=valid_to)
    for own in await repository.links_of(ctx.session, row.id):
        if own.valid_from >= valid_to:
            await ctx.session.delete(own)
        elif own.valid_to is None or own.valid_to > valid_to:
            own.valid_to = valid_to
    await ctx.session.flush()


async def _check_free(ctx: Context, code: str | None, project_id: UUID | None) -> None:
    if code is not None and await repository.has_code(ctx.session, code):
        raise GridCodeTaken(node_code=code, errors=[FieldError("grid.code_taken", "/code", {"node_code": code})])
    if project_id is None:
        return
    other = await repository.node_of_project(ctx.session, project_id, "")
    if other is not None:
        params: dict[str, Any] = {"node_code": other.code}
        raise GridCodeTaken(**params, errors=[FieldError("grid.code_taken", "/project_id", params)])
