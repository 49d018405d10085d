"""Everything that a standing is made of, taken together in as many statements as there are components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.contest.domain.measuring import Ask, MeasureInfo, Measurement, SourceRow
from services.projects.contest.domain.participants import Participant, ParticipantKind, Quarter
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import AdjustmentKind, AdjustmentRule, Component, Scheme
from services.projects.contest.domain.scoring import Adjustment, Contender, Veto
from services.projects.contest.errors import RuleMissing, SchemeMissing
from services.projects.contest.repository import contests as repository
from services.projects.contest.repository.participants import participants_on
from services.projects.contest.repository.subjects import region_codes_below
from services.projects.contest.service.sources import Sources
from services.projects.contest.tables import ContestRow, ContestSchemeRow
from services.projects.economy.domain.months import last_day, plus
from services.projects.lists.service.vetoes import vetoes_of, vetoes_of_regions
from services.projects.lists.tables import VetoRow
from services.projects.registry.domain.validity import in_force

VETO: Final = "veto"
_QUARTER_MONTHS: Final = 3
# What was measured, by source and measure.
Found = Mapping[tuple[str, str], Mapping[UUID, Measurement]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """``rows`` are the facts by participant and component or adjustment; ``units`` those of the components."""

    participants: Mapping[UUID, Participant]
    contenders: tuple[Contender, ...]
    rows: Mapping[tuple[UUID, str], tuple[SourceRow, ...]]
    units: Mapping[str, str]
    through_on: date


async def scheme_for(ctx: Context, contest: ContestRow, quarter: int) -> ContestSchemeRow:
    """The latest revision that holds in the quarter. Raises SchemeMissing."""
    rows = await repository.schemes_of(ctx.session, contest.id)
    found = next((row for row in rows if row.from_quarter <= quarter), None)
    if found is None:
        raise SchemeMissing(contest=contest.code, quarter=quarter)
    return found


async def rule_for(ctx: Context, contest: ContestRow, quarter: Quarter) -> ContestRule:
    """The rule in force on the quarter's last day. Raises RuleMissing."""
    found = in_force(await repository.all_rules(ctx.session), contest.region_code, quarter.last_on)
    if found is None:
        raise RuleMissing(region_code=contest.region_code, on=quarter.last_on)
    return found


async def gather(
    ctx: Context,
    sources: Sources,
    contest: ContestRow,
    quarter: Quarter,
    scheme: Scheme,
    rule: ContestRule,
    *,
    with_facts: bool = False,
    only: UUID | None = None,
) -> Gathered:
    """Figures, points and vetoes of everybody who takes part, as they are now, through the quarter's end.

    A participant of a quarter is who takes part on its last day, of a running one today; ``only`` looks at one of
    them alone. ``with_facts`` brings all facts behind the figures, and since when they were known.
    """
    (found,) = await gather_under(ctx, sources, contest, quarter, [scheme], rule, with_facts=with_facts, only=only)
    return found


async def gather_under(
    ctx: Context,
    sources: Sources,
    contest: ContestRow,
    quarter: Quarter,
    schemes: Sequence[Scheme],
    rule: ContestRule,
    *,
    with_facts: bool = False,
    only: UUID | None = None,
) -> list[Gathered]:
    """The same under several schemes that differ in their components; each measure is asked for once."""
    through_on = min(quarter.last_on, today_of(ctx))
    participants = await participants_on(ctx.session, contest.id, through_on)
    if only is not None:
        participants = tuple(one for one in participants if one.id == only)
    ask = Ask(
        region_code=contest.region_code,
        kind=ParticipantKind(contest.kind),
        participants=participants,
        keys=await _keys(ctx, contest, participants),
        quarter=quarter,
        through_on=through_on,
        months=_months_over(quarter, today_of(ctx)),
        rule=rule,
        with_facts=with_facts,
    )
    found = await _measure(ctx, sources, ask, schemes)
    catalogue = await sources.catalogue(ctx.session)
    adjustments, vetoes = await _beside(ctx, contest, quarter, schemes[0], ask, found)
    return [_gathered(scheme, ask, found, adjustments, vetoes, catalogue) for scheme in schemes]


def _gathered(
    scheme: Scheme,
    ask: Ask,
    found: Found,
    adjustments: Mapping[UUID, Sequence[Adjustment]],
    vetoes: Mapping[UUID, Sequence[Veto]],
    catalogue: Mapping[tuple[str, str], MeasureInfo],
) -> Gathered:
    rows: dict[tuple[UUID, str], tuple[SourceRow, ...]] = {}
    for part in scheme.parts:
        for key, one in found[part.source, part.measure].items():
            rows[key, part.code] = one.rows
    contenders = tuple(
        Contender(
            one.id,
            one.code,
            {part.code: found[part.source, part.measure][one.id].figure for part in scheme.components},
            tuple(adjustments.get(one.id, ())),
            tuple(vetoes.get(one.id, ())),
        )
        for one in ask.participants
    )
    return Gathered(
        {one.id: one for one in ask.participants},
        contenders,
        rows,
        {part.code: catalogue[part.source, part.measure].unit for part in scheme.components},
        ask.through_on,
    )


