"""Taking a utility's lists: each row by the rules of what it changes, the others counting all the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col

from libs.common.context import Context
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.energy.feeds.domain.body import UnreadableFile
from services.energy.metering.errors import MeterNotFound
from services.energy.metering.repository import get_visible_row
from services.energy.metering.tables import MeterAliasRow, MeterRow
from services.energy.meters.service.aliases import add_alias
from services.energy.meters.service.recording import locked_row
from services.energy.outages.domain.outage import Scope
from services.energy.outages.service import Announcement, Effect, announce
from services.energy.utility.domain.lists import ListFault, OutageLine, read_mapping, read_outages
from services.energy.utility.errors import ListUnreadable


@dataclass(slots=True)
class Outcome:
    """Rows by what became of them; ``faults`` in the order of the file."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[ListFault] = field(default_factory=list)


async def import_mapping(ctx: Context, body: bytes) -> Outcome:
    """Give meters their codes in the utility's systems. Raises ListUnreadable."""
    try:
        rows, faults = read_mapping(body)
    except UnreadableFile as fault:
        raise _unreadable(fault) from fault
    outcome = Outcome(rows=len(rows) + len(faults), faults=faults)
    for row in rows:
        try:
            meter = await locked_row(ctx, row.meter_no)
            is_new = await add_alias(ctx, meter, row.system, row.code)
        except (DomainError, NotFound) as error:
            outcome.faults.append(_fault(row.line, row.column, error))
            continue
        outcome.created += is_new
        outcome.unchanged += not is_new
    outcome.faults.sort(key=lambda fault: fault.line)
    return outcome


async def import_outages(ctx: Context, body: bytes, system: str, zone: str) -> Outcome:
    """Announce what the list plans; a row met before changes its outage. Raises ListUnreadable."""
    try:
        rows, faults = read_outages(body, zone)
    except UnreadableFile as fault:
        raise _unreadable(fault) from fault
    outcome = Outcome(rows=len(rows) + len(faults), faults=faults)
    for row in rows:
        try:
            _, effect = await announce(ctx, await _announcement(ctx, row, system))
        except (DomainError, NotFound) as error:
            outcome.faults.append(_fault(row.line, row.column, error))
            continue
        outcome.created += effect is Effect.CREATED
        outcome.changed += effect is Effect.CHANGED
        outcome.unchanged += effect is Effect.UNCHANGED
    outcome.faults.sort(key=lambda fault: fault.line)
    return outcome


async def _announcement(ctx: Context, row: OutageLine, system: str) -> Announcement:
    code = row.code
    if row.scope is Scope.METER:
        code = (await find_meter(ctx, code)).meter_no
    return Announcement(
        scope=row.scope,
        code=code,
        region_code=row.region_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        system=system,
        # A list without numbers of its own names an outage by what it cuts off and when.
        external_id=row.external_id or f"{row.scope}:{code}@{row.starts_at.isoformat()}",
    )


async def find_meter(ctx: Context, code: str) -> MeterRow:
    """The meter of this number, or the only one of this code in another system. Raises MeterNotFound."""
    try:
        return await get_visible_row(ctx.session, ctx.principal, code)
    except MeterNotFound:
        statement = (
            select(col(MeterRow.meter_no))
            .join(MeterAliasRow, col(MeterAliasRow.meter_id) == col(MeterRow.meter_id))
            .where(col(MeterAliasRow.code) == code)
            .distinct()
        )
        named = list(await ctx.session.scalars(statement.limit(2)))
        if len(named) != 1:
            raise
        return await get_visible_row(ctx.session, ctx.principal, named[0])


def _fault(line: int, column: str, error: Exception) -> ListFault:
    code = getattr(error, "code", "not_found")
    return ListFault(line, column, code, dict(getattr(error, "params", {})))


def _unreadable(fault: UnreadableFile) -> ListUnreadable:
    return ListUnreadable(
        line=fault.line, errors=[FieldError(fault.code, pointer=fault.pointer, params=fault.params)]
    )
