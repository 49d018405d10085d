"""The same act on many alerts: each succeeds or fails by itself, and each answer says which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import DomainError
from services.alerts.trail.tables import AlertRow

OneAct = Callable[[UUID], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one alert: the alert as it is now, or the error."""

    alert_id: UUID
    alert: AlertRow | None = None
    error: DomainError | None = None
    params: dict[str, object] = field(default_factory=dict)


async def act_on_each(ctx: Context, alert_ids: Sequence[UUID], act: OneAct) -> list[Result]:
    """Do it to each, in the order of ids so that two such requests never wait for each other; answers as asked.

    What fails is rolled back alone.
    """
    results: dict[UUID, Result] = {}
    for alert_id in sorted(set(alert_ids)):
        try:
            async with ctx.session.begin_nested():
                await act(alert_id)
                await ctx.session.flush()
        except DomainError as error:
            results[alert_id] = Result(alert_id, error=error, params=dict(error.params))
        else:
            results[alert_id] = Result(alert_id, alert=await ctx.session.get(AlertRow, alert_id))
    return [results[alert_id] for alert_id in dict.fromkeys(alert_ids)]
