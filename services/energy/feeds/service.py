"""Taking a body in: parse, check, note, hand to the log (api.md). Why in this order: 0006-ingest-receipts.md."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.telemetry import inject_headers
from libs.common.web.problems import FieldError, UnsupportedMediaType
from services.energy.feeds import repository
from services.energy.feeds.domain import csv_format, json_format
from services.energy.feeds.domain.block import Part, encode, split
from services.energy.feeds.domain.body import CurveBody, Fault, Header, UnreadableBody
from services.energy.feeds.domain.checks import FUTURE_MINUTES, check_curves, check_readings
from services.energy.feeds.domain.rows import Checked, Situation, Terms
from services.energy.feeds.domain.scanner import curves, readings, wide
from services.energy.feeds.domain.units import UNITS
from services.energy.feeds.errors import BodyUnreadable, HeaderInvalid, NotAcknowledged, UnitUnknown
from services.energy.feeds.lag import LagWatch
from services.energy.feeds.quarantine import CURVES, READINGS, Body, set_aside
from services.energy.feeds.reach import situation_of
from services.energy.feeds.tables import QuarantineRow, ReceiptRow
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.rank import DEFAULT_PRIORITY, rank_of
from services.energy.metering.domain.slots import INTERVALS

TAKEN = Counter("duban_feed_readings_total", "Readings at the door by outcome", ["outcome"])

SAME_BODY: Final = timedelta(days=7)
MAX_REJECTIONS: Final = 1000
_REFRESH_SECONDS: Final = 0.5
_MAX_SOURCE: Final = 100
_LARGE_BODY: Final = 1 << 20

Parser = Callable[[bytes], Body]

PARSERS: Final[Mapping[str, Mapping[str, Parser]]] = {
    CURVES: {"application/json": json_format.parse_curves, "text/csv": csv_format.parse_curves},
    READINGS: {
        "application/json": json_format.parse_readings,
        "application/x-ndjson": json_format.parse_lines,
        "application/ndjson": json_format.parse_lines,
        "application/jsonl": json_format.parse_lines,
        "text/csv": csv_format.parse_readings,
    },
}

# Tried first; they take the usual shape only.
SCANNERS: Final[Mapping[str, Mapping[str, Callable[[bytes], Body | None]]]] = {
    CURVES: {"application/json": curves.scan_curves, "text/csv": wide.scan_wide},
    READINGS: {
        "application/json": readings.scan_list,
        "application/x-ndjson": readings.scan_lines,
        "application/ndjson": readings.scan_lines,
        "application/jsonl": readings.scan_lines,
    },
}


class LogUnavailable(Exception):
    """The log did not acknowledge; whether the record is there is not known."""


class BlockLog(Protocol):
    """Where blocks go; ``append`` returns when all in-sync copies have the record, or raises LogUnavailable."""

    async def append(self, partition: int, record: bytes, headers: Sequence[tuple[str, bytes]]) -> None: ...


@dataclass(slots=True)
class Door:
    """What deliveries share in a process."""

    directory: MeterDirectory
    log: BlockLog
    lag: LagWatch
    earliest_on: date
    priorities: Mapping[str, int] = field(default_factory=dict)
    refreshed_at: float = float("-inf")

    async def refresh(self, session: AsyncSession, *, now: bool = False) -> int:
        """Learn of new and changed meters and sources, at most twice a second unless ``now``."""
        if not now and time.monotonic() - self.refreshed_at < _REFRESH_SECONDS:
            return 0
        self.priorities = await repository.priorities(session)
        changed = await self.directory.refresh(session)
        self.refreshed_at = time.monotonic()
        return changed


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body as it arrived; ``header`` holds what the query says."""

    kind: str
    media_type: str
    body: bytes
    header: Header

    def parse(self) -> Body:
        """Raises UnsupportedMediaType, BodyUnreadable."""
        parser = PARSERS[self.kind].get(self.media_type)
        if parser is None:
            raise UnsupportedMediaType(media_type=self.media_type)
        scan = SCANNERS[self.kind].get(self.media_type)
        scanned = None if scan is None else scan(self.body)
        if scanned is not None:
            return scanned
        try:
            return parser(self.body)
        except UnreadableBody as error:
            fault = FieldError("field.json_invalid", params={"error": error.reason})
            raise BodyUnreadable(reason=error.reason, errors=[fault]) from error

    async def parsed(self) -> Body:
        """:meth:`parse`, beside the other requests when the body is large: compiled loops and decoders let go."""
        if len(self.body) < _LARGE_BODY:
            return self.parse()
        return await asyncio.to_thread(self.parse)

    def digest(self, subject: str) -> bytes:
        """The same body from the same source with the same parameters has the same digest."""
        header = self.header
        facts = (subject, self.kind, self.media_type, header.unit, header.interval_minutes, header.source)
        digest = hashlib.sha256(repr((*facts, header.created_at)).encode())
        digest.update(self.body)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Taken:
    """A body ready for the log: its receipt, its parts, its rows for the quarantine."""

    receipt: ReceiptRow
    parts: Sequence[Part]
    kept: Sequence[QuarantineRow]
    digest: bytes
    first_at: datetime


