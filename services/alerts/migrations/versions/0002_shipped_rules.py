"""The rules and policies an installation starts with; offices change them as data.

Spikes: level 1 yellow, 2 orange, 3 red. Projects: a date missed or a standstill is yellow, by far red (S26). The
ladder is officer, leader, supervision group, leading group; red, orange and the grid run around the clock, the rest
in working time, where a day has 420 minutes (S28). All figures here are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_AT_ONCE = {"blue": 0, "yellow": 0, "orange": 0, "red": 0}
_BY_SEVERITY = {
    "blue": "working",
    "yellow": "working",
    "orange": "around_the_clock",
    "red": "around_the_clock",
}
_ALWAYS = dict.fromkeys(_BY_SEVERITY, "around_the_clock")


def _policy(
    name_zh: str,
    name_en: str,
    *,
    leader: dict[str, int],
    supervision_group: dict[str, int],
    leading_group: dict[str, int],
    promise: dict[str, int],
    remind: dict[str, int],
    clocks: dict[str, str],
) -> dict[str, object]:
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "rungs": [
            {"post": "officer", "after_minutes": _AT_ONCE},
            {"post": "leader", "after_minutes": leader},
            {"post": "supervision_group", "after_minutes": supervision_group},
            {"post": "leading_group", "after_minutes": leading_group},
        ],
        "clocks": clocks,
        "promise_minutes": promise,
        "remind_minutes": remind,
        "longest_promise_days": 30,
    }


_ENERGY = {
    "leader": {"blue": 420, "yellow": 120, "orange": 30, "red": 15},
    "supervision_group": {"blue": 840, "yellow": 240, "orange": 60, "red": 30},
    "leading_group": {"yellow": 840, "orange": 240, "red": 60},
    "promise": {"blue": 840, "yellow": 420, "orange": 240, "red": 120},
    "remind": {"yellow": 840, "orange": 720, "red": 480},
}

_POLICIES = {
    "energy": _policy("用能预警督办", "Energy", clocks=_BY_SEVERITY, **_ENERGY),
    "grid": _policy("电网预警督办", "Grid", clocks=_ALWAYS, **_ENERGY),
    "projects": _policy(
        "项目预警督办",
        "Projects",
        leader={"blue": 1260, "yellow": 840, "orange": 240, "red": 120},
        supervision_group={"blue": 2100, "yellow": 1260, "orange": 480, "red": 240},
        leading_group={"yellow": 2100, "orange": 1440, "red": 480},
        promise={"blue": 2100, "yellow": 2100, "orange": 4320, "red": 4320},
        remind={"yellow": 2100, "orange": 1440, "red": 1440},
        clocks=_BY_SEVERITY,
    ),
}


def _project_rule(
    kind: str, name_zh: str, name_en: str, title_zh: str, title_en: str, text_zh: str, text_en: str
) -> dict[str, object]:
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": "projects.condition.opened.v1",
        "cleared_type": "projects.condition.cleared.v1",
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": "yellow", "2": "red"}, "otherwise": "yellow"},
        "object_type": "project",
        "object_id": "{project_id}",
        "object_label": "{project_code}",
        "object_name": "{project_name}",
        "condition_kind": "{kind}",
        "title_zh": title_zh,
        "title_en": title_en,
        "text_zh": text_zh,
        "text_en": text_en,
        "policy_code": "projects",
    }


_RULES: dict[str, dict[str, object]] = {
    "energy.spike": {
        "name_zh": "用电突增",
        "name_en": "Consumption spike",
        "opened_type": "energy.condition.opened.v1",
        "cleared_type": "energy.condition.cleared.v1",
        "condition": 'kind == "spike"',
        "severity": {"by_level": {"1": "yellow", "2": "orange", "3": "red"}, "otherwise": "yellow"},
        "object_type": "meter",
        "object_id": "{meter_id}",
        "object_label": "{meter_no}",
        "object_name": "{meter_name}",
        "condition_kind": "{kind}",
        "title_zh": "{meter_name}（{meter_no}）用电突增至 {value_kw:,.0f} 千瓦",
        "title_en": "{meter_name} ({meter_no}): consumption jumped to {value_kw:,.0f} kW",
        "text_zh": "{opened_at:time} 为 {value_kw:,.0f} 千瓦；{day_type:word}该时段通常为 "
        "{expected_low_kw:,.0f}–{expected_high_kw:,.0f} 千瓦；偏离 {deviation_percent:+.0f} %",
        "text_en": "{opened_at:time} {value_kw:,.0f} kW; usual for this slot on {day_type:word} "
        "{expected_low_kw:,.0f}–{expected_high_kw:,.0f}; {deviation_percent:+.0f} %",
        "policy_code": "energy",
        "max_event_age_hours": 72,
    },
    "projects.start_overdue": _project_rule(
        "start_overdue",
        "逾期未开工",
        "Start overdue",
        "{project_name}（{project_code}）逾期 {days:d} 天未开工",
        "{project_name} ({project_code}): start overdue by {days:d} days",
        "计划 {reference_on} 开工，截至 {opened_on} 已逾期 {days:d} 天",
        "Planned start {reference_on}; {days:d} days overdue on {opened_on}",
    ),
    "projects.capacity_overdue": _project_rule(
        "capacity_overdue",
        "逾期未达产",
        "Full capacity overdue",
        "{project_name}（{project_code}）逾期 {days:d} 天未达产",
        "{project_name} ({project_code}): full capacity overdue by {days:d} days",
        "计划 {reference_on} 达产，截至 {opened_on} 已逾期 {days:d} 天",
        "Planned full capacity {reference_on}; {days:d} days overdue on {opened_on}",
    ),
    "projects.stalled": _project_rule(
        "stalled",
        "项目停滞",
        "Project stalled",
        "{project_name}（{project_code}）停滞 {days:d} 天",
        "{project_name} ({project_code}): stalled for {days:d} days",
        "自 {reference_on} 起 {days:d} 天没有进度和投资记录（限 {threshold_days:d} 天）；"
        "计划进度 {planned_percent:.0f} %，实际 {actual_percent:.0f} %",
        "No progress and no investment since {reference_on}: {days:d} days (limit {threshold_days:d}); "
        "planned {planned_percent:.0f} %, actual {actual_percent:.0f} %",
    ),
}


def _table(name: str, *more: str) -> sa.TableClause:
    instants = [sa.column(column, sa.TIMESTAMP(timezone=True)) for column in ("valid_from", "changed_at")]
    texts = [sa.column(column, sa.String) for column in ("code", "changed_by", *more)]
    return sa.table(
        name, sa.column("definition", postgresql.JSONB), sa.column("revision", sa.Integer), *instants, *texts
    )


def upgrade() -> None:
    shipped = {"revision": 1, "valid_from": _BEGINNING, "changed_at": _BEGINNING, "changed_by": "shipped"}
    op.bulk_insert(
        _table("escalation_policy"),
        [{"code": code, "definition": policy, **shipped} for code, policy in _POLICIES.items()],
    )
    op.bulk_insert(
        _table("alert_rule", "opened_type"),
        [
            {"code": code, "definition": rule, "opened_type": rule["opened_type"], **shipped}
            for code, rule in _RULES.items()
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM alert_rule WHERE changed_by = 'shipped'")
    op.execute("DELETE FROM escalation_policy WHERE changed_by = 'shipped'")
