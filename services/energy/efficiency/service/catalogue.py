"""Putting carriers, products, factors, calorific values and rules in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from libs.common.context import Context
from services.energy.efficiency.domain.carriers import Carrier, Factor
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.errors import (
    CalorificOverlaps,
    CalorificUnfit,
    CarrierFixed,
    CarrierUnknown,
    PeriodUnfit,
    ProductFixed,
)
from services.energy.efficiency.repository import catalogue as repository
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.placing import demand_reach, place
from services.energy.efficiency.tables import (
    CalorificRow,
    CarrierRow,
    EfficiencyRuleRow,
    FactorRow,
    ProductRow,
)


async def put_carrier(ctx: Context, carrier: Carrier) -> tuple[CarrierRow, bool]:
    """Add or rename a carrier; whether it is new. Raises CarrierFixed when its unit would change."""
    await lock_key(ctx.session, "energy_carrier", carrier.code)
    row = await repository.find_carrier(ctx.session, carrier.code)
    if row is None:
        row = CarrierRow(
            code=carrier.code,
            name=carrier.name,
            name_en=carrier.name_en,
            unit=carrier.unit,
            is_fuel=carrier.is_fuel,
            version=1,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
        await ctx.session.flush()
        return row, True
    if (row.unit, row.is_fuel) != (carrier.unit, carrier.is_fuel):
        raise CarrierFixed(code=carrier.code, unit=row.unit)
    if (row.name, row.name_en) != (carrier.name, carrier.name_en):
        row.name, row.name_en = carrier.name, carrier.name_en
        row.advance(ctx.now, ctx.principal.subject)
    return row, False


async def put_product(
    ctx: Context, code: str, name: str, unit: str, sector_code: str | None
) -> tuple[ProductRow, bool]:
    """Add or rename a product; whether it is new. Raises ProductFixed when its unit would change."""
    await lock_key(ctx.session, "energy_product", code)
    row = await repository.find_product(ctx.session, code)
    if row is None:
        row = ProductRow(
            code=code,
            name=name,
            unit=unit,
            sector_code=sector_code,
            version=1,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
        await ctx.session.flush()
        return row, True
    if row.unit != unit:
        raise ProductFixed(code=code, unit=row.unit)
    if (row.name, row.sector_code) != (name, sector_code):
        row.name, row.sector_code = name, sector_code
        row.advance(ctx.now, ctx.principal.subject)
    return row, False


async def put_factor(ctx: Context, factor: Factor) -> FactorRow:
    """Put a factor in force. Raises CarrierUnknown, EverywhereForbidden, EntryNotOrdered, EntryOverlaps."""
    demand_reach(ctx, factor.region_code)
    if factor.carrier_code not in await repository.carriers(ctx.session):
        raise CarrierUnknown(code=factor.carrier_code)
    await lock_key(ctx.session, "energy_factor", f"{factor.carrier_code}:{factor.kind}:{factor.region_code}")
    rows = await repository.factor_rows(ctx.session, factor)
    row, _ = place(ctx, FactorRow, rows, factor, value_of=repository.factor_of)
    await ctx.session.flush()
    return row


async def put_rule(ctx: Context, rule: EfficiencyRule) -> EfficiencyRuleRow:
    """Put edges and demands in force. Raises EverywhereForbidden, EntryNotOrdered, EntryOverlaps."""
    demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "efficiency_rule", str(rule.region_code))
    rows = await repository.rule_rows(ctx.session, rule.region_code)
    row, _ = place(ctx, EfficiencyRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row


async def put_calorific(
    ctx: Context,
    enterprise_id: UUID,
    carrier_code: str,
    first_month: date,
    last_month: date,
    kj_per_unit: Decimal,
    source: str,
) -> CalorificRow:
    """Record a measured calorific value; one of exactly the same months is corrected.

    Raises EnterpriseUnknown, CarrierUnknown, CalorificUnfit, PeriodUnfit, CalorificOverlaps.
    """
    enterprise = await get_enterprise(ctx.session, ctx.principal, enterprise_id)
    carrier = (await repository.carriers(ctx.session)).get(carrier_code)
    if carrier is None:
        raise CarrierUnknown(code=carrier_code)
    if not carrier.is_fuel:
        raise CalorificUnfit(code=carrier_code)
    if last_month < first_month:
        raise PeriodUnfit(first=first_month, last=last_month)
    await lock_key(ctx.session, "calorific_value", f"{enterprise_id}:{carrier_code}")
    for row in await repository.calorific_rows(ctx.session, enterprise_id, carrier_code):
        if (row.first_month, row.last_month) == (first_month, last_month):
            if (row.kj_per_unit, row.source) != (kj_per_unit, source):
                row.kj_per_unit, row.source = kj_per_unit, source
                row.advance(ctx.now, ctx.principal.subject)
            return row
        if row.first_month <= last_month and first_month <= row.last_month:
            raise CalorificOverlaps(first=row.first_month, last=row.last_month)
    row = CalorificRow(
        id=ctx.new_id(),
        enterprise_id=enterprise_id,
        region_code=enterprise.region_code,
        carrier_code=carrier_code,
        first_month=first_month,
        last_month=last_month,
        kj_per_unit=kj_per_unit,
        source=source,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row
