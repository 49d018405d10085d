"""Formalities between signing and start (前期手续), and which of them a start requires, as data (S2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.errors import (
    DateInFuture,
    FormalitiesMissing,
    FormalityRuleIncomplete,
    MilestoneNeedsReason,
)
from services.projects.registry.domain.validity import Dated


class Formality(StrEnum):
    """备案 filing, 用地 land, 规划 planning, 环评 EIA, 能评 energy review, 施工许可 construction permit."""

    FILING = "filing"
    LAND = "land"
    PLANNING = "planning"
    EIA = "eia"
    ENERGY = "energy"
    CONSTRUCTION_PERMIT = "construction_permit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalityRule(Dated):
    """Which formalities projects of a kind go through, and which must be done before the start."""

    kind: ProjectKind
    formalities: tuple[Formality, ...]
    required: tuple[Formality, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A formality or a milestone of the project's own: the first plan, the current one, and the day it was done.

    ``number`` is the permit's, ``file_reference`` where the paper is kept.
    """

    id: UUID
    formality: Formality | None
    title: str
    original_on: date | None = None
    planned_on: date | None = None
    actual_on: date | None = None
    number: str | None = None
    file_reference: str | None = None
    note: str = ""


def demand_rule_in_order(rule: FormalityRule) -> None:
    """What is required is among what there is, and nothing stands twice. Raises FormalityRuleIncomplete."""
    errors = [
        FieldError("formality.not_listed", f"/required/{place}")
        for place, formality in enumerate(rule.required)
        if formality not in rule.formalities
    ]
    for name in ("formalities", "required"):
        listed: tuple[Formality, ...] = getattr(rule, name)
        errors += [
            FieldError("entry.exists", f"/{name}/{place}")
            for place, formality in enumerate(listed)
            if formality in listed[:place]
        ]
    if errors:
        raise FormalityRuleIncomplete(errors=errors)


def demand_formalities(rule: FormalityRule | None, papers: Mapping[Formality, Paper], on: date) -> None:
    """Raises FormalitiesMissing naming every required formality that was not done by the day of the start."""
    missing = [
        formality
        for formality in (rule.required if rule is not None else ())
        if (paper := papers.get(formality)) is None or paper.actual_on is None or paper.actual_on > on
    ]
    if missing:
        errors = [FieldError("formality.required", f"/formalities/{formality.value}") for formality in missing]
        raise FormalitiesMissing(formalities=missing, on=on, errors=errors)


def permit_number(papers: Iterable[Paper], on: date) -> str | None:
    """The construction permit's number, which shows a start as well as other evidence does."""
    return next(
        (
            paper.number
            for paper in papers
            if paper.formality is Formality.CONSTRUCTION_PERMIT
            and paper.actual_on is not None
            and paper.actual_on <= on
        ),
        None,
    )


def demand_change(before: Paper | None, after: Paper, reason: str, today: date) -> None:
    """Done lies not in the future; a plan that moves and a day that is taken back need a reason.

    Raises DateInFuture, MilestoneNeedsReason.
    """
    if after.actual_on is not None and after.actual_on > today:
        raise DateInFuture(on=after.actual_on, today=today, errors=[FieldError("date.in_future", "/actual_on")])
    if before is None or reason.strip():
        return
    moved = before.planned_on is not None and after.planned_on != before.planned_on
    changed = before.actual_on is not None and after.actual_on != before.actual_on
    if moved or changed:
        raise MilestoneNeedsReason(title=after.title, errors=[FieldError("fact.required", "/reason")])
