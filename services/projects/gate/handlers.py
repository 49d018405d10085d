"""Benchmarks that the energy service tells."""

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import Event, Tombstone
from libs.common.contracts.energy import EnergyBenchmarkRecordedV1
from services.projects.gate.repository.energy import replace_benchmark, withdraw_benchmark


async def on_benchmark_recorded(ctx: Context, event: Event[EnergyBenchmarkRecordedV1]) -> None:
    """Keep the benchmark; verdicts that were given keep theirs."""
    await replace_benchmark(ctx.session, event.payload, event.aggregate_version)


async def on_benchmark_withdrawn(ctx: Context, tombstone: Tombstone) -> None:
    """End a benchmark that was entered by mistake."""
    await withdraw_benchmark(ctx.session, UUID(tombstone.subject), tombstone.aggregate_version)
