"""Vetoes against enterprises: recorded by offices, or told by the energy service."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import EnergyVetoLiftedV1, EnergyVetoSetV1
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.lists.errors import DayAhead, VetoLifted, VetoOfEnergy, VetoPeriodNotOrdered
from services.projects.lists.repository import vetoes as repository
from services.projects.lists.tables import VetoRow
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of

ENERGY = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class VetoDraft:
    ground: VetoGround
    enterprise_id: UUID
    period_from: date
    period_to: date | None
    explanation_zh: str
    explanation_en: str
    evidence: str


async def vetoes_of(
    ctx: Context, enterprise_ids: Iterable[UUID], first: date, last: date
) -> dict[UUID, list[VetoRow]]:
    """Vetoes that stand against enterprises and touch a period: support, honours and the contest obey them."""
    return await repository.standing_vetoes(ctx.session, enterprise_ids, first, last)


async def vetoes_of_regions(
    ctx: Context, region_codes: Iterable[str], first: date, last: date
) -> dict[str, list[VetoRow]]:
    """The same against regions themselves, not those of the enterprises in them."""
    return await repository.standing_vetoes_of_regions(ctx.session, region_codes, first, last)


async def record_veto(ctx: Context, draft: VetoDraft) -> VetoRow:
    """Raises VetoOfEnergy, VetoPeriodNotOrdered, DayAhead, EntryUnknown, NotFound."""
    if draft.ground is VetoGround.ENERGY:
        raise VetoOfEnergy(errors=[FieldError("veto.of_energy", "/ground")])
    if draft.period_to is not None and draft.period_to <= draft.period_from:
        raise VetoPeriodNotOrdered(errors=[FieldError("rule.ends_before_it_begins", "/period_to")])
    today = today_of(ctx)
    if draft.period_from > today:
        fault = FieldError("date.in_future", "/period_from")
        raise DayAhead(on=draft.period_from, today=today, errors=[fault])
    enterprise = await enterprise_of(ctx.session, draft.enterprise_id)
    if enterprise is None:
        raise EntryUnknown(fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")])
    ensure_region(ctx.principal, enterprise.region_code)
    row = VetoRow(
        id=ctx.new_id(),
        source="recorded",
        ground=draft.ground.value,
        region_code=enterprise.region_code,
        enterprise_id=draft.enterprise_id,
        period_from=draft.period_from,
        period_to=draft.period_to,
        explanation_zh=draft.explanation_zh,
        explanation_en=draft.explanation_en,
        evidence=draft.evidence,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def read_veto(ctx: Context, veto_id: UUID, *, lock: bool = False) -> VetoRow:
    """Raises NotFound."""
    row = await repository.find_veto(ctx.session, veto_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def lift_veto(ctx: Context, row: VetoRow, reason: str) -> VetoRow:
    """Take back a locked veto that was recorded here. Raises VetoOfEnergy, VetoLifted."""
    if row.source == ENERGY:
        raise VetoOfEnergy
    if row.lifted_at is not None:
        raise VetoLifted
    row.lifted_at, row.lifted_by, row.lifted_reason = ctx.now, ctx.principal.subject, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    return row


async def take_energy_veto(ctx: Context, payload: EnergyVetoSetV1, version: int) -> None:
    """Keep an energy veto as it was set, unless a later word on it is known."""
    row = await _energy_row(ctx, payload, version)
    if row is None:
        return
    row.explanation_zh, row.explanation_en = payload.explanation_zh, payload.explanation_en
    row.evidence, row.recorded_at = payload.ground, payload.set_at
    row.lifted_at = row.lifted_by = row.lifted_reason = None
    await ctx.session.flush()


async def lift_energy_veto(ctx: Context, payload: EnergyVetoLiftedV1, version: int) -> None:
    """The energy service has lifted its veto; told before the setting, it is kept as lifted all the same."""
    row = await _energy_row(ctx, payload, version)
    if row is None:
        return
    row.lifted_at, row.lifted_by = payload.lifted_at, ENERGY
    row.lifted_reason = payload.note or payload.reason
    await ctx.session.flush()


async def _energy_row(ctx: Context, payload: EnergyVetoSetV1 | EnergyVetoLiftedV1, version: int) -> VetoRow | None:
    """The replica's row under the event's version; None where it knows a later one."""
    row = await repository.find_veto(ctx.session, payload.veto_id, lock=True)
    if row is not None and row.version >= version:
        return None
    if row is None:
        row = VetoRow(
            id=payload.veto_id,
            source=ENERGY,
            ground=VetoGround.ENERGY.value,
            region_code=payload.region_code,
            period_from=payload.period_from,
            explanation_zh="",
            explanation_en="",
            evidence="",
            recorded_at=ctx.now,
            recorded_by=ENERGY,
            version=version,
            updated_at=ctx.now,
        )
        ctx.session.add(row)
    row.region_code, row.enterprise_id = payload.region_code, payload.enterprise_id
    row.period_from, row.period_to = payload.period_from, payload.period_to
    row.version, row.updated_at = version, ctx.now
    return row
