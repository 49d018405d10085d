"""Which handler takes which event: the energy service's benchmarks, for the gate."""

from libs.common.contracts.energy import BENCHMARK, EnergyBenchmarkRecordedV1
from libs.common.inbox.subscription import Subscription
from services.projects.gate.handlers import on_benchmark_recorded, on_benchmark_withdrawn

CONSUMER = "projects"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(BENCHMARK, {EnergyBenchmarkRecordedV1: on_benchmark_recorded}, on_benchmark_withdrawn),
)
