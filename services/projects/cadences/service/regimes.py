"""Regimes are put in force and templates adopted; checks that are out stay as they are."""

from dataclasses import replace
from datetime import date

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.cadences.domain.regimes import Regime, check_regime
from services.projects.cadences.errors import UnknownRegimeTemplate
from services.projects.cadences.repository import regimes as repository
from services.projects.cadences.tables import CadenceRegimeRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region


async def put_regime(ctx: Context, regime: Regime) -> CadenceRegimeRow:
    """Put a regime in force from its first day on.

    Raises RegimeNotOrdered, EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap.
    """
    check_regime(regime)
    await demand_reach(ctx, regime.region_code)
    return await _place(ctx, regime)


async def adopt_template(
    ctx: Context, template: str, region_code: str, valid_from: date, *, key_only: bool | None = None
) -> list[CadenceRegimeRow]:
    """Put a template's regimes in force in a region; ``key_only`` narrows or widens them as they are adopted.

    Raises UnknownRegimeTemplate and as :func:`put_regime`.
    """
    await demand_region(ctx, region_code)
    offered = await repository.template_regimes(ctx.session, template)
    if not offered:
        fault = FieldError("reference.unknown", "/template")
        raise UnknownRegimeTemplate(template=template, errors=[fault])
    return [
        await _place(
            ctx,
            replace(
                regime,
                region_code=region_code,
                valid_from=valid_from,
                valid_to=None,
                key_only=regime.key_only if key_only is None else key_only,
            ),
        )
        for regime in offered
    ]


async def _place(ctx: Context, regime: Regime) -> CadenceRegimeRow:
    await lock_key(ctx.session, "cadence_regime", f"{regime.code}:{regime.region_code}")
    rows = await repository.regime_rows(ctx.session, regime.code, regime.region_code)
    row = place(
        ctx,
        CadenceRegimeRow,
        rows,
        regime,
        value_of=repository.regime_of,
        more={"created_on": today_of(ctx)},
    )
    await ctx.session.flush()
    return row
