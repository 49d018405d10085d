"""Registering and changing many nodes, or placing many meters, by a table: all rows or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.sheets.model import Limits
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.energy.grid import placement_repository, repository
from services.energy.grid.domain.sheet import Columns, GridCellFault, GridSheetRow, read_rows
from services.energy.grid.domain.spans import Span, in_force
from services.energy.grid.errors import GridNodeNotFound, GridTableRefused, GridTableUnreadable
from services.energy.grid.service import nodes, parts, placements
from services.energy.grid.service.nodes import NodeFacts
from services.energy.grid.service.placements import PlacementFacts
from services.energy.grid.tables import GridCapacityRow, GridNodeRow, GridPlacementRow
from services.energy.metering.errors import MeterNotFound
from services.energy.sheet_table import read_file

MAX_ROWS: Final = 50_000
MAX_FAULTS: Final = 1000
_LIMITS: Final = Limits(expanded_bytes=256 * 2**20, rows=MAX_ROWS + 20, columns=64)


@dataclass(slots=True)
class Outcome:
    created: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ParsedNode:
    row: GridSheetRow
    facts: NodeFacts


@dataclass(frozen=True, slots=True)
class ParsedPlacement:
    row: GridSheetRow
    facts: PlacementFacts


def read_table(body: bytes, columns: Columns, keys: Sequence[str]) -> list[GridSheetRow]:
    """The rows of the first visible sheet of an XLSX or CSV file. Raises GridTableUnreadable."""
    return read_file(
        body,
        lambda rows, date1904: read_rows(rows, columns, keys, date1904=date1904),
        GridTableUnreadable,
        limits=_LIMITS,
        max_rows=MAX_ROWS,
        head_missing=f"no columns {', '.join(keys)} in the first rows",
    )


async def apply_table(
    ctx: Context,
    faults: Sequence[GridCellFault],
    act: Callable[[Context, Outcome, list[GridCellFault]], Awaitable[None]],
    *,
    dry_run: bool,
) -> tuple[Outcome, list[GridCellFault]]:
    """Carry a table out; returns what was or would be done, and the faults. Raises GridTableRefused."""
    outcome, found = Outcome(), list(faults)
    async with on_trial(ctx.session, dry_run=dry_run):
        await repository.lock_grid(ctx.session)
        await act(ctx, outcome, found)
        found.sort(key=lambda fault: (fault.row, fault.column or ""))
        if found and not dry_run:
            raise GridTableRefused(count=len(found), errors=[_told(fault) for fault in found[:MAX_FAULTS]])
    return outcome, found


def _told(fault: GridCellFault) -> FieldError:
    return FieldError(fault.code, f"/{fault.row}/{fault.column or ''}".rstrip("/"), fault.params)


def fault_of(row: GridSheetRow, error: DomainError) -> GridCellFault:
    """A broken rule as a fault of its cell, where it names one."""
    name = error.errors[0].pointer.removeprefix("/") if error.errors else ""
    return GridCellFault(row.row, row.columns.get(name), error.code, error.params)


async def put_nodes(
    ctx: Context, rows: Sequence[ParsedNode], effective_from: date, outcome: Outcome, faults: list[GridCellFault]
) -> None:
    """Register new nodes, those before that others hang under, and change those that are known.

    A known node moves under another parent, or has another capacity, from ``effective_from`` on.
    """
    known = await repository.nodes_by_code(ctx.session, [row.facts.code for row in rows])
    for row in _parents_first(rows):
        try:
            async with ctx.session.begin_nested():
                await _put(ctx, row, known.get(row.facts.code), effective_from, outcome)
        except (DomainError, NotFound) as error:
            faults.append(fault_of(row.row, error))


def _parents_first(rows: Sequence[ParsedNode]) -> list[ParsedNode]:
    by_code = {row.facts.code: row for row in rows}
    ordered: dict[str, ParsedNode] = {}
    for row in rows:
        chain = []
        code: str | None = row.facts.code
        while code is not None and code in by_code and code not in ordered and by_code[code] not in chain:
            chain.append(by_code[code])
            code = by_code[code].facts.parent_code
        ordered |= {one.facts.code: one for one in reversed(chain)}
    return list(ordered.values())


async def _put(
    ctx: Context, row: ParsedNode, known: GridNodeRow | None, effective_from: date, outcome: Outcome
) -> None:
    if known is None:
        await nodes.register_node(ctx, row.facts)
        outcome.created += 1
        return
    node = await repository.get_node(ctx.session, ctx.principal, known.code, lock=True)
    before = node.version
    await nodes.change_node(ctx, node, _changes(row))
    if row.facts.parent_code is not None:
        await _move(ctx, node, row.facts.parent_code, effective_from)
    if row.facts.capacity is not None:
        await _rate(ctx, node, row, effective_from)
    changed = node.version != before
    outcome.changed += changed
    outcome.unchanged += not changed


def _changes(row: ParsedNode) -> dict[str, Any]:
    # A column that is not there, or a cell that is empty, changes nothing.
    names = [name for name in ("name", "region_code", "voltage_kv", "quota_code") if name in row.row.facts]
    return {name: getattr(row.facts, name) for name in names}


async def _move(ctx: Context, node: GridNodeRow, parent_code: str, on: date) -> None:
    links = in_force(await repository.links_of(ctx.session, node.id), on)
    parent = await repository.get_node(ctx.session, ctx.principal, parent_code)
    if not any(link.parent_id == parent.id for link in links):
        await parts.hang(ctx, node, parent_code, Span(on, node.valid_to), None, move=True)


async def _rate(ctx: Context, node: GridNodeRow, row: ParsedNode, on: date) -> None:
    facts = row.facts.capacity
    assert facts is not None
    known = await repository.parts_of(ctx.session, GridCapacityRow, node.id)
    own = [part for part in in_force(known, on) if part.withdrawn_at is None and part.project_id is None]
    told = (facts.rated_mva, facts.units, facts.overload_factor, facts.power_factor)
    if any((part.rated_mva, part.units, part.overload_factor, part.power_factor) == told for part in own):
        return
    for part in own:
        if part.valid_from < on:
            await parts.change_capacity(ctx, node, part.id, {"valid_to": on})
        else:
            await parts.withdraw_capacity(ctx, node, part.id, facts.reason)
    await parts.record_capacity(
        ctx,
        node,
        parts.CapacityFacts(
            facts.rated_mva, on, facts.reason, facts.units, None, facts.overload_factor, facts.power_factor
        ),
    )


async def put_placements(
    ctx: Context, rows: Sequence[ParsedPlacement], outcome: Outcome, faults: list[GridCellFault]
) -> None:
    """Place meters; one that hangs there already stays. Set-wise: tens of thousands in seconds."""
    numbers = [row.facts.meter_no for row in rows]
    meters = await placement_repository.meters_by_no(ctx.session, ctx.principal, numbers)
    codes = {row.facts.node_code for row in rows}
    found = {
        code: node
        for code, node in (await repository.nodes_by_code(ctx.session, codes)).items()
        if not ctx.principal.is_enterprise_bound and reaches_region(ctx.principal, node.region_code)
    }
    known: dict[int, list[GridPlacementRow]] = {}
    indexes = [meter.meter_index for meter in meters.values()]
    for placed in await placement_repository.placements_of(ctx.session, indexes):
        known.setdefault(placed.meter_index, []).append(placed)
    touched: dict[UUID, date] = {}
    for row in rows:
        try:
            node = _known_node(found, row.facts.node_code)
            meter = meters.get(row.facts.meter_no)
            if meter is None:
                raise MeterNotFound(meter_no=row.facts.meter_no)
            own = known.setdefault(meter.meter_index, [])
            if any(_is_same(placed, row.facts, node) for placed in own):
                outcome.unchanged += 1
                continue
            own.append(placements.add_placement(ctx, row.facts, meter, node, own))
        except DomainError as error:
            faults.append(fault_of(row.row, error))
            continue
        outcome.created += 1
        touched[node.id] = min(touched.get(node.id, row.facts.valid_from), row.facts.valid_from)
    await ctx.session.flush()
    first_of_all = min(touched.values(), default=None)
    if first_of_all is not None:
        # Their register named them where they hang no more.
        for node_id in await placements.registered_nodes(ctx, indexes):
            touched.setdefault(node_id, first_of_all)
    for node_id, first in touched.items():
        await repository.note_touched(ctx, [node_id], Span(first))


def _known_node(found: Mapping[str, GridNodeRow], code: str) -> GridNodeRow:
    node = found.get(code)
    if node is None:
        raise GridNodeNotFound(node_code=code)
    return node


def _is_same(placed: GridPlacementRow, facts: PlacementFacts, node: GridNodeRow) -> bool:
    return (placed.node_id, placed.role, placed.valid_from, placed.valid_to) == (
        node.id,
        facts.role.value,
        facts.valid_from,
        facts.valid_to,
    )
