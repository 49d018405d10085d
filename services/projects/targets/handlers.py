"""Energy targets that the energy service judges and withdraws."""

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import EnergyTargetJudgedV1, EnergyTargetWithdrawnV1
from services.projects.targets.repository.energy import keep_target


async def on_energy_target_judged(ctx: Context, event: Event[EnergyTargetJudgedV1]) -> None:
    """Keep its months; the next pull takes them over."""
    await keep_target(ctx.session, event.payload, event.aggregate_version, event.time)


async def on_energy_target_withdrawn(ctx: Context, event: Event[EnergyTargetWithdrawnV1]) -> None:
    """From now on there is no figure; what was pulled stays as it was pulled."""
    await keep_target(ctx.session, event.payload, event.aggregate_version, event.time)
