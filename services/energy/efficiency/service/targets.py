"""Setting, changing and withdrawing targets; each is judged at once."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.targets import Measure, Pace
from services.energy.efficiency.errors import ProductUnknown, TargetExists, TargetUnfit, TargetWithdrawn
from services.energy.efficiency.repository import catalogue
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service import judging
from services.energy.efficiency.service.naming import region_or_code
from services.energy.efficiency.service.telling import tell_judged, tell_withdrawn
from services.energy.efficiency.tables import TargetRow


async def set_target(
    ctx: Context,
    *,
    region_code: str | None,
    enterprise_id: UUID | None,
    year: int,
    measure: Measure,
    product_code: str,
    factor_kind: FactorKind,
    value: Decimal,
    pace: Pace,
    source: str,
    responsible_person_id: UUID | None,
    responsible_unit_id: UUID | None,
) -> TargetRow:
    """Raises EnterpriseUnknown, NotFound, TargetUnfit, ProductUnknown, TargetExists."""
    if (enterprise_id is None) == (region_code is None):
        raise TargetUnfit(errors=[FieldError("target.one_subject", "/region_code")])
    await _demand_product(ctx, measure, product_code)
    if enterprise_id is not None:
        enterprise = await get_enterprise(ctx.session, ctx.principal, enterprise_id)
        name, region = enterprise.name, enterprise.region_code
    else:
        region = region_code or ""
        ensure_region(ctx.principal, region)
        name = await region_or_code(ctx.session, region)
    await lock_key(ctx.session, "energy_target", f"{region}:{enterprise_id}:{year}:{measure}:{product_code}")
    row = TargetRow(
        id=ctx.new_id(),
        region_code=region,
        enterprise_id=enterprise_id,
        subject_name=name,
        year=year,
        measure=measure.value,
        product_code=product_code,
        factor_kind=factor_kind.value,
        value=value,
        pace=pace.value,
        source=source,
        responsible_person_id=responsible_person_id,
        responsible_unit_id=responsible_unit_id,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    known = await repository.same_target(ctx.session, row)
    if known is not None:
        raise TargetExists(id=known.id)
    ctx.session.add(row)
    await ctx.session.flush()
    await judging.judge_quietly(ctx, [row])
    await ctx.session.flush()
    await tell_judged(ctx, row)
    return row


async def _demand_product(ctx: Context, measure: Measure, product_code: str) -> None:
    if (measure is Measure.INTENSITY_PRODUCT) != bool(product_code):
        raise TargetUnfit(errors=[FieldError("target.product_of_measure", "/product_code")])
    if product_code and product_code not in await catalogue.products(ctx.session):
        raise ProductUnknown(code=product_code, errors=[FieldError("efficiency.product_unknown", "/product_code")])


async def change_target(
    ctx: Context,
    row: TargetRow,
    *,
    value: Decimal,
    pace: Pace,
    source: str,
    responsible_person_id: UUID | None,
    responsible_unit_id: UUID | None,
) -> TargetRow:
    """Change a locked target and judge it anew. Raises TargetWithdrawn."""
    if row.withdrawn_at is not None:
        raise TargetWithdrawn(withdrawn_at=row.withdrawn_at)
    new = (value, pace.value, source, responsible_person_id, responsible_unit_id)
    if (row.value, row.pace, row.source, row.responsible_person_id, row.responsible_unit_id) != new:
        row.value, row.pace, row.source, row.responsible_person_id, row.responsible_unit_id = new
        row.advance(ctx.now, ctx.principal.subject)
        await judging.judge_quietly(ctx, [row])
        await ctx.session.flush()
        await tell_judged(ctx, row)
    return row


async def withdraw_target(ctx: Context, row: TargetRow, reason: str) -> TargetRow:
    """Withdraw a locked target; what hangs on it ends. Raises TargetWithdrawn."""
    if row.withdrawn_at is not None:
        raise TargetWithdrawn(withdrawn_at=row.withdrawn_at)
    row.withdrawn_at, row.withdrawn_reason = ctx.now, reason
    row.advance(ctx.now, ctx.principal.subject)
    await judging.withdraw(ctx, row)
    await ctx.session.flush()
    await tell_withdrawn(ctx, row)
    return row
