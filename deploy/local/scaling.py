"""How many of each worker a stack runs, and the change of it while it runs.

The numbers stand in the stack's settings, at which the supervisor looks every second. Kafka moves the partitions
to those who are there; what each had taken is fenced in PostgreSQL, so a move loses nothing and doubles nothing.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from deploy.local.errors import StackError, StartFailed
from deploy.local.layout import MOST_WORKERS, Layout, Settings, load_settings, save_settings
from deploy.local.preflight import check_free
from deploy.local.processes import WORKERS, ServiceProcess, is_base, service_processes
from deploy.local.status import State, Status, load_status

_SECONDS = 300


def resized(
    settings: Settings, brokers: int | None, energy_workers: int | None, alerts_workers: int | None
) -> Settings:
    """The settings with the numbers that were asked for; None leaves one as it is."""
    return replace(
        settings,
        brokers=settings.brokers if brokers is None else brokers,
        energy_workers=settings.energy_workers if energy_workers is None else energy_workers,
        alerts_workers=settings.alerts_workers if alerts_workers is None else alerts_workers,
    )


def joined(before: Settings, after: Settings) -> list[ServiceProcess]:
    """The processes that `after` has and `before` had not."""
    had = {process.name for process in service_processes(before)}
    # Ports are a stack's own as long as it runs.
    return [each for each in service_processes(_as_many(before, after)) if each.name not in had]


def departed(before: Settings, after: Settings) -> set[str]:
    """The names of the processes that `after` has no more."""
    has = {process.name for process in service_processes(_as_many(before, after))}
    return {process.name for process in service_processes(before)} - has


def check_workers(settings: Settings) -> None:
    """Raises StackError for a number of workers that no stack can have."""
    for name, (option, _) in WORKERS.items():
        count: int = getattr(settings, option)
        if not 0 <= count <= MOST_WORKERS:
            raise StackError(
                f"--{option.replace('_', '-')} {count}: a stack has 0 to {MOST_WORKERS} of {name}.",
                "More of them belong on more machines: see docs/scale.md",
            )


def scale(place: Layout, wanted: Settings, watch: Callable[[Status], None]) -> bool:
    """Bring a running stack to the wanted numbers of workers; False when it has them already.

    Returns when those that came are ready and those that go have ended. Raises StackError.
    """
    present = load_settings(place)
    if present is None:
        return False
    check_workers(wanted)
    coming, leaving = joined(present, wanted), departed(present, wanted)
    if not coming and not leaving:
        return False
    if not present.services:
        raise StackError(
            f"The stack in {place.directory} runs without the services.",
            "Stop it (duban down) and start it with them: duban up --services",
        )
    for process in coming:
        check_free(present.port(process.port_offset), process.name)
    after = _as_many(present, wanted)
    save_settings(place, after)
    _await(place, after, watch)
    return True


def _await(place: Layout, settings: Settings, watch: Callable[[Status], None]) -> None:
    names = {process.name for process in service_processes(settings)}
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        status = load_status(place)
        if status is not None:
            watch(status)
            workers = {name: each for name, each in status.processes.items() if not is_base(name)}
            failed = [name for name, each in workers.items() if each.state is State.FAILED]
            if failed:
                raise StartFailed(f"{', '.join(failed)} did not start.", f"See {place.log(failed[0])}")
            if workers.keys() == names and all(each.state is State.READY for each in workers.values()):
                return
        time.sleep(0.1)
    raise StartFailed(f"The workers were not ready after {_SECONDS} s.", "Look with: duban status, duban logs")


def _as_many(present: Settings, wanted: Settings) -> Settings:
    return replace(present, **{option: getattr(wanted, option) for option, _ in WORKERS.values()})
