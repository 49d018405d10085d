"""The catalogue of standards, and the rules of phase-out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy import dated
from services.energy.phase_out import standard_repository
from services.energy.phase_out.domain.case import Category, Comparator, Requirement
from services.energy.phase_out.errors import RegionInvalid, RuleInvalid, ScopeTooWide, StandardInvalid
from services.energy.phase_out.tables import PhaseOutRuleRow, PhaseOutStandardRow


@dataclass(frozen=True, slots=True)
class StandardFacts:
    """An entry of the catalogue as it is recorded."""

    code: str
    name: str
    category: Category
    description: str
    comparator: Comparator
    threshold: float | None
    measure: str
    unit: str | None
    basis: str
    basis_document: str | None
    sector_code: str | None
    deadline_on: date | None
    region_code: str | None
    valid_from: date
    valid_to: date | None


async def put_standard(ctx: Context, facts: StandardFacts) -> tuple[PhaseOutStandardRow, bool]:
    """Record an entry, or correct the one of the same code, region and beginning; the one before ends with it.

    Returns it and whether it is new. Raises StandardInvalid, ScopeTooWide, RegionInvalid.
    """
    check_scope(ctx, facts.region_code)
    errors = []
    if (facts.comparator is Comparator.BANNED) != (facts.threshold is None):
        errors.append(FieldError("phase_out.threshold_unfit", "/threshold"))
    if facts.threshold is not None and not facts.unit:
        errors.append(FieldError("phase_out.unit_missing", "/unit"))
    if errors:
        raise StandardInvalid(code=facts.code, errors=errors)
    known = [
        row
        for row in await standard_repository.standards_of_code(ctx.session, facts.code)
        if row.region_code == facts.region_code
    ]
    same, end = _place(known, facts, StandardInvalid)
    values: dict[str, Any] = asdict(facts) | {
        "category": facts.category.value,
        "comparator": facts.comparator.value,
        "valid_to": end,
    }
    row = same or PhaseOutStandardRow(
        id=ctx.new_id(), **values, version=0, changed_at=ctx.now, changed_by=ctx.principal.subject
    )
    _write(ctx, row, values)
    await ctx.session.flush()
    return row, same is None


def _write(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    ctx.session.add(row)


async def end_standard(ctx: Context, row: PhaseOutStandardRow, valid_to: date) -> PhaseOutStandardRow:
    """A locked entry holds until before a day. Raises StandardInvalid, ScopeTooWide."""
    check_scope(ctx, row.region_code)
    if valid_to <= row.valid_from:
        raise StandardInvalid(code=row.code, errors=[FieldError("phase_out.ends_before", "/valid_to")])
    if row.valid_to != valid_to:
        others = [
            one
            for one in await standard_repository.standards_of_code(ctx.session, row.code)
            if one.region_code == row.region_code and one.id != row.id
        ]
        if dated.meeting(others, row.valid_from, valid_to) is not None:
            raise StandardInvalid(code=row.code, errors=[FieldError("phase_out.overlaps", "/valid_to")])
        _write(ctx, row, {"valid_to": valid_to})
        await ctx.session.flush()
    return row


async def standard_in_force(
    ctx: Context, standard_id: UUID, region_code: str, day: date
) -> PhaseOutStandardRow | None:
    """The entry itself if it holds in the region on the day, else None."""
    row = await standard_repository.get_standard(ctx.session, standard_id)
    return row if dated.in_force([row], region_code, day) is not None else None


def requirement_of(row: PhaseOutStandardRow) -> Requirement:
    return Requirement(Comparator(row.comparator), row.threshold)


def check_scope(ctx: Context, region_code: str | None) -> None:
    """Raises RegionInvalid, ScopeTooWide."""
    if region_code is not None:
        try:
            regions.validate(region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
            raise RegionInvalid(region_code=region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, region_code)):
        raise ScopeTooWide


def _place(
    known: list[Any], facts: Any, refusal: type[StandardInvalid] | type[RuleInvalid]
) -> tuple[Any, date | None]:
    if facts.valid_to is not None and facts.valid_to <= facts.valid_from:
        raise refusal(errors=[FieldError("phase_out.ends_before", "/valid_to")])
    same = next((row for row in known if row.valid_from == facts.valid_from), None)
    try:
        before, end = dated.placed([row for row in known if row is not same], facts.valid_from, facts.valid_to)
    except dated.Meets as met:
        raise refusal(errors=[FieldError("phase_out.overlaps", "/valid_to")]) from met
    if before is not None:
        before.valid_to = facts.valid_from
    return same, end


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as it is recorded."""

    region_code: str | None
    valid_from: date
    valid_to: date | None
    due_soon_working_days: int
    overdue_level2_days: int
    most_extensions: int
    running_share: float
    running_floor_kw: float
    running_slots: int
    least_completeness: float
    baseline_days: int
    check_days: int
    note: str


async def put_rule(ctx: Context, facts: RuleFacts) -> PhaseOutRuleRow:
    """Record a rule, or correct the one of the same region and beginning; the one before ends with it.

    Raises RuleInvalid, ScopeTooWide, RegionInvalid.
    """
    check_scope(ctx, facts.region_code)
    known = [
        row for row in await standard_repository.all_rules(ctx.session) if row.region_code == facts.region_code
    ]
    same, end = _place(known, facts, RuleInvalid)
    values: dict[str, Any] = asdict(facts) | {"valid_to": end}
    row = same or PhaseOutRuleRow(
        id=ctx.new_id(), **values, version=0, changed_at=ctx.now, changed_by=ctx.principal.subject
    )
    _write(ctx, row, values)
    await ctx.session.flush()
    return row
