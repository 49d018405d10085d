"""Pilots of clean production and circular economy (S24) and their follow-up."""

from __future__ import annotations

from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.lists.errors import PilotNeedsEvidence, PilotStepRefused


class PilotStage(StrEnum):
    """启动 begun, 审核 audited, 方案实施 carrying out, 验收合格 accepted, 未通过 failed."""

    BEGUN = "begun"
    AUDITED = "audited"
    CARRYING_OUT = "carrying_out"
    ACCEPTED = "accepted"
    FAILED = "failed"


_ORDER = tuple(PilotStage)
OVER = frozenset({PilotStage.ACCEPTED, PilotStage.FAILED})


def demand_step(before: PilotStage | None, stage: PilotStage, evidence: str) -> None:
    """Raises PilotStepRefused, PilotNeedsEvidence."""
    if before is not None and (before in OVER or _ORDER.index(stage) < _ORDER.index(before)):
        raise PilotStepRefused(from_stage=before, to_stage=stage)
    if stage in OVER and not evidence.strip():
        raise PilotNeedsEvidence(stage=stage, errors=[FieldError("fact.required", "/evidence")])
