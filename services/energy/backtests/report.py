"""The report of a backtest as one HTML page in both languages, with a picture of each miss and false alarm."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.backtests.domain.drawing import Scene, clock, picture
from services.energy.backtests.domain.scoring import Alarm, Event
from services.energy.backtests.running import Outcome, Trial
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY

# More pictures nobody looks at; the figures count all.
MAX_PICTURES: Final = 60
_AROUND_DAYS: Final = 2
_HISTORY_DAYS: Final = 28

_STYLE: Final = """
body{font:15px/1.5 system-ui,"Noto Sans SC",sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}
td,th{border-bottom:1px solid #ddd;padding:.3rem .8rem;text-align:left}
td.figure{text-align:right;font-variant-numeric:tabular-nums}figure{margin:1.5rem 0}figcaption{margin-bottom:.3rem}
svg{width:100%;height:auto;background:#fafafa}.grid{stroke:#ddd}.load{fill:none;stroke:#1864ab;stroke-width:1.5}
.usual{fill:none;stroke:#aaa;stroke-dasharray:4 3}.event{fill:#ffe8cc}.alarm{stroke:#c92a2a}text{font-size:11px}
text.alarm{fill:#c92a2a;stroke:none}text.axis{text-anchor:end}
"""

_FIGURES: Final = (
    ("meter_months", "表·月", "Meter-months"),
    ("events", "已确认事件", "Confirmed events"),
    ("hits", "命中", "Hits"),
    ("late", "过迟", "Late"),
    ("false_alarms", "误报", "False alarms"),
    ("precision", "准确率", "Precision"),
    ("recall", "召回率", "Recall"),
    ("f1", "F1", "F1"),
    ("fa_per_meter_month", "误报/表·月", "False alarms a meter-month"),
    ("kind_right", "类型正确", "Kind right"),
    ("delay_median_min", "中位延迟（分钟）", "Median delay (minutes)"),
    ("alarms", "报警总数", "Alarms in all"),
    ("alarms_per_meter_month", "报警/表·月", "Alarms a meter-month"),
    ("unjudged", "未评判", "Not judged by anybody"),
)


async def report_of(session: AsyncSession, trial: Trial, outcome: Outcome) -> str:
    """The page; curves around what is shown are read for it."""
    by_no = {meter.meter_no: meter for meter in outcome.meters.values()}
    missed = outcome.after.misses[:MAX_PICTURES]
    shown = [await _missed(session, by_no[event.meter_id], event, outcome) for event in missed]
    false = outcome.after.false[: MAX_PICTURES - len(shown)]
    shown += [await _false(session, by_no[alarm.meter_id], alarm, outcome) for alarm in false]
    left = len(outcome.after.misses) + len(outcome.after.false) - len(shown)
    title = f"回测报告 Backtest {trial.first_day} – {trial.last_day}"
    return "".join(
        (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>",
            f"<p>{len(outcome.meters)} 块表，{outcome.readings:,} 个读数；判定依据："
            f"{_basis(trial, zh=True)}。<br>{len(outcome.meters)} meters, {outcome.readings:,} readings; "
            f"judged by {_basis(trial, zh=False)}.</p>",
            _table(trial, outcome),
            _rules(trial),
            f"<h2>漏报与误报 Misses and false alarms</h2>{''.join(shown) or '<p>无 none</p>'}",
            f"<p>另有 {left} 项未绘出。{left} more are not drawn.</p>" if left else "",
            "</html>",
        )
    )


def _basis(trial: Trial, *, zh: bool) -> str:
    if trial.labels is not None:
        return "标注文件" if zh else "labelled events"
    return "人工确认" if zh else "what operators confirmed"


def _table(trial: Trial, outcome: Outcome) -> str:
    before, after = outcome.before.figures, outcome.after.figures
    rows = [
        f"<tr><td>{zh} {en}</td><td class=figure>{_shown(before.get(name))}</td>"
        + (f"<td class=figure>{_shown(after.get(name))}</td>" if trial.rules else "")
        + "</tr>"
        for name, zh, en in _FIGURES
    ]
    for name in sorted({*before["alarms_by_kind"], *after["alarms_by_kind"]}):
        counts = [before["alarms_by_kind"].get(name, 0)] + (
            [after["alarms_by_kind"].get(name, 0)] if trial.rules else []
        )
        cells = "".join(f"<td class=figure>{count}</td>" for count in counts)
        rows.append(f"<tr><td>报警 alarms: {escape(name)}</td>{cells}</tr>")
    heading = "<tr><th></th><th>现行 in force</th>" + ("<th>草案 draft</th>" if trial.rules else "") + "</tr>"
    return f"<table>{heading}{''.join(rows)}</table>"


def _shown(figure: Any) -> str:
    return "–" if figure is None else f"{figure:,}"


def _rules(trial: Trial) -> str:
    if not trial.rules:
        return ""
    items = "".join(
        f"<li>{escape(one.parameters.kind.value)} {escape(one.meter_no or one.region_code or '—')}: "
        f"{escape(_differing(one))}</li>"
        for one in trial.rules
    )
    return f"<h2>草案 Draft</h2><ul>{items}</ul>"


def _differing(one: Any) -> str:
    """What differs from what ships."""
    shipped = type(one.parameters)()
    changed = {
        name: value for name, value in one.parameters.model_dump().items() if value != getattr(shipped, name)
    }
    return ", ".join(f"{name} = {value}" for name, value in changed.items()) or "as shipped"


async def _missed(session: AsyncSession, meter: Meter, event: Event, outcome: Outcome) -> str:
    scene = await _scene(session, meter, event.start, (event.start, event.end), outcome)
    words = f"漏报 missed {event.kind}: {meter.name} ({meter.meter_no}), {clock(event.start)} – {clock(event.end)}"
    return f"<figure><figcaption>{escape(words)}</figcaption>{picture(scene)}</figure>"


async def _false(session: AsyncSession, meter: Meter, alarm: Alarm, outcome: Outcome) -> str:
    scene = await _scene(session, meter, alarm.at, None, outcome)
    found = next(one for one in outcome.found if one.meter_index == meter.meter_index and one.at == alarm.at)
    words = f"误报 false {alarm.kind}: {meter.name} ({meter.meter_no}), {clock(alarm.at)}"
    figures = f"{found.value:,.1f} / {found.expected:,.1f} / {found.limit:,.1f} (实际 / 预期 / 界限)"
    return f"<figure><figcaption>{escape(words)}; {figures}</figcaption>{picture(scene)}</figure>"


async def _scene(
    session: AsyncSession, meter: Meter, at: int, window: tuple[int, int] | None, outcome: Outcome
) -> Scene:
    day, slots = at // MINUTES_A_DAY, meter.slots
    first, last = day - _AROUND_DAYS, day + _AROUND_DAYS
    rows = await read_days(session, meter.quantity.number, [meter.meter_index], first - _HISTORY_DAYS, last, slots)
    values = np.full((_HISTORY_DAYS + last - first + 1, slots), np.nan, np.float32)
    values[rows.day - (first - _HISTORY_DAYS)] = rows.values
    minutes = (first * MINUTES_A_DAY) + np.arange((last - first + 1) * slots) * meter.interval_minutes
    marks: Sequence[tuple[int, str]] = [
        (one.at, one.kind.value) for one in outcome.found if one.meter_index == meter.meter_index
    ]
    inside = [(moment, kind) for moment, kind in marks if minutes[0] <= moment <= minutes[-1]]
    return Scene(minutes, values[_HISTORY_DAYS:].ravel(), _usual(values), window, inside)


def _usual(values: Any) -> Any:
    """The median of the same weekday's slots in the four weeks before each day."""
    usual = [values[place - 28 : place : 7] for place in range(_HISTORY_DAYS, len(values))]
    stacked = np.stack(usual)
    known = np.isfinite(stacked).any(axis=1)
    middle = np.full(known.shape, np.nan, np.float32)
    filled = np.nanmedian(np.where(known[:, None, :], stacked, 0), axis=1)
    middle[known] = filled[known]
    return middle.ravel()
