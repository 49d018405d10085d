"""Leads (招商线索): contacted, negotiating, intent signed, then a project, or lost with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.promotion.errors import (
    IllegalLeadStep,
    LeadClosed,
    LeadDateInFuture,
    LeadDatesOutOfOrder,
    LeadNeedsReason,
    NextStepAhead,
)


class LeadStage(StrEnum):
    """已接洽 contacted, 洽谈中 negotiating, 签订意向 intent signed, 转为项目 converted, 已流失 lost."""

    CONTACTED = "contacted"
    NEGOTIATING = "negotiating"
    INTENT_SIGNED = "intent_signed"
    CONVERTED = "converted"
    LOST = "lost"


PATH = (LeadStage.CONTACTED, LeadStage.NEGOTIATING, LeadStage.INTENT_SIGNED, LeadStage.CONVERTED)
CLOSED = frozenset({LeadStage.CONVERTED, LeadStage.LOST})
OPEN = frozenset(PATH) - CLOSED


@dataclass(frozen=True, slots=True)
class LeadState:
    """Where a lead stands and since when; ``lost_stage`` is the stage at which it was lost."""

    stage: LeadStage
    stage_on: date
    lost_stage: LeadStage | None = None
    lost_reason: str | None = None


def allowed_stages(state: LeadState) -> tuple[LeadStage, ...]:
    """The next stage and the loss; of a lost lead the stage at which it may be taken up again."""
    if state.stage is LeadStage.LOST:
        return () if state.lost_stage is None else (state.lost_stage,)
    if state.stage is LeadStage.CONVERTED:
        return ()
    return (PATH[PATH.index(state.stage) + 1], LeadStage.LOST)


def enter(state: LeadState, stage: LeadStage, on: date, today: date, reason: str = "") -> LeadState:
    """The lead at its next stage, lost, or taken up again where it was lost.

    Raises IllegalLeadStep, LeadDateInFuture, LeadDatesOutOfOrder, LeadNeedsReason.
    """
    if stage not in allowed_stages(state):
        raise IllegalLeadStep(from_stage=state.stage, to_stage=stage, allowed=allowed_stages(state))
    demand_past(on, today, "/on")
    if on < state.stage_on:
        fault = FieldError("lead.out_of_order", "/on")
        raise LeadDatesOutOfOrder(on=on, stage_on=state.stage_on, errors=[fault])
    is_turn = stage is LeadStage.LOST or state.stage is LeadStage.LOST
    if is_turn and not reason.strip():
        raise LeadNeedsReason(errors=[FieldError("fact.required", "/reason")])
    if stage is LeadStage.LOST:
        return LeadState(LeadStage.LOST, on, state.stage, reason)
    return replace(state, stage=stage, stage_on=on, lost_stage=None, lost_reason=None)


def demand_open(state: LeadState) -> None:
    """Raises LeadClosed."""
    if state.stage in CLOSED:
        raise LeadClosed(stage=state.stage)


def demand_past(on: date, today: date, pointer: str) -> None:
    """Raises LeadDateInFuture."""
    if on > today:
        raise LeadDateInFuture(on=on, today=today, errors=[FieldError("date.in_future", pointer)])


def demand_next_step(on: date, next_step: str, next_on: date | None) -> None:
    """A next step and its day come together, and the day lies after the follow-up. Raises NextStepAhead."""
    if bool(next_step.strip()) != (next_on is not None):
        missing = "next_on" if next_on is None else "next_step"
        raise NextStepAhead(errors=[FieldError("fact.required", f"/{missing}")])
    if next_on is not None and next_on <= on:
        raise NextStepAhead(errors=[FieldError("lead.next_on_not_ahead", "/next_on")])


def demand_not_before(on: date, contacted_on: date) -> None:
    """Nothing happened before the first contact. Raises LeadDatesOutOfOrder."""
    if on < contacted_on:
        raise LeadDatesOutOfOrder(on=on, stage_on=contacted_on, errors=[FieldError("lead.out_of_order", "/on")])
