"""Standards and rules of phase-out in the API."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.phase_out.domain.case import Category, Comparator
from services.energy.phase_out.schemas import Figure, Long, Name, Region, Share, Text40, example
from services.energy.phase_out.service.standards import RuleFacts, StandardFacts


class StandardWrite(BaseModel):
    """An entry of the catalogue. The same code, region and first day again corrects it."""

    model_config = example(
        code="KRL-6300",
        name="6300千伏安以下矿热炉",
        category="equipment",
        description="6300千伏安以下铁合金矿热电炉",
        comparator="at_least",
        threshold=6300,
        measure="变压器容量",
        unit="kVA",
        basis="产业结构调整指导目录 淘汰类",
        deadline_on="2026-12-31",
        valid_from="2024-02-01",
    )

    code: Text40
    name: Name
    category: Category
    description: Long
    comparator: Comparator
    threshold: Figure | None = Field(default=None, description="Required unless the thing is banned.")
    measure: Name = Field(description="What is compared: yearly output, capacity, intensity …")
    unit: Text40 | None = None
    basis: Name = Field(description="The legal basis.")
    basis_document: Name | None = Field(default=None, description="Its number and article.")
    sector_code: Text40 | None = None
    deadline_on: date | None = Field(default=None, description="By which it is to be phased out everywhere.")
    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")

    def facts(self) -> StandardFacts:
        return StandardFacts(**self.model_dump() | {"category": self.category, "comparator": self.comparator})


class StandardRead(StandardWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


class StandardEnd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    valid_to: date = Field(description="Exclusive.")


class RuleWrite(BaseModel):
    """When dates are near or grave and when a load means running, in a region from a day on."""

    model_config = ConfigDict(extra="forbid")

    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")
    due_soon_working_days: int = Field(default=30, ge=1, le=250)
    overdue_level2_days: int = Field(default=30, ge=1, le=3650)
    most_extensions: int = Field(default=2, ge=0, le=20)
    running_share: Share = 0.1
    running_floor_kw: Figure = 5.0
    running_slots: int = Field(default=4, ge=1, le=9600)
    least_completeness: Share = 0.9
    baseline_days: int = Field(default=30, ge=1, le=366)
    check_days: int = Field(default=7, ge=1, le=92)
    note: str = Field(default="", max_length=500)

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class RuleRead(RuleWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str
