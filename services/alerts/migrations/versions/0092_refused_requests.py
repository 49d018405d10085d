"""Shipped rule for callers who are refused again and again: for who keeps the system running, at any hour."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_PROJECTS = ("projects.condition.opened.v1", "projects.condition.cleared.v1")

# Events, kind, names in both languages, severity at level 1 and 2.
_RULES = {
    "projects.requests_refused": (
        _PROJECTS,
        "requests_refused",
        "访问被拒异常",
        "Many refused requests",
        "orange",
        "red",
    ),
}


def _rule(code: str) -> dict[str, object]:
    (opened, cleared), kind, name_zh, name_en, first, second = _RULES[code]
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": opened,
        "cleared_type": cleared,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": "service",
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": "{subject_name}：" + name_zh,
        "title_en": "{subject_name}: " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "operations",
        "clock": "around_the_clock",
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
                "code": code,
                "definition": _rule(code),
                "opened_type": _RULES[code][0][0],
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for code in _RULES
        ],
    )


def downgrade() -> None:
    codes = ", ".join(f"'{code}'" for code in _RULES)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own codes