async def take(ctx: Context, door: Door, delivery: Delivery, digest: bytes, first_at: datetime) -> Taken:
    """Parse and check a body. ``first_at``: when the body first came, the stamp of values without another.

    Raises UnsupportedMediaType, BodyUnreadable, UnitUnknown, HeaderInvalid.
    """
    await door.refresh(ctx.session)
    body = await delivery.parsed()
    header = body.header.over(delivery.header)
    unit, interval = _unit(header), _interval(header)
    source = _source(header, ctx.principal)
    created_at = _created_at(header, ctx.now) or first_at
    rank = rank_of(door.priorities.get(source, DEFAULT_PRIORITY), created_at)
    terms = Terms(unit, interval, rank, ctx.now, door.earliest_on)
    checked = check(body, situation_of(door.directory, ctx.principal, terms))
    if checked.unknown and await door.refresh(ctx.session, now=True):
        checked = check(body, situation_of(door.directory, ctx.principal, terms))
    facts: dict[str, Any] = {"unit": unit, "interval_minutes": interval, "rank": rank, "source": source}
    receipt = build_receipt(ctx, delivery.kind, source, len(delivery.body), checked.faults)
    kept = [
        set_aside(ctx, receipt.id, body, meter_no, places, facts) for meter_no, places in checked.unknown.items()
    ]
    parts = split(checked.sections)
    receipt.accepted, receipt.parts = checked.accepted, len(parts)
    receipt.quarantined = sum(row.readings for row in kept)
    if not parts:
        receipt.status, receipt.merged_at = "merged", ctx.now
    return Taken(receipt, parts, kept, digest, first_at)


def check(body: Body, situation: Situation) -> Checked:
    if isinstance(body, CurveBody):
        return check_curves(body, situation)
    return check_readings(body, situation)


def build_receipt(ctx: Context, kind: str, source: str, size: int, faults: list[Fault]) -> ReceiptRow:
    """A receipt not acknowledged yet."""
    faults = sorted(faults, key=lambda fault: fault.line)
    return ReceiptRow(
        id=ctx.new_id(),
        kind=kind,
        status="pending",
        source=source,
        subject=ctx.principal.subject,
        region_code=ctx.principal.region_code,
        enterprise_id=ctx.principal.enterprise_id,
        received_at=ctx.now,
        bytes=size,
        parts=0,
        accepted=0,
        quarantined=0,
        rejected=len(faults),
        rejections=[
            {"line": fault.line, "pointer": fault.pointer, "code": fault.code, "params": dict(fault.params)}
            for fault in faults[:MAX_REJECTIONS]
        ],
    )


async def note(ctx: Context, taken: Taken) -> None:
    """Write receipt, digest and quarantine; everything after this can be repeated."""
    await repository.add_receipt(ctx.session, taken.receipt, taken.digest, taken.first_at, taken.kept)


async def append(door: Door, receipt_id: UUID, parts: Sequence[Part], timeout_seconds: float) -> None:
    """Hand all parts to the log. Raises NotAcknowledged unless each is acknowledged."""
    partitions = door.lag.partitions
    try:
        async with asyncio.timeout(timeout_seconds), asyncio.TaskGroup() as group:
            for number, part in enumerate(parts):
                headers = inject_headers(
                    [("receipt", str(receipt_id).encode()), ("part", f"{number}/{len(parts)}".encode())]
                )
                group.create_task(door.log.append(part.shard % partitions, encode(part.sections), headers))
    except* (LogUnavailable, TimeoutError) as errors:
        raise NotAcknowledged from errors


def count_outcome(taken: Taken) -> None:
    TAKEN.labels("accepted").inc(taken.receipt.accepted)
    TAKEN.labels("quarantined").inc(taken.receipt.quarantined)
    TAKEN.labels("rejected").inc(taken.receipt.rejected)


def _unit(header: Header) -> str:
    unit = header.unit or "kW"
    if unit not in UNITS:
        params: dict[str, Any] = {"unit": unit[:20], "known": list(UNITS)}
        fault = FieldError("feeds.unit_unknown", parameter="unit", params=params)
        raise UnitUnknown(**params, errors=[fault])
    return unit


def _interval(header: Header) -> int | None:
    if header.interval_minutes is not None and header.interval_minutes not in INTERVALS:
        _refuse("interval_minutes", header.interval_minutes)
    return header.interval_minutes


def _source(header: Header, principal: Principal) -> str:
    name = header.source or ""
    if len(name) > _MAX_SOURCE or not name.isprintable():
        _refuse("source", name[:_MAX_SOURCE])
    # A source's precedence is its own: no caller takes on another's name.
    return f"{principal.subject}/{name}"


def _created_at(header: Header, now: datetime) -> datetime | None:
    if header.created_at is None:
        return None
    try:
        created_at = datetime.fromisoformat(header.created_at)
    except ValueError:
        created_at = None
    # A stamp of the far future would beat every later correction.
    limit = now + timedelta(minutes=FUTURE_MINUTES)
    if created_at is None or created_at.tzinfo is None or created_at > limit or created_at.year < 1971:
        _refuse("created_at", header.created_at[:40])
    return created_at


def _refuse(name: str, value: object) -> None:
    fault = FieldError("feeds.header_invalid", parameter=name, params={"name": name, "value": value})
    raise HeaderInvalid(name=name, value=value, errors=[fault])
