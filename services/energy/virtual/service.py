"""Use cases of virtual meters: formulas, their effect on the past, computing anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from libs.common.context import Context
from libs.common.web.conditional import check_version
from libs.common.web.problems import FieldError
from services.energy.metering.domain.meter import Kind, Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute
from services.energy.metering.errors import PeriodInverted
from services.energy.metering.repository import meter_of
from services.energy.metering.tables import MeterRow
from services.energy.meters.service.recording import locked_row
from services.energy.virtual import repository
from services.energy.virtual.computing import compute
from services.energy.virtual.domain.formula import Member, Missing, changed_span, cycle_through, overlapping
from services.energy.virtual.errors import (
    FormulaCyclic,
    FormulaNotFound,
    MemberRepeated,
    MemberUnfit,
    MemberUnknown,
    NotVirtual,
    RecomputationTooLong,
)
from services.energy.virtual.tables import VirtualDueRow, VirtualFormulaRow, VirtualMemberRow

# Days of a virtual meter that one run of the job computes; the rest waits for the next.
DAYS_A_RUN: Final = 400
MAX_DAYS: Final = 3700


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member as it is told; without a first day it holds since the virtual meter's own."""

    meter_no: str
    coefficient: float
    valid_from: date | None
    valid_to: date | None


async def put_formula(
    ctx: Context, meter_no: str, missing: Missing, facts: Sequence[MemberFacts], if_match: str | None
) -> VirtualFormulaRow:
    """Say what a virtual meter is made of; days on which that is something else are computed anew by the job.

    The same formula again changes nothing. Raises MeterNotFound, NotVirtual, MemberUnknown, MemberRepeated,
    MemberUnfit, FormulaCyclic, PreconditionFailed.
    """
    row = await locked_row(ctx, meter_no)
    if row.kind != Kind.VIRTUAL:
        raise NotVirtual(meter_no=meter_no)
    await repository.lock_formulas(ctx.session)
    formula = await repository.find_formula(ctx.session, row.meter_index)
    if if_match is not None:
        check_version(if_match, 0 if formula is None else formula.version)
    members = await _members(ctx, row, facts)
    before = [
        repository.member_of(member) for member in await repository.member_rows(ctx.session, row.meter_index)
    ]
    if (
        formula is not None
        and formula.missing == missing
        and sorted(before, key=_key) == sorted(members, key=_key)
    ):
        return formula
    changed = VirtualFormulaRow(
        meter_id=row.meter_id,
        meter_index=row.meter_index,
        missing=missing.value,
        version=1 if formula is None else formula.version + 1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    is_other_policy = formula is not None and formula.missing != missing
    await repository.save_formula(ctx.session, changed, [_row(row.meter_index, member) for member in members])
    today = local_minute(ctx.now, row.offset_minutes) // MINUTES_A_DAY
    span = changed_span([] if is_other_policy else before, members, today)
    if span is not None:
        await _ask(ctx, row, max(span[0], day_number(row.valid_from)), span[1])
    return changed


def _key(member: Member) -> tuple[int, int]:
    return member.meter_index, member.first_day


async def _members(ctx: Context, row: MeterRow, facts: Sequence[MemberFacts]) -> list[Member]:
    known = await repository.visible_members(ctx.session, ctx.principal, [item.meter_no for item in facts])
    whole = meter_of(row)
    members = []
    for place, item in enumerate(facts):
        meter = known.get(item.meter_no)
        if meter is None:
            fault = FieldError("virtual.member_unknown", f"/members/{place}/meter_no", {"meter_no": item.meter_no})
            raise MemberUnknown(meter_no=item.meter_no, errors=[fault])
        _check_fit(whole, meter, place)
        first = day_number(item.valid_from or row.valid_from)
        end = None if item.valid_to is None else day_number(item.valid_to)
        members.append(Member(meter.meter_index, item.coefficient, first, end))
    numbers = {meter.meter_index: meter.meter_no for meter in known.values()}
    twice = overlapping(members)
    if twice is not None:
        raise MemberRepeated(meter_no=numbers[twice.meter_index])
    graph = await repository.member_graph(ctx.session)
    graph.pop(row.meter_index, None)
    if cycle_through(row.meter_index, [member.meter_index for member in members], graph) is not None:
        raise FormulaCyclic(meter_no=row.meter_no)
    return members


def _check_fit(whole: Meter, member: Meter, place: int) -> None:
    for name, own, other in (
        ("unit", whole.quantity.unit, member.quantity.unit),
        ("offset_minutes", whole.offset_minutes, member.offset_minutes),
    ):
        if own != other:
            params: dict[str, Any] = {
                "meter_no": member.meter_no,
                "name": name,
                "value": other,
                "expected": own,
            }
            fault = FieldError("virtual.member_unfit", f"/members/{place}/meter_no", params)
            raise MemberUnfit(errors=[fault], **params)


def _row(virtual_index: int, member: Member) -> VirtualMemberRow:
    return VirtualMemberRow(
        virtual_index=virtual_index,
        member_index=member.meter_index,
        valid_from=date_of(member.first_day),
        valid_to=None if member.end_day is None else date_of(member.end_day),
        coefficient=member.coefficient,
    )


async def ask_again(ctx: Context, meter_no: str, first: date, last: date) -> None:
    """Have a virtual meter's days computed in full, from ``first`` to ``last``.

    Raises MeterNotFound, FormulaNotFound, PeriodInverted, RecomputationTooLong.
    """
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (last - first).days >= MAX_DAYS:
        raise RecomputationTooLong(max_days=MAX_DAYS)
    row = await locked_row(ctx, meter_no)
    if await repository.find_formula(ctx.session, row.meter_index) is None:
        raise FormulaNotFound(meter_no=meter_no)
    today = local_minute(ctx.now, row.offset_minutes) // MINUTES_A_DAY
    begin, end = max(day_number(first), day_number(row.valid_from)), min(day_number(last), today)
    if begin <= end:
        await _ask(ctx, row, begin, end)


async def _ask(ctx: Context, row: MeterRow, first: int, last: int) -> None:
    await repository.add_due(
        ctx.session,
        VirtualDueRow(
            id=ctx.new_id(),
            virtual_index=row.meter_index,
            first_day=date_of(first),
            last_day=date_of(last),
            requested_at=ctx.now,
            requested_by=ctx.principal.subject,
        ),
    )


async def compute_due(ctx: Context) -> int:
    """Compute what waits, at most ``DAYS_A_RUN`` days; returns how many were looked at."""
    looked_at = 0
    network = await repository.load_network(ctx.session)
    targets: dict[int, set[int]] = {}
    for row in await repository.take_due(ctx.session, 50):
        first, last = day_number(row.first_day), day_number(row.last_day)
        until = min(last, first + DAYS_A_RUN - looked_at - 1)
        if until < first:
            break
        if row.virtual_index in network.formulas:
            targets.setdefault(row.virtual_index, set()).update(range(first, until + 1))
        looked_at += until - first + 1
        await repository.shorten_due(ctx.session, row, until)
    await compute(ctx, network, targets)
    return looked_at
