"""SQL of energy targets as the energy service tells them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.energy import EnergyTargetJudgedV1, EnergyTargetPayload
from services.projects.targets.tables import EnergyTargetRow


async def keep_target(session: AsyncSession, told: EnergyTargetPayload, version: int, at: datetime) -> None:
    """Keep what was told, unless something newer is there. Products are compared in the energy service alone."""
    if told.product_code:
        return
    points: list[dict[str, str]] = []
    if isinstance(told, EnergyTargetJudgedV1):
        points = [{"month": point.month.isoformat(), "actual": point.actual} for point in told.points]
    facts: dict[str, Any] = {
        **{name: getattr(told, name) for name in ("target_id", "region_code", "enterprise_id", "subject_name")},
        "year": told.year,
        "measure": told.measure,
        "version": version,
        "points": points,
        "withdrawn": not isinstance(told, EnergyTargetJudgedV1),
        "told_at": at,
    }
    statement = insert(EnergyTargetRow).values(facts)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["target_id"],
            set_={name: statement.excluded[name] for name in facts if name != "target_id"},
            where=col(EnergyTargetRow.version) < statement.excluded.version,
        )
    )


async def of_region(session: AsyncSession, region_code: str, year: int, measure: str) -> EnergyTargetRow | None:
    """The region's own target."""
    statement = select(EnergyTargetRow).where(
        *_standing(year, measure),
        col(EnergyTargetRow.region_code) == region_code,
        col(EnergyTargetRow.enterprise_id).is_(None),
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def of_enterprises(
    session: AsyncSession, enterprise_ids: Collection[UUID], year: int, measure: str
) -> list[EnergyTargetRow]:
    statement = select(EnergyTargetRow).where(
        *_standing(year, measure), col(EnergyTargetRow.enterprise_id).in_(enterprise_ids)
    )
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return sorted(found, key=lambda row: (row.subject_name, row.target_id))


def _standing(year: int, measure: str) -> tuple[Any, ...]:
    return (
        col(EnergyTargetRow.year) == year,
        col(EnergyTargetRow.measure) == measure,
        col(EnergyTargetRow.withdrawn).is_(False),
    )
