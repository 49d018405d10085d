"""Totals, rankings and shares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.projects.ledger.schemas import Text, Yuan
from services.projects.parks.domain.attribution import Measure
from services.projects.parks.domain.shares import Share, percent_of
from services.projects.parks.domain.sites import SiteState
from services.projects.parks.domain.tenants import RankMeasure, Unranked
from services.projects.parks.schemas.tenants import SignedYuan
from services.projects.parks.service.attributions import AttributedTotals, AttributionDraft
from services.projects.parks.service.reports import ParkTotals, Ranking, Sum
from services.projects.parks.service.sites import Shown
from services.projects.parks.tables import AttributionRow
from services.projects.registry.schemas import RegionCode, Versioned, example


class SumRead(BaseModel):
    """``amount_yuan`` sums what is known, null if nothing is; compare months_known with months_expected."""

    amount_yuan: SignedYuan | None
    tenant_ids: list[UUID]
    months_known: int
    months_expected: int


class SiteSum(BaseModel):
    count: int
    area_mu: Decimal
    floor_area_m2: Decimal
    site_ids: list[UUID]


class JobsRead(BaseModel):
    """Of the last month; tenants that did not say are named."""

    count: int | None
    tenant_ids: list[UUID]
    missing_tenant_ids: list[UUID]


class ProjectSum(BaseModel):
    count: int
    contract_amount_yuan: Yuan | None
    invested_yuan: Yuan
    project_ids: list[UUID]


class ParkTotalsRead(BaseModel):
    """A park over whole months with the ids behind each figure; sites as of the last month's end."""

    park_code: str
    name: str
    from_month: date
    to_month: date
    area_mu: Decimal | None
    sites: dict[SiteState, SiteSum]
    tenant_count: int
    tenant_ids: list[UUID]
    output: SumRead
    value_added: SumRead
    tax: SumRead
    jobs: JobsRead
    projects: ProjectSum
    infrastructure: dict[str, int] = Field(description="Items by state.")

    @classmethod
    def of(cls, totals: ParkTotals) -> ParkTotalsRead:
        contracts = [row.contract_amount_yuan for row in totals.projects if row.contract_amount_yuan is not None]
        return cls(
            park_code=totals.park.code,
            name=totals.park.name,
            from_month=totals.from_month,
            to_month=totals.to_month,
            area_mu=totals.park.area_mu,
            sites={state: _site_sum(found) for state, found in totals.states.items()},
            tenant_count=len(totals.tenant_ids),
            tenant_ids=list(totals.tenant_ids),
            output=_sum(totals.sums["output_yuan"]),
            value_added=_sum(totals.sums["value_added_yuan"]),
            tax=_sum(totals.sums["tax_yuan"]),
            jobs=JobsRead(
                count=totals.jobs,
                tenant_ids=list(totals.jobs_tenant_ids),
                missing_tenant_ids=list(totals.jobs_missing),
            ),
            projects=ProjectSum(
                count=len(totals.projects),
                contract_amount_yuan=Decimal(sum(contracts)) if contracts else None,
                invested_yuan=Decimal(sum(row.invested_yuan for row in totals.projects)),
                project_ids=[row.id for row in totals.projects],
            ),
            infrastructure=totals.infrastructure,
        )


def _sum(total: Sum) -> SumRead:
    return SumRead.model_validate(total, from_attributes=True)


def _site_sum(found: list[Shown]) -> SiteSum:
    return SiteSum(
        count=len(found),
        area_mu=sum((one.row.area_mu for one in found if one.row.area_mu), Decimal(0)),
        floor_area_m2=sum((one.row.floor_area_m2 for one in found if one.row.floor_area_m2), Decimal(0)),
        site_ids=[one.row.id for one in found],
    )


class RankedRead(BaseModel):
    place: int = Field(description="Equals share a place; the next one is skipped.")
    tenant_id: UUID
    name: str
    park_code: str | None
    total_yuan: SignedYuan
    area_mu: Decimal
    per_mu_yuan: Decimal = Field(description="Rounded to the cent; the order goes by the exact quotient.")


class UnrankedRead(BaseModel):
    tenant_id: UUID
    name: str
    park_code: str | None
    reason: Unranked
    missing_months: list[date]
    total_yuan: SignedYuan | None = Field(description="Of the months that are known; null if none is.")
    area_mu: Decimal | None


