"""Taking temperatures, one day or a list of them, and what of them a forecast is made with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.energy.feeds.domain.body import UnreadableFile
from services.energy.forecast import temperature_repository as repository
from services.energy.forecast.domain.due import STANDARD_MINUTES
from services.energy.forecast.domain.series import SLOTS, Floats, Weather, in_slots
from services.energy.forecast.domain.temperature import (
    SLOT_COUNTS,
    TemperatureKind,
    interval_of,
    out_of_range,
)
from services.energy.forecast.domain.temperature_lists import TemperatureLine, read_temperatures
from services.energy.forecast.errors import (
    TemperatureNotMeasuredYet,
    TemperatureOutOfRange,
    TemperatureRegionUnknown,
    TemperatureSlotsUnfit,
)
from services.energy.forecast.tables import TemperatureDayRow
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute
from services.energy.quotas.domain.quota import is_same, overlaid
from services.energy.quotas.repository import regions_named
from services.energy.utility.domain.lists import ListFault
from services.energy.utility.errors import ListUnreadable


@dataclass(frozen=True, slots=True)
class Telling:
    """Where temperatures are from. ``issued_at``: when they were told, None for now; zone and region where a list
    does not say."""

    source: str
    kind: TemperatureKind
    issued_at: datetime | None = None
    region_code: str | None = None
    zone: str = "+08:00"


class Effect(StrEnum):
    """What became of a day."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(slots=True)
class Outcome:
    """Days by what became of them; ``faults`` in the order of the file."""

    rows: int = 0
    days: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(Effect, 0))
    faults: list[ListFault] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Day:
    line: int
    column: str
    region_code: str
    kind: TemperatureKind
    day: int
    celsius: Floats


_Place = tuple[str, str, int]


async def put_day(
    ctx: Context, region: str, day: date, celsius: Sequence[float | None], telling: Telling
) -> tuple[TemperatureDayRow, Effect]:
    """Record a day of a region; slots without a value stay as they were known.

    Raises TemperatureRegionUnknown, TemperatureSlotsUnfit, TemperatureOutOfRange, TemperatureNotMeasuredYet,
    NotFound.
    """
    if len(celsius) not in SLOT_COUNTS:
        raise TemperatureSlotsUnfit(count=len(celsius), errors=[FieldError("temperature.slot_count", "/celsius")])
    values = np.array([np.nan if value is None else value for value in celsius], np.float64)
    wrong = out_of_range(values)
    if wrong is not None:
        raise TemperatureOutOfRange(value=wrong)
    found = _Day(0, "", await _region(ctx, region), telling.kind, day_number(day), values)
    _demand_begun(ctx, found)
    await repository.lock_temperatures(ctx.session)
    standing = {_place(row): row for row in await repository.standing(ctx.session, [found.region_code], day, day)}
    row, effect = await _laid_over(ctx, found, standing, telling)
    await ctx.session.flush()
    return row, effect


async def import_list(ctx: Context, body: bytes, telling: Telling) -> Outcome:
    """Take a list; the same list again changes nothing. Raises ListUnreadable.

    A later list replaces the slots that it speaks of; what an earlier one said stays known.
    """
    try:
        found = read_temperatures(body, telling.zone, telling.kind, telling.region_code)
    except UnreadableFile as fault:
        errors = [FieldError(fault.code, pointer=fault.pointer, params=fault.params)]
        raise ListUnreadable(line=fault.line, errors=errors) from fault
    outcome = Outcome(rows=found.rows, faults=found.faults)
    days = await _resolved(ctx, found.lines, outcome.faults)
    await repository.lock_temperatures(ctx.session)
    standing: dict[_Place, TemperatureDayRow] = {}
    if days:
        first, last = min(one.day for one in days), max(one.day for one in days)
        codes = {one.region_code for one in days}
        rows = await repository.standing(ctx.session, codes, date_of(first), date_of(last))
        standing = {_place(row): row for row in rows}
    for one in days:
        _, effect = await _laid_over(ctx, one, standing, telling)
        outcome.days[effect] += 1
    await ctx.session.flush()
    outcome.faults.sort(key=lambda fault: fault.line)
    return outcome


