"""What lists of efficiency share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField


def _within(column: Any, code: Any) -> Any:
    # A code that is none contains nothing; the filter itself takes any text.
    try:
        return column.startswith(regions.prefix(str(code)))
    except regions.InvalidRegionCode:
        return column.is_(None)


def region_filter(column: Any) -> FilterField:
    """A region column with the operator ``within``: the region and its subtree."""
    return FilterField(column, own={"within": _within})


def owned_scope(region: Any, enterprise: Any, principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """Rows of the caller's region subtree and, for an enterprise, its own."""
    return region_scope(region, principal), enterprise_scope(enterprise, principal)


async def lock_key(session: AsyncSession, kind: str, key: str) -> None:
    """Make other writers of the same key wait: an upsert of a key that is new has no row to lock."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{kind}:{key}", 0))))
