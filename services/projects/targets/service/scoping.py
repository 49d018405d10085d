"""Whose a target is: what a scope refers to is looked up, named and, for figures, given its members."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.parks.repository.parks import find_park
from services.projects.rates.domain.grouping import sector_prefixes
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import has_person, has_unit, names_of_entries
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.errors import TargetNotOrdered, UnknownCluster
from services.projects.targets.repository.catalogue import find_cluster


async def name_scope(ctx: Context, scope: Scope) -> str:
    """What the scope is called. Raises EntryUnknown, UnknownCluster, TargetNotOrdered (no such sector)."""
    region = await _name(ctx, "region", scope.region_code)
    match scope.type:
        case ScopeType.UNIT:
            await demand_unit(ctx, scope.unit_id, "/unit_id")
            return await _name(ctx, "unit", str(scope.unit_id))
        case ScopeType.PERSON:
            await demand_person(ctx, scope.person_id, "/person_id")
            return await _name(ctx, "person", str(scope.person_id))
        case ScopeType.PARK:
            assert scope.park_code is not None, "see Scope.faults"
            park = await find_park(ctx.session, scope.park_code)
            if park is None or park.deleted_at is not None:
                raise _unknown("/park_code")
            return park.name
        case ScopeType.INDUSTRY:
            for place, sector in enumerate(scope.sectors):
                try:
                    sector_prefixes(sector)
                except ValueError as error:
                    fault = FieldError("target.sector_unknown", f"/sectors/{place}")
                    raise TargetNotOrdered(errors=[fault]) from error
            return f"{region}{'、'.join(scope.sectors)}行业"
        case ScopeType.CLUSTER:
            cluster = await find_cluster(ctx.session, str(scope.cluster_code))
            if cluster is None:
                fault = FieldError("reference.unknown", "/cluster_code")
                raise UnknownCluster(cluster_code=scope.cluster_code, errors=[fault])
            return cluster.name
        case ScopeType.REGION:
            return region


async def with_members(ctx: Context, scope: Scope) -> Scope:
    """The scope with its cluster's members as they are now."""
    if scope.cluster_code is None:
        return scope
    cluster = await find_cluster(ctx.session, scope.cluster_code)
    assert cluster is not None, "clusters are never deleted"
    return replace(
        scope,
        enterprise_ids=tuple(UUID(one) for one in cluster.enterprise_ids),
        project_ids=tuple(UUID(one) for one in cluster.project_ids),
    )


async def demand_unit(ctx: Context, unit_id: UUID | None, pointer: str) -> None:
    """Raises EntryUnknown."""
    if unit_id is not None and not await has_unit(ctx.session, unit_id):
        raise _unknown(pointer)


async def demand_person(ctx: Context, person_id: UUID | None, pointer: str) -> None:
    """Raises EntryUnknown."""
    if person_id is not None and not await has_person(ctx.session, person_id):
        raise _unknown(pointer)


def _unknown(pointer: str) -> EntryUnknown:
    return EntryUnknown(fields=[pointer.removeprefix("/")], errors=[FieldError("reference.unknown", pointer)])


async def _name(ctx: Context, kind: str, key: str) -> str:
    return (await names_of_entries(ctx.session, kind, [key])).get(key, key)
