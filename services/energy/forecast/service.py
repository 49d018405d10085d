"""What was forecast of a node, as other slices and the API ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.forecast import repository
from services.energy.forecast.domain.due import IssueKind
from services.energy.forecast.domain.measures import Accuracy
from services.energy.forecast.domain.outcome import Model, RefusalReason
from services.energy.forecast.domain.series import SLOTS, Floats
from services.energy.forecast.errors import NoForecast
from services.energy.forecast.tables import ForecastDayRow
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import date_of, day_number


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """A day of a node: p10, p50 and p90 (96,) in kW; slots before ``first_slot`` are measured.

    ``accuracy``: of ``model`` on the days held out; ``naive`` and ``seasonal``: of yesterday and of last week
    there.
    """

    forecast_id: UUID
    issue_id: UUID
    node_id: UUID
    kind: IssueKind
    day: int
    lead: int
    first_slot: int
    p10: Floats
    p50: Floats
    p90: Floats
    issued_at: datetime
    model: Model
    accuracy: Accuracy
    naive: Accuracy
    seasonal: Accuracy


async def latest_forecast(
    ctx: Context, node_id: UUID, day: int | date, as_of: datetime | None = None
) -> Forecast | None:
    """The newest forecast of the node's day, or what was the newest at ``as_of``; None where there is none."""
    on = day if isinstance(day, date) else date_of(day)
    row = (await repository.latest_days(ctx.session, [node_id], on, on, as_of)).get((node_id, on))
    return None if row is None else forecast_of(row)


def forecast_of(row: ForecastDayRow) -> Forecast:
    """A stored day as other slices take it."""
    slots = row.held_out_days * (SLOTS - row.first_slot)
    return Forecast(
        forecast_id=row.id,
        issue_id=row.issue_id,
        node_id=row.node_id,
        kind=IssueKind(row.kind),
        day=day_number(row.day),
        lead=row.lead,
        first_slot=row.first_slot,
        p10=np.array(row.p10_kw, np.float64),
        p50=np.array(row.p50_kw, np.float64),
        p90=np.array(row.p90_kw, np.float64),
        issued_at=row.issued_at,
        model=Model(row.model),
        accuracy=Accuracy(slots, row.mape, row.mae_kw, row.pinball_kw, row.pinball_percent, row.coverage),
        naive=Accuracy(slots, row.naive_mape, row.naive_mae_kw),
        seasonal=Accuracy(slots, row.seasonal_mape, row.seasonal_mae_kw),
    )


async def get_latest(ctx: Context, node: GridNodeRow, day: date, as_of: datetime | None) -> ForecastDayRow:
    """Raises NoForecast, with the reason of the last refusal where that is why."""
    found = (await repository.latest_days(ctx.session, [node.id], day, day, as_of)).get((node.id, day))
    if found is not None:
        return found
    last = await repository.last_issue(ctx.session, node.id)
    reason = RefusalReason.NOT_ISSUED if last is None or last.reason is None else RefusalReason(last.reason)
    raise NoForecast(
        node_code=node.code,
        day=day,
        reason=reason,
        known_days=last.known_days if last is not None else 0,
        needed_days=last.needed_days if last is not None else 0,
    )
