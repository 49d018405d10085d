"""Missed targets (未完成的目标) in the ledger: what is kept of them, and when they count (S7, S28).

They come from a settled year of the projects service, which names who answers; nothing of it is judged anew here.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from libs.common.contracts.projects.targets import TargetMissFollowedUpV1, TargetMissRecordedV1

# Standings that count for nobody: a person's decision, and a settlement that was corrected.
NOT_COUNTED: Final = ("excluded", "lifted")
_LIFTED: Final = "lifted"
_AFTER: Final = {"exclude": "excluded", "reassign": "reassigned", "restore": "counted"}
_FACTS: Final = ("code", "name", "amount", "actual", "measure_unit", "completion_percent", "state", "consequence")

Payload = TargetMissRecordedV1 | TargetMissFollowedUpV1


def facts_of(payload: Payload) -> dict[str, Any]:
    """The target's figures and state as the ledger keeps them; amounts stay decimals as text."""
    return {"target_id": str(payload.target_id), **{name: getattr(payload, name) for name in _FACTS}}


def standing_of(payload: Payload, last_act: str | None) -> str:
    """How the miss stands: lifted by its settlement, else as the last decision of a person left it."""
    if payload.state == _LIFTED:
        return _LIFTED
    return "counted" if last_act is None else _AFTER[last_act]


def found_key_of(payload: Payload) -> str:
    """Whom the settlement names: a person, else a unit, else nobody."""
    party: UUID | None = payload.person_id or payload.unit_id
    return "" if party is None else str(party)


def titles_of(payload: Payload) -> tuple[str, str]:
    """The miss in a line, in Chinese and English; the first events name the target only."""
    return payload.title_zh or payload.name, payload.title_en or payload.name


def step_of(payload: Payload) -> tuple[str, str]:
    """(step, text) of an event."""
    if isinstance(payload, TargetMissFollowedUpV1):
        return payload.step, payload.text
    return "recorded", ""
