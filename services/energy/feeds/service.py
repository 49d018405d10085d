"""Taking a body in: parse, check, note, hand to the log (api.md). Why in this order: 0006-ingest-receipts.md."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.database import raw_connection
from libs.common.telemetry import inject_headers
from libs.common.web.problems import FieldError, UnsupportedMediaType
from services.energy.feeds import repository
from services.energy.feeds.domain.block import Part, Section, encode, split
from services.energy.feeds.domain.body import Header, UnreadableBody, UnreadableFile
from services.energy.feeds.domain.newest import newest_minute
from services.energy.feeds.domain.rows import Terms
from services.energy.feeds.domain.units import OWN
from services.energy.feeds.errors import BodyUnreadable, FileUnreadable, FormatUnknown, NotAcknowledged
from services.energy.feeds.formats import registry
from services.energy.feeds.formats.registry import Parsed
from services.energy.feeds.formats.usual import scan
from services.energy.feeds.judging import Judge, source_of
from services.energy.feeds.lag import LagWatch
from services.energy.feeds.quarantine import set_aside
from services.energy.feeds.rates import DeliveryRate
from services.energy.feeds.reach import situation_of
from services.energy.feeds.receipt_repository import note_receipt
from services.energy.feeds.rejections import CHUNK, Told, chunks, tell
from services.energy.feeds.tables import QuarantineRow, ReceiptRow, RejectionChunkRow
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.rank import DEFAULT_PRIORITY

TAKEN = Counter("duban_feed_readings_total", "Readings at the door by outcome", ["outcome"])

SAME_BODY: Final = timedelta(days=7)
_REFRESH_SECONDS: Final = 0.5
_LARGE_BODY: Final = 1 << 20
FILES: Final = "files"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LIGHT: Final = frozenset({"application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"})


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
    rate: DeliveryRate
    earliest_on: date
    priorities: Mapping[str, int] = field(default_factory=dict)
    refreshed_at: float = float("-inf")

    def expect_changes(self) -> None:
        """Meters are being changed by this process: look at them again with the next delivery."""
        self.refreshed_at = float("-inf")

    async def refresh(self, session: AsyncSession, *, now: bool = False) -> int:
        """Learn of new and changed meters and sources, at most twice a second unless ``now``."""
        if not now and time.monotonic() - self.refreshed_at < _REFRESH_SECONDS:
            return 0
        # The age counts from before: what was read may have changed while the database was answering.
        asked_at = time.monotonic()
        self.priorities = await repository.priorities(session)
        changed = await self.directory.refresh(session)
        self.refreshed_at = asked_at
        return changed


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body as it arrived; ``header`` holds what the query says.

    ``kind`` is the door it came by: curves, readings, or files for whatever the bytes turn out to be. ``format``
    is the caller's word for it, empty if the media type, the bytes and ``file_name`` have to tell. ``transport``:
    what it came by.
    """

    kind: str
    media_type: str
    body: bytes
    header: Header
    format: str = ""
    file_name: str = ""
    transport: str = "http"

    async def parsed(self) -> list[Parsed]:
        """The bodies it holds. Raises UnsupportedMediaType, FormatUnknown, BodyUnreadable, FileUnreadable.

        A large body is read beside the other requests: compiled loops and decoders let go. So is a file of
        strangers, which may take seconds; the usual shapes of our own are read faster than a thread is started.
        """
        if len(self.body) >= _LARGE_BODY:
            return await asyncio.to_thread(self.parse)
        scanned = self._scanned()
        if scanned is not None:
            return scanned
        is_heavy = self.kind == FILES or self.media_type not in _LIGHT
        return await asyncio.to_thread(self._read) if is_heavy else self._read()

    def parse(self) -> list[Parsed]:
        """As :meth:`parsed`, in this thread."""
        return self._scanned() or self._read()

    def _scanned(self) -> list[Parsed] | None:
        return scan(self.kind, self.media_type, self.format, self.body)

    def _read(self) -> list[Parsed]:
        try:
            return registry.parse(self.kind, self.media_type, self.format, self.file_name, self.body)
        except registry.UnknownFormat as error:
            if self.format:
                known = sorted(registry.BY_NAME)
                params: dict[str, Any] = {"format": self.format[:40], "known": known}
                fault = FieldError("feeds.format_unknown", parameter="format", params=params)
                raise FormatUnknown(**params, errors=[fault]) from error
            raise UnsupportedMediaType(media_type=self.media_type) from error
        except UnreadableFile as error:
            fault = FieldError(error.code, pointer=error.pointer, params=error.params)
            raise FileUnreadable(line=error.line, errors=[fault]) from error
        except UnreadableBody as error:
            fault = FieldError("field.json_invalid", params={"error": error.reason})
            raise BodyUnreadable(reason=error.reason, errors=[fault]) from error

    def digest(self, subject: str) -> bytes:
        """The same body from the same source with the same parameters has the same digest."""
        header = self.header
        facts = (subject, self.kind, self.media_type, header.unit, header.interval_minutes, header.source)
        digest = hashlib.sha256(repr((*facts, header.created_at)).encode())
        if self.format or header.zone:
            digest.update(repr((self.format, header.zone)).encode())
        digest.update(self.body)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Taken:
    """A body ready for the log: its receipt, its parts, its rows for the quarantine."""

    receipt: ReceiptRow
    parts: Sequence[Part]
    kept: Sequence[QuarantineRow]
    rejected: Sequence[RejectionChunkRow]
    digest: bytes
    first_at: datetime


