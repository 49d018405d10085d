"""What the rates answer."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.ledger.domain.stages import ProjectKind
from services.projects.rates.domain.facts import trailing_year
from services.projects.rates.domain.figures import Key
from services.projects.rates.domain.grouping import Grouping, Period, RegionLevel
from services.projects.rates.domain.measures import Basis, Measure, Rate, Unit, Unusable
from services.projects.rates.domain.question import PlanVersion, Question
from services.projects.rates.repository import Behind, Part
from services.projects.rates.service import Answer, Result

Amount = Annotated[Decimal, Field(decimal_places=0, description="Projects or whole yuan, as unit says; exact.")]
Links = dict[Part, str]


class UnusableRead(BaseModel):
    project_id: UUID
    reason: Unusable


class RateRead(BaseModel):
    """One rate on one basis. The exact value is numerator / denominator."""

    rate: Rate
    basis: Basis = Field(description="all, due (by the day); output and tax for output to input.")
    unit: Unit
    numerator: Amount
    denominator: Amount
    value: Decimal | None = Field(
        description="The quotient to six decimals, half to even; null where the denominator is 0."
    )
    numerator_projects: int = Field(description="Projects that add to the numerator.")
    denominator_projects: int
    unusable_projects: int = Field(description="Projects left out because something is not known of them.")
    numerator_ids: list[UUID] | None = Field(description="Null where the answer is about more than 500 projects.")
    denominator_ids: list[UUID] | None
    unusable: list[UnusableRead] | None
    links: Links = Field(description="The projects behind each part, as lists.")


class RateGroupRead(BaseModel):
    """One group; a key is null for projects without a park, sector or channel."""

    keys: dict[Grouping, str | None]
    rates: list[RateRead]


class RatesRead(BaseModel):
    """The five rates of all projects asked about, and of each group."""

    as_of: date
    plan: PlanVersion
    group_by: list[Grouping]
    region_level: RegionLevel
    period: Period
    output_from: date = Field(description="First day of the twelve full months whose output counts.")
    output_to: date = Field(description="Day after the last of them.")
    total: list[RateRead]
    groups: list[RateGroupRead]

    @classmethod
    def of(cls, found: Answer) -> "RatesRead":
        question = found.question
        by, year = question.groups.by, trailing_year(question.as_of)
        return cls(
            as_of=question.as_of,
            plan=question.plan,
            group_by=list(by),
            region_level=question.groups.region_level,
            period=question.groups.period,
            output_from=year.first,
            output_to=year.end,
            total=_rates(found.total, question, None),
            groups=[
                RateGroupRead(
                    keys=dict(zip(by, key, strict=True)),
                    rates=_rates(results, question, key),
                )
                for key, results in found.groups
            ],
        )


class BehindRead(BaseModel):
    """A project behind a figure, with the days and amounts that count."""

    id: UUID
    code: str
    name: str
    kind: ProjectKind
    region_code: str
    park_code: str | None
    sector_code: str | None
    channel: str | None
    signed_on: date
    start_due_on: date | None
    started_on: date | None
    production_due_on: date | None
    in_production_on: date | None
    contract_amount_yuan: Decimal | None
    numerator: Amount | None = Field(description="What it adds; null where it is unusable.")
    denominator: Amount | None
    reason: Unusable | None = Field(description="Why it counts on neither side.")

    @classmethod
    def of(cls, behind: Behind) -> "BehindRead":
        days = {
            name: getattr(behind, name)
            for name in (
                "start_due_on",
                "started_on",
                "production_due_on",
                "in_production_on",
                "numerator",
                "denominator",
                "reason",
            )
        }
        return cls.model_validate(behind.project.model_dump() | days)


class _Addresses:
    """Addresses of the lists behind the figures of one group; what they share is written once."""

    def __init__(self, question: Question, key: Key | None) -> None:
        parameters: Sequence[tuple[str, object]] = [
            ("plan", question.plan),
            *(
                (name, value)
                for name in ("region_code", "park_code", "sector", "channel", "kind", "signed_from", "signed_to")
                if (value := getattr(question, name)) is not None
            ),
        ]
        if key is not None:
            groups = question.groups
            parameters = [
                *parameters,
                *(("group_by", grouping) for grouping in groups.by),
                *(("group", "" if value is None else value) for value in key),
                ("region_level", groups.region_level),
                ("period", groups.period),
            ]
        self._as_of, self._rest = question.as_of, urlencode(parameters)

    def of(self, measure: Measure) -> Links:
        start = f"/v1/rates/{measure.rate}/projects?as_of={self._as_of}&basis={measure.basis}&part="
        return {part: f"{start}{part}&{self._rest}" for part in Part}


def _rates(results: Sequence[Result], question: Question, key: Key | None) -> list[RateRead]:
    addresses = _Addresses(question, key)
    return [_rate(result, addresses.of(result.measure)) for result in results]


def _rate(result: Result, links: Links) -> RateRead:
    measure, sums, ids = result.measure, result.sums, result.ids
    return RateRead(
        rate=measure.rate,
        basis=measure.basis,
        unit=measure.unit,
        numerator=Decimal(sums.numerator),
        denominator=Decimal(sums.denominator),
        value=sums.value,
        numerator_projects=sums.numerator_projects,
        denominator_projects=sums.denominator_projects,
        unusable_projects=sums.unusable_projects,
        numerator_ids=None if ids is None else list(ids.numerator),
        denominator_ids=None if ids is None else list(ids.denominator),
        unusable=None
        if ids is None
        else [UnusableRead(project_id=one, reason=reason) for one, reason in ids.unusable.items()],
        links=links,
    )
