"""The gate measures by the benchmarks of the energy service (S12, S19), and by its own where that has none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from libs.common.context import Context
from libs.common.contracts.base import Event, Tombstone
from libs.common.contracts.energy import BENCHMARK, EnergyBenchmarkRecordedV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.gate.domain.standards import IntensityBasis, SectorBenchmark
from services.projects.gate.handlers import on_benchmark_recorded, on_benchmark_withdrawn
from services.projects.gate.service.benchmarks import EnergyBenchmarks
from tests.integration.projects.test_gate_api import adopt, reviewed

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

TOLD = EnergyBenchmarkRecordedV1(
    benchmark_id=UUID("0199512a-7c00-7a11-8000-0000000000b1"),
    sector_code="C3011",
    basis="product",
    product_code="clinker",
    product_name="水泥熟料",
    product_unit="t",
    region_code=None,
    limit_value="0.117",
    entry_value="0.107",
    advanced_value="0.1",
    source="GB 16780-2021",
    valid_from=date(2026, 1, 1),
)


async def tell(office: Office, told: EnergyBenchmarkRecordedV1, version: int = 1) -> None:
    event = Event(
        id=uuid4(),
        type=told.event_type,
        source="/energy",
        subject=str(told.benchmark_id),
        time=office.clock.now(),
        aggregate_version=version,
        region_code=told.region_code,
        payload=told,
    )
    async with office.database.transaction() as session:
        await on_benchmark_recorded(Context(session, office.clock.now(), new_id, SYSTEM), event)


async def find(
    office: Office,
    sector: str = "3011",
    basis: IntensityBasis = IntensityBasis.PRODUCT,
    unit: str = "t",
) -> SectorBenchmark | None:
    async with office.database.session() as session:
        ctx = Context(session, office.clock.now(), new_id, SYSTEM)
        return await EnergyBenchmarks().find(
            ctx, sector, "421224", date(2026, 9, 15), basis=basis, product_unit=unit
        )


async def test_newer_record_replaces_and_an_older_one_does_not(office: Office) -> None:
    await tell(office, TOLD, 2)
    await tell(office, TOLD.model_copy(update={"limit_value": "0.2"}), 1)
    found = await find(office)
    assert found is not None
    assert (found.limit_value, found.entry_value, found.source) == (
        Decimal("0.117"),
        Decimal("0.107"),
        "GB 16780-2021",
    )
    await tell(office, TOLD.model_copy(update={"valid_to": date(2026, 9, 1)}), 3)
    assert await find(office) is None
    assert await find(office, sector="3021") is None


async def test_withdrawn_benchmark_neither_counts_nor_comes_back(office: Office) -> None:
    await tell(office, TOLD)
    async with office.database.transaction() as session:
        ctx = Context(session, office.clock.now(), new_id, SYSTEM)
        await on_benchmark_withdrawn(ctx, Tombstone(BENCHMARK.name, str(TOLD.benchmark_id), 2))
    await tell(office, TOLD)
    assert await find(office) is None


async def test_of_several_products_in_one_unit_none_is_guessed(office: Office) -> None:
    await tell(office, TOLD)
    other = TOLD.model_copy(update={"benchmark_id": uuid4(), "product_code": "cement"})
    await tell(office, other)
    assert await find(office) is None
    await tell(office, other.model_copy(update={"sector_code": "C3012"}), 2)
    assert await find(office) is not None
    # Counted by what the electricity took: not what a project is measured by.
    equal = TOLD.model_copy(update={"benchmark_id": uuid4(), "factor_kind": "equal_value", "limit_value": "1"})
    await tell(office, equal)
    found = await find(office)
    assert found is not None
    assert found.limit_value == Decimal("0.117")


async def test_review_is_measured_by_what_the_energy_service_told(office: Office) -> None:
    await adopt(office)
    sector = "3011"
    project = await office.signed(sector_code=sector)
    own = {"sector_code": sector, "basis": "output_value", "limit_value": "9", "advanced_value": "1"}
    await office.done("PUT", "/v1/sector-benchmarks", own | {"region_code": "421224", "valid_from": "2026-01-01"})
    first = await office.done("GET", await reviewed(office, project, "energy"))
    assert first["measured"]["standing"] == "advanced"
    told = TOLD.model_copy(
        update={
            "sector_code": sector,
            "basis": "output_value",
            "product_code": "",
            "product_unit": "",
            "limit_value": "0.6",
            "entry_value": "0.55",
            "advanced_value": "0.5",
        }
    )
    await tell(office, told)
    second = await office.done(
        "GET", await reviewed(office, await office.signed("P-2", sector_code=sector), "energy")
    )
    assert (second["measured"]["standing"], second["measured"]["limit_value"]) == ("within_entry", "0.600000")
    # A verdict keeps what it was given by.
    again = await office.done("GET", f"/v1/gate-reviews/{first['id']}")
    assert again["measured"]["standing"] == "advanced"