class RankingRead(BaseModel):
    """Tenants by output or tax per 亩 over whole months; those with gaps stand apart and not at the end."""

    measure: RankMeasure
    from_month: date
    to_month: date
    ranked: list[RankedRead]
    unranked: list[UnrankedRead]

    @classmethod
    def of(cls, ranking: Ranking) -> RankingRead:
        def named(tenant_id: UUID) -> dict[str, Any]:
            _, park_code, name = ranking.tenants[tenant_id]
            return {"tenant_id": tenant_id, "park_code": park_code, "name": name}

        return cls(
            measure=ranking.measure,
            from_month=ranking.from_month,
            to_month=ranking.to_month,
            ranked=[
                RankedRead(
                    **named(one.tenant_id),
                    place=one.place,
                    total_yuan=Decimal(one.total_yuan),
                    area_mu=one.area_mu,
                    per_mu_yuan=one.per_mu_yuan,
                )
                for one in ranking.ranked
            ],
            unranked=[
                UnrankedRead(
                    **named(one.tenant_id),
                    reason=one.reason,
                    missing_months=list(one.missing),
                    total_yuan=None if one.total_yuan is None else Decimal(one.total_yuan),
                    area_mu=one.area_mu,
                )
                for one in ranking.unranked
            ],
        )


class ShareWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    region_code: RegionCode
    basis_points: Annotated[int, Field(ge=1, le=10_000, description="Ten-thousandths: 6000 is 60 %.")]


class AttributionWrite(BaseModel):
    """Shares of an enterprise's or a project's measure from a month on; they sum to exactly 10,000."""

    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000011",
        measure="tax",
        valid_from="2026-01-01",
        shares=[
            {"region_code": "421224100", "basis_points": 4000},
            {"region_code": "421224101", "basis_points": 6000},
        ],
        reason="共建共享协议",
    )

    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    measure: Measure
    valid_from: date = Field(description="First day of a month.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next shares if absent.")
    shares: Annotated[list[ShareWrite], Field(min_length=1, max_length=100)]
    reason: Text = ""

    def draft(self) -> AttributionDraft:
        facts = self.model_dump(exclude={"shares"})
        shares = tuple(Share(share.region_code, share.basis_points) for share in self.shares)
        return AttributionDraft(**facts, shares=shares)


class ShareRead(BaseModel):
    region_code: str
    basis_points: int
    percent: str


class AttributionRead(Versioned):
    id: UUID
    enterprise_id: UUID | None
    project_id: UUID | None
    region_code: str = Field(description="Where the subject stands.")
    measure: Measure
    valid_from: date
    valid_to: date | None
    shares: list[ShareRead]
    reason: str
    decided_by: str

    @classmethod
    def of(cls, row: AttributionRow) -> AttributionRead:
        shares = [share | {"percent": percent_of(share["basis_points"])} for share in row.shares]
        return cls.model_validate(row.model_dump() | {"shares": shares})


class ContributionRead(BaseModel):
    source_id: UUID
    amount_yuan: SignedYuan
    shared: bool = Field(description="An attribution decided; else the region where the source stands counts all.")


class RegionTotalRead(BaseModel):
    region_code: str
    amount_yuan: SignedYuan
    contributions: list[ContributionRead]


class AttributedTotalsRead(BaseModel):
    """What each region counts; ``counted_yuan`` is their sum, ``standing_yuan`` the sum before any sharing.

    Both are equal unless a region outside of ``region_code`` shares in it or the reverse.
    """

    measure: Measure
    from_month: date
    to_month: date
    region_code: str | None
    source_type: str = Field(description="What source_id is: tenant or project.")
    standing_yuan: SignedYuan
    counted_yuan: SignedYuan
    regions: list[RegionTotalRead]

    @classmethod
    def of(cls, found: AttributedTotals) -> AttributedTotalsRead:
        totals = found.totals
        return cls.model_validate(
            {
                "measure": found.measure,
                "from_month": found.from_month,
                "to_month": found.to_month,
                "region_code": found.within,
                "source_type": found.source_type,
                "standing_yuan": totals.standing_yuan,
                "counted_yuan": totals.counted_yuan,
                "regions": totals.regions,
            },
            from_attributes=True,
        )
