"""Limits of amounts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.ledger.domain.amounts import AmountKind, AmountLimit
from services.projects.ledger.schemas.types import Amount, Yuan
from services.projects.registry.schemas import RegionCode, example


class AmountLimitWrite(BaseModel):
    """Below ``floor_yuan``, from ``ceiling_yuan`` on, or ``multiple`` times what it is compared with an amount of
    the kind needs ``confirm_amount``. Compared are funds, investment and plans with the contract (else the total
    investment), contract and total investment with each other.
    """

    model_config = example(kind="funds", region_code="421224", floor_yuan="1000", multiple=10)

    kind: AmountKind
    floor_yuan: Yuan
    ceiling_yuan: Amount | None = None
    multiple: Annotated[int, Field(ge=2, le=100_000)] | None = None
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next limit if absent.")

    def limit(self, today: date) -> AmountLimit:
        return AmountLimit(
            kind=self.kind,
            floor_yuan=int(self.floor_yuan),
            ceiling_yuan=None if self.ceiling_yuan is None else int(self.ceiling_yuan),
            multiple=self.multiple,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class AmountLimitRead(BaseModel):
    id: UUID
    kind: AmountKind
    floor_yuan: Yuan
    ceiling_yuan: Yuan | None
    multiple: int | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int
