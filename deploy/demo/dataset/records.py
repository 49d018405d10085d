"""Records of the demo data. Money in whole yuan, power in kW, dates in local time; everything frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from deploy.demo.synth.generator import LoadKind

# Set behind every name that is not a fact of the source texts.
LABEL = "（演示）"


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a rung of the escalation ladder: officer, leader, supervision_group or leading_group."""

    key: str
    name: str
    unit_code: str
    region_code: str
    post: str
    email: str


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    role: str
    region_code: str | None
    person_key: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the holders of a post are reached, or with no post a system that wants every change."""

    name: str
    kind: str
    address: str
    post: str | None
    region_code: str
    language: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    key_energy_user: bool
    loads: tuple[tuple[LoadKind, str, float], ...]  # kind, what the meter feeds, rated kW


@dataclass(frozen=True, slots=True)
class Park:
    code: str
    name: str
    region_code: str
    level: str
    planned_capacity: int
    capacity_unit: str
    industries: tuple[str, ...]
    unit_code: str


@dataclass(frozen=True, slots=True)
class Meter:
    meter_no: str
    name: str
    credit_code: str
    region_code: str
    kind: LoadKind
    rated_kw: float
    capacity_kw: float


@dataclass(frozen=True, slots=True)
class StageChange:
    """Entering a stage; `facts` are what the stage requires on entry, by field name."""

    stage: str
    on: date
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replan:
    milestone: str
    on: date
    planned_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    on: date
    percent: float
    note: str


@dataclass(frozen=True, slots=True)
class Investment:
    month: date
    amount_yuan: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project and what happened to it, in the order of its lists; `source` tells fact from invention."""

    code: str
    name: str
    kind: str
    region_code: str
    sector_code: str
    total_investment_yuan: int | None
    source: str
    town_officer: str
    investor: str = ""
    channel: str = ""
    changes: tuple[StageChange | Replan, ...] = ()
    progress: tuple[Progress, ...] = ()
    investments: tuple[Investment, ...] = ()
    park_code: str | None = None
    grid: Mapping[str, str] | None = None

    @property
    def stage(self) -> str:
        """The stage it stands in after all its changes."""
        stages = [change.stage for change in self.changes if isinstance(change, StageChange)]
        return stages[-1] if stages else "planned"

    @property
    def invested_yuan(self) -> int:
        return sum(entry.amount_yuan for entry in self.investments)
