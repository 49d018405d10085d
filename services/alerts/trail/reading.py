"""Entries as they are shown: persons with the names they have now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import PersonReplicaRow
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.domain.naming import named, persons_in
from services.alerts.trail.tables import TrailRow


async def facts_of_entries(session: AsyncSession, entries: Sequence[Entry | TrailRow]) -> list[dict[str, Any]]:
    """The facts of each entry, in their order."""
    found = [json.loads(entry.facts) for entry in entries]
    ids = {UUID(person_id) for facts in found for person_id in persons_in(facts)}
    names: dict[str, str] = {}
    if ids:
        statement = select(col(PersonReplicaRow.person_id), col(PersonReplicaRow.name)).where(
            col(PersonReplicaRow.person_id).in_(ids)
        )
        names = {str(person_id): name for person_id, name in await session.execute(statement)}
    return [named(facts, names) for facts in found]
