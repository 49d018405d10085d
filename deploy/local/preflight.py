"""What is checked before anything starts, so that the reader gets one clear sentence instead of a log to read."""

import json
import os
import shutil
from collections.abc import Iterable

from deploy.local.errors import DiskFull, ForeignData, PortInUse, StackError
from deploy.local.layout import DEFAULT_PORT_BASE, WIDE_PORTS_USED, Layout
from deploy.local.ports import free_port_range, is_free, owner_of
from deploy.local.programs import Program, write_atomically

LAYOUT_VERSION = 1
FIRST_START_MB = 1024
LATER_START_MB = 300
RUNNING_MB = 200


def prepare_directory(place: Layout) -> None:
    """Make the stack's directory, or make sure that this version may use the one there is."""
    version_file = place.directory / "version.json"
    try:
        place.directory.mkdir(parents=True, exist_ok=True)
        place.logs.mkdir(exist_ok=True)
        place.run.mkdir(exist_ok=True)
        if not version_file.exists():
            write_atomically(version_file, json.dumps({"layout": LAYOUT_VERSION}))
    except OSError as error:
        raise StackError(
            f"{place.directory} cannot be used: {error.strerror}.", "Choose another directory: --data DIR"
        ) from error
    found = json.loads(version_file.read_text())["layout"]
    if found > LAYOUT_VERSION:
        raise ForeignData(
            f"{place.directory} was made by a newer version (layout {found}, this one knows {LAYOUT_VERSION}).",
            "Use the newer version, or choose another directory: --data DIR",
        )


def check_disk(place: Layout, needed_mb: int | None = None) -> None:
    if needed_mb is None:
        needed_mb = LATER_START_MB if place.stack_file.exists() else FIRST_START_MB
    free_mb = free_megabytes(place)
    if free_mb < needed_mb:
        raise DiskFull(str(place.directory), free_mb, needed_mb)


def free_megabytes(place: Layout) -> int:
    usage = shutil.disk_usage(place.directory)
    return usage.free // (1024 * 1024)


def check_ports(programs: Iterable[Program]) -> None:
    for program in programs:
        for port in program.ports:
            check_free(port, program.name)


def check_free(port: int, wanted_by: str) -> None:
    """Raises PortInUse."""
    if not is_free(port):
        raise PortInUse(port, wanted_by, owner_of(port), _suggested_base(port))


def _suggested_base(port: int) -> int:
    """A base from which a whole block is free; they are looked for in steps of 100, so they are easy to keep."""
    first = max(DEFAULT_PORT_BASE, port // 100 * 100) + 100
    return free_port_range(WIDE_PORTS_USED, range(first, min(first + 10_000, 60_000), 100))


def running_as_root() -> bool:
    return os.geteuid() == 0
