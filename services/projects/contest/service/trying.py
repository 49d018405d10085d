"""Standings that are only looked at: of now, and under other weights. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError, NotFound
from services.projects.contest.domain.measuring import SourceRow
from services.projects.contest.domain.participants import Participant, ParticipantKind, Quarter
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import Component, Scheme
from services.projects.contest.domain.scoring import Contender, Placed, stand
from services.projects.contest.errors import SchemeUnsound
from services.projects.contest.repository import standings as repository
from services.projects.contest.repository.contests import RULE, SCHEME, scheme_of
from services.projects.contest.service.contests import demand_sound
from services.projects.contest.service.entries import contender_of, entries_from
from services.projects.contest.service.gathering import Gathered, gather, gather_under, rule_for, scheme_for
from services.projects.contest.service.sources import Sources
from services.projects.contest.tables import ContestEntryRow, ContestRow, ContestSchemeRow, ContestStandingRow


@dataclass(frozen=True, slots=True)
class Preview:
    """A quarter by the figures of now; ``entries`` belong to no session."""

    scheme: ContestSchemeRow
    gathered: Gathered
    entries: list[ContestEntryRow]


async def preview(ctx: Context, sources: Sources, contest: ContestRow, quarter: Quarter) -> Preview:
    """Raises SchemeMissing, RuleMissing."""
    row = await scheme_for(ctx, contest, quarter.number)
    rule = await rule_for(ctx, contest, quarter)
    scheme = scheme_of(row)
    gathered = await gather(ctx, sources, contest, quarter, scheme, rule)
    placed = stand(scheme, gathered.contenders, rule.equal_score)
    return Preview(
        row, gathered, entries_from(ctx.new_id(), placed, gathered.participants, scheme, gathered.units)
    )


async def rows_now(
    ctx: Context, sources: Sources, contest: ContestRow, quarter: Quarter, participant_id: UUID
) -> Mapping[str, Sequence[SourceRow]]:
    """The facts behind a participant's figures of now. Raises NotFound, SchemeMissing, RuleMissing."""
    scheme = scheme_of(await scheme_for(ctx, contest, quarter.number))
    rule = await rule_for(ctx, contest, quarter)
    found = await gather(ctx, sources, contest, quarter, scheme, rule, with_facts=True, only=participant_id)
    if participant_id not in found.participants:
        raise NotFound
    return {component: rows for (_, component), rows in found.rows.items()}


@dataclass(frozen=True, slots=True)
class Moved:
    """A participant's place by the weights that hold, and by those that were tried."""

    participant: Participant
    before: Placed
    after: Placed

    @property
    def places_gained(self) -> int | None:
        if self.before.rank is None or self.after.rank is None:
            return None
        return self.before.rank - self.after.rank


async def simulate(
    ctx: Context,
    sources: Sources,
    contest: ContestRow,
    quarter: Quarter,
    components: tuple[Component, ...],
    edition: int | None,
) -> list[Moved]:
    """Everybody in the order of the weights tried, on the figures of now or of a frozen edition.

    Raises SchemeUnsound (of an edition also where it has no such figure), NotFound, SchemeMissing, RuleMissing.
    """
    kind = ParticipantKind(contest.kind)
    if edition is not None:
        found = await repository.find_published(ctx.session, contest.id, quarter.number, edition)
        if found is None:
            raise NotFound
        standing = SCHEME.validate_python(found[1].scheme)
        scheme = replace(standing, components=components)
        await demand_sound(ctx, sources, kind, scheme)
        return await _on_edition(ctx, found[1], standing, scheme)
    rule = await rule_for(ctx, contest, quarter)
    standing = scheme_of(await scheme_for(ctx, contest, quarter.number))
    scheme = replace(standing, components=components)
    await demand_sound(ctx, sources, kind, scheme)
    before, after = await gather_under(ctx, sources, contest, quarter, [standing, scheme], rule)
    return _moved(standing, before.contenders, scheme, after.contenders, rule, after.participants)


async def _on_edition(ctx: Context, row: ContestStandingRow, standing: Scheme, scheme: Scheme) -> list[Moved]:
    rule = RULE.validate_python(row.rule)
    codes = {(one.source, one.measure): one.code for one in standing.components}
    growing = {(one.source, one.measure) for one in standing.components if one.growth_share}
    faults = []
    for number, one in enumerate(scheme.components):
        measure = (one.source, one.measure)
        if measure not in codes:
            faults.append(FieldError("contest.not_in_edition", f"/components/{number}/measure"))
        elif one.growth_share and measure not in growing:
            faults.append(FieldError("contest.growth_not_in_edition", f"/components/{number}/growth_share"))
    if faults:
        raise SchemeUnsound(errors=faults)
    entries = await repository.entries_of(ctx.session, row.id)
    before = [contender_of(entry) for entry in entries]
    after = [
        Contender(
            one.id,
            one.code,
            {part.code: one.figures[codes[part.source, part.measure]] for part in scheme.components},
            one.adjustments,
            one.vetoes,
        )
        for one in before
    ]
    return _moved(
        standing, before, scheme, after, rule, {entry.participant_id: _named(entry) for entry in entries}
    )


def _named(entry: ContestEntryRow) -> Participant:
    return Participant(
        id=entry.participant_id,
        kind=ParticipantKind(entry.kind),
        region_code=entry.region_code,
        code=entry.code,
        name=entry.name,
        subject_id=entry.subject_id,
        enterprise_id=entry.enterprise_id,
    )


def _moved(
    standing: Scheme,
    before: Sequence[Contender],
    scheme: Scheme,
    after: Sequence[Contender],
    rule: ContestRule,
    participants: Mapping[UUID, Participant],
) -> list[Moved]:
    placed = {one.id: one for one in stand(standing, before, rule.equal_score)}
    return [Moved(participants[one.id], placed[one.id], one) for one in stand(scheme, after, rule.equal_score)]
