"""What bounds the supply of many nodes, loaded once for a span of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from services.energy.balance import repository
from services.energy.balance.domain.gap import SLOTS, SupplyColumns, supply
from services.energy.balance.domain.levels import Floats
from services.energy.balance.domain.rules import BalanceRule
from services.energy.balance.errors import BalanceRuleMissing
from services.energy.balance.repository import Allotted
from services.energy.balance.tables import BalanceImportLimitRow
from services.energy.grid.domain.loads import quarter_hours
from services.energy.grid.domain.node import GridNode, NodeKind
from services.energy.grid.domain.rules import rule_for
from services.energy.grid.domain.spans import Span, in_force
from services.energy.grid.network import Network
from services.energy.metering.domain.slots import date_of
from services.energy.quotas.domain.quota import Scope

_KW_A_MW: Final = 1000.0
_SCOPES: Final = {
    Scope.REGION: NodeKind.AREA,
    Scope.SUBSTATION: NodeKind.SUBSTATION,
    Scope.TRANSFORMER: NodeKind.TRANSFORMER,
    Scope.FEEDER: NodeKind.FEEDER,
}


@dataclass(frozen=True, slots=True, eq=False)
class NodeSupply:
    """Supply of a node on a day with the rows behind it."""

    columns: SupplyColumns
    capacity_kw: float | None
    capacity_ids: tuple[UUID, ...]
    quota_ids: tuple[UUID, ...]
    import_limit_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Supplies:
    """Quotas, import limits and rules of nodes over some days."""

    network: Network
    quotas: Mapping[tuple[UUID, date], Sequence[Allotted]]
    limits: Mapping[UUID, Sequence[BalanceImportLimitRow]]
    rules: Sequence[BalanceRule]

    def rule(self, node: UUID, day: int) -> BalanceRule:
        """Raises BalanceRuleMissing."""
        region = self.network.nodes[node].region_code
        found = rule_for(self.rules, region, date_of(day))
        if found is None:
            raise BalanceRuleMissing(region_code=region, day=date_of(day))
        return found

    def of(self, node: UUID, day: int, generation_kw: Floats | None = None) -> NodeSupply:
        on = date_of(day)
        capacity = self.network.capacity(node, day)
        allotted = self.quotas.get((node, on), ())
        limits = in_force(self.limits.get(node, ()), on)
        columns = supply(
            capacity.kw,
            _lowest([one.quota_mw for one in allotted]),
            _lowest([row.limit_mw for row in limits]),
            np.full(SLOTS, np.nan) if generation_kw is None else generation_kw,
        )
        return NodeSupply(
            columns,
            capacity.kw,
            capacity.parts,
            tuple(one.id for one in allotted),
            tuple(row.id for row in limits),
        )


def _lowest(rows: Sequence[Sequence[float]]) -> Floats:
    """Curves in MW of whatever interval as one in kW: the lowest of each slot."""
    found = np.full(SLOTS, np.nan)
    for row in rows:
        values = np.asarray(row, np.float64)
        # One value holds all day.
        whole = np.repeat(values, SLOTS) if len(values) == 1 else quarter_hours(values[None])[0]
        found = np.fmin(found, whole * _KW_A_MW)
    return found


def is_of(quota: Allotted, node: GridNode) -> bool:
    """Whether a quota is the node's: of its kind, in its region or around it; a region's is its area's."""
    if _SCOPES.get(quota.scope) is not node.kind:
        return False
    if quota.scope is Scope.REGION:
        return True
    return regions.contains(quota.region_code, node.region_code) or regions.contains(
        node.region_code, quota.region_code
    )


async def load_supplies(session: AsyncSession, network: Network, nodes: Sequence[UUID]) -> Supplies:
    """What bounds these nodes of the network on its days."""
    first, last = date_of(network.first), date_of(network.last)
    named = await repository.named_nodes(session, nodes)
    quotas: dict[tuple[UUID, date], list[Allotted]] = {}
    for quota in await repository.quotas_between(session, named, first, last):
        for node in named[quota.code]:
            if is_of(quota, node):
                quotas.setdefault((node.id, quota.day), []).append(quota)
    limits: dict[UUID, list[BalanceImportLimitRow]] = {}
    for limit in await repository.import_limits(session, nodes, Span(first, last + timedelta(days=1))):
        limits.setdefault(limit.node_id, []).append(limit)
    rules = [repository.rule_of(rule) for rule in await repository.all_rules(session)]
    return Supplies(network, quotas, limits, rules)
