"""Settlements, their lines and orders, and rates in the API; amounts are whole yuan, null is open."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.activations.domain.verification import Verdict
from services.energy.activations.schemas import Reason, RegionCode
from services.energy.settlements.domain.settlement import RateKind, Settled, by_enterprise, sums
from services.energy.settlements.rates import WantedRate
from services.energy.settlements.service import Year
from services.energy.settlements.tables import (
    SettlementItemRow,
    SettlementLineRow,
    SettlementRateRow,
    SettlementRow,
)

CalendarYear = Annotated[int, Field(ge=2000, le=2100)]


class SettlementSums(BaseModel):
    """Energies are sums of what is known; ``rate`` is achieved energy against what these orders asked for."""

    model_config = ConfigDict(from_attributes=True)

    times: int
    hours: float
    ordered_kwh: float
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None
    met: int
    not_met: int
    cannot_tell: int
    compensation_yuan: int | None
    penalty_yuan: int | None
    net_yuan: int | None = Field(description="Compensation less penalty; null where either is open.")
    open_amounts: int = Field(description="Orders without an amount: nothing is known, or no rate holds.")


class LineFacts(SettlementSums):
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str


class SettlementPreview(SettlementSums):
    """The year as it would be settled now; nothing is kept."""

    region_code: str
    year: int
    enterprises: int
    unverified: list[str] = Field(description="Activations without a verdict for every order, by code.")
    lines: list[LineFacts]


class SettlementWrite(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"region_code": "421224", "year": 2026}]}
    )

    region_code: RegionCode
    year: CalendarYear


class SettlementCorrection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class SettlementRead(SettlementSums):
    id: UUID
    region_code: str
    year: int
    edition: int
    reason: str
    frozen_at: datetime
    frozen_by: str
    digest: str = Field(description="SHA-256 of all it rests on, in hex.")
    enterprises: int


class LineRead(LineFacts):
    id: UUID
    settlement_id: UUID
    year: int
    edition: int


class ItemRead(BaseModel):
    """An order in a line: by which edition of its verification, and by which rates."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    settlement_id: UUID
    line_id: UUID
    order_id: UUID
    verification_id: UUID
    edition: int
    activation_code: str
    enterprise_id: UUID
    region_code: str
    day: date
    hours: float
    ordered_kwh: float
    energy_kwh: float | None
    shortfall_kwh: float | None
    covered: float | None
    verdict: Verdict
    compensation_yuan: int | None
    penalty_yuan: int | None
    compensation_rate_id: UUID | None
    penalty_rate_id: UUID | None


class RateWrite(BaseModel):
    """Yuan for each kWh from a day on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "compensation",
                    "region_code": "421224",
                    "valid_from": "2026-01-01",
                    "yuan_per_kwh": "0.35",
                    "cap_share": 1.2,
                    "note": "县有序用电补偿办法",
                }
            ]
        },
    )

    kind: RateKind
    region_code: RegionCode | None = Field(default=None, description="Everywhere if left out.")
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; until the next rate if left out.")
    yuan_per_kwh: Annotated[Decimal, Field(ge=0, le=100_000, max_digits=10, decimal_places=4)]
    cap_share: float = Field(default=1.0, gt=0, le=10, description="Given energy is paid up to this share.")
    from_covered: float = Field(default=0.0, ge=0, le=1, description="No compensation below it.")
    free_covered: float = Field(default=1.0, ge=0, le=1, description="No penalty from it on.")
    note: Reason

    def wanted(self) -> WantedRate:
        return WantedRate(**self.model_dump())


class RateRead(RateWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


def _net(row: SettlementRow | SettlementLineRow) -> int | None:
    if row.compensation_yuan is None or row.penalty_yuan is None:
        return None
    return row.compensation_yuan - row.penalty_yuan


def settlement_read(row: SettlementRow) -> SettlementRead:
    return SettlementRead(**row.model_dump() | {"digest": row.digest.hex(), "net_yuan": _net(row)})


def line_read(found: tuple[SettlementLineRow, SettlementRow]) -> LineRead:
    line, settlement = found
    return LineRead(**line.model_dump(), net_yuan=_net(line), year=settlement.year, edition=settlement.edition)


def item_read(row: SettlementItemRow) -> ItemRead:
    return ItemRead.model_validate(row)


def rate_read(row: SettlementRateRow) -> RateRead:
    return RateRead.model_validate(row)


def preview_read(year: Year) -> SettlementPreview:
    groups = by_enterprise(year.settled)
    return SettlementPreview(
        region_code=year.region_code,
        year=year.year,
        enterprises=len(groups),
        unverified=list(year.unverified),
        lines=[_line(settled) for settled in groups.values()],
        **SettlementSums.model_validate(year.sums).model_dump(),
    )


def _line(settled: list[Settled]) -> LineFacts:
    item = settled[-1].item
    return LineFacts(
        enterprise_id=item.enterprise_id,
        enterprise_name=item.enterprise_name,
        credit_code=item.credit_code,
        region_code=item.region_code,
        **SettlementSums.model_validate(sums(settled)).model_dump(),
    )
