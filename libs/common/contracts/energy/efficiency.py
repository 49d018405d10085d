"""Benchmarks, frozen contests and energy vetoes (S19, S23)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

BENCHMARK = Topic("energy.benchmark.v1", OWNER, "Energy benchmarks, latest state by id", compacted=True)
CONTEST = Topic("energy.contest.v1", OWNER, "Quarters of the energy benchmarking contest as they were frozen")
TARGET = Topic("energy.target.v1", OWNER, "Energy targets of regions and enterprises, and how they stand")
VETO = Topic("energy.veto.v1", OWNER, "Energy vetoes against regions and enterprises, set and lifted")


class EnergyBenchmarkRecordedV1(EventPayload):
    """State of one benchmark, in tce per 万元 of output value or per ``product_unit``; a tombstone withdraws it.

    ``region_code`` null: everywhere. Valid until the day before ``valid_to``. Values are decimals as text.
    """

    event_type: ClassVar[str] = "energy.benchmark.recorded.v1"
    topic: ClassVar[Topic] = BENCHMARK

    benchmark_id: UUID
    sector_code: str
    # output_value or product.
    basis: str
    product_code: str = ""
    product_name: str = ""
    product_unit: str = ""
    # equivalent or equal_value: how electricity was counted.
    factor_kind: str = "equivalent"
    region_code: str | None = None
    limit_value: str
    entry_value: str | None = None
    advanced_value: str
    source: str = ""
    valid_from: date
    valid_to: date | None = None


class ContestPlace(BaseModel):
    """One of the ranked; equals share a rank."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rank: int
    enterprise_id: UUID
    name: str
    region_code: str
    total: float
    intensity: float


class EnergyContestFrozenV1(EventPayload):
    """A quarter was frozen; a later ``edition`` of the same quarter replaces it, for the ``reason`` it names.

    ``places``: the first 500 of the ranked.
    """

    event_type: ClassVar[str] = "energy.contest.frozen.v1"
    topic: ClassVar[Topic] = CONTEST

    edition_id: UUID
    contest_code: str
    contest_name: str
    region_code: str
    year: int
    quarter: int
    edition: int
    reason: str = ""
    ranked: int
    excluded: int
    places: tuple[ContestPlace, ...] = ()


class EnergyTargetPoint(BaseModel):
    """The year through ``month``, decimals as text in the target's unit; ``light`` green, yellow or red."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    month: date
    planned: str
    actual: str
    light: str


class EnergyTargetPayload(EventPayload):
    """``measure``: total_tce, electricity_kwh, intensity_value (tce in 万元) or intensity_product (tce in one unit
    of ``product_code``). Without an enterprise it is the region's, the sum of its enterprises."""

    target_id: UUID
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    year: int
    measure: str
    product_code: str = ""
    # equivalent or equal_value: how electricity was counted.
    factor_kind: str


class EnergyTargetJudgedV1(EnergyTargetPayload):
    """A target was set or changed, or its months say otherwise: its state as it is now.

    ``points`` reach as far as all months are known; ``missed`` null: the year is not known whole.
    """

    event_type: ClassVar[str] = "energy.target.judged.v1"
    topic: ClassVar[Topic] = TARGET

    value: str
    light: str | None = None
    forecast: str | None = None
    missed: bool | None = None
    points: tuple[EnergyTargetPoint, ...] = ()


class EnergyTargetWithdrawnV1(EnergyTargetPayload):
    event_type: ClassVar[str] = "energy.target.withdrawn.v1"
    topic: ClassVar[Topic] = TARGET

    reason: str


class EnergyVetoSetV1(EventPayload):
    """Whoever it is against is not rewarded and not ranked for the period (一票否决).

    ``ground``: year_missed, red_months or decision. Without an enterprise it is against the region.
    """

    event_type: ClassVar[str] = "energy.veto.set.v1"
    topic: ClassVar[Topic] = VETO

    veto_id: UUID
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    ground: str
    target_id: UUID | None = None
    period_from: date
    # The day after the last.
    period_to: date
    set_at: Instant
    explanation_zh: str
    explanation_en: str


class EnergyVetoLiftedV1(EventPayload):
    event_type: ClassVar[str] = "energy.veto.lifted.v1"
    topic: ClassVar[Topic] = VETO

    veto_id: UUID
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    period_from: date
    period_to: date
    lifted_at: Instant
    # corrected: figures or target no longer miss; withdrawn: the target was; decision: by a person, for the note.
    reason: str
    note: str = ""


EVENTS: tuple[type[EventPayload], ...] = (
    EnergyBenchmarkRecordedV1,
    EnergyContestFrozenV1,
    EnergyTargetJudgedV1,
    EnergyTargetWithdrawnV1,
    EnergyVetoSetV1,
    EnergyVetoLiftedV1,
)
