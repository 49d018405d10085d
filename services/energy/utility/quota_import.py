"""Taking a list of supply quotas: each row by whom it means, laid over what stands; what fits no rule is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import enterprise_by_credit_code
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.rejections import storable
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number
from services.energy.quotas import repository
from services.energy.quotas.domain.quota import Quotas, Scope, is_same, overlaid
from services.energy.quotas.errors import QuotaRegionMissing, QuotaRegionUnknown
from services.energy.quotas.tables import QuotaImportRow, SupplyQuotaRow
from services.energy.utility.domain.lists import ListFault
from services.energy.utility.domain.quota_lists import read_quotas
from services.energy.utility.domain.quota_parts import Key, QuotaLine
from services.energy.utility.errors import ListUnreadable
from services.energy.utility.service import find_meter

_KEPT_FAULTS: Final = 1000
# Characters of a unified social credit code.
_CREDIT_CODE: Final = 18


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a list is from. ``issued_at``: when it was handed out, if neither file nor caller says: now.

    ``region_code``: of parts of the grid, where the list does not say; the caller's own if nobody does.
    """

    system: str
    zone: str
    name: str | None = None
    region_code: str | None = None
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """An object as it is stored."""

    scope: Scope
    code: str
    region_code: str
    enterprise_id: UUID | None = None


@dataclass(slots=True)
class _Tally:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    faults: list[ListFault] = field(default_factory=list)


async def import_quotas(ctx: Context, body: bytes, origin: Origin) -> tuple[QuotaImportRow, list[ListFault]]:
    """Take a list; returns its receipt and its faults. The same list again changes nothing. Raises ListUnreadable.

    A later list replaces what an earlier one said of the slots it speaks of; an older one changes nothing.
    """
    try:
        found = read_quotas(body, origin.zone)
    except UnreadableFile as fault:
        errors = [FieldError(fault.code, pointer=fault.pointer, params=fault.params)]
        raise ListUnreadable(line=fault.line, errors=errors) from fault
    tally = _Tally(faults=found.faults)
    issued_at = origin.issued_at or found.issued or ctx.now
    receipt = _receipt(ctx, body, origin, issued_at)
    ctx.session.add(receipt)
    await ctx.session.flush()
    whose = await _resolved(ctx, found.lines, origin.region_code, tally)
    await repository.lock_quotas(ctx.session)
    standing = await _standing(ctx, found.lines, whose.values())
    added: list[SupplyQuotaRow] = []
    for line in found.lines:
        if line.key in whose:
            row = _laid_over(ctx, line, whose[line.key], standing, receipt, tally)
            added += [] if row is None else [row]
    # What is replaced must be so before its successor comes: one row of a day stands.
    await ctx.session.flush()
    ctx.session.add_all(added)
    tally.faults.sort(key=lambda fault: fault.line)
    receipt.rows, receipt.rejected = found.rows, len(tally.faults)
    for name in ("created", "changed", "unchanged", "superseded"):
        setattr(receipt, name, getattr(tally, name))
    receipt.rejections = [_stored(fault) for fault in tally.faults[:_KEPT_FAULTS]]
    await ctx.session.flush()
    return receipt, tally.faults


def _receipt(ctx: Context, body: bytes, origin: Origin, issued_at: datetime) -> QuotaImportRow:
    return QuotaImportRow(
        id=ctx.new_id(),
        received_at=ctx.now,
        received_by=ctx.principal.subject,
        region_code=ctx.principal.region_code,
        enterprise_id=ctx.principal.enterprise_id,
        system=origin.system,
        name=origin.name,
        issued_at=issued_at,
        digest=hashlib.sha256(body).digest(),
        rows=0,
        created=0,
        changed=0,
        unchanged=0,
        superseded=0,
        rejected=0,
        rejections=[],
    )


def _stored(fault: ListFault) -> dict[str, Any]:
    facts = {"line": fault.line, "column": fault.column, "code": fault.code, "params": fault.params}
    found: dict[str, Any] = storable(facts)
    return found


