"""Supply quotas in the API."""

import math
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.energy.quotas.domain.quota import Scope
from services.energy.quotas.tables import SupplyQuotaRow


class QuotaRead(BaseModel):
    """The quota of a day, by slot from 00:00 of standard time on; null where nothing is said."""

    id: UUID
    scope: Scope
    code: str = Field(description="A region's code, a name in the region's grid, a credit code, a meter's number.")
    region_code: str
    enterprise_id: UUID | None
    day: date
    interval_minutes: int
    quota_mw: list[float | None]
    issued_at: datetime
    recorded_at: datetime = Field(description="Since when it is what is known.")
    replaced_at: datetime | None = Field(description="Until when; null while it stands.")
    import_id: UUID
    line: int = Field(description="Of the list it came with.")


def quota_read(row: SupplyQuotaRow) -> QuotaRead:
    facts: dict[str, Any] = row.model_dump()
    facts["quota_mw"] = [None if math.isnan(value) else value for value in row.quota_mw]
    return QuotaRead(**facts)
