"""Totals of a region."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from libs.common.contracts.projects import Stage
from services.projects.ledger.schemas.types import Yuan


class ReachedRead(BaseModel):
    """Projects that had reached a stage, whatever became of them afterwards."""

    stage: Stage
    projects: int
    project_ids: list[UUID]


class ProjectTotalsRead(BaseModel):
    """A region's ledger on a day. A sum is null while nothing is known of it."""

    region_code: str
    as_of: date
    key_only: bool
    reached: list[ReachedRead] = Field(description="planned counts all: every project was planned once.")
    contract_amount_yuan: Yuan | None = Field(description="Of the signed.")
    invested_yuan: Yuan | None
    verified_funds_yuan: Yuan | None
