"""The machine under the stack: disk, clock, ports, processes, files of secrets, certificates, backups."""

import json
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from cryptography import x509

from deploy.local import layout
from deploy.local.backup.plan import load_plan
from deploy.local.doctor.findings import Finding, State, graded, unknown
from deploy.local.doctor.site import Site
from deploy.local.ports import is_free, owner_of
from deploy.local.processes import service_processes
from deploy.local.status import Phase, load_status
from deploy.local.status import State as ProcessState

_MB = 1024 * 1024
_DAY_S = 86_400


async def check_disk(site: Site) -> list[Finding]:
    """Space and inodes of every file system the stack writes to, and whether it can be written at all."""
    directory = site.place.directory
    if not directory.exists():
        return [Finding("disk.absent", State.BAD, {"path": str(directory)})]
    found: list[Finding] = []
    seen: set[int] = set()
    for path in (directory, *sorted(each for each in directory.iterdir() if each.is_dir())):
        device = path.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        facts = os.statvfs(path)
        free_mb, total_mb = facts.f_bavail * facts.f_frsize // _MB, facts.f_blocks * facts.f_frsize // _MB
        warn, bad = site.limits.disk_free_mb
        state = State.BAD if free_mb < bad else State.WARN if free_mb < warn else State.OK
        found.append(Finding("disk.space", state, {"path": str(path), "free_mb": free_mb, "total_mb": total_mb}))
        if facts.f_files:
            percent = 100.0 * facts.f_favail / facts.f_files
            warn, bad = site.limits.inodes_free_percent
            state = State.BAD if percent < bad else State.WARN if percent < warn else State.OK
            found.append(Finding("disk.inodes", state, {"path": str(path), "percent": percent}))
    found.append(_writable(directory))
    return found


def _writable(directory: Path) -> Finding:
    probe = directory / f".doctor.{os.getpid()}"
    try:
        probe.write_bytes(bytes(4096))
    except OSError as error:
        return Finding(
            "disk.writable", State.BAD, {"path": str(directory), "reason": error.strerror or type(error).__name__}
        )
    finally:
        probe.unlink(missing_ok=True)
    return Finding("disk.writable", State.OK, {"path": str(directory)})


async def check_processes(site: Site) -> list[Finding]:
    """Whether a supervisor runs, and what each of its processes does."""
    status = load_status(site.place)
    if not site.runs or status is None:
        last = status.message if status is not None and status.phase is Phase.FAILED else ""
        return [Finding("supervisor.state", State.BAD, {"directory": str(site.place.directory), "last": last})]
    found = []
    for name, each in status.processes.items():
        warn, bad = site.limits.restarts
        state = State.BAD if each.restarts >= bad else State.WARN if each.restarts >= warn else State.OK
        if each.state is not ProcessState.READY:
            state = State.BAD
        figures = {"process": name, "state": each.state.value, "restarts": each.restarts}
        found.append(Finding("process.state", state, figures))
    return found


async def check_ports(site: Site) -> list[Finding]:
    """Of a stack that runs: each port is listened on. Of one that does not: each is free for it."""
    offsets = {
        "postgres": layout.POSTGRES,
        "smtp": layout.SMTP,
        "webhook": layout.WEBHOOK,
    }
    if site.settings.services:
        offsets |= {process.name: process.port_offset for process in service_processes(site.settings)}
    wanted = {name: site.settings.port(offset) for name, offset in offsets.items()}
    for number, (clients, controller) in enumerate(site.settings.broker_ports, start=1):
        name = "kafka" if number == 1 else f"kafka-{number}"
        wanted |= {name: clients, f"{name}-controller": controller}
    found = []
    for name, port in wanted.items():
        free = is_free(port)
        if site.runs:
            state = State.BAD if free else State.OK
            found.append(Finding("port.silent", state, {"port": port, "process": name}))
        elif free:
            found.append(Finding("port.taken", State.OK, {"port": port, "process": name, "owner": ""}))
        else:
            figures = {"port": port, "process": name, "owner": owner_of(port)}
            found.append(Finding("port.taken", State.BAD, figures))
    return found


