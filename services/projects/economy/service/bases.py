"""Restated bases and published figures: each beside what was reported, a later word as a new revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.economy.domain import months
from services.projects.economy.errors import NotInRegister, PublishedUnsound, RestatementUnsound
from services.projects.economy.repository import bases, catalogue
from services.projects.economy.service.worlds import demand_indicator
from services.projects.economy.tables.reports import PublishedFigureRow, RestatementRow
from services.projects.registry.repository import find_enterprise, lock_key
from services.projects.registry.service.recording import alive, demand_region
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What the month's, or the year's value of an enterprise is to be compared with instead; with the reason."""

    indicator: str
    month: date
    month_value: Decimal | None
    cumulative_value: Decimal | None
    reason: str


async def restate(ctx: Context, credit_code: str, given: Restatement) -> tuple[RestatementRow, EnterpriseRow]:
    """Raises NotFound, UnknownIndicator, NotInRegister, RestatementUnsound."""
    enterprise = alive(await find_enterprise(ctx.session, credit_code))
    await demand_indicator(ctx.session, given.indicator)
    if given.month_value is None and given.cumulative_value is None:
        raise RestatementUnsound(errors=[FieldError("fact.required", "/month_value")])
    if months.last_day(given.month) >= today_of(ctx):
        raise RestatementUnsound(errors=[FieldError("economy.month_ahead", "/month")])
    standing = await catalogue.find_standing(ctx.session, enterprise.enterprise_id, given.month)
    ensure_region(ctx.principal, enterprise.region_code if standing is None else standing.region_code)
    if standing is None:
        raise NotInRegister(credit_code=credit_code, month=f"{given.month:%Y-%m}")
    key = f"{enterprise.enterprise_id}:{given.indicator}:{given.month}"
    await lock_key(ctx.session, "economy_restatement", key)
    known = await bases.find_restatement(ctx.session, enterprise.enterprise_id, given.indicator, given.month)
    row = RestatementRow(
        id=ctx.new_id(),
        enterprise_id=enterprise.enterprise_id,
        indicator=given.indicator,
        month=given.month,
        revision=1 if known is None else known.revision + 1,
        is_current=True,
        month_value=given.month_value,
        cumulative_value=given.cumulative_value,
        reason=given.reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    await _succeed(ctx, known, row)
    return row, enterprise


async def publish(ctx: Context, facts: dict[str, Any]) -> PublishedFigureRow:
    """Record what the statistics office published; ours stands beside it and neither is changed.

    ``facts``: the columns that were said. Raises NotFound, UnknownRegion, UnknownIndicator, PublishedUnsound.
    """
    await demand_region(ctx, facts["region_code"])
    await demand_indicator(ctx.session, facts["indicator"])
    said = ("month_value", "cumulative_value", "month_growth_percent", "cumulative_growth_percent")
    if all(facts[name] is None for name in said):
        raise PublishedUnsound(errors=[FieldError("fact.required", "/month_value")])
    if months.last_day(facts["month"]) >= today_of(ctx):
        raise PublishedUnsound(errors=[FieldError("economy.month_ahead", "/month")])
    if facts["published_on"] > today_of(ctx):
        raise PublishedUnsound(errors=[FieldError("economy.month_ahead", "/published_on")])
    key = ":".join(str(facts[name]) for name in ("region_code", "sector", "indicator", "month"))
    await lock_key(ctx.session, "economy_published", key)
    known = await bases.find_published(
        ctx.session, facts["region_code"], facts["sector"], facts["indicator"], facts["month"]
    )
    row = PublishedFigureRow(
        id=ctx.new_id(),
        revision=1 if known is None else known.revision + 1,
        is_current=True,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        **facts,
    )
    await _succeed(ctx, known, row)
    return row


async def _succeed(
    ctx: Context,
    known: RestatementRow | PublishedFigureRow | None,
    row: RestatementRow | PublishedFigureRow,
) -> None:
    """The earlier word stays, but counts no more."""
    if known is not None:
        known.is_current = False
        await ctx.session.flush()
    ctx.session.add(row)
    await ctx.session.flush()
