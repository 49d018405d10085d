"""Award rounds: opened, reviewed by figures, shown to the public, decided and frozen."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common.context import Context
from libs.common.contracts.projects import HonourPlace, HonourRoundAdvancedV1
from libs.common.expressions.checked import names
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.innovation.domain.honours import (
    HONOUR,
    Criterion,
    HonourKind,
    NominationStatus,
    RoundStatus,
    demand_round,
    demand_sound,
    score,
)
from services.projects.innovation.errors import (
    NoticeListMalformed,
    NoticeRunning,
    ObjectionsOpen,
    RoundCodeTaken,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.repository.records import counts
from services.projects.innovation.tables import HonourRoundRow, NominationRow
from services.projects.lists.domain.facts import EntryVerdict, Fact, check, judge
from services.projects.lists.service.facts import facts_of
from services.projects.lists.service.vetoes import vetoes_of
from services.projects.lists.tables import VetoRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.registry.service.work_calendar import load_calendar
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
_FROZEN = (
    *("id", "enterprise_id", "nominee_name", "status", "verdict", "judgement", "points", "place", "parts"),
    *("vetoes", "admission_reason", "ended_reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDraft:
    code: str
    name: str
    kind: HonourKind
    year: int
    region_code: str
    places: int
    condition: str
    criteria: tuple[Criterion, ...]
    figures_month: date
    opens_on: date
    nominations_until: date
    notice_days: int
    basis: str


async def open_round(ctx: Context, draft: RoundDraft) -> HonourRoundRow:
    """Raises RoundCodeTaken, RoundMalformed, ConditionMalformed, UnknownRegion, NotFound."""
    await demand_region(ctx, draft.region_code)
    await lock_key(ctx.session, "honour_round", draft.code)
    if await repository.round_by_code(ctx.session, draft.code) is not None:
        raise RoundCodeTaken(round_code=draft.code, errors=[FieldError("entry.exists", "/code")])
    _demand_sound(draft.condition, draft.criteria, draft.opens_on, draft.nominations_until)
    facts = {name: getattr(draft, name) for name in RoundDraft.__dataclass_fields__}
    row = HonourRoundRow(
        id=ctx.new_id(),
        status=RoundStatus.NOMINATING.value,
        edition=0,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
        **facts | {"kind": draft.kind.value, "criteria": repository.stored_criteria(draft.criteria)},
    )
    ctx.session.add(row)
    return await store_round(ctx, row, "opened")


async def amend_round(ctx: Context, row: HonourRoundRow, facts: Mapping[str, Any]) -> HonourRoundRow:
    """Change a locked round while nominations come in.

    Raises RoundStepRefused, RoundMalformed, ConditionMalformed.
    """
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING)
    changes = dict(facts)
    if "criteria" in changes:
        changes["criteria"] = repository.stored_criteria(changes["criteria"])
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changes:
        return row
    for name, value in changes.items():
        setattr(row, name, value)
    _demand_sound(row.condition, repository.criteria_of(row.criteria), row.opens_on, row.nominations_until)
    return await store_round(ctx, row, "amended")


def _demand_sound(condition: str, criteria: tuple[Criterion, ...], opens_on: date, closes_on: date) -> None:
    check(condition, HONOUR, "/condition")
    demand_sound(criteria, opens_on=opens_on, closes_on=closes_on)


async def read_round(ctx: Context, round_id: UUID) -> HonourRoundRow:
    """Raises NotFound."""
    row = await repository.find_round(ctx.session, round_id)
    if row is None or not await repository.may_see_round(ctx.session, ctx.principal, round_id):
        raise NotFound
    return row


async def lock_round(ctx: Context, round_id: UUID) -> HonourRoundRow:
    """The round, locked, to be led on. Raises NotFound outside of the caller's subtree."""
    row = await repository.find_round(ctx.session, round_id, lock=True)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def review_round(ctx: Context, row: HonourRoundRow) -> HonourRoundRow:
    """Judge all nominations of a locked round by the figures of now; it may be done again until the notice.

    Raises RoundStepRefused.
    """
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING, RoundStatus.REVIEWED)
    found = await repository.nominations_of(ctx.session, row.id)
    enterprises = {enterprise.enterprise_id: enterprise for _, enterprise in found}
    vetoes = await _vetoes(ctx, row, list(enterprises))
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


async def _vetoes(ctx: Context, row: HonourRoundRow, ids: Collection[UUID]) -> dict[UUID, list[VetoRow]]:
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


async def give_notice(ctx: Context, row: HonourRoundRow, nomination_ids: Collection[UUID]) -> HonourRoundRow:
    """Show who is to be honoured for the days of notice; the first day is today.

    Raises RoundStepRefused, NoticeListMalformed, UnknownCalendarYear.
    """
    demand_round(RoundStatus(row.status), RoundStatus.REVIEWED)
    found = {nomination.id: nomination for nomination, _ in await repository.nominations_of(ctx.session, row.id)}
    faults = [
        FieldError("honour.not_eligible", f"/nomination_ids/{index}")
        for index, key in enumerate(nomination_ids)
        if key not in found or found[key].status != NominationStatus.ELIGIBLE.value
    ]
    if len(set(nomination_ids)) > row.places:
        faults.append(FieldError("honour.too_many", "/nomination_ids", {"places": row.places}))
    if faults:
        raise NoticeListMalformed(errors=faults)
    today, calendar = today_of(ctx), await load_calendar(ctx.session)
    row.notice_from, row.notice_until = today, calendar.add_working_days(today, row.notice_days)
    row.status = RoundStatus.IN_NOTICE.value
    for key in nomination_ids:
        found[key].status = NominationStatus.IN_NOTICE.value
        found[key].advance(ctx.now)
    await ctx.session.flush()
    return await store_round(ctx, row, "noticed")


