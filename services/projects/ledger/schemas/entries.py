"""Progress and investment entries."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.ledger.schemas.types import ConfirmAmount, Text, Yuan
from services.projects.registry.schemas import example


class ProgressCreate(BaseModel):
    model_config = example(on="2026-09-09", percent="52", note="塔筒吊装")

    on: date
    percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    note: Text = Field(default="", description="Required when progress falls.")


class ProgressRead(BaseModel):
    id: UUID
    project_id: UUID
    on: date
    percent: Decimal
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class InvestmentCreate(BaseModel):
    model_config = example(month="2026-08-01", amount_yuan="3200000")

    month: date = Field(description="Any day of the month.")
    amount_yuan: Yuan = Field(description="Investment completed in this month alone, in whole yuan.")
    note: Text = Field(default="", description="Required when the month's amount is corrected.")
    confirm_amount: ConfirmAmount = False


class InvestmentRead(BaseModel):
    project_id: UUID
    month: date
    amount_yuan: Yuan
    note: str
    recorded_at: AwareDatetime
    recorded_by: str
