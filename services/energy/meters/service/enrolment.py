"""Registering many new meters at once: the same rows and events as one by one, in a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from libs.common.context import Context
from libs.common.contracts.energy import MeterRegisteredV1
from libs.common.outbox.record import record_events
from libs.common.security.scope import ensure_enterprise, reaches_region
from services.energy.metering.domain.periods import Period, with_change
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of
from services.energy.metering.errors import AliasTaken, MeterNotFound
from services.energy.metering.tables import MeterRow
from services.energy.meters import bulk_repository
from services.energy.meters.domain.record import CORRECTABLE, FIXED, MeterRecord
from services.energy.meters.service.recording import check_facts, event_of, now_minute
from services.energy.meters.service.registration import (
    effective_minute,
    first_period,
    first_revision,
    first_values,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Meters of a table that are registered, locked, and the lives of each."""

    rows: Mapping[str, MeterRow]
    periods: Mapping[str, tuple[Period, ...]]


async def lock_register(ctx: Context, meter_nos: Sequence[str]) -> Known:
    """Which of the numbers are registered. Until the transaction ends nobody else registers any meter."""
    await bulk_repository.lock_counter(ctx.session)
    rows = {row.meter_no: row for row in await bulk_repository.lock_rows(ctx.session, meter_nos)}
    lives = await bulk_repository.lives(ctx.session, [row.meter_id for row in rows.values()])
    return Known(rows, {meter_no: lives[row.meter_id] for meter_no, row in rows.items()})


def check_new(ctx: Context, meter_no: str, record: MeterRecord) -> None:
    """Raises what registering it would raise."""
    check_facts(ctx, record.kind, record.facts)
    if not ctx.principal.may_use_meter(meter_no):
        raise MeterNotFound(meter_no=meter_no)


async def enrol(ctx: Context, meters: Sequence[tuple[str, MeterRecord]]) -> dict[str, MeterRow]:
    """Register checked meters whose numbers nobody has; the caller holds the register's lock."""
    first, mark = await bulk_repository.next_index_and_mark(ctx.session)
    rows = [
        MeterRow(**first_values(ctx, meter_no, record), meter_index=first + place, change_mark=mark)
        for place, (meter_no, record) in enumerate(meters)
    ]
    pairs = [(row, record) for row, (_, record) in zip(rows, meters, strict=True)]
    await bulk_repository.add_meters(
        ctx.session,
        rows,
        [first_period(row.meter_id, record) for row, record in pairs],
        [first_revision(ctx, row.meter_id, record, None) for row, record in pairs],
    )
    await record_events(ctx, [event_of(ctx, row, MeterRegisteredV1) for row in rows])
    return {row.meter_no: row for row in rows}


def is_as_recorded(ctx: Context, known: Known, meter_no: str, record: MeterRecord, since: date | None) -> bool:
    """Whether a registered meter is the caller's, open, and in all as the record says: nothing is to be done.

    Raises what putting the record would raise, but for what its own rows say.
    """
    row = known.rows[meter_no]
    if not ctx.principal.may_use_meter(meter_no) or not reaches_region(ctx.principal, row.region_code):
        return False
    ensure_enterprise(ctx.principal, row.enterprise_id)
    minute = effective_minute(ctx, row, since, record.valid_from)
    check_facts(ctx, record.kind, record.facts)
    is_closed = row.valid_to is not None and row.valid_to < date_of(now_minute(ctx, row) // MINUTES_A_DAY)
    plain, before = record.plain(), known.periods[meter_no]
    return (
        not is_closed
        and all(getattr(row, name) == plain[name] for name in (*FIXED, *CORRECTABLE))
        and with_change(before, minute, record.facts.values()) == before
    )


async def add_aliases(
    ctx: Context, wanted: Sequence[tuple[str, MeterRow, str, str]]
) -> tuple[set[str], dict[str, AliasTaken]]:
    """Give meters their codes; returns the numbers of those that have a new one, and the faults by number.

    ``wanted``: meter number, meter, system, code.
    """
    if not wanted:
        return set(), {}
    triples = [(system, code, row.meter_id) for _, row, system, code in wanted]
    added = await bulk_repository.add_aliases(ctx.session, triples)
    owners = await bulk_repository.owners(ctx.session, [(system, code) for system, code, _ in triples])
    faults = {
        meter_no: AliasTaken(system=system, code=code)
        for meter_no, row, system, code in reversed(wanted)
        if owners[system, code] != row.meter_id
    }
    renewed = {
        meter_no
        for meter_no, row, system, code in wanted
        if (system, code) in added and owners[system, code] == row.meter_id
    }
    await bulk_repository.mark_all_changed(
        ctx.session, [row.meter_id for no, row, _, _ in wanted if no in renewed]
    )
    return renewed, faults