def _months_over(quarter: Quarter, today: date) -> tuple[date, ...]:
    months = (plus(quarter.first_month, number) for number in range(_QUARTER_MONTHS))
    return tuple(month for month in months if last_day(month) < today)


async def _keys(
    ctx: Context, contest: ContestRow, participants: Iterable[Participant]
) -> tuple[tuple[str | UUID, UUID], ...]:
    """What facts refer to participants by: of a township its code and all those below."""
    if contest.kind != ParticipantKind.TOWNSHIP.value:
        return tuple((one.subject_id, one.id) for one in participants if one.subject_id is not None)
    prefixes = {regions.prefix(one.region_code): one.id for one in participants}
    lengths = sorted({len(prefix) for prefix in prefixes}, reverse=True)
    keys: list[tuple[str | UUID, UUID]] = []
    for code in await region_codes_below(ctx.session, contest.region_code):
        owner = next((prefixes[code[:length]] for length in lengths if code[:length] in prefixes), None)
        if owner is not None:
            keys.append((code, owner))
    return tuple(keys)


async def _measure(ctx: Context, sources: Sources, ask: Ask, schemes: Sequence[Scheme]) -> Found:
    """Each measure once, with the year before where a component weighs its growth.

    Points are given and taken for facts, so those are always looked at.
    """
    components = [one for scheme in schemes for one in scheme.components]
    growing = {(one.source, one.measure) for one in components if one.growth_share}
    counted = {(one.source, one.measure) for one in schemes[0].adjustments}
    found: dict[tuple[str, str], Mapping[UUID, Measurement]] = {}
    parts: list[Component | AdjustmentRule] = [*components, *schemes[0].adjustments]
    for part in parts:
        key = (part.source, part.measure)
        if key in found:
            continue
        source = sources.find(part.source)
        assert source is not None, "a scheme names sources that are there"
        asked = replace(ask, with_base=key in growing, with_facts=ask.with_facts or key in counted)
        found[key] = await source.measure(ctx, asked, part.measure)
    return found


async def _beside(
    ctx: Context,
    contest: ContestRow,
    quarter: Quarter,
    scheme: Scheme,
    ask: Ask,
    found: Found,
) -> tuple[dict[UUID, list[Adjustment]], dict[UUID, list[Veto]]]:
    """Points by the scheme's rules and by hand, and vetoes from everywhere."""
    adjustments: dict[UUID, list[Adjustment]] = {}
    for rule in scheme.adjustments:
        for key, one in found[rule.source, rule.measure].items():
            if one.figure.value:
                adjustments.setdefault(key, []).append(
                    Adjustment(
                        rule.code,
                        rule.kind,
                        rule.points_of(one.figure.value),
                        rule.name_zh,
                        rule.name_en,
                        int(one.figure.value),
                        ids=tuple(row.id for row in one.rows if row.value),
                    )
                )
    vetoes = await _vetoes(ctx, ask)
    known = {one.id for one in ask.participants}
    for row in await repository.adjustments_of(ctx.session, contest.id, quarter.number):
        if row.participant_id not in known:
            continue
        if row.kind == VETO:
            assert row.ground is not None, "a veto has its ground"
            vetoes.setdefault(row.participant_id, []).append(
                Veto(str(row.id), row.ground, "contest", row.reason, row.reason)
            )
            continue
        assert row.points is not None, "no veto"
        adjustments.setdefault(row.participant_id, []).append(
            Adjustment(
                "recorded",
                AdjustmentKind(row.kind),
                row.points,
                row.reason,
                row.reason,
                None,
                row.evidence,
                row.recorded_by,
                (str(row.id),),
            )
        )
    return adjustments, vetoes


async def _vetoes(ctx: Context, ask: Ask) -> dict[UUID, list[Veto]]:
    """Those of the quarter against the participants themselves, of projects against whose they are."""
    first, last = ask.first_on, ask.through_on
    if ask.kind is ParticipantKind.TOWNSHIP:
        by_region = await vetoes_of_regions(ctx, [one.region_code for one in ask.participants], first, last)
        return {
            one.id: [_veto(row) for row in by_region[one.region_code]]
            for one in ask.participants
            if one.region_code in by_region
        }
    owners = {one.id: one.enterprise_id for one in ask.participants if one.enterprise_id is not None}
    if not owners:
        return {}
    by_enterprise = await vetoes_of(ctx, set(owners.values()), first, last)
    return {
        key: [_veto(row) for row in by_enterprise[owner]]
        for key, owner in owners.items()
        if owner in by_enterprise
    }


def _veto(row: VetoRow) -> Veto:
    return Veto(str(row.id), row.ground, row.source, row.explanation_zh, row.explanation_en)
