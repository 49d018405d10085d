"""Monthly figures."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.economy.schemas.types import Amount, MonthText, Note, month_of
from services.projects.registry.schemas import example
from services.projects.targets.service.pulling import Pulled, TypedFigure
from services.projects.targets.tables import TargetActualRow


class FigureWrite(BaseModel):
    """A month's figure of an indicator that no source has."""

    model_config = example(month="2026-08", value="120", evidence="人社局就业备案汇总表2026年8月")

    month: MonthText
    value: Annotated[Decimal, Field(max_digits=24, decimal_places=6)]
    evidence: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        description="What shows it; files are documents of the target."
    )
    note: Note = Field(default="", description="Why it differs from what was said before.")

    def figure(self) -> TypedFigure:
        return TypedFigure(month_of(self.month), self.value, self.evidence, self.note)


class ActualRead(BaseModel):
    """A month as it was known from ``recorded_at`` on."""

    id: UUID
    target_id: UUID
    month: date
    edition: int
    value: Amount | None
    reason: str | None = Field(description="Why there is no value.")
    source: str
    rows: int = Field(description="Facts behind it, at /v1/target-actuals/{id}/rows.")
    complete: int | None = Field(description="Facts that were there, of those expected; null where not counted.")
    expected: int | None
    evidence: str
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class ActualsRead(BaseModel):
    """The months of a target as they stood at an instant."""

    known_at: AwareDatetime
    items: list[ActualRead]

    @classmethod
    def of(cls, known_at: Any, rows: list[TargetActualRow]) -> "ActualsRead":
        items = [ActualRead.model_validate(row, from_attributes=True) for row in rows]
        return cls(known_at=known_at, items=items)


class FactRead(BaseModel):
    """One fact behind a figure, as it was when the figure was pulled."""

    type: str = Field(description="project or enterprise")
    id: str
    code: str
    name: str
    amount: Amount | None
    known_at: AwareDatetime | None = Field(description="Since when the source has known it.")
    note: str


class FactsRead(BaseModel):
    actual: ActualRead
    items: list[FactRead]


class PulledRead(BaseModel):
    """What a pull wrote, and which conditions it changed."""

    targets: int
    editions: int = Field(description="Months that differ from what was known.")
    opened: int
    amended: int
    cleared: int

    @classmethod
    def of(cls, pulled: Pulled) -> "PulledRead":
        judged = pulled.judged
        return cls(
            targets=pulled.targets,
            editions=pulled.editions,
            opened=judged.opened,
            amended=judged.amended,
            cleared=judged.cleared,
        )
