"""Output, availability and contribution of plants in the API."""

from __future__ import annotations

import math
from datetime import date

from pydantic import BaseModel, Field

from services.energy.generation.domain.availability import Factors
from services.energy.generation.domain.contribution import Contribution
from services.energy.generation.domain.output import Output, SlotFigures
from services.energy.generation.domain.plant import Floats, PlantKind
from services.energy.generation.service.answers import KindTotal, UnitAvailability, utilisation_hours
from services.energy.metering.domain.slots import date_of


class OutputRead(BaseModel):
    """A span's energy beside what was to be expected. kWh; null is not known.

    ``capacity_kwh`` down to ``unexplained_kwh`` are of the slots where both sides are known, and add up: capacity
    − resource − planned outage − forced outage − curtailed − unexplained = actual of those slots.
    """

    first: date
    last: date
    actual_kwh: float | None
    completeness: float | None
    peak_kw: float | None
    utilisation_hours: float | None
    capacity_factor: float | None
    compared_slots: int
    slots: int
    capacity_kwh: float | None
    potential_kwh: float | None = Field(description="What the resource offered, every unit able to run.")
    expected_kwh: float | None = Field(description="What was to be expected under outages and dispatch limits.")
    compared_kwh: float | None = Field(description="What was made in the compared slots.")
    lost_resource_kwh: float | None
    lost_planned_outage_kwh: float | None
    lost_forced_outage_kwh: float | None = Field(description="Reductions among it.")
    lost_curtailment_kwh: float | None
    unexplained_kwh: float | None
    performance_ratio: float | None
    delivery_ratio: float | None
    curtailment_rate: float | None


class OutputPage(BaseModel):
    plant_code: str
    items: list[OutputRead]
    total: OutputRead | None


class SlotOutput(BaseModel):
    """A day by 96 slots, mean kW; null is not known."""

    day: date
    actual_kw: list[float | None]
    expected_kw: list[float | None]
    potential_kw: list[float | None]
    available_kw: list[float | None] = Field(description="Of the resource, with the units that could run.")
    unit_available_kw: list[float | None] = Field(description="Of the units alone, under the dispatch limits.")
    capacity_kw: list[float | None]
    completeness: list[float | None]


class SlotPage(BaseModel):
    plant_code: str
    items: list[SlotOutput]


class FactorsRead(BaseModel):
    """Hours weighted by capacity; factors null while nothing was in service."""

    period_hours: float
    planned_outage_hours: float
    forced_outage_hours: float
    reduced_equivalent_hours: float
    availability: float | None
    equivalent_availability: float | None
    planned_outage_factor: float | None
    forced_outage_factor: float | None


class UnitFactorsRead(FactorsRead):
    unit_code: str
    capacity_kw: float | None
    energy_kwh: float | None
    completeness: float | None
    utilisation_hours: float | None


class AvailabilityRead(BaseModel):
    plant: FactorsRead
    units: list[UnitFactorsRead]


class KindTotalRead(OutputRead):
    kind: PlantKind
    plants: int
    capacity_kw: float


class SummaryRead(BaseModel):
    region_code: str
    items: list[KindTotalRead]
    total: OutputRead


class ContributionRead(BaseModel):
    """By slot; ``available_kw`` of the plants it is known of, with the share of the capacity behind it."""

    day: date
    plants: list[str]
    available_kw: list[float | None]
    generated_kw: list[float | None]
    capacity_kw: list[float | None]
    available_completeness: list[float | None]
    generated_completeness: list[float | None]


def output_read(output: Output, first: date, last: date) -> OutputRead:
    return OutputRead(**_output_facts(output, first, last))


def _output_facts(output: Output, first: date, last: date) -> dict[str, object]:
    is_compared = output.compared > 0
    facts = {
        "capacity_kwh": output.capacity_kwh,
        "potential_kwh": output.potential_kwh,
        "expected_kwh": output.expected_kwh,
        "compared_kwh": output.compared_kwh,
        "lost_resource_kwh": output.resource_kwh,
        "lost_planned_outage_kwh": output.planned_kwh,
        "lost_forced_outage_kwh": output.forced_kwh,
        "lost_curtailment_kwh": output.curtailed_kwh,
        "unexplained_kwh": output.unexplained_kwh,
    }
    return {
        "first": first,
        "last": last,
        "actual_kwh": output.actual_kwh if output.whole else None,
        "completeness": output.completeness,
        "peak_kw": output.peak_kw,
        "utilisation_hours": utilisation_hours(output),
        "capacity_factor": output.capacity_factor if output.whole else None,
        "compared_slots": output.compared,
        "slots": output.slots,
        **{name: value if is_compared else None for name, value in facts.items()},
        "performance_ratio": output.performance_ratio,
        "delivery_ratio": output.delivery_ratio,
        "curtailment_rate": output.curtailment_rate,
    }


def nullable(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 6) for value in values.tolist()]


def slot_output(day: date, figures: SlotFigures) -> SlotOutput:
    return SlotOutput(
        day=day,
        actual_kw=nullable(figures.actual_kw),
        expected_kw=nullable(figures.allowed_kw),
        potential_kw=nullable(figures.potential_kw),
        available_kw=nullable(figures.available_kw),
        unit_available_kw=nullable(figures.unit_available_kw),
        capacity_kw=nullable(figures.capacity_kw),
        completeness=nullable(figures.present),
    )


def _factors(factors: Factors) -> dict[str, float | None]:
    return {
        "period_hours": factors.period_hours,
        "planned_outage_hours": factors.planned_hours,
        "forced_outage_hours": factors.forced_hours,
        "reduced_equivalent_hours": factors.reduced_equivalent_hours,
        "availability": factors.availability,
        "equivalent_availability": factors.equivalent,
        "planned_outage_factor": factors.planned_outage,
        "forced_outage_factor": factors.forced_outage,
    }


def availability_read(plant: Factors, units: list[UnitAvailability]) -> AvailabilityRead:
    return AvailabilityRead(
        plant=FactorsRead.model_validate(_factors(plant)),
        units=[
            UnitFactorsRead.model_validate(
                _factors(one.factors)
                | {
                    "unit_code": one.unit.code,
                    "capacity_kw": one.capacity_kw,
                    "energy_kwh": one.energy_kwh,
                    "completeness": one.completeness,
                    "utilisation_hours": one.utilisation_hours,
                }
            )
            for one in units
        ],
    )


def summary_read(region_code: str, totals: list[KindTotal], first: date, last: date) -> SummaryRead:
    together = sum((one.output for one in totals), Output())
    return SummaryRead(
        region_code=region_code,
        items=[
            KindTotalRead.model_validate(
                _output_facts(one.output, first, last)
                | {
                    "kind": one.kind,
                    "plants": one.plants,
                    "capacity_kw": one.capacity_kw,
                    "utilisation_hours": one.utilisation_hours,
                }
            )
            for one in totals
        ],
        total=output_read(together, first, last),
    )


def contribution_read(found: Contribution) -> ContributionRead:
    return ContributionRead(
        day=date_of(found.day),
        plants=list(found.plants),
        available_kw=nullable(found.available_kw),
        generated_kw=nullable(found.generated_kw),
        capacity_kw=nullable(found.capacity_kw),
        available_completeness=nullable(found.available_completeness),
        generated_completeness=nullable(found.generated_completeness),
    )