async def take(ctx: Context, door: Door, delivery: Delivery, digest: bytes, first_at: datetime) -> Taken:
    """Parse and check a body. ``first_at``: when the body first came, the stamp of values without another.

    Raises UnsupportedMediaType, FormatUnknown, BodyUnreadable, FileUnreadable, UnitUnknown, HeaderInvalid.
    """
    await door.refresh(ctx.session)
    parsed = await delivery.parsed()
    source = source_of(parsed[0].bodies[0].header.over(delivery.header), ctx.principal)
    judge = Judge(delivery.header, door.priorities.get(source, DEFAULT_PRIORITY), ctx.now, first_at)
    terms = Terms(OWN, None, 0, ctx.now, door.earliest_on)
    judged = judge.judge(parsed, situation_of(door.directory, ctx.principal, terms))
    if any(one.checked.unknown for one in judged) and await door.refresh(ctx.session, now=True):
        judged = judge.judge(parsed, situation_of(door.directory, ctx.principal, terms))
    faults = [fault for one in judged for fault in one.faults]
    # Lines of an archive's members, or of a workbook, are not those of the body.
    format_name = "" if len(parsed) > 1 or parsed[0].bodies[0].place else parsed[0].format.name
    told = tell(faults, delivery.body, format_name)
    receipt = build_receipt(ctx, delivery.kind, source, told)
    receipt.bytes, receipt.digest = len(delivery.body), digest
    receipt.transport, receipt.name = delivery.transport, delivery.file_name or None
    kept = [
        set_aside(ctx, receipt.id, one.body, meter_no, places, one.facts | {"source": source})
        for one in judged
        for meter_no, places in one.checked.unknown.items()
    ]
    sections = [section for one in judged for section in one.checked.sections]
    receipt.newest_at = newest_at(door.directory, sections)
    parts = split(sections)
    receipt.accepted, receipt.parts = sum(one.checked.accepted for one in judged), len(parts)
    receipt.quarantined = sum(row.readings for row in kept)
    if not parts:
        receipt.status, receipt.merged_at = "merged", ctx.now
    return Taken(receipt, parts, kept, chunks(receipt.id, told), digest, first_at)


def newest_at(directory: MeterDirectory, sections: Sequence[Section]) -> datetime | None:
    """When the latest interval among the readings ends."""
    minute = newest_minute(sections, lambda index: directory.by_index[index].offset_minutes)
    return None if minute is None else _EPOCH + timedelta(minutes=minute)


def build_receipt(ctx: Context, kind: str, source: str, told: Sequence[Told]) -> ReceiptRow:
    """A receipt not acknowledged yet, with the first of its rejections."""
    return ReceiptRow(
        id=ctx.new_id(),
        kind=kind,
        status="pending",
        source=source,
        subject=ctx.principal.subject,
        region_code=ctx.principal.region_code,
        enterprise_id=ctx.principal.enterprise_id,
        received_at=ctx.now,
        bytes=0,
        parts=0,
        accepted=0,
        quarantined=0,
        rejected=len(told),
        rejections=list(told[:CHUNK]),
    )


async def note(ctx: Context, taken: Taken) -> None:
    """Write receipt, digest and quarantine; everything after this can be repeated."""
    await note_receipt(await raw_connection(ctx.session), taken.receipt, taken.digest, taken.first_at)
    ctx.session.add_all((*taken.kept, *taken.rejected))
    await ctx.session.flush()


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
