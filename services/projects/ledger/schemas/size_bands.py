"""Size bands, counts by band, and targets."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.projects.ledger.domain.size_bands import SizeBand, SizeBands
from services.projects.ledger.schemas.types import Short, Yuan
from services.projects.ledger.service.size_bands import BandCount, TargetDraft
from services.projects.registry.schemas import Name, RegionCode, example

BandCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]


class SizeBandWrite(BaseModel):
    """From this amount on, up to the next band's."""

    model_config = ConfigDict(extra="forbid")

    code: BandCode
    name_zh: Name
    name_en: Name
    from_yuan: Yuan


class SizeBandsWrite(BaseModel):
    model_config = example(
        bands=[
            {
                "code": "10m_50m",
                "name_zh": "1000万–5000万元",
                "name_en": "10–50 million yuan",
                "from_yuan": "10000000",
            },
            {
                "code": "from_50m",
                "name_zh": "5000万元以上",
                "name_en": "50 million yuan and more",
                "from_yuan": "50000000",
            },
        ],
        region_code="421224",
        valid_from="2027-01-01",
    )

    bands: Annotated[list[SizeBandWrite], Field(min_length=1, max_length=20)]
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next if absent.")

    def size_bands(self, today: date) -> SizeBands:
        return SizeBands(
            bands=tuple(
                SizeBand(band.code, band.name_zh, band.name_en, int(band.from_yuan)) for band in self.bands
            ),
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class SizeBandRead(BaseModel):
    code: str
    name_zh: str
    name_en: str
    from_yuan: Yuan


class SizeBandsRead(BaseModel):
    id: UUID
    bands: list[SizeBandRead]
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class SizeBandTargetWrite(BaseModel):
    """What is wanted, never what is: it stands beside the counts of the same region and period."""

    model_config = example(
        region_code="421224101",
        period_from="2026-01-01",
        period_to="2026-12-31",
        band_code="10m_50m",
        projects=4,
        source="镇实施方案",
    )

    region_code: RegionCode
    period_from: date
    period_to: date = Field(description="The last day.")
    band_code: BandCode
    projects: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    investment_yuan: Yuan | None = None
    source: Short = Field(description="The plan or contract that names the target.")

    @model_validator(mode="after")
    def _something_is_wanted(self) -> "SizeBandTargetWrite":
        if self.projects is None and self.investment_yuan is None:
            raise ValueError("projects or investment_yuan")
        return self

    def draft(self) -> TargetDraft:
        money = None if self.investment_yuan is None else int(self.investment_yuan)
        return TargetDraft(
            region_code=self.region_code,
            period_from=self.period_from,
            period_to=self.period_to,
            band_code=self.band_code,
            projects=self.projects,
            investment_yuan=money,
            source=self.source,
        )


class SizeBandTargetRead(BaseModel):
    id: UUID
    region_code: str
    period_from: date
    period_to: date
    band_code: str
    projects: int | None
    investment_yuan: Yuan | None
    source: str
    version: int


class SizeBandCountRead(BaseModel):
    """Projects of one band. Differences are count less target, null without a target."""

    code: str | None = Field(description="Null: below the first band, or without an amount.")
    name_zh: str | None
    name_en: str | None
    from_yuan: Yuan | None
    below_yuan: Yuan | None = Field(description="The next band's edge; null for the last.")
    projects: int
    investment_yuan: Yuan = Field(description="Sum of total investment, of the contract where that is unknown.")
    project_ids: list[UUID]
    target_projects: int | None
    target_investment_yuan: Yuan | None
    target_source: str | None
    difference_projects: int | None
    difference_investment_yuan: int | None

    @classmethod
    def of(cls, count: BandCount) -> "SizeBandCountRead":
        band, target = count.band, count.target
        number = len(count.project_ids)
        wanted = None if target is None else target.projects
        money = None if target is None else target.investment_yuan
        return cls.model_validate(
            {
                "code": band and band.code,
                "name_zh": band and band.name_zh,
                "name_en": band and band.name_en,
                "from_yuan": band and band.from_yuan,
                "below_yuan": count.below_yuan,
                "projects": number,
                "investment_yuan": count.investment_yuan,
                "project_ids": count.project_ids,
                "target_projects": wanted,
                "target_investment_yuan": money,
                "target_source": target and target.source,
                "difference_projects": None if wanted is None else number - wanted,
                "difference_investment_yuan": None if money is None else count.investment_yuan - money,
            }
        )


class SizeBandCountsRead(BaseModel):
    region_code: str
    signed_from: date | None
    signed_to: date
    projects: int
    investment_yuan: Yuan
    bands: list[SizeBandCountRead]
