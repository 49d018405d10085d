"""Shipped rules for generation (S22), and the levels of a shortage as the balance judged them (S17).

The balance holds a level by its hysteresis and takes its edges from rows; a rule that looked at the gap itself would
call a held orange blue, and know no edges of a region. A forced outage concerns who is on duty, the rest of
generation is told in working time; the severities are a choice, but for the pace, which is that of S26.
"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_OPENED, _CLEARED = "energy.situation.opened.v1", "energy.situation.cleared.v1"
_LEVELS = {"by_level": {"1": "blue", "2": "yellow", "3": "orange", "4": "red"}, "otherwise": "blue"}
_BY_GAP = _LEVELS | {
    "cases": [
        {"when": "gap_percent >= 20", "severity": "red"},
        {"when": "gap_percent >= 10", "severity": "orange"},
        {"when": "gap_percent >= 5", "severity": "yellow"},
        {"when": "gap_percent >= 0", "severity": "blue"},
    ],
}
_BALANCED = ("energy.supply_shortage", "energy.shortage_forecast")

# Names in both languages, severity at level 1 and 2, policy, clock.
_KINDS = {
    "generation_outage": ("机组非计划停运", "Forced outage", "yellow", "orange", "grid", "around_the_clock"),
    "generation_underperformance": (
        "发电出力偏低",
        "Output below expectation",
        "yellow",
        "yellow",
        "projects",
        None,
    ),
    "generation_behind_pace": ("发电进度落后", "Generation behind pace", "yellow", "red", "projects", None),
}


def _rule(kind: str) -> dict[str, object]:
    name_zh, name_en, first, second, policy, clock = _KINDS[kind]
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": _OPENED,
        "cleared_type": _CLEARED,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": "plant",
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": "{subject_name}（{subject_code}）：" + name_zh,
        "title_en": "{subject_name} ({subject_code}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": policy,
        "clock": clock,
    }


def upgrade() -> None:
    table = sa.table(
        "alert_rule",
        sa.column("definition", postgresql.JSONB),
        sa.column("revision", sa.Integer),
        *(sa.column(name, sa.TIMESTAMP(timezone=True)) for name in ("valid_from", "changed_at")),
        *(sa.column(name, sa.String) for name in ("code", "changed_by", "opened_type")),
    )
    op.bulk_insert(
        table,
        [
            {
                "code": f"energy.{kind}",
                "definition": _rule(kind),
                "opened_type": _OPENED,
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for kind in _KINDS
        ],
    )
    _judge_shortages_by(_LEVELS)


def downgrade() -> None:
    codes = ", ".join(f"'energy.{kind}'" for kind in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own codes
    _judge_shortages_by(_BY_GAP)


def _judge_shortages_by(severity: dict[str, object]) -> None:
    op.get_bind().execute(
        sa.text(
            "UPDATE alert_rule SET definition = jsonb_set(definition, '{severity}', CAST(:severity AS jsonb))"
            " WHERE changed_by = 'shipped' AND code = ANY(:codes)"
        ),
        {"severity": json.dumps(severity), "codes": list(_BALANCED)},
    )
