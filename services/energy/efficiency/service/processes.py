"""Processes of an enterprise, and which meters count for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.web.problems import FieldError
from services.energy.efficiency.errors import (
    MeterAssigned,
    MeterUnfit,
    PeriodUnfit,
    ProcessExists,
    ProcessUnknown,
    ProductUnknown,
)
from services.energy.efficiency.repository import catalogue, figures
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.tables import MeterShareRow, ProcessRow
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.repository import get_visible_row

# What is drawn, and what a meter for both ways says in sum.
_FIT: Final = frozenset({Quantity.ACTIVE_IMPORT_KW.value, Quantity.ACTIVE_POWER_KW.value})


async def add_process(
    ctx: Context, enterprise_id: UUID, code: str, name: str, product_code: str | None
) -> ProcessRow:
    """Raises EnterpriseUnknown, ProductUnknown, ProcessExists."""
    enterprise = await get_enterprise(ctx.session, ctx.principal, enterprise_id)
    await _demand_product(ctx, product_code)
    await lock_key(ctx.session, "energy_process", str(enterprise_id))
    if any(row.code == code for row in await figures.processes_of(ctx.session, enterprise_id)):
        raise ProcessExists(code=code)
    row = ProcessRow(
        id=ctx.new_id(),
        enterprise_id=enterprise_id,
        region_code=enterprise.region_code,
        code=code,
        name=name,
        product_code=product_code,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def change_process(ctx: Context, row: ProcessRow, name: str, product_code: str | None) -> ProcessRow:
    """Rename a locked process, or say what it makes. Raises ProductUnknown."""
    await _demand_product(ctx, product_code)
    if (row.name, row.product_code) != (name, product_code):
        row.name, row.product_code = name, product_code
        row.advance(ctx.now, ctx.principal.subject)
        await ctx.session.flush()
    return row


async def _demand_product(ctx: Context, product_code: str | None) -> None:
    if product_code is not None and product_code not in await catalogue.products(ctx.session):
        raise ProductUnknown(code=product_code, errors=[FieldError("efficiency.product_unknown", "/product_code")])


@dataclass(frozen=True, slots=True)
class Assignment:
    """A meter counts for an enterprise, or a process of it, in these months."""

    enterprise_id: UUID
    process_id: UUID | None
    meter_no: str
    coefficient: float
    first_month: date
    last_month: date | None


async def assign_meter(ctx: Context, wanted: Assignment) -> MeterShareRow:
    """Raises EnterpriseUnknown, ProcessUnknown, MeterNotFound, MeterUnfit, MeterAssigned, PeriodUnfit."""
    enterprise = await get_enterprise(ctx.session, ctx.principal, wanted.enterprise_id)
    await _demand_process(ctx, enterprise, wanted.process_id)
    meter = await get_visible_row(ctx.session, ctx.principal, wanted.meter_no)
    if meter.enterprise_id != wanted.enterprise_id or meter.quantity not in _FIT:
        raise MeterUnfit(meter_no=wanted.meter_no, quantity=meter.quantity)
    await lock_key(ctx.session, "energy_meter_share", str(meter.meter_index))
    row = MeterShareRow(
        id=ctx.new_id(),
        enterprise_id=wanted.enterprise_id,
        region_code=enterprise.region_code,
        process_id=wanted.process_id,
        meter_no=meter.meter_no,
        meter_index=meter.meter_index,
        coefficient=wanted.coefficient,
        first_month=wanted.first_month,
        last_month=wanted.last_month,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    await _demand_free(ctx, row)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def end_assignment(ctx: Context, row: MeterShareRow, last_month: date | None) -> MeterShareRow:
    """Let a locked assignment end with a month, or go on. Raises MeterAssigned, PeriodUnfit."""
    await lock_key(ctx.session, "energy_meter_share", str(row.meter_index))
    if row.last_month != last_month:
        row.last_month = last_month
        await _demand_free(ctx, row)
        row.advance(ctx.now, ctx.principal.subject)
        await ctx.session.flush()
    return row


async def _demand_process(ctx: Context, enterprise: EnterpriseReplicaRow, process_id: UUID | None) -> None:
    if process_id is None:
        return
    known = {row.id for row in await figures.processes_of(ctx.session, enterprise.enterprise_id)}
    if process_id not in known:
        raise ProcessUnknown(
            process_id=process_id, errors=[FieldError("efficiency.process_unknown", "/process_id")]
        )


async def _demand_free(ctx: Context, row: MeterShareRow) -> None:
    """A meter counts once for the whole and once for one process: never twice for the same boundary or two."""
    if row.last_month is not None and row.last_month < row.first_month:
        raise PeriodUnfit(first=row.first_month, last=row.last_month)
    with ctx.session.no_autoflush:
        others = await figures.shares_of_meter(ctx.session, row.meter_index)
    for other in others:
        begins_before = row.last_month is None or other.first_month <= row.last_month
        ends_after = other.last_month is None or row.first_month <= other.last_month
        is_same_place = (other.process_id is None) == (row.process_id is None)
        if other.id != row.id and begins_before and ends_after and is_same_place:
            raise MeterAssigned(meter_no=row.meter_no, first=other.first_month)
