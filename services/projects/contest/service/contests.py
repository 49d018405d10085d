"""Contests, their weights and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.contest.domain.measuring import GrowthBasis, MeasureInfo
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import AdjustmentRule, Component, Scheme
from services.projects.contest.errors import (
    ContestCodeTaken,
    RuleUnsound,
    SchemeOfFrozenQuarter,
    SchemeUnsound,
)
from services.projects.contest.repository import contests as repository
from services.projects.contest.repository.standings import last_frozen_quarter
from services.projects.contest.service.sources import Sources
from services.projects.contest.tables import ContestRow, ContestRuleRow, ContestSchemeRow
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import has_unit, lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestDraft:
    code: str
    name: str
    kind: ParticipantKind
    region_code: str
    year: int
    basis: str
    responsible_unit_id: UUID | None


async def open_contest(ctx: Context, draft: ContestDraft) -> ContestRow:
    """Raises ContestCodeTaken, EntryUnknown, UnknownRegion, NotFound."""
    await demand_region(ctx, draft.region_code)
    await _demand_unit(ctx, draft.responsible_unit_id)
    await lock_key(ctx.session, "contest", draft.code)
    if await repository.contest_by_code(ctx.session, draft.code) is not None:
        raise ContestCodeTaken(contest=draft.code, errors=[FieldError("entry.exists", "/code")])
    row = ContestRow(
        id=ctx.new_id(),
        code=draft.code,
        name=draft.name,
        kind=draft.kind.value,
        region_code=draft.region_code,
        year=draft.year,
        basis=draft.basis,
        responsible_unit_id=draft.responsible_unit_id,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def amend_contest(ctx: Context, row: ContestRow, facts: Mapping[str, Any]) -> ContestRow:
    """Change the name, the basis or who leads a locked contest. Raises EntryUnknown."""
    await _demand_unit(ctx, facts.get("responsible_unit_id"))
    changes = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if changes:
        for name, value in changes.items():
            setattr(row, name, value)
        row.advance(ctx.now)
        await ctx.session.flush()
    return row


async def _demand_unit(ctx: Context, unit_id: UUID | None) -> None:
    if unit_id is not None and not await has_unit(ctx.session, unit_id):
        fault = FieldError("reference.unknown", "/responsible_unit_id")
        raise EntryUnknown(fields=["responsible_unit_id"], errors=[fault])


async def read_contest(ctx: Context, contest_id: UUID) -> ContestRow:
    """A contest of the caller's region, of one below or of one above. Raises NotFound."""
    row = await repository.find_contest(ctx.session, contest_id)
    if row is None or not await repository.may_see(ctx.session, ctx.principal, contest_id):
        raise NotFound
    return row


async def own_contest(ctx: Context, contest_id: UUID, *, lock: bool = False) -> ContestRow:
    """A contest that lies in the caller's subtree, to be led or looked into. Raises NotFound."""
    row = await repository.find_contest(ctx.session, contest_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def adopt_scheme(
    ctx: Context, sources: Sources, contest: ContestRow, scheme: Scheme, from_quarter: int, reason: str
) -> ContestSchemeRow:
    """The next revision of a locked contest's weights, for quarters that are not frozen.

    Raises SchemeUnsound naming each field, SchemeOfFrozenQuarter.
    """
    await demand_sound(ctx, sources, ParticipantKind(contest.kind), scheme)
    rows = await repository.schemes_of(ctx.session, contest.id)
    if rows and not reason:
        raise SchemeUnsound(errors=[FieldError("contest.reason_required", "/reason")])
    frozen = await last_frozen_quarter(ctx.session, contest.id)
    if frozen is not None and from_quarter <= frozen:
        fault = FieldError("contest.quarter_is_frozen", "/from_quarter", {"quarter": frozen})
        raise SchemeOfFrozenQuarter(quarter=frozen, errors=[fault])
    stored = repository.SCHEME.dump_python(scheme, mode="json")
    row = ContestSchemeRow(
        id=ctx.new_id(),
        contest_id=contest.id,
        revision=len(rows) + 1,
        from_quarter=from_quarter,
        components=stored["components"],
        adjustments=stored["adjustments"],
        max_bonus=scheme.max_bonus,
        max_deduction=scheme.max_deduction,
        reason=reason,
        adopted_at=ctx.now,
        adopted_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def demand_sound(ctx: Context, sources: Sources, kind: ParticipantKind, scheme: Scheme) -> None:
    """Raises SchemeUnsound: weights that do not sum, sources that do not know the measure or the kind."""
    catalogue = await sources.catalogue(ctx.session)
    faults = scheme.faults()
    fields: dict[str, Sequence[Component | AdjustmentRule]] = {
        "components": scheme.components,
        "adjustments": scheme.adjustments,
    }
    for field, parts in fields.items():
        for number, part in enumerate(parts):
            faults += _source_faults(catalogue, sources, kind, f"/{field}/{number}", part.source, part.measure)
    for number, component in enumerate(scheme.components):
        info = catalogue.get((component.source, component.measure))
        if component.growth_share and info is not None and info.growth is GrowthBasis.NONE:
            faults.append(FieldError("contest.measure_without_growth", f"/components/{number}/growth_share"))
    if faults:
        raise SchemeUnsound(errors=faults)


def _source_faults(
    catalogue: Mapping[tuple[str, str], MeasureInfo],
    sources: Sources,
    kind: ParticipantKind,
    pointer: str,
    source: str,
    measure: str,
) -> list[FieldError]:
    if sources.find(source) is None:
        return [FieldError("contest.source_unknown", f"{pointer}/source", {"known": list(sources.codes)})]
    info = catalogue.get((source, measure))
    if info is None:
        known = sorted(code for owner, code in catalogue if owner == source)
        return [FieldError("contest.measure_unknown", f"{pointer}/measure", {"known": known})]
    if kind not in info.kinds:
        return [FieldError("contest.measure_unfit", f"{pointer}/measure", {"kind": kind})]
    return []


async def put_rule(ctx: Context, rule: ContestRule) -> ContestRuleRow:
    """Raises RuleUnsound, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion."""
    if faults := rule.faults():
        raise RuleUnsound(errors=faults)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "contest_rule", str(rule.region_code))
    rows = await repository.rule_rows(ctx.session, rule.region_code)
    row = place(ctx, ContestRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row
