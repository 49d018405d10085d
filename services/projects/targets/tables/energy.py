"""Energy targets as the energy service tells them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class EnergyTargetRow(ProjectsTable, table=True):
    """An energy target's latest word: ``points`` are month and the year's figure through it, as text. Without an
    enterprise it is the region's."""

    __tablename__ = "energy_target_replica"
    __table_args__ = (Index("ix_energy_target_replica_subject", "year", "measure", "region_code"),)

    target_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID | None = None
    subject_name: str
    year: int = Field(sa_type=SmallInteger)
    measure: str
    points: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    withdrawn: bool
    told_at: datetime = Field(sa_type=UtcDateTime)
