"""Rules, quiet days and the trail."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.environment.domain.appeals import AppealCategory
from services.projects.environment.domain.inspections import explain_day
from services.projects.environment.domain.limits import (
    InspectionKind,
    InspectionLimit,
    LimitBasis,
    LimitPeriod,
)
from services.projects.environment.domain.quiet_days import DayReason, VisitDay, VisitRule, VisitRuleKind
from services.projects.environment.domain.rules import EnvironmentRule, RuleKind
from services.projects.registry.schemas import Name, RegionCode, example

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Required = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
RuleCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ParkCode = RuleCode
_FROM = Field(default=None, description="First day; today if absent.")
_TO = Field(default=None, description="Day after the last; until the next rule if absent.")


class EnvironmentRuleWrite(BaseModel):
    """See ``kind`` for what ``value`` counts; WD is working days.

    inspection_notice (WD before the first planned day), inspection_inspectors (fewest a unit), inspection_days
    (most of one inspection), appeal_dispatch and appeal_answer (WD, the latter by category), appeal_rating (WD to
    rate), appeal_returns (times), anonymous_hourly (appeals an hour and address), agency_item (WD overdue that
    open the condition). From ``level2_value`` WD overdue on a condition is grave.
    """

    model_config = example(kind="appeal_answer", category="fees", region_code="421224", value=3, level2_value=5)

    kind: RuleKind
    value: Annotated[int, Field(ge=0, le=3650)]
    level2_value: Annotated[int, Field(ge=1, le=3650)] | None = None
    category: AppealCategory | None = Field(default=None, description="Of appeal_answer; null is for all.")
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = _FROM
    valid_to: date | None = _TO

    def rule(self, today: date) -> EnvironmentRule:
        return EnvironmentRule(
            kind=self.kind,
            value=self.value,
            level2_value=self.level2_value,
            category=None if self.category is None else self.category.value,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class EnvironmentRuleRead(BaseModel):
    id: UUID
    kind: RuleKind
    value: int
    level2_value: int | None
    category: AppealCategory | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class VisitRuleWrite(BaseModel):
    """Quiet days: ``days_of_month``, ``weekdays`` (1 is Monday) and ``also_on`` add up, ``except_on`` opens a day.

    ``closed_park`` closes the park ``park_code`` on all days but ``except_on``, and counts before what the park's
    own entry says. A rule names a park, or a list of enterprises, or concerns its whole region.
    """

    model_config = example(
        name="通山县企业安静生产日",
        kind="quiet_days",
        region_code="421224",
        days_of_month=list(range(1, 26)),
        basis="通山县优化营商环境办法（演示）",
    )

    name: Name
    kind: VisitRuleKind
    basis: Note = Field(default="", description="The document that ordered it.")
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    park_code: ParkCode | None = None
    enterprise_ids: Annotated[list[UUID], Field(max_length=5000)] = []
    days_of_month: Annotated[list[Annotated[int, Field(ge=1, le=31)]], Field(max_length=31)] = []
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)] = []
    also_on: Annotated[list[date], Field(max_length=366)] = []
    except_on: Annotated[list[date], Field(max_length=366)] = []
    valid_from: date | None = _FROM
    valid_to: date | None = _TO

    def rule(self, code: str, today: date) -> VisitRule:
        return VisitRule(
            code=code,
            name=self.name,
            kind=self.kind,
            basis=self.basis,
            region_code=self.region_code,
            park_code=self.park_code,
            enterprise_ids=frozenset(self.enterprise_ids),
            days_of_month=frozenset(self.days_of_month),
            weekdays=frozenset(self.weekdays),
            also_on=frozenset(self.also_on),
            except_on=frozenset(self.except_on),
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class VisitRuleRead(BaseModel):
    id: UUID
    code: str
    name: str
    kind: VisitRuleKind
    basis: str
    region_code: str | None
    park_code: str | None
    enterprise_ids: list[UUID]
    days_of_month: list[int]
    weekdays: list[int]
    also_on: list[date]
    except_on: list[date]
    valid_from: date
    valid_to: date | None
    version: int


class InspectionLimitWrite(BaseModel):
    """At most ``max_count`` inspections of an enterprise in a calendar period.

    ``basis`` unit counts each unit's own visits, enterprise those of all units, a joint inspection as one. Null
    ``kind`` counts all kinds together; a limit with ``unit_id`` replaces the general one for that unit.
    """

    model_config = example(basis="unit", kind="routine", period="year", max_count=1, region_code="421224")

    basis: LimitBasis
    period: LimitPeriod = LimitPeriod.YEAR
    max_count: Annotated[int, Field(ge=0, le=366)]
    kind: InspectionKind | None = None
    unit_id: UUID | None = None
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = _FROM
    valid_to: date | None = _TO

    def limit(self, today: date) -> InspectionLimit:
        return InspectionLimit(
            basis=self.basis,
            max_count=self.max_count,
            period=self.period,
            kind=self.kind,
            unit_id=self.unit_id,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class InspectionLimitRead(BaseModel):
    id: UUID
    basis: LimitBasis
    period: LimitPeriod
    max_count: int
    kind: InspectionKind | None
    unit_id: UUID | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class QuietDayRead(BaseModel):
    """One day of an enterprise, and why it is or is not open for visits.

    Where the park's entry closes it and no rule does, ``rule_code`` and ``rule_name`` are the park's.
    """

    on: date
    visits_allowed: bool
    reason: DayReason
    rule_code: str | None
    rule_name: str | None
    basis: str | None
    explanation_zh: str
    explanation_en: str

    @classmethod
    def of(cls, day: VisitDay) -> "QuietDayRead":
        zh, en = explain_day(day)
        return cls(
            on=day.on,
            visits_allowed=day.allowed,
            reason=day.reason,
            rule_code=None if day.rule is None else day.rule.code,
            rule_name=None if day.rule is None else day.rule.name,
            basis=None if day.rule is None else day.rule.basis,
            explanation_zh=zh,
            explanation_en=en,
        )


class QuietDaysRead(BaseModel):
    enterprise_id: UUID
    items: list[QuietDayRead]


class TrailRead(BaseModel):
    """One step: who did what, when. ``actor`` is "complainant" for whoever asked to stay unnamed."""

    number: int
    at: AwareDatetime
    actor: str
    action: str
    note: str
    facts: dict[str, Any]
