"""Whose figures a caller may look into: places are published, what they are made of is the participant's own."""

from __future__ import annotations

from libs.common.security.principal import Principal
from libs.common.security.scope import reaches_region
from services.projects.contest.tables import ContestEntryRow


def reaches_entry(principal: Principal, entry: ContestEntryRow) -> bool:
    """A participant in the caller's subtree; for an enterprise itself alone."""
    if principal.is_enterprise_bound:
        return entry.enterprise_id is not None and entry.enterprise_id == principal.enterprise_id
    return reaches_region(principal, entry.region_code)