async def _resolved(
    ctx: Context, lines: Iterable[QuotaLine], region_code: str | None, tally: _Tally
) -> dict[Key, Whose]:
    """Who is meant, by key; an object that nobody of the caller's is a fault of its first line."""
    found: dict[Key, Whose] = {}
    failed: set[Key] = set()
    for line in lines:
        if line.key in found or line.key in failed:
            continue
        try:
            found[line.key] = await _whose(ctx, line.key, region_code)
        except DomainError as error:
            failed.add(line.key)
            tally.faults.append(ListFault(line.line, line.column, error.code, dict(error.params)))
    return found


async def _whose(ctx: Context, key: Key, region_code: str | None) -> Whose:
    """Raises QuotaRegionUnknown, QuotaRegionMissing, MeterNotFound, NotFound."""
    kind, code, beside = key
    if kind == "user":
        return await _user(ctx, code)
    if ctx.principal.is_enterprise_bound:
        # A region's or a feeder's quota is not one enterprise's to set.
        raise NotFound
    if kind == "region":
        region = await _region(ctx, code)
        return Whose(Scope.REGION, region, region)
    own = beside or region_code or ctx.principal.region_code
    if own is None:
        raise QuotaRegionMissing(scope=kind)
    return Whose(Scope(kind), code, await _region(ctx, own))


async def _region(ctx: Context, text: str) -> str:
    try:
        regions.validate(text)
    except regions.InvalidRegionCode as error:
        named = await repository.regions_named(ctx.session, ctx.principal, text)
        if len(named) != 1:
            raise QuotaRegionUnknown(text=text[:40]) from error
        return named[0]
    ensure_region(ctx.principal, text)
    return text


async def _user(ctx: Context, code: str) -> Whose:
    enterprise = None
    if len(code) == _CREDIT_CODE:
        enterprise = await enterprise_by_credit_code(ctx.session, code.upper())
    if enterprise is not None:
        ensure_region(ctx.principal, enterprise.region_code)
        ensure_enterprise(ctx.principal, enterprise.enterprise_id)
        return Whose(Scope.ENTERPRISE, code.upper(), enterprise.region_code, enterprise.enterprise_id)
    meter = await find_meter(ctx, code)
    return Whose(Scope.METER, meter.meter_no, meter.region_code, meter.enterprise_id)


_Place = tuple[str, str, str, int]


async def _standing(ctx: Context, lines: list[QuotaLine], whose: Iterable[Whose]) -> dict[_Place, SupplyQuotaRow]:
    codes = {item.code for item in whose}
    if not codes:
        return {}
    first, last = min(line.day for line in lines), max(line.day for line in lines)
    rows = await repository.current_quotas(ctx.session, codes, date_of(first), date_of(last))
    return {(row.scope, row.code, row.region_code, day_number(row.day)): row for row in rows}


def _laid_over(
    ctx: Context,
    line: QuotaLine,
    whose: Whose,
    standing: dict[_Place, SupplyQuotaRow],
    receipt: QuotaImportRow,
    tally: _Tally,
) -> SupplyQuotaRow | None:
    """The row that is to stand from now on; None where nothing changes."""
    place = (whose.scope.value, whose.code, whose.region_code, line.day)
    before = standing.get(place)
    quota_mw = line.quota_mw
    if before is not None:
        stood: Quotas = np.array(before.quota_mw, np.float64)
        quota_mw = overlaid(stood, line.quota_mw)
        if is_same(stood, quota_mw):
            tally.unchanged += 1
            return None
        if receipt.issued_at < before.issued_at:
            tally.superseded += 1
            return None
        before.replaced_at = ctx.now
        tally.changed += 1
    else:
        tally.created += 1
    row = standing[place] = SupplyQuotaRow(
        id=ctx.new_id(),
        scope=whose.scope.value,
        code=whose.code,
        region_code=whose.region_code,
        enterprise_id=whose.enterprise_id,
        day=date_of(line.day),
        interval_minutes=MINUTES_A_DAY // len(quota_mw),
        quota_mw=quota_mw.tolist(),
        issued_at=receipt.issued_at,
        recorded_at=ctx.now,
        import_id=receipt.id,
        line=line.line,
    )
    return row
