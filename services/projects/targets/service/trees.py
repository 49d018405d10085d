"""Trees of targets: set whole, and read with how children divide their parents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from libs.common.context import Context
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError, FieldError
from services.projects.targets.domain.goals import MOST_LEVELS, Split, demand_acyclic, splits_of, too_deep
from services.projects.targets.domain.scopes import ScopeType
from services.projects.targets.errors import TreeRefused
from services.projects.targets.repository import goals as repository
from services.projects.targets.service.goals import TargetDraft, indicator_for, set_target
from services.projects.targets.tables import TargetRow


@dataclass(frozen=True, slots=True)
class Node:
    """A target of a tree: ``parent_code`` is that of another node, or of a target that stands already."""

    draft: TargetDraft
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A target in its tree, ``depth`` steps below the top, and how its children divide it."""

    row: TargetRow
    depth: int
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class SetNode:
    """A target as it was set, or would be."""

    id: UUID
    code: str
    name: str
    parent_id: UUID | None
    splits: tuple[Split, ...]


async def set_tree(ctx: Context, nodes: Sequence[Node], *, dry_run: bool) -> list[SetNode]:
    """Set all targets of a tree, or none; a dry run answers and leaves nothing.

    Raises TreeRefused and what set_target raises, its fields named by the node's place.
    """
    _demand_tree(nodes)
    rows: dict[str, TargetRow] = {}
    async with on_trial(ctx.session, dry_run=dry_run):
        for place in _from_the_top(nodes):
            node = nodes[place]
            parent_id = node.draft.parent_id
            if node.parent_code is not None:
                parent = rows.get(node.parent_code) or await repository.target_by_code(
                    ctx.session, node.parent_code
                )
                if parent is None:
                    fault = FieldError("reference.unknown", f"/targets/{place}/parent_code")
                    raise TreeRefused(codes=[node.parent_code], errors=[fault])
                parent_id = parent.id
            try:
                row = await set_target(ctx, replace(node.draft, parent_id=parent_id))
            except DomainError as error:
                error.errors = tuple(
                    replace(one, pointer=f"/targets/{place}{one.pointer}") for one in error.errors
                )
                raise
            rows[row.code] = row
        branches = {branch.row.code: branch for branch in await _branches(ctx, list(rows.values()))}
        # Put down before a trial takes the rows back.
        return [
            SetNode(row.id, row.code, row.name, row.parent_id, branches[row.code].splits)
            for row in (rows[node.draft.code] for node in nodes)
        ]


def _demand_tree(nodes: Sequence[Node]) -> None:
    """Each target once, so with one parent, and none above itself. Raises TreeRefused."""
    faults, codes = [], [node.draft.code for node in nodes]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            earlier = nodes[codes.index(code)]
            is_other = earlier.parent_code != nodes[place].parent_code
            fault = "target.two_parents" if is_other else "target.twice"
            name = "parent_code" if is_other else "code"
            faults.append(FieldError(fault, f"/targets/{place}/{name}", {"code": code}))
    circle = set(demand_acyclic({node.draft.code: node.parent_code for node in nodes}))
    faults += [
        FieldError("target.cycle", f"/targets/{place}/parent_code", {"code": code})
        for place, code in enumerate(codes)
        if code in circle
    ]
    if not faults:
        deep = set(too_deep({node.draft.code: node.parent_code for node in nodes}))
        faults += [
            FieldError("target.too_deep", f"/targets/{place}/parent_code", {"levels": MOST_LEVELS})
            for place, code in enumerate(codes)
            if code in deep
        ]
    if faults:
        raise TreeRefused(codes=sorted({codes[int(one.pointer.split("/")[2])] for one in faults}), errors=faults)


def _from_the_top(nodes: Sequence[Node]) -> list[int]:
    """Places of the nodes, parents before their children."""
    places = {node.draft.code: place for place, node in enumerate(nodes)}
    order: list[int] = []

    def visit(place: int) -> None:
        above = places.get(nodes[place].parent_code or "")
        if above is not None and above not in order:
            visit(above)
        if place not in order:
            order.append(place)

    for place in range(len(nodes)):
        visit(place)
    return order


async def read_tree(ctx: Context, root: TargetRow) -> list[Branch]:
    """The target and all below it, parents first, children by code."""
    branches = await _branches(ctx, await repository.subtree(ctx.session, root))
    children: dict[UUID | None, list[Branch]] = {}
    for branch in branches[1:]:
        children.setdefault(branch.row.parent_id, []).append(branch)
    ordered: list[Branch] = []
    waiting = [branches[0]]
    while waiting:
        branch = waiting.pop()
        ordered.append(branch)
        below = children.get(branch.row.id, [])
        waiting += [replace(child, depth=branch.depth + 1) for child in reversed(below)]
    return ordered


async def _branches(ctx: Context, rows: Sequence[TargetRow]) -> list[Branch]:
    """Each of the targets with how its children divide it."""
    children: dict[UUID | None, list[TargetRow]] = {}
    for child in await repository.children_of(ctx.session, [row.id for row in rows]):
        children.setdefault(child.parent_id, []).append(child)
    return [Branch(row, 0, await _splits(ctx, row, children.get(row.id, []))) for row in rows]


async def _splits(ctx: Context, row: TargetRow, children: Sequence[TargetRow]) -> tuple[Split, ...]:
    if not children:
        return ()
    regions_below: list[str] = []
    if any(child.scope_type == ScopeType.REGION.value for child in children):
        regions_below = await repository.regions_below(ctx.session, row.region_code)
    goals = [repository.goal_of(one, await indicator_for(ctx, one.indicator_code)) for one in (row, *children)]
    return splits_of(goals[0], goals[1:], regions_below)
