"""The worker: blocks into curves and conditions, in one transaction with the offset (architecture, steps 2 and 3).

A batch is decoded record by record; what cannot be decoded goes to the dead letters. The rest is merged, shown to
the detector, and its conditions, events and receipts are written; offset and commit belong to the caller. What the
detector has learned of a batch that was rolled back is forgotten: its checkpoint is loaded and the log replayed
up to the stored offset, through detection only.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from libs.common.security.principal import SYSTEM
from services.energy.archive.service import bring_back
from services.energy.detection import repository as detection_repository
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.service import Fact, Surroundings, apply_facts
from services.energy.feeds.repository import record_merged
from services.energy.ingest.corrections import corrections_of, is_news
from services.energy.ingest.detectors import Detectors
from services.energy.ingest.domain.assembly import assemble
from services.energy.ingest.knowing import KnowledgeKeeper
from services.energy.ingest.locking import days_of, lock_all
from services.energy.ingest.records import (
    LogRecord,
    Part,
    UnknownMeterIndex,
    UnmergeableRecord,
    counts_of,
    read_part,
)
from services.energy.ingest.register_parts import RegisterOutcome, has_registers, replay_registers, take_batch
from services.energy.ingest.tools import Owned, Tools
from services.energy.ingest.trial import trial_reading, try_reading
from services.energy.metering.curve_repository import Batch, ensure_months
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.incoming import Incoming
from services.energy.metering.domain.slots import date_of
from services.energy.metering.merging import Stored, store
from services.energy.metering.touched import note_touched
from services.energy.probes.records import newest_probe, probe_of
from services.energy.probes.repository import note_met

log = structlog.get_logger(__name__)

MERGED = Counter("duban_readings_merged_total", "Values met by the merge", ["fate"])
BATCH_SECONDS = Histogram("duban_ingest_batch_seconds", "Time from a batch's first byte to its last statement")
CHECKPOINTS = Counter("duban_detector_checkpoints_total", "Checkpoints of the detector's state")

# Real seconds between two looks at rules and calendar.
_REFRESH_SECONDS: Final = 2.0


OwnedT = TypeVar("OwnedT", bound=Owned)


class IngestWorker:
    """What a fenced consumer does with its batches."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._directory = MeterDirectory()
        self._detectors = Detectors(self._directory)
        self._months: set[tuple[int, int]] = set()
        self._refreshed_at = float("-inf")
        self._checkpointed_at: dict[int, float] = {}
        self._knowing = KnowledgeKeeper(tools.database, self._detectors, self._context)

    async def refresh(self) -> None:
        """Learn of new meters, changed rules and calendar days, at most every two seconds."""
        if time.monotonic() - self._refreshed_at < _REFRESH_SECONDS:
            return
        # The age counts from before: what was read may have changed while the database was answering.
        asked_at = time.monotonic()
        async with self._tools.database.session() as session:
            await self._refresh_meters(session)
            calendar = await work_calendar(session)
        if self._tools.detects:
            await self._knowing.refresh()
        self._detectors.day_types = DayTypes(calendar)
        self._refreshed_at = asked_at

    def _context(self, session: AsyncSession) -> Context:
        return Context(session, self._tools.clock.now(), self._tools.new_id, SYSTEM)

    async def _refresh_meters(self, session: AsyncSession) -> None:
        if await self._directory.refresh(session):
            self._detectors.meters_changed()

    async def assigned(self, assignment: Owned) -> None:
        """Load the partition's checkpoint and replay the log up to where the data stand."""
        await self.refresh()
        partition = assignment.partition
        self._detectors.forget(partition)
        if not self._tools.detects:
            return
        async with self._tools.database.session() as session:
            await self._refresh_meters(session)
            checkpoint = await detection_repository.load_checkpoint(session, assignment.topic, partition)
        adoptions = await self._knowing.adoptions(assignment.topic, partition)
        first, clock, dumps = 0, 0, []
        if checkpoint is not None:
            first, clock, dumps = checkpoint.next_offset, checkpoint.clock, checkpoint.dumps
        if first > assignment.next_offset:
            # A checkpoint is written under the data's offset; a database put back by hand is the only way here.
            log.error("detector.checkpoint_ahead", partition=partition, checkpoint=first)
            first, clock, dumps = 0, 0, []
        self._detectors.memory(partition).absorb(dumps, clock)
        await self._knowing.put(partition, adoptions.at(first))
        replayed = 0
        stretch = self._tools.read_stretch(assignment.topic, partition, first, assignment.next_offset)
        async for records in stretch:
            if not replayed and records[0].offset > first and checkpoint is not None:
                log.warning(
                    "detector.records_expired", partition=partition, wanted=first, oldest=records[0].offset
                )
            replayed += len(records)
            for start, end, mark in adoptions.stretches([record.offset for record in records]):
                await self._knowing.put(partition, mark)
                await self._replay(assignment, records[start:end])
        self._checkpointed_at[partition] = time.monotonic()
        log.info("detector.restored", partition=partition, checkpoint=first, replayed=replayed)

    async def _replay(self, assignment: Owned, records: Sequence[LogRecord]) -> None:
        parts = []
        for record in records:
            try:
                parts.append(read_part(record, self._directory.columns))
            except UnmergeableRecord:
                # It is among the dead letters since it was met first.
                continue
        groups = assemble([part.sections for part in parts])
        if has_registers(parts):
            async with self._tools.database.session() as session:
                groups += await replay_registers(session, (assignment.topic, assignment.partition), parts)
        self._detectors.learn(assignment.partition, groups)

    async def handing_over(self, assignment: OwnedT) -> None:
        """Keep what the detector has learned: the next owner need not replay up to here."""
        if self._tools.detects and assignment.partition in self._checkpointed_at:
            await self._checkpoint(assignment, assignment.next_offset)

    async def revoked(self, partition: int) -> None:
        self._checkpointed_at.pop(partition, None)
        self._detectors.forget(partition)

    async def handle(self, session: AsyncSession, batch: Mapping[OwnedT, Sequence[LogRecord]]) -> None:
        """Write everything that follows from the records into ``session``."""
        started = time.perf_counter()
        ctx = self._context(session)
        facts: list[Fact] = []
        stores: list[Stored] = []
        parts: list[Part] = []
        stretches: dict[int, tuple[int, int]] = {}
        for owned, records in batch.items():
            if self._tools.detects and records:
                await self._knowing.adopt(session, (owned.topic, owned.partition), records[0].offset)
            decoded = await self._decode(session, [record for record in records if probe_of(record) is None])
            stretches[owned.partition] = (len(parts), len(parts) + len(decoded))
            parts += decoded
        of_partition = {number: parts[first:after] for number, (first, after) in stretches.items()}
        groups = assemble([part.sections for part in parts])
        registers = await take_batch(ctx, self._directory.by_index, self._refresh_meters, batch, of_partition)
        probes = {
            owned.partition: number
            for owned, records in batch.items()
            if (number := newest_probe(records)) is not None
        }
        trial = trial_reading(ctx)
        if probes:
            await self._ensure_months([trial])
        await self._prepare(ctx, groups, registers)
        totals = np.zeros((len(parts), 4), np.int64)
        source = Batch([part.receipt_id for part in parts], ctx.now)
        for incoming in groups:
            stored = await self._store(ctx, incoming, source)
            for fates in stored.counts:
                totals += np.stack((fates.stored, fates.unchanged, fates.revised, fates.superseded), axis=1)
            stores.append(stored)
        for partition, outcome in registers.items():
            first, after = stretches[partition]
            # What follows from a register counts by its states.
            totals[first:after] += outcome.counts
            await outcome.clear(session, ctx.now)
            source = Batch([part.receipt_id for part in of_partition[partition]], ctx.now)
            stores += [await self._store(ctx, item, source) for item in outcome.incoming]
        for partition, stretch in stretches.items():
            derived = registers[partition].for_detection(stretch[0]) if partition in registers else []
            found = self._learn(partition, [*(item.of_parts(*stretch) for item in groups), *derived])
            facts += [fact for fact in found if is_news(fact, stores)]
        for stored in stores:
            facts += await corrections_of(ctx, stored, facts)
        # Meters of one partition never share an order with those of another, so one call serves all.
        await apply_facts(ctx, facts, self._surroundings())
        # Last: the door waits for these rows when it notes the broker's acknowledgement.
        await record_merged(session, counts_of(parts, totals.tolist()), ctx.now)
        for fate, total in zip(("stored", "unchanged", "revised", "superseded"), totals.sum(axis=0), strict=True):
            MERGED.labels(fate).inc(int(total))
        for partition, sequence in probes.items():
            tried = await try_reading(ctx, trial, self._detectors.day_types if self._tools.detects else None)
            await note_met(session, partition, sequence, is_stored=tried.is_stored, is_judged=tried.is_judged)
        BATCH_SECONDS.observe(time.perf_counter() - started)

    async def _prepare(
        self, ctx: Context, groups: Sequence[Incoming], registers: Mapping[int, RegisterOutcome]
    ) -> None:
        """Make the months there, and hold the days that are going to be written."""
        outcomes = registers.values()
        everything = [*groups, *(incoming for outcome in outcomes for incoming in outcome.incoming)]
        await self._ensure_months(everything)
        await bring_back(ctx, days_of(everything))
        await lock_all(ctx.session, everything, [outcome.bare_days() for outcome in outcomes])

    async def _store(self, ctx: Context, incoming: Incoming, source: Batch) -> Stored:
        stored = await store(ctx.session, incoming, source)
        # Days in snapshots are noted when they are closed.
        await note_touched(ctx.session, incoming.quantity, *stored.changed_days)
        return stored

    def _learn(self, partition: int, groups: Sequence[Incoming]) -> list[Fact]:
        if not self._tools.detects:
            return []
        return [Fact(decision.order, decision.signal) for decision in self._detectors.learn(partition, groups)]

    async def _decode(self, session: AsyncSession, records: Sequence[LogRecord]) -> list[Part]:
        parts = []
        for record in records:
            try:
                parts.append(await self._read(session, record))
            except UnmergeableRecord as error:
                log.error("ingest.poison", offset=record.offset, cause=str(error))
                await self._tools.set_aside(record, error)
            else:
                self._tools.succeeded()
        return parts

    async def _read(self, session: AsyncSession, record: LogRecord) -> Part:
        try:
            return read_part(record, self._directory.columns)
        except UnknownMeterIndex:
            await self._refresh_meters(session)
            return read_part(record, self._directory.columns)

    async def _ensure_months(self, groups: Sequence[Incoming]) -> None:
        days = {date_of(day) for day in days_of(groups)}
        missing = [day for day in days if (day.year, day.month) not in self._months]
        if not missing:
            return
        # In a transaction of its own, before this batch has touched the table: it takes an exclusive lock.
        async with self._tools.database.transaction() as session:
            await ensure_months(session, missing)
        self._months.update((day.year, day.month) for day in missing)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            meter=self._directory.by_index.__getitem__,
            parameters=self._detectors.parameters,
            day_type=self._detectors.day_types.name,
            is_planned=self._detectors.is_expected,
        )

    async def committed(self, batch: Mapping[OwnedT, Sequence[LogRecord]]) -> None:
        """Write checkpoints that are due; without one, more is replayed after a restart and nothing is lost."""
        if not self._tools.detects:
            # What was passed over is learned from the log once detection is on again.
            return
        for owned, records in batch.items():
            age = time.monotonic() - self._checkpointed_at.get(owned.partition, float("-inf"))
            if age < self._tools.checkpoint_seconds:
                continue
            try:
                await self._checkpoint(owned, records[-1].offset + 1)
            except Exception as error:
                log.warning("detector.checkpoint_failed", partition=owned.partition, cause=repr(error)[:200])
            self._checkpointed_at[owned.partition] = time.monotonic()

    async def _checkpoint(self, owned: Owned, next_offset: int) -> None:
        memory = self._detectors.memory(owned.partition)
        dumps = memory.dump_dirty()
        async with self._tools.database.transaction() as session:
            kept = await detection_repository.save_checkpoint(
                session,
                (owned.topic, owned.partition),
                owned.epoch,
                detection_repository.Checkpoint(next_offset, memory.clock, []),
                dumps,
                self._tools.clock.now(),
            )
        if kept:
            memory.dirty.clear()
            CHECKPOINTS.inc()
