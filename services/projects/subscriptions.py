"""Which handler takes which event: the energy service's benchmarks, for the gate, and its vetoes."""

from libs.common.contracts.energy import (
    BENCHMARK,
    VETO,
    EnergyBenchmarkRecordedV1,
    EnergyVetoLiftedV1,
    EnergyVetoSetV1,
)
from libs.common.inbox.subscription import Subscription
from services.projects.gate.handlers import on_benchmark_recorded, on_benchmark_withdrawn
from services.projects.lists.handlers import on_veto_lifted, on_veto_set

CONSUMER = "projects"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(BENCHMARK, {EnergyBenchmarkRecordedV1: on_benchmark_recorded}, on_benchmark_withdrawn),
    Subscription(VETO, {EnergyVetoSetV1: on_veto_set, EnergyVetoLiftedV1: on_veto_lifted}),
)
