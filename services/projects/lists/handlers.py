"""Vetoes that the energy service sets and lifts."""

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import EnergyVetoLiftedV1, EnergyVetoSetV1
from services.projects.lists.service.vetoes import lift_energy_veto, take_energy_veto


async def on_veto_set(ctx: Context, event: Event[EnergyVetoSetV1]) -> None:
    await take_energy_veto(ctx, event.payload, event.aggregate_version)


async def on_veto_lifted(ctx: Context, event: Event[EnergyVetoLiftedV1]) -> None:
    await lift_energy_veto(ctx, event.payload, event.aggregate_version)