async def decide_round(ctx: Context, row: HonourRoundRow) -> HonourRoundRow:
    """After the notice, with no objection open: who is still in it is honoured, and the result is frozen.

    A veto that was set meanwhile still disqualifies. Raises RoundStepRefused, NoticeRunning, ObjectionsOpen.
    """
    demand_round(RoundStatus(row.status), RoundStatus.IN_NOTICE)
    today = today_of(ctx)
    assert row.notice_until is not None, "in notice until a day"
    if today <= row.notice_until:
        raise NoticeRunning(notice_until=row.notice_until, today=today)
    waiting = await repository.open_objections(ctx.session, row.id)
    if waiting:
        raise ObjectionsOpen(objections=waiting)
    found = await repository.nominations_of(ctx.session, row.id)
    vetoes = await _vetoes(ctx, row, {nomination.enterprise_id for nomination, _ in found})
    for nomination, _ in found:
        standing = vetoes.get(nomination.enterprise_id, [])
        if nomination.status == NominationStatus.IN_NOTICE.value:
            status = NominationStatus.VETOED if standing else NominationStatus.AWARDED
            nomination.vetoes = told_vetoes(standing)
        elif nomination.status == NominationStatus.ELIGIBLE.value:
            status = NominationStatus.NOT_AWARDED
        else:
            continue
        nomination.status = status.value
        nomination.advance(ctx.now)
    row.decided_on, row.decided_by, row.edition = today, ctx.principal.subject, 1
    await ctx.session.flush()
    # At once: the database knows no decided round without its result.
    row.result = await frozen_result(ctx, row)
    row.status = RoundStatus.DECIDED.value
    return await store_round(ctx, row, "decided")


async def frozen_result(ctx: Context, row: HonourRoundRow) -> dict[str, Any]:
    """All nominations with figures, points, vetoes and objections as they stand: what the decision rests on."""
    found = await repository.nominations_of(ctx.session, row.id)
    objections = await repository.objections_of(ctx.session, row.id)
    nominations = [
        {name: getattr(nomination, name) for name in _FROZEN}
        | {"enterprise_name": enterprise.name, "credit_code": enterprise.credit_code}
        | {"objections": [one.model_dump() for one in objections if one.nomination_id == nomination.id]}
        for nomination, enterprise in found
    ]
    frozen: dict[str, Any] = to_jsonable_python(
        {
            "edition": row.edition,
            "decided_on": row.decided_on,
            "condition": row.condition,
            "criteria": row.criteria,
            "figures_month": row.figures_month,
            "nominations": nominations,
        }
    )
    return frozen


async def revoke(ctx: Context, row: HonourRoundRow, nomination: NominationRow, reason: str) -> HonourRoundRow:
    """Take an honour back: the result has a new edition. Raises RoundStepRefused, NominationStepRefused."""
    demand_round(RoundStatus(row.status), RoundStatus.DECIDED)
    nomination.status, nomination.ended_reason = NominationStatus.REVOKED.value, reason
    nomination.advance(ctx.now)
    row.edition += 1
    await ctx.session.flush()
    row.result = await frozen_result(ctx, row)
    return await store_round(ctx, row, "revoked", reason)


async def cancel_round(ctx: Context, row: HonourRoundRow, reason: str) -> HonourRoundRow:
    """Raises RoundStepRefused once it is decided."""
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING, RoundStatus.REVIEWED, RoundStatus.IN_NOTICE)
    row.status, row.cancelled_reason = RoundStatus.CANCELLED.value, reason
    return await store_round(ctx, row, "cancelled", reason)


async def store_round(ctx: Context, row: HonourRoundRow, action: str, reason: str = "") -> HonourRoundRow:
    """The next version of a round, and its event."""
    row.advance(ctx.now)
    await ctx.session.flush()
    wanted = {
        RoundStatus.IN_NOTICE.value: NominationStatus.IN_NOTICE.value,
        RoundStatus.DECIDED.value: NominationStatus.AWARDED.value,
    }.get(row.status)
    found = [] if wanted is None else await repository.nominations_of(ctx.session, row.id)
    payload = HonourRoundAdvancedV1(
        round_id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        year=row.year,
        action=action,
        status=row.status,
        edition=row.edition,
        notice_from=row.notice_from,
        notice_until=row.notice_until,
        decided_on=row.decided_on,
        honoured=tuple(
            HonourPlace(
                nomination_id=nomination.id,
                enterprise_id=nomination.enterprise_id,
                nominee_name=nomination.nominee_name,
                place=nomination.place,
            )
            for nomination, _ in found
            if nomination.status == wanted
        ),
        reason=reason,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
    return row
