"""Ends the processes of a stack that no supervisor ends: of an earlier run, and the demo's feed."""

import signal

from deploy.local.layout import Layout
from deploy.local.processes import is_base
from deploy.local.programs import marked, stop_all, stop_recorded

FEED = "feed"


def stop_leftovers(place: Layout) -> bool:
    """Everything but the supervisor. True when something still ran."""
    names = {path.stem for path in place.run.glob("*.pid")} - {"supervisor"}
    stopped = stop_feed(place)
    # Services lose their receivers, brokers and database last.
    base = {name for name in names if is_base(name)} - {"postgres"}
    for name in [*sorted(names - base - {"postgres"}), *sorted(base, reverse=True), "postgres"]:
        first = signal.SIGINT if name == "postgres" else signal.SIGTERM
        stopped |= stop_recorded(place.pid(name), first=first, seconds=30)
    unrecorded = marked(place.directory)
    stop_all(unrecorded)
    return stopped or bool(unrecorded)


def stop_feed(place: Layout) -> bool:
    """Before the services: it sets the clock back to its own rate and hands in what it still holds."""
    return stop_recorded(place.pid(FEED), seconds=15)
