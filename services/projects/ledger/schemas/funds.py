"""Funds that arrived."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.schemas.types import Amount, ConfirmAmount, Reason, Short, Text, Yuan
from services.projects.ledger.tables import FundsArrivalRow, ProjectRow
from services.projects.registry.schemas import example


class FundsArrivalCreate(BaseModel):
    """Money that reached the project; it counts once somebody else has verified it."""

    model_config = example(
        on="2026-08-20",
        amount_yuan="20000000",
        source="domestic",
        payer="风电投资方（演示）",
        evidence="银行进账单 2026-0820-17",
    )

    on: date = Field(description="Day of arrival: from the signing on, not after today.")
    amount_yuan: Amount
    source: FundsSource
    payer: Short
    evidence: Short = Field(description="Number of the bank slip, or where it is kept; the same slip enters once.")
    note: Text = ""
    confirm_amount: ConfirmAmount = False


class FundsVerification(BaseModel):
    model_config = example(verified_on="2026-08-25", note="与银行对账单一致")

    verified_on: date | None = Field(default=None, description="Day of the check; today if absent.")
    note: Text = ""


class FundsRejection(BaseModel):
    model_config = example(note="进账单金额不符")

    note: Reason


class FundsWithdrawal(BaseModel):
    model_config = example(reason="重复入账")

    reason: Reason


class FundsArrivalRead(BaseModel):
    """An arrival with its way: recorded, then verified or rejected by another person; withdrawn with a reason."""

    id: UUID
    project_id: UUID
    on: date
    amount_yuan: Yuan
    source: FundsSource
    payer: str
    evidence: str
    note: str
    state: ArrivalState
    recorded_at: AwareDatetime
    recorded_by: str
    verified_on: date | None
    decided_at: AwareDatetime | None = Field(description="Of the verification or rejection.")
    decided_by: str | None
    decision_note: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawal_reason: str | None


class FundsArrivalListed(FundsArrivalRead):
    """An arrival with its project."""

    project_code: str
    project_name: str
    region_code: str

    @classmethod
    def of(cls, pair: tuple[FundsArrivalRow, ProjectRow]) -> "FundsArrivalListed":
        arrival, project = pair
        facts: dict[str, Any] = arrival.model_dump()
        return cls(**facts, project_code=project.code, project_name=project.name, region_code=project.region_code)
