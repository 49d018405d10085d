"""Incentive policies (S16) as data: who may have what, in which region and time, who decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from rule_engine import DataType

from libs.common.expressions.checked import Vocabulary
from libs.common.security.principal import Role
from libs.common.web.problems import FieldError
from services.projects.lists.domain.facts import TYPES
from services.projects.support.domain.terms import AnyTerms, Code, Label
from services.projects.support.errors import PolicyNotOrdered, TermsMalformed

# Facts of an application beside those of its enterprise; project facts are not known without a project.
APPLICATION = Vocabulary(
    {
        **TYPES,
        "requested_yuan": DataType.FLOAT,
        "project_kind": DataType.STRING,
        "project_stage": DataType.STRING,
        "project_investment_yuan": DataType.FLOAT,
    }
)
DECIDING = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER})


class PolicyStatus(StrEnum):
    """模板 template, 草案 draft, 施行 adopted, 废止 ended."""

    TEMPLATE = "template"
    DRAFT = "draft"
    ADOPTED = "adopted"
    ENDED = "ended"


class Once(StrEnum):
    """How often an enterprise has the policy: ever, once a year, once a project, or as often as it applies."""

    EVER = "ever"
    YEAR = "year"
    PROJECT = "project"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What comes with an application."""

    code: Code
    name: Label
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the approval: 初审, 复审, 审定. Each is another person's."""

    name: Label
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``vetoable``: not for enterprises against which a veto stands. ``budgeted``: paid out of yearly budgets."""

    name: str
    condition: str
    terms: AnyTerms
    papers: tuple[Paper, ...]
    steps: tuple[Step, ...]
    cap_yuan: int | None
    once: Once
    budgeted: bool
    vetoable: bool
    appeal_days: int
    source: str
    valid_from: date
    valid_to: date | None


def faults(policy: Policy) -> list[FieldError]:
    """What is wrong with the steps and papers."""
    codes = [paper.code for paper in policy.papers]
    found = [
        FieldError("support.item_twice", f"/papers/{index}/code", {"item": code})
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
    found += [
        FieldError("support.step_role", f"/steps/{index}/roles", {"known": sorted(DECIDING)})
        for index, step in enumerate(policy.steps)
        if not set(step.roles) <= DECIDING
    ]
    return found


def demand_sound(policy: Policy, term_faults: list[FieldError]) -> None:
    """Raises TermsMalformed, PolicyNotOrdered."""
    if policy.valid_to is not None and policy.valid_to <= policy.valid_from:
        raise PolicyNotOrdered(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    if found := [*faults(policy), *term_faults]:
        raise TermsMalformed(errors=found)
