"""Assessments, settlements, misses and the year's account of who answers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.economy.schemas.types import Amount, Note, Percent, Reason
from services.projects.registry.schemas import RegionCode, example
from services.projects.targets.domain.accounts import Consequence, MissState, MissStep
from services.projects.targets.domain.standing import Verdict
from services.projects.targets.schemas.goals import Year
from services.projects.targets.service.editions import AccountPeriod, Party
from services.projects.targets.service.misses import PartyAccount
from services.projects.targets.tables import TargetMissRow

Quarter = Annotated[int, Field(ge=1, le=4)]


class EditionCreate(BaseModel):
    """Freezes a quarter, or without one the year. A later edition says why it is made."""

    model_config = example(region_code="421224", year=2026, quarter=3)

    region_code: RegionCode
    year: Year
    quarter: Quarter | None = None
    reason: Note = ""

    def period(self) -> AccountPeriod:
        return AccountPeriod(self.region_code, self.year, self.quarter)


class EditionRead(BaseModel):
    id: UUID
    region_code: str
    year: int
    quarter: int | None = Field(description="Null: the year's settlement.")
    edition: int
    reason: str
    targets: int
    reached: int = Field(description="Done as was planned by then, of settled ones the whole amount.")
    missed: int
    unknown: int
    digest: str
    frozen_at: AwareDatetime
    frozen_by: str


class EntryRead(BaseModel):
    """A target in a period. ``actual_ids`` are the months behind its actual, each open to its rows."""

    position: int
    target_id: UUID
    code: str
    name: str
    region_code: str
    unit: str
    amount: Amount
    planned: Amount | None = Field(description="The pace by then; of a target that ends there its amount.")
    actual: Amount | None
    through: date | None
    verdict: Verdict
    is_final: bool = Field(description="The target ends with the period or before.")
    reason: str | None = Field(description="Why there is no score.")
    completion_percent: Percent | None
    score: Amount | None
    weight: Amount
    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    rule: dict[str, str] = Field(description="The rule that made the score.")
    actual_ids: dict[str, UUID]


class PartyRead(BaseModel):
    """A unit and person: the mean of their scores by weight."""

    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    score: Amount | None
    scored: list[UUID]
    unknown: list[UUID] = Field(description="Targets without a score; they do not count as nought.")

    @classmethod
    def of(cls, party: Party) -> "PartyRead":
        return cls(
            unit_id=party.unit_id,
            unit_name=party.unit_name,
            person_id=party.person_id,
            person_name=party.person_name,
            score=party.score.score,
            scored=list(party.score.scored),
            unknown=list(party.score.unknown),
        )


class ScoresRead(BaseModel):
    """A period as its figures are now, or as it was frozen."""

    region_code: str
    year: int
    quarter: int | None
    through: date | None = Field(description="The last month that is in it; null for a frozen period.")
    parties: list[PartyRead]
    entries: list[EntryRead]


class MissRead(BaseModel):
    id: UUID
    target_id: UUID
    edition_id: UUID = Field(description="The settlement that found it last.")
    year: int
    region_code: str
    code: str
    name: str
    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    measure_unit: str
    amount: Amount
    actual: Amount
    completion_percent: Percent | None
    state: MissState
    consequence: Consequence | None
    recorded_at: AwareDatetime
    version: int


class Explanation(BaseModel):
    model_config = example(on="2027-01-20", text="两个在建项目因用地未批推迟开工")

    on: date
    text: Reason


class Decision(BaseModel):
    model_config = example(on="2027-02-01", text="全县通报批评，限期整改", consequence="criticism")

    on: date
    text: Reason
    consequence: Consequence


class MissStepRead(BaseModel):
    version: int
    kind: MissStep
    at: AwareDatetime
    actor: str
    actor_role: str
    on: date
    text: str
    consequence: Consequence | None


class AccountRead(BaseModel):
    """What a unit and person answered for in the year."""

    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    targets: int
    warnings_behind: int = Field(description="How often they were warned of a target behind its pace.")
    warnings_missed: int
    misses: list[MissRead]

    @classmethod
    def of(cls, account: PartyAccount) -> "AccountRead":
        return cls(
            unit_id=account.unit_id,
            unit_name=account.unit_name,
            person_id=account.person_id,
            person_name=account.person_name,
            targets=account.targets,
            warnings_behind=account.warnings_behind,
            warnings_missed=account.warnings_missed,
            misses=[miss_read(row) for row in account.misses],
        )


class AccountsRead(BaseModel):
    region_code: str
    year: int
    items: list[AccountRead]


def miss_read(row: TargetMissRow) -> MissRead:
    return MissRead.model_validate(row, from_attributes=True)
