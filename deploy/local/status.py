"""What the supervisor tells others: one small file, rewritten at every change."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from deploy.local.layout import Layout
from deploy.local.programs import PidRecord, read_record, write_atomically


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not ready"  # it was, it runs, and does not say so now
    RESTARTING = "restarting"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass
class ProcessStatus:
    """`since` is the real time (Unix seconds) of the last change of state; `ports` are where it listens."""

    state: State = State.STARTING
    pid: int | None = None
    restarts: int = 0
    since: float = 0.0
    ports: tuple[int, ...] = ()


@dataclass
class Status:
    """`step` says what goes on while starting; `message` and `advice` say why a start failed."""

    supervisor_pid: int
    phase: Phase = Phase.STARTING
    step: str = ""
    message: str = ""
    advice: str = ""
    processes: dict[str, ProcessStatus] = field(default_factory=dict)


def save_status(place: Layout, status: Status) -> None:
    write_atomically(place.status_file, json.dumps(asdict(status)), durable=False)


def load_status(place: Layout) -> Status | None:
    """The last status, whether or not its supervisor still lives: see `supervisor_of`."""
    try:
        body = json.loads(place.status_file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    processes = {
        name: ProcessStatus(**{**each, "state": State(each["state"]), "ports": tuple(each["ports"])})
        for name, each in body.pop("processes").items()
    }
    return Status(**{**body, "phase": Phase(body["phase"])}, processes=processes)


def supervisor_of(place: Layout) -> PidRecord | None:
    """The living supervisor's record."""
    record = read_record(place.supervisor_pid)
    return record if record and record.process() else None
