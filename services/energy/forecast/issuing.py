"""Issuing forecasts: what is due, or what somebody asks for; each issue is kept as it was made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import ForecastIssuedV1, ForecastPeak
from libs.common.local_time import today_of
from libs.common.outbox.record import EventRow, event_row, record_events
from libs.common.registry.queries import work_calendar
from services.energy.balance.forecasts import GenerationOf, no_generation
from services.energy.balance.settling import mark_due
from services.energy.detection.domain.day_types import DayTypes
from services.energy.forecast import repository
from services.energy.forecast.domain.days import DayTable, day_table
from services.energy.forecast.domain.due import STANDARD_MINUTES, IssueKind, due_since, leads_of
from services.energy.forecast.domain.model import Forecaster
from services.energy.forecast.domain.outcome import DayForecast, Refusal
from services.energy.forecast.domain.parameters import ForecastParameters, parameters_of
from services.energy.forecast.domain.series import SLOT_MINUTES, Floats, Load, Origin, Weather, known_slots
from services.energy.forecast.errors import NodeNotForecast
from services.energy.forecast.histories import read_histories
from services.energy.forecast.shortage import judge_nodes
from services.energy.forecast.tables import ForecastDayRow, ForecastIssueRow
from services.energy.forecast.temperatures import load_weather
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, instant_of, local_minute

# Nodes of one run of the job, and of one reading: a run stays short, an answer fits the memory.
_MOST: Final = 100
_CHUNK: Final = 25


@dataclass(frozen=True, slots=True)
class Order:
    """A forecast that is to be made. ``due_at``: the occurrence it is for; None where somebody asked for it."""

    node: GridNodeRow
    kind: IssueKind
    parameters: ForecastParameters
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    order: Order
    load: Load
    weather: Weather
    origin: Origin


Answer = Refusal | list[DayForecast]


async def issue_due(ctx: Context, generation: GenerationOf = no_generation, most: int = _MOST) -> int:
    """Issue what is due and was not issued yet, at most so many: the next run takes the rest. Returns how many."""
    orders = await _due(ctx)
    chosen = orders[:most]
    # All of them at once and in order: who judges all nodes meanwhile waits rather than meets us halfway.
    await repository.lock_nodes(ctx.session, {order.node.id for order in chosen})
    for place in range(0, len(chosen), _CHUNK):
        await issue_many(ctx, chosen[place : place + _CHUNK], generation)
    return len(chosen)


async def issue_now(
    ctx: Context, node: GridNodeRow, kind: IssueKind, generation: GenerationOf = no_generation
) -> ForecastIssueRow:
    """Issue a node's forecast at once. Raises NodeNotForecast."""
    if node.kind not in repository.FORECAST_KINDS:
        raise NodeNotForecast(node_code=node.code, kind=NodeKind(node.kind))
    today = today_of(ctx)
    rules = await repository.load_rules(ctx.session)
    parameters = parameters_of(rules, node.code, node.region_code, today)
    (issue,) = await issue_many(ctx, [Order(node, kind, parameters)], generation)
    return issue


async def _due(ctx: Context) -> list[Order]:
    today = today_of(ctx)
    rules = await repository.load_rules(ctx.session)
    nodes = await repository.nodes_to_forecast(ctx.session, today)
    orders = []
    # Tomorrow comes first: people wait for it.
    for kind in (IssueKind.DAY_AHEAD, IssueKind.INTRADAY):
        for node in nodes:
            parameters = parameters_of(rules, node.code, node.region_code, today)
            due_at = due_since(parameters, kind, ctx.now)
            if due_at is not None:
                orders.append(Order(node, kind, parameters, due_at))
    if not orders:
        return []
    done = await repository.issued_for(ctx.session, {order.due_at for order in orders if order.due_at is not None})
    return [order for order in orders if (order.node.id, order.kind.value, order.due_at) not in done]


async def issue_many(
    ctx: Context, orders: Sequence[Order], generation: GenerationOf = no_generation
) -> list[ForecastIssueRow]:
    """Make and keep forecasts, tell of them, and judge what shortage they show; in the order of ``orders``."""
    await repository.lock_nodes(ctx.session, {order.node.id for order in orders})
    tasks, table = await _tasks(ctx, orders)
    answers = await asyncio.to_thread(_answers, tasks, table)
    issues = []
    events: list[EventRow] = []
    for task, answer in zip(tasks, answers, strict=True):
        issue = _issue(ctx, task, answer)
        ctx.session.add(issue)
        issues.append(issue)
        if isinstance(answer, Refusal):
            continue
        days = [_day(ctx, issue, forecast) for forecast in answer]
        # The issue first: its days name it.
        await ctx.session.flush()
        ctx.session.add_all(days)
        events.append(_event(ctx, task.order.node, issue, days))
        # Today's balance measures its gap by what is foreseen.
        await mark_due(ctx, [issue.node_id], [day.day for day in days if day.lead == 0])
    await ctx.session.flush()
    await record_events(ctx, events)
    await judge_nodes(ctx, list({order.node.id: order.node for order in orders}.values()), generation)
    return issues


