"""Ends the processes that an earlier run of a stack left behind, last started first."""

import signal

from deploy.local.layout import Layout
from deploy.local.programs import marked, stop_all, stop_recorded

# Services and feed lose their database last.
_LAST = ("mailbox", "kafka", "postgres")


def stop_leftovers(place: Layout) -> bool:
    """Everything but the supervisor. True when something still ran."""
    names = {path.stem for path in place.run.glob("*.pid")} - {"supervisor"}
    stopped = False
    for name in [*sorted(names - set(_LAST)), *_LAST]:
        first = signal.SIGINT if name == "postgres" else signal.SIGTERM
        stopped |= stop_recorded(place.pid(name), first=first, seconds=30)
    unrecorded = marked(place.directory)
    stop_all(unrecorded)
    return stopped or bool(unrecorded)