async def _resolved(ctx: Context, lines: Iterable[TemperatureLine], faults: list[ListFault]) -> list[_Day]:
    codes: dict[str, str | DomainError] = {}
    found = []
    for line in lines:
        if line.region not in codes:
            try:
                codes[line.region] = await _region(ctx, line.region)
            except DomainError as error:
                codes[line.region] = error
        code = codes[line.region]
        try:
            if isinstance(code, DomainError):
                raise code
            one = _Day(line.line, line.column, code, line.kind, line.day, line.celsius)
            _demand_begun(ctx, one)
        except DomainError as error:
            faults.append(ListFault(line.line, line.column, error.code, dict(error.params)))
        else:
            found.append(one)
    return found


async def _region(ctx: Context, named: str) -> str:
    """A region's code, or the only region within reach of that name."""
    if ctx.principal.is_enterprise_bound or ctx.principal.meter_nos is not None:
        # The weather of a region is not one enterprise's to tell.
        raise NotFound
    try:
        regions.validate(named)
    except regions.InvalidRegionCode as error:
        found = await regions_named(ctx.session, ctx.principal, named)
        if len(found) != 1:
            raise TemperatureRegionUnknown(text=named[:40]) from error
        return found[0]
    ensure_region(ctx.principal, named)
    return named


def _demand_begun(ctx: Context, one: _Day) -> None:
    today = local_minute(ctx.now, STANDARD_MINUTES) // MINUTES_A_DAY
    if one.kind is TemperatureKind.MEASURED and one.day > today:
        raise TemperatureNotMeasuredYet(day=date_of(one.day))


def _place(row: TemperatureDayRow) -> _Place:
    return row.region_code, row.kind, day_number(row.day)


async def _laid_over(
    ctx: Context, one: _Day, standing: dict[_Place, TemperatureDayRow], telling: Telling
) -> tuple[TemperatureDayRow, Effect]:
    place = (one.region_code, one.kind.value, one.day)
    issued_at = telling.issued_at or ctx.now
    before, celsius, effect = standing.get(place), one.celsius, Effect.CREATED
    if before is not None:
        stood = np.array(before.celsius, np.float64)
        celsius = overlaid(stood, one.celsius)
        if is_same(stood, celsius):
            return before, Effect.UNCHANGED
        if issued_at < before.issued_at:
            return before, Effect.SUPERSEDED
        before.replaced_at = ctx.now
        effect = Effect.CHANGED
        # What is replaced must be so before its successor comes: one row of a day stands.
        await ctx.session.flush()
    row = standing[place] = TemperatureDayRow(
        id=ctx.new_id(),
        region_code=one.region_code,
        kind=one.kind.value,
        day=date_of(one.day),
        interval_minutes=interval_of(celsius),
        celsius=celsius.tolist(),
        issued_at=issued_at,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        source=telling.source,
    )
    ctx.session.add(row)
    return row, effect


async def load_weather(
    session: AsyncSession, region_codes: Iterable[str], first_day: int, last_day: int
) -> dict[str, Weather]:
    """The weather of regions by code, each day of the narrowest region around it that has any."""
    chains = {code: (code, *regions.ancestors(code)) for code in region_codes}
    wanted = sorted({one for chain in chains.values() for one in chain})
    first, last = date_of(first_day), date_of(last_day)
    measured = _by_region(await repository.measured(session, wanted, first, last))
    foreseen = _by_region(await repository.foreseen(session, wanted, first, last))
    days = last_day - first_day + 1

    def of(chain: Sequence[str], told: dict[str, dict[int, Floats]]) -> Floats:
        found = np.full((days, SLOTS), np.nan)
        for code in reversed(chain):
            for day, celsius in told.get(code, {}).items():
                found[day - first_day] = celsius
        return found

    return {
        code: Weather(first_day, foreseen=of(chain, foreseen), measured=of(chain, measured))
        for code, chain in chains.items()
    }


def _by_region(rows: Iterable[TemperatureDayRow]) -> dict[str, dict[int, Floats]]:
    found: dict[str, dict[int, Floats]] = {}
    for row in rows:
        found.setdefault(row.region_code, {})[day_number(row.day)] = in_slots(np.array(row.celsius, np.float64))
    return found