async def check_clocks(site: Site) -> list[Finding]:
    """The stack's clock beside real time, and real time here beside what others say it is."""
    warn, bad = site.limits.clock_off_s
    found = []
    if site.settings.real_time and site.runs:
        off = (site.stack_now - site.real_now).total_seconds()
        found.append(graded("clock.stack", abs(off), warn, bad, seconds=off))
    for source, told in [*await _database_time(site), *await _dates(site)]:
        if isinstance(told, str):
            found.append(unknown("clock.source", f"{source}: {told}"))
        else:
            found.append(graded("clock.source", abs(told), warn, bad, source=source, seconds=told))
    return found


async def _database_time(site: Site) -> list[tuple[str, float | str]]:
    if site.postgres is None:
        return []
    before = time.time()
    told: datetime = await site.postgres.fetchval("SELECT clock_timestamp()")
    return [("PostgreSQL", told.timestamp() - (before + time.time()) / 2)]


async def _dates(site: Site) -> list[tuple[str, float | str]]:
    """By how many seconds the HTTP Date of each address is ahead.

    It has whole seconds and servers keep it for one: up to two behind is no difference.
    """
    addresses = [f"http://127.0.0.1:{site.settings.port(layout.PROJECTS)}/healthz"] if site.runs else []
    if not site.settings.services:
        addresses = []
    addresses += [site.limits.time_url] if site.limits.time_url else []
    found: list[tuple[str, float | str]] = []
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for address in addresses:
            try:
                answer = await client.head(address)
                told = parsedate_to_datetime(answer.headers["date"]).timestamp()
            except (httpx.HTTPError, KeyError, ValueError) as error:
                found.append((address, f"{type(error).__name__}: {error}"))
                continue
            off = told - time.time()
            found.append((address, 0.0 if -2 <= off <= 0 else off))
    return found


async def check_secrets(site: Site) -> list[Finding]:
    """Files with passwords may be read by their owner and by nobody else."""
    found = []
    for path in (site.place.secrets_file, site.place.stack_file):
        if not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        state = State.BAD if mode & 0o077 else State.OK
        found.append(Finding("secrets.permissions", state, {"path": str(path), "mode": f"{mode:04o}"}))
    return found


async def check_certificates(site: Site) -> list[Finding]:
    """Certificates that a site named in doctor.json: how many days each still holds."""
    warn, bad = site.limits.expiry_days
    found = []
    for name in site.limits.certificates:
        try:
            certificate = _certificate(Path(name))
        except (OSError, ValueError) as error:
            found.append(unknown("certificates.expiry", f"{name}: {error}"))
            continue
        days = (certificate.not_valid_after_utc - site.real_now).total_seconds() / _DAY_S
        state = State.BAD if days < bad else State.WARN if days < warn else State.OK
        found.append(Finding("certificates.expiry", state, {"path": name, "days": days}))
    return found


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


async def check_backups(site: Site) -> list[Finding]:
    """The newest backup's age, and whether the archive is carried; that there is none is said where data are."""
    if not site.place.stack_file.exists():
        return []
    plan = load_plan(site.place)
    planned = plan.directory if plan else str(site.place.directory / "backups")
    directory = Path(site.limits.backups or planned)
    carried = [] if plan is None or not site.runs else [_archive(site)]
    newest = max(_manifests(directory), default=None)
    if newest is None:
        return [Finding("backup.none", State.WARN, {"path": str(directory)}), *carried]
    days = (site.real_now - datetime.fromtimestamp(newest, UTC)).total_seconds() / _DAY_S
    warn, bad = site.limits.backup_days
    return [graded("backup.age", days, warn, bad, days=days, path=str(directory)), *carried]


def _archive(site: Site) -> Finding:
    """What the process that carries the logs over said last."""
    try:
        told = json.loads((site.place.run / "backup.json").read_text(encoding="utf-8"))
        seconds = (site.real_now - datetime.fromisoformat(told["at"])).total_seconds()
    except (OSError, ValueError, KeyError) as error:
        return unknown("backup.archive", repr(error))
    warn, bad = site.limits.archive_silent_s
    found = graded("backup.archive", seconds, warn, bad, seconds=seconds, problem=told.get("problem") or "–")
    return Finding(found.code, State.BAD, found.figures) if told.get("problem") else found


def _manifests(directory: Path) -> Iterator[float]:
    if directory.is_dir():
        yield from (path.stat().st_mtime for path in directory.glob("**/manifest.json"))
