"""Places as rows and back: figures as text, exact to the digits that were compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.security.digests import SHA256, digest
from services.projects.contest.domain import wording
from services.projects.contest.domain.measuring import FIGURE_PLACES, Measured, SourceRow
from services.projects.contest.domain.participants import Participant
from services.projects.contest.domain.schemes import Component, Scheme
from services.projects.contest.domain.scoring import Adjustment, Contender, Part, Placed, Veto
from services.projects.contest.tables import ContestEntryRow, ContestSourceRow
from services.projects.economy.domain.arithmetic import plain, shown

ADJUSTMENTS: TypeAdapter[tuple[Adjustment, ...]] = TypeAdapter(tuple[Adjustment, ...])
VETOES: TypeAdapter[tuple[Veto, ...]] = TypeAdapter(tuple[Veto, ...])
ROWS: TypeAdapter[tuple[SourceRow, ...]] = TypeAdapter(tuple[SourceRow, ...])
_FIGURES = ("value", "base", "compared", "growth")
_FACTS = ("reason", "growth_reason", "rows", "complete", "expected")


def entries_from(
    standing_id: UUID,
    placed: Sequence[Placed],
    participants: Mapping[UUID, Participant],
    scheme: Scheme,
    units: Mapping[str, str],
) -> list[ContestEntryRow]:
    """The places of a standing; those of one that is only looked at belong to no session."""
    names = {one.code: one for one in scheme.components}
    return [_entry(standing_id, one, participants[one.id], names, units) for one in placed]


def _entry(
    standing_id: UUID,
    one: Placed,
    participant: Participant,
    names: Mapping[str, Component],
    units: Mapping[str, str],
) -> ContestEntryRow:
    return ContestEntryRow(
        standing_id=standing_id,
        participant_id=one.id,
        position=one.position,
        kind=participant.kind.value,
        subject_id=participant.subject_id,
        enterprise_id=participant.enterprise_id,
        region_code=participant.region_code,
        code=participant.code,
        name=participant.name,
        rank=one.rank,
        score=one.score,
        base_score=_rounded(one.base_score),
        bonus=shown(one.bonus, FIGURE_PLACES),
        deduction=shown(one.deduction, FIGURE_PLACES),
        is_disqualified=one.is_disqualified,
        reasons=_reasons(one, names),
        parts=[_part(part, units[part.code]) for part in one.parts],
        adjustments=ADJUSTMENTS.dump_python(one.adjustments, mode="json"),
        vetoes=VETOES.dump_python(one.vetoes, mode="json"),
    )


def _reasons(one: Placed, names: Mapping[str, Component]) -> list[dict[str, str]]:
    """Why somebody has no rank, in words."""
    reasons = []
    for veto in one.vetoes:
        zh, en = wording.vetoed(veto.ground, (veto.explanation_zh, veto.explanation_en))
        reasons.append({"code": "vetoed", "text_zh": zh, "text_en": en, "component": ""})
    for code, reason in one.missing:
        component = ("", "") if code not in names else (names[code].name_zh, names[code].name_en)
        zh, en = wording.missing(component, reason)
        reasons.append({"code": "component_missing", "text_zh": zh, "text_en": en, "component": code})
    return reasons


def _part(part: Part, unit: str) -> dict[str, Any]:
    measured = part.measured
    return {
        "component": part.code,
        "unit": unit,
        "weight": _text(part.weight),
        **{name: _text(getattr(measured, name)) for name in _FIGURES},
        **{name: getattr(measured, name) for name in _FACTS},
        "growth_counted": _text(part.growth_counted),
        "level_score": _text(part.level_score),
        "growth_score": _text(part.growth_score),
        "score": _text(part.score),
        "points": _text(part.points),
        "score_reason": part.reason,
    }


def contender_of(entry: ContestEntryRow) -> Contender:
    """What a participant came with when it was frozen."""
    figures = {part["component"]: _measured(part) for part in entry.parts}
    return Contender(
        entry.participant_id,
        entry.code,
        figures,
        ADJUSTMENTS.validate_python(entry.adjustments),
        VETOES.validate_python(entry.vetoes),
    )


def _measured(part: dict[str, Any]) -> Measured:
    facts: dict[str, Any] = {name: part[name] for name in _FACTS}
    return Measured(**facts | {name: _decimal(part[name]) for name in _FIGURES})


def sources_from(
    standing_id: UUID, rows: Mapping[tuple[UUID, str], tuple[SourceRow, ...]]
) -> list[ContestSourceRow]:
    """The facts to be kept; who has none needs no row."""
    return [
        ContestSourceRow(
            standing_id=standing_id,
            participant_id=participant_id,
            component=component,
            rows=ROWS.dump_python(facts, mode="json"),
        )
        for (participant_id, component), facts in rows.items()
        if facts
    ]


def digest_of(entries: Sequence[ContestEntryRow]) -> str:
    """Of all that the entries say; in which edition they say it is left out."""
    facts = [entry.model_dump(mode="json", exclude={"standing_id"}) for entry in entries]
    return digest(SHA256, json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode())


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else shown(value, FIGURE_PLACES)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(shown(value, FIGURE_PLACES))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
