"""Shipped rules for the year's account: targets (S7), reports of the economy (S13), lists and support (S14, S16).

The severities are a choice: what is merely due is blue, what is late yellow, what is late by far orange; a target that
was missed is red, since S7 holds its people to account for it.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0084"
down_revision = "0082"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_OPENED, _CLEARED = "projects.condition.opened.v1", "projects.condition.cleared.v1"

# Names in both languages, what it is about, severity at level 1 and 2.
_KINDS = {
    "target_missed": ("年度目标未完成", "Target missed", "target", "orange", "red"),
    "target_unsigned": ("目标责任书逾期未签", "Responsibility letter unsigned", "target", "yellow", "orange"),
    "target_figure_missing": ("目标数据逾期未报", "Figures of a target missing", "target", "yellow", "orange"),
    "economy_report_due_soon": ("月报即将到期", "Monthly report due soon", "economy_report", "blue", "blue"),
    "economy_report_late": ("月报迟报", "Monthly report late", "economy_report", "yellow", "orange"),
    "list_measure_overdue": ("帮扶措施逾期", "Measure overdue", "list_measure", "yellow", "orange"),
    "list_progress_overdue": ("进展逾期未报", "Progress not reported", "list_member", "blue", "yellow"),
    "financing_overdue": ("融资需求未落实", "Financing need unmet", "financing_need", "yellow", "orange"),
}


def _rule(kind: str) -> dict[str, object]:
    name_zh, name_en, about, first, second = _KINDS[kind]
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": _OPENED,
        "cleared_type": _CLEARED,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": about,
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": "{subject_name}（{subject_code}）：" + name_zh,
        "title_en": "{subject_name} ({subject_code}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "projects",
        "clock": None,
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
                "code": f"projects.{kind}",
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


def downgrade() -> None:
    codes = ", ".join(f"'projects.{kind}'" for kind in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own codes
