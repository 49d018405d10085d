"""A shipped rule for a power factor below its standard (S18, S26).

It costs money and endangers nobody, so it begins blue and is orange at most. The severities are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# Names in both languages, severity at level 1, 2 and 3.
_KIND, _FACTS = "power_factor", ("功率因数偏低", "Power factor low", "blue", "yellow", "orange")


def _rule(kind: str, name_zh: str, name_en: str, *severities: str) -> dict[str, object]:
    levels = dict(zip("123", severities, strict=True))
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": "energy.condition.opened.v1",
        "cleared_type": "energy.condition.cleared.v1",
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": levels, "otherwise": severities[0]},
        "object_type": "meter",
        "object_id": "{meter_id}",
        "object_label": "{meter_no}",
        "object_name": "{meter_name}",
        "condition_kind": "{kind}",
        "title_zh": "{meter_name}（{meter_no}）：" + name_zh,
        "title_en": "{meter_name} ({meter_no}): " + name_en[0].lower() + name_en[1:],
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
                "code": f"energy.{_KIND}",
                "definition": _rule(_KIND, *_FACTS),
                "opened_type": "energy.condition.opened.v1",
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code = 'energy.power_factor'")