async def _tasks(ctx: Context, orders: Sequence[Order]) -> tuple[list[_Task], DayTable]:
    minute = local_minute(ctx.now, STANDARD_MINUTES)
    today, slot = minute // MINUTES_A_DAY, minute % MINUTES_A_DAY // SLOT_MINUTES
    ahead = max(max(leads_of(order.parameters, order.kind)) for order in orders)
    day_types = DayTypes(await work_calendar(ctx.session))
    is_festive = bool((day_table(day_types, today, ahead + 1).festival >= 0).any())
    first = today - max(order.parameters.needs().days_read(is_festive=is_festive) for order in orders)
    nodes = list({order.node.id: order.node for order in orders}.values())
    least = {order.node.id: order.parameters.min_completeness for order in orders}
    loads = await read_histories(ctx, [node.id for node in nodes], first, today, least)
    weather = await load_weather(ctx.session, {node.region_code for node in nodes}, first, today + ahead)
    tasks = []
    for order in orders:
        load = _lived(loads[order.node.id])
        known = known_slots(load.load_kw[-1]) if load.last_day == today else 0
        tasks.append(_Task(order, load, weather[order.node.region_code], Origin(today, min(slot, known))))
    return tasks, day_table(day_types, first, today + ahead + 1 - first)


def _lived(load: Load) -> Load:
    """Without the days before the first of which anything is known."""
    known = np.flatnonzero(np.isfinite(load.load_kw).any(axis=1))
    begin = int(known[0]) if len(known) else len(load.load_kw) - 1
    return Load(load.first_day + begin, load.load_kw[begin:])


def _answers(tasks: Sequence[_Task], table: DayTable) -> list[Answer]:
    return [_answer(task, table) for task in tasks]


def _answer(task: _Task, table: DayTable) -> Answer:
    parameters = task.order.parameters
    forecaster = Forecaster(task.load, task.weather, table, task.origin, parameters.needs())
    return forecaster.refusal() or forecaster.days(leads_of(parameters, task.order.kind))


def _issue(ctx: Context, task: _Task, answer: Answer) -> ForecastIssueRow:
    node, refusal = task.order.node, answer if isinstance(answer, Refusal) else None
    known = np.isfinite(task.load.load_kw)
    whole = int((known.mean(axis=1) >= task.order.parameters.min_known_share).sum())
    days = np.flatnonzero(known.any(axis=1))
    return ForecastIssueRow(
        id=ctx.new_id(),
        node_id=node.id,
        node_code=node.code,
        node_kind=node.kind,
        region_code=node.region_code,
        kind=task.order.kind.value,
        status="issued" if refusal is None else "refused",
        reason=None if refusal is None else refusal.reason.value,
        known_days=whole if refusal is None else refusal.known_days,
        needed_days=task.order.parameters.min_days if refusal is None else refusal.needed_days,
        last_known_day=date_of(task.load.first_day + int(days[-1])) if len(days) else None,
        origin_day=date_of(task.origin.day),
        origin_slot=task.origin.slot,
        due_at=task.order.due_at,
        issued_at=ctx.now,
        issued_by=ctx.principal.subject,
    )


def _day(ctx: Context, issue: ForecastIssueRow, forecast: DayForecast) -> ForecastDayRow:
    peak = int(np.argmax(forecast.p50))
    facts: Mapping[str, Any] = {
        "mape": forecast.accuracy.mape,
        "mae_kw": forecast.accuracy.mae_kw,
        "pinball_kw": forecast.accuracy.pinball_kw,
        "pinball_percent": forecast.accuracy.pinball_percent,
        "coverage": forecast.accuracy.coverage,
        "naive_mape": forecast.naive.mape,
        "naive_mae_kw": forecast.naive.mae_kw,
        "seasonal_mape": forecast.seasonal.mape,
        "seasonal_mae_kw": forecast.seasonal.mae_kw,
    }
    return ForecastDayRow(
        id=ctx.new_id(),
        issue_id=issue.id,
        node_id=issue.node_id,
        node_code=issue.node_code,
        region_code=issue.region_code,
        kind=issue.kind,
        issued_at=issue.issued_at,
        day=date_of(forecast.day),
        lead=forecast.lead,
        first_slot=forecast.first_slot,
        p10_kw=_stored(forecast.p10),
        p50_kw=_stored(forecast.p50),
        p90_kw=_stored(forecast.p90),
        peak_kw=float(forecast.p50[peak]),
        peak_slot=peak,
        model=forecast.model.value,
        with_temperature=forecast.with_weather,
        held_out_days=forecast.held_out_days,
        **facts,
    )


def _stored(values: Floats) -> list[float]:
    """As the database keeps them, so that what was issued reads the same at once and later."""
    found: list[float] = values.astype(np.float32).astype(np.float64).tolist()
    return found


def _event(ctx: Context, node: GridNodeRow, issue: ForecastIssueRow, days: Sequence[ForecastDayRow]) -> EventRow:
    payload = ForecastIssuedV1(
        issue_id=issue.id,
        kind=issue.kind,
        node_id=node.id,
        node_code=node.code,
        node_name=node.name,
        node_kind=node.kind,
        issued_at=issue.issued_at,
        origin_at=instant_of(_minute(issue), STANDARD_MINUTES),
        days=tuple(
            ForecastPeak(
                day=day.day,
                lead_days=day.lead,
                model=day.model,
                peak_at=instant_of(_midnight(day) + day.peak_slot * SLOT_MINUTES, STANDARD_MINUTES),
                peak_kw=day.peak_kw,
                peak_p10_kw=day.p10_kw[day.peak_slot],
                peak_p90_kw=max(day.p90_kw),
                energy_kwh=sum(day.p50_kw) * SLOT_MINUTES / 60,
                mape=day.mape,
            )
            for day in days
        ),
    )
    return event_row(
        ctx,
        payload,
        subject=str(issue.id),
        aggregate_version=1,
        region_code=issue.region_code,
        ordered_by=str(node.id),
    )


def _minute(issue: ForecastIssueRow) -> int:
    return day_number(issue.origin_day) * MINUTES_A_DAY + issue.origin_slot * SLOT_MINUTES


def _midnight(day: ForecastDayRow) -> int:
    return day_number(day.day) * MINUTES_A_DAY
