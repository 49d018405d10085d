"""The gate at work: asked by the ledger before a stage is entered, by approvals before a case is granted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from libs.common.context import Context
from libs.common.contracts.projects import GateOverrideUsedV1, Stage
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.approvals.domain.case import Case
from services.projects.gate.domain.gate import (
    POINT_OF_STAGE,
    GatePoint,
    Shortcoming,
    lacking,
    required_reviews,
)
from services.projects.gate.domain.overrides import Override, choose, use
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.domain.watching import GateState
from services.projects.gate.errors import GateClosed
from services.projects.gate.repository import reviews as repository
from services.projects.gate.service.recording import override_told, store_override
from services.projects.gate.service.watching import state_of
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project, load_project


@dataclass(frozen=True, slots=True)
class PointState:
    """How the gate stands at one point on a day."""

    point: GatePoint
    required: tuple[ReviewKind, ...]
    lacking: tuple[Shortcoming, ...]
    overrides: tuple[Override, ...]

    @property
    def is_open(self) -> bool:
        covered = {kind for override in self.overrides for kind in override.reviews}
        return all(one.review in covered for one in self.lacking)


def shortcomings(state: GateState, point: GatePoint, on: date) -> tuple[Shortcoming, ...]:
    """What is lacking at a point on a day, by the rules in force on it."""
    required = required_reviews(state.rules, state.facts, [point], on)
    return lacking(required, state.reviews, point, on)


def points_of(state: GateState, on: date, today: date) -> tuple[PointState, ...]:
    """How the gate stands at each of its points."""
    return tuple(
        PointState(
            point=point,
            required=required_reviews(state.rules, state.facts, [point], on),
            lacking=shortcomings(state, point, on),
            overrides=tuple(one for one in state.overrides if one.lets_pass(point, today)),
        )
        for point in GatePoint
    )


async def admit_stage(ctx: Context, project: Project, stage: Stage, on: date) -> None:
    """A guard of the ledger, whose lock on the project is held. Raises GateClosed."""
    point = POINT_OF_STAGE.get(stage)
    if point is not None:
        await _admit(ctx, project, point, on, used_for=stage.value, pointer="/stage")


async def admit_grant(ctx: Context, case: Case, on: date) -> None:
    """A guard of approvals: a matter may require the gate of the project it is for. Raises GateClosed."""
    if not case.requires_gate or case.project_id is None:
        return
    row = await find_project(ctx.session, case.project_id, lock=True)
    assert row is not None, "projects are never deleted"
    project = await load_project(ctx.session, row)
    await _admit(ctx, project, GatePoint.APPROVAL, on, used_for=case.code, pointer="/outcome")


async def _admit(
    ctx: Context, project: Project, point: GatePoint, on: date, *, used_for: str, pointer: str
) -> None:
    state = await state_of(ctx, project)
    missing = shortcomings(state, point, on)
    if not missing:
        return
    taken, uncovered = choose(state.overrides, missing, point, today_of(ctx))
    if uncovered:
        raise _closed(point, uncovered, pointer)
    await _use_up(ctx, project, taken, on, used_for)


async def _use_up(ctx: Context, project: Project, taken: Sequence[Override], on: date, used_for: str) -> None:
    rows = {row.id: row for row in await repository.override_rows(ctx.session, project.id)}
    for override in taken:
        after = use(override, on, used_for)
        payload = GateOverrideUsedV1(
            **override_told(after, project), on=on, used_for=used_for, make_good_by=after.make_good_by
        )
        await store_override(ctx, project, rows[override.id], override, after, payload, action="used")


def _closed(point: GatePoint, uncovered: Sequence[Shortcoming], pointer: str) -> GateClosed:
    faults = [
        FieldError(
            f"gate.{one.why.value}",
            pointer,
            {"review": one.review, "review_code": one.review_code, "valid_until": one.valid_until},
        )
        for one in uncovered
    ]
    return GateClosed(point=point, reviews=[one.review for one in uncovered], errors=faults)
