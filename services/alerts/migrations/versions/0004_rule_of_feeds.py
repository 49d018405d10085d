"""A shipped rule for feeds of readings that fall silent (S18, S26): the severity is a choice."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_OPENED = "energy.feed.silent.v1"

_RULE = {
    "name_zh": "数据源中断",
    "name_en": "Feed silent",
    "opened_type": _OPENED,
    "cleared_type": "energy.feed.recovered.v1",
    "condition": 'kind == "feed_silent"',
    "severity": {"by_level": {"1": "yellow", "2": "orange"}, "otherwise": "yellow"},
    "object_type": "feed",
    "object_id": "{feed_id}",
    "object_label": "{feed_code}",
    "object_name": "{feed_name}",
    "condition_kind": "{kind}",
    "title_zh": "数据源 {feed_name}（{feed_code}）中断",
    "title_en": "Feed {feed_name} ({feed_code}) is silent",
    "text_zh": "{explanation_zh}",
    "text_en": "{explanation_en}",
    "policy_code": "energy",
    "max_event_age_hours": 72,
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
                "code": "energy.feed_silent",
                "definition": _RULE,
                "opened_type": _OPENED,
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code = 'energy.feed_silent'")
