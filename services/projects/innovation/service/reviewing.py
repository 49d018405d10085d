"""Reviewing a round: every nomination by condition, vetoes and figures of now."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common.context import Context
from libs.common.expressions.checked import names
from libs.common.local_time import today_of
from services.projects.innovation.domain.honours import (
    HONOUR,
    NominationStatus,
    RoundStatus,
    demand_round,
    score,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.repository.records import counts
from services.projects.innovation.service.rounds import store_round
from services.projects.innovation.tables import HonourRoundRow, NominationRow
from services.projects.lists.domain.facts import EntryVerdict, Fact, judge
from services.projects.lists.service.facts import facts_of
from services.projects.lists.service.vetoes import vetoes_of
from services.projects.lists.tables import VetoRow
from services.projects.registry.tables import EnterpriseRow

# What a review judges anew; those admitted by people stay admitted.
_JUDGED = frozenset(
    {
        NominationStatus.NOMINATED,
        NominationStatus.ELIGIBLE,
        NominationStatus.NOT_ELIGIBLE,
        NominationStatus.VETOED,
    }
)
_COUNTED = {
    "patents": "patent",
    "inventions": "invention",
    "products": "product",
    "brands": "brand",
    "agreements": "agreement",
}


async def review_round(ctx: Context, row: HonourRoundRow) -> HonourRoundRow:
    """Judge all nominations of a locked round by the figures of now; it may be done again until the notice.

    Raises RoundStepRefused.
    """
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING, RoundStatus.REVIEWED)
    found = await repository.nominations_of(ctx.session, row.id)
    enterprises = {enterprise.enterprise_id: enterprise for _, enterprise in found}
    vetoes = await vetoes_in_year(ctx, row, list(enterprises))
    facts = await _facts(ctx, row, list(enterprises.values()))
    for nomination, _ in found:
        _judge(ctx, row, nomination, facts[nomination.enterprise_id], vetoes.get(nomination.enterprise_id, []))
    eligible = {
        nomination.id: facts[nomination.enterprise_id]
        for nomination, _ in found
        if nomination.status == NominationStatus.ELIGIBLE.value
    }
    scores = score(repository.criteria_of(row.criteria), eligible)
    for nomination, _ in found:
        one = scores.get(nomination.id)
        nomination.points = None if one is None else one.points
        nomination.place = None if one is None else one.place
        nomination.parts = [] if one is None else to_jsonable_python([asdict(part) for part in one.parts])
    row.status, row.reviewed_at = RoundStatus.REVIEWED.value, ctx.now
    return await store_round(ctx, row, "reviewed")


def _judge(
    ctx: Context,
    row: HonourRoundRow,
    nomination: NominationRow,
    facts: Mapping[str, Fact],
    vetoes: list[VetoRow],
) -> None:
    if NominationStatus(nomination.status) not in _JUDGED:
        return
    judgement = judge(row.condition, HONOUR, facts)
    nomination.verdict = judgement.verdict.value
    nomination.judgement = to_jsonable_python({"condition": row.condition, **asdict(judgement)})
    nomination.vetoes = told_vetoes(vetoes)
    admitted = judgement.verdict is EntryVerdict.MET or nomination.admission_reason is not None
    if vetoes:
        nomination.status = NominationStatus.VETOED.value
    else:
        status = NominationStatus.ELIGIBLE if admitted else NominationStatus.NOT_ELIGIBLE
        nomination.status = status.value
    nomination.advance(ctx.now)


def told_vetoes(vetoes: list[VetoRow]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = to_jsonable_python(
        [
            {
                "id": veto.id,
                "source": veto.source,
                "ground": veto.ground,
                "period_from": veto.period_from,
                "period_to": veto.period_to,
                "explanation_zh": veto.explanation_zh,
                "explanation_en": veto.explanation_en,
            }
            for veto in vetoes
        ]
    )
    return told


async def vetoes_in_year(ctx: Context, row: HonourRoundRow, ids: Collection[UUID]) -> dict[UUID, list[VetoRow]]:
    """Vetoes that touch the year which is honoured."""
    return await vetoes_of(ctx, ids, date(row.year, 1, 1), date(row.year, 12, 31))


async def _facts(
    ctx: Context, row: HonourRoundRow, enterprises: list[EnterpriseRow]
) -> dict[UUID, dict[str, Fact]]:
    criteria = repository.criteria_of(row.criteria)
    wanted = {criterion.measure for criterion in criteria}
    if row.condition:
        wanted |= names(row.condition, HONOUR)
    day = min(today_of(ctx), date(row.year, 12, 31))
    found = await facts_of(ctx.session, enterprises, wanted, row.figures_month, day)
    counted = await counts(ctx.session, [one.enterprise_id for one in enterprises], day)
    return {
        key: {
            **facts,
            # What nobody recorded is none: these are counts of what stands in the books, not figures reported.
            **{name: Fact(counted.get(key, {}).get(kind, 0)) for name, kind in _COUNTED.items()},
        }
        for key, facts in found.items()
    }
